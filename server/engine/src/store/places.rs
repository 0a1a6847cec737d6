//! To which environment things belong, and its labels. Environments that were removed count: their history stays.

use model::grant::Labels;
use model::id::EnvironmentId;
use serde::Deserialize;
use sqlx::Row;

use super::Store;
use crate::access::{Place, Seen};
use crate::{EngineError, Result};

const OF_ENVIRONMENT: &str = "select id, settings from environment where id = $1";
const OF_REQUEST: &str =
    "select e.id, e.settings from environment e join request r on r.environment = e.id where r.id = $1";
const OF_RUN: &str = "select e.id, e.settings from environment e join run on run.environment = e.id where run.id = $1";
const OF_REHEARSAL: &str = "select e.id, e.settings from environment e join request r on r.environment = e.id
    join rehearsal on rehearsal.request = r.id where rehearsal.id = $1";

/// The one part of the settings that decides who sees an environment.
#[derive(Deserialize)]
struct Labelled {
    labels: Labels,
}

impl Store {
    /// The labels that the environment of something has now; `None` when there is no such thing.
    pub async fn labels(&self, place: Place<'_>) -> Result<Option<Labels>> {
        let (query, id) = match place {
            Place::Environment(id) => (OF_ENVIRONMENT, id.as_str()),
            Place::Request(id) => (OF_REQUEST, id.as_str()),
            Place::Run(id) => (OF_RUN, id.as_str()),
            Place::Rehearsal(id) => (OF_REHEARSAL, id.as_str()),
        };
        let row = sqlx::query(query).bind(id).fetch_optional(self.reader()).await?;
        let Some(row) = row else { return Ok(None) };
        labels_of(&row.try_get::<String, _>(0)?, &row.try_get::<String, _>(1)?).map(Some)
    }

    /// The labels of every environment there is or was.
    pub async fn all_labels(&self) -> Result<Vec<(EnvironmentId, Labels)>> {
        let rows = sqlx::query("select id, settings from environment").fetch_all(self.reader()).await?;
        let read = |row: &sqlx::any::AnyRow| {
            let (id, settings): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let labels = labels_of(&id, &settings)?;
            Ok((EnvironmentId::new(id)?, labels))
        };
        rows.iter().map(read).collect()
    }
}

fn labels_of(id: &str, settings: &str) -> Result<Labels> {
    let labelled: Labelled =
        serde_json::from_str(settings).map_err(|error| EngineError::damaged("environment", id, error))?;
    Ok(labelled.labels)
}

/// For a query: `*`, or ids each between commas.
pub(super) fn seen_text(seen: &Seen) -> String {
    match seen {
        Seen::All => "*".to_owned(),
        Seen::Only(ids) => ids.iter().fold(",".to_owned(), |text, id| text + id.as_str() + ","),
    }
}
