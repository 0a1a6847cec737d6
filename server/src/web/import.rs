//! `GET /environments/export`: all environments as a file. `POST /environments/import`: what such a file would do here, as a
//! page; `POST /environments/import/apply`: that, as it was shown.
//!
//! Nothing of an import is kept on the server in between: the page that shows what it would do sends the file once more.

use app::ImportShown;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use engine::{EngineError, ImportConsent, ImportError};
use futures::stream;
use leptos::prelude::provide_context;
use model::import::ImportProblem;
use model::people::{Person, Role};
use model::refusal::Refusal;

use super::backend::AuthSession;
use super::{BODY_LIMIT, Web, export, pages, refusal};

/// Up to here a form that is too large is read to its end: a browser only shows an answer when it could send everything.
const PATIENCE: usize = 16 * BODY_LIMIT;

/// Why a form was not taken.
#[derive(Debug, thiserror::Error)]
enum FormError {
    #[error("this is no form with a file")]
    Form,
    #[error("choose a file, or paste what is in it")]
    Empty,
    #[error("it is larger than {} kB, which is the most that is taken here; `drydock env import FILE` takes more", BODY_LIMIT / 1024)]
    TooLarge,
    #[error("it is not text, so it is no export of environments")]
    NotText,
    #[error("it did not arrive whole: {0}")]
    CutShort(#[from] MultipartError),
}

/// What was sent.
#[derive(Default)]
struct Sent {
    /// The chosen file, or what was pasted.
    text: String,
    consent: ImportConsent,
}

/// The file, for admins.
pub async fn file(State(web): State<Web>, auth: AuthSession) -> Response {
    let by = match admin(auth) {
        Ok(by) => by,
        Err(refused) => return refusal::respond(&refused),
    };
    match web.engine.export_environments(Some(&by)).await {
        Ok(text) => {
            let whole = stream::iter([Ok::<_, EngineError>(text)]);
            export::attachment("drydock-environments.toml", "application/toml", whole)
        }
        Err(error) => refusal::respond(&error.refusal()),
    }
}

/// Shows what the import would do. Changes nothing.
pub async fn preview(State(web): State<Web>, auth: AuthSession, request: Request) -> Response {
    if let Err(refused) = admin(auth) {
        return refusal::respond(&refused);
    }
    let page = Answer::to(&web, &request);
    let text = match read(request).await {
        Ok(sent) => sent.text,
        Err(error) => return page.not_taken(&error).await,
    };
    match web.engine.preview_import(&text).await {
        Ok(preview) => page.show(StatusCode::OK, ImportShown::Preview { text, preview, not_done: Vec::new() }).await,
        Err(error) => page.refused(text, error).await,
    }
}

/// Does what was shown, or shows why not.
pub async fn apply(State(web): State<Web>, auth: AuthSession, request: Request) -> Response {
    let by = match admin(auth) {
        Ok(by) => by,
        Err(refused) => return refusal::respond(&refused),
    };
    let page = Answer::to(&web, &request);
    let Sent { text, consent } = match read(request).await {
        Ok(sent) => sent,
        Err(error) => return page.not_taken(&error).await,
    };
    let error = match web.engine.import_environments(Some(&by), &text, consent).await {
        Ok(preview) => {
            let done = preview.effects();
            let counts = format!("created={}&changed={}&unchanged={}", done.created, done.changed, done.unchanged);
            return Redirect::to(&format!("/environments/import?{counts}")).into_response();
        }
        Err(error) => error,
    };
    // What it would do still stands where only a secret was not typed.
    if let ImportError::Wrong(problems) = &error
        && let Ok(preview) = web.engine.preview_import(&text).await
    {
        let not_done = problems.iter().map(ToString::to_string).collect();
        let shown = ImportShown::Preview { text, preview, not_done };
        return page.show(StatusCode::UNPROCESSABLE_ENTITY, shown).await;
    }
    page.refused(text, error).await
}

fn admin(auth: AuthSession) -> Result<Person, Refusal> {
    let by = auth.user.ok_or(Refusal::NotLoggedIn)?.person;
    if by.may(Role::Admin) { Ok(by) } else { Err(Refusal::Forbidden { any_of: vec![Role::Admin] }) }
}

/// The page that answers a form.
struct Answer {
    web: Web,
    extensions: Extensions,
    headers: HeaderMap,
}

impl Answer {
    fn to(web: &Web, request: &Request) -> Self {
        Self { web: web.clone(), extensions: request.extensions().clone(), headers: request.headers().clone() }
    }

    async fn show(self, status: StatusCode, shown: ImportShown) -> Response {
        let more = move || provide_context(shown.clone());
        pages::show(self.web, &self.extensions, &self.headers, "/environments/import", status, more).await
    }

    async fn not_taken(self, error: &FormError) -> Response {
        let status = match error {
            FormError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            FormError::Form | FormError::Empty | FormError::NotText | FormError::CutShort(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
        };
        self.wrong(status, String::new(), vec![said(error.to_string())]).await
    }

    async fn refused(self, text: String, error: ImportError) -> Response {
        match error {
            ImportError::Wrong(problems) => self.wrong(StatusCode::UNPROCESSABLE_ENTITY, text, problems).await,
            ImportError::Outdated(preview) => {
                let words = "something has changed since this was shown; this is what it would do now".to_owned();
                let shown = ImportShown::Preview { text, preview: *preview, not_done: vec![words] };
                self.show(StatusCode::CONFLICT, shown).await
            }
            ImportError::Engine(error) => {
                let refused = error.refusal();
                self.wrong(refusal::status(&refused), text, vec![said(refused.to_string())]).await
            }
        }
    }

    async fn wrong(self, status: StatusCode, text: String, problems: Vec<ImportProblem>) -> Response {
        self.show(status, ImportShown::Wrong { text, problems }).await
    }
}

fn said(problem: String) -> ImportProblem {
    ImportProblem { line: None, environment: None, field: None, problem }
}

/// A chosen file counts before what was pasted: a browser sends an empty one when none was chosen.
async fn read(request: Request) -> Result<Sent, FormError> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| FormError::Form)?;
    let (mut sent, mut pasted, mut room) = (Sent::default(), String::new(), PATIENCE);
    while let Some(field) = form.next_field().await? {
        match field.name() {
            Some("file") => sent.text = text(field, &mut room).await?,
            Some("text") => pasted = text(field, &mut room).await?,
            Some("seen") => sent.consent.seen = text(field, &mut room).await?,
            Some("secret") => sent.consent.secrets.push(text(field, &mut room).await?),
            _ => {}
        }
    }
    if sent.text.trim().is_empty() {
        sent.text = pasted;
    }
    if sent.text.trim().is_empty() { Err(FormError::Empty) } else { Ok(sent) }
}

async fn text(mut field: Field<'_>, room: &mut usize) -> Result<String, FormError> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(chunk) = field.chunk().await? {
        *room = room.checked_sub(chunk.len()).ok_or(FormError::TooLarge)?;
        length += chunk.len();
        if length <= BODY_LIMIT {
            bytes.extend_from_slice(&chunk);
        }
    }
    if length > BODY_LIMIT {
        return Err(FormError::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| FormError::NotText)
}
