//! Looking at both managers at once, over REST and over SSH, in bounded numbers, and never failing as a whole.
//!
//! What cannot be seen is unknown with its reason; it is never taken for "nothing there" (invariant 4).

pub(crate) mod deployments;
pub(crate) mod machine;
pub(crate) mod manager;
mod people;
pub(crate) mod rows;
pub(crate) mod scope;
pub(crate) mod work;

pub(crate) use people::{role, users};

use std::future::Future;

use futures::FutureExt as _;
use model::cloudify::{CloudifyInventory, ManagerInventory};
use model::environment::Host;
use model::observed::Observed;

use crate::CloudifyError;
use crate::client::Inner;
use crate::rest::Rest;

pub(crate) async fn inventory(inner: &Inner) -> CloudifyInventory {
    let settings = &inner.settings;
    let new = async {
        match &inner.new {
            Some(rest) => Some(one(inner, rest, settings.new_host()).await),
            None => None,
        }
    };
    let cli = async {
        match &settings.cli {
            Some(host) => Some(machine::cli(inner, host).await),
            None => None,
        }
    };
    // Boxed: what looks at a manager is large, and there are two of it.
    let (old, new, cli) = tokio::join!(one(inner, &inner.old, &settings.old.host).boxed(), new.boxed(), cli.boxed());
    CloudifyInventory { old, new, cli, archives: inner.archives.list().await }
}

async fn one(inner: &Inner, rest: &Rest, host: &Host) -> ManagerInventory {
    let (session, machine) = tokio::join!(rest.session(), machine::manager(inner, host));
    match session {
        Ok(session) => manager::look(inner, &session, machine).await,
        Err(error) => manager::silent(inner, &error, machine),
    }
}

/// Puts the time and the source beside what was seen, or the reason why it was not.
pub(crate) async fn observe<T>(
    inner: &Inner,
    source: &str,
    look: impl Future<Output = Result<T, CloudifyError>>,
) -> Observed<T> {
    let at = (inner.now)();
    match look.await {
        Ok(value) => Observed::known(value, source, at),
        Err(error) => Observed::unknown(error.to_string(), source, at),
    }
}

/// What a release does not tell.
fn untold<T>(inner: &Inner, source: &str, reason: impl Into<String>) -> Observed<T> {
    Observed::unknown(reason, source, (inner.now)())
}
