//! A run as a file, written as it is read: a long log never lies in memory as a whole.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::Stream;
use model::event::{Event, EventKind};
use model::export::{EXPORT_FORMAT, ExportHead, ExportLine};
use model::id::RunId;
use serde::Serialize;

use crate::error::not_found;
use crate::{Engine, EngineError, Result};

/// How many events are read at once.
const BATCH: u32 = 500;

impl Engine {
    /// The lines of the file, in order, each with its newline; several come at once.
    ///
    /// # Errors
    /// When there is no such run; later items fail when the database does.
    pub async fn export(&self, run: &RunId) -> Result<impl Stream<Item = Result<String>> + Send + use<>> {
        let line = self.store().run_line(run).await?.ok_or_else(|| not_found("this run"))?;
        let request = self.store().request(&line.request).await?.ok_or_else(|| not_found("the request of this run"))?;
        let head = ExportHead {
            drydock_run: EXPORT_FORMAT,
            exported_at: self.now(),
            run: run.clone(),
            request: line.request,
            environment: line.environment,
            environment_name: request.settings.name.clone(),
            platform: line.platform,
            risk: line.risk,
            digest: request.digest,
            plan: request.plan,
        };
        let (engine, run, head) = (self.clone(), run.clone(), written(&head)?);
        Ok(futures::stream::try_unfold((Some(head), 0), move |(head, after)| {
            let (engine, run) = (engine.clone(), run.clone());
            async move {
                if let Some(head) = head {
                    return Ok(Some((head, (None, after))));
                }
                let rows = engine.store().with_bytes(&run, after, BATCH).await?;
                let Some((last, _)) = rows.last() else { return Ok(None) };
                let after = last.seq;
                let lines: Result<String> = rows.into_iter().map(|(event, bytes)| exported(event, bytes)).collect();
                Ok(Some((lines?, (None, after))))
            }
        }))
    }
}

fn exported(mut event: Event, bytes: Option<Vec<u8>>) -> Result<String> {
    let mut exact = None;
    if let (EventKind::Output { text, .. }, Some(bytes)) = (&mut event.kind, bytes) {
        *text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                exact = Some(STANDARD.encode(error.as_bytes()));
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }
        };
    }
    written(&ExportLine { event, bytes: exact })
}

fn written(line: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string(line).map_err(|error| EngineError::damaged("event", "", error))?;
    Ok(format!("{text}\n"))
}
