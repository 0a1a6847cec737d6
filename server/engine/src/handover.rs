//! New passwords that a migration has given to users of a manager: sealed when they are made, and handed over by a person
//! who is written down.

use std::sync::Arc;

use cloudify::Archives;
use model::environment::PlatformSettings;
use model::id::{EnvironmentId, SnapshotId};
use model::people::Person;
use remote::Secret;

use crate::error::{invalid, not_found};
use crate::secrets::FileSealer;
use crate::store::audit::{Deed, record};
use crate::{Engine, Result};

impl Engine {
    /// Where the archives of an environment's managers lie, and what is sealed beside them.
    pub(crate) fn archives(&self, environment: &EnvironmentId) -> Archives {
        let folder = self.0.settings.archive_dir.join(environment.as_str());
        Archives::new(folder, Arc::new(FileSealer(self.clone())))
    }

    /// The password that a user was given after this snapshot was restored. `by` is `None` on the server's command line.
    ///
    /// # Errors
    /// When none was made, or when it cannot be read with the server's key.
    pub async fn hand_over_password(
        &self,
        by: Option<&Person>,
        id: &EnvironmentId,
        snapshot: &SnapshotId,
        user: &str,
    ) -> Result<Secret> {
        let environment = self.environment(id).await?;
        if !matches!(environment.platform, PlatformSettings::Cloudify(_)) {
            return Err(invalid("environment", "only migrations of a Cloudify manager give users new passwords"));
        }
        let found = self.archives(id).password(snapshot, user);
        let found = found.map_err(|error| invalid("password", error.to_string()))?;
        let password = found.ok_or_else(|| not_found("a new password for this user beside this snapshot"))?;
        let who = by.map_or("drydock", |by| &by.name);
        let detail = format!("of {user}, made after {snapshot} was restored");
        let mut tx = self.store().write().await?;
        record(&mut tx, self.now(), Deed { who, what: "password.handed_over", subject: id.as_str(), detail }).await?;
        tx.commit().await?;
        Ok(password)
    }
}
