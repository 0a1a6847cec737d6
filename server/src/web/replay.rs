//! `POST /replay`: an exported run as a file, to be looked at event by event.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::LARGEST_REPLAY;
use model::refusal::Refusal;
use tracing::info;

use super::backend::AuthSession;
use super::{Web, pages, refusal};

/// Up to here a file that is too large is read to its end: a browser only shows an answer when it could send everything.
const PATIENCE: usize = 8 * LARGEST_REPLAY;

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
enum UploadError {
    #[error("this is no form with a file")]
    Form,
    #[error("choose a file first")]
    Empty,
    #[error("it is larger than {} MB, which is the most that can be opened here; `drydock replay FILE` on any machine reads it", LARGEST_REPLAY / 1024 / 1024)]
    TooLarge,
    #[error("it is not text, so it is no exported run")]
    NotText,
    #[error("it did not arrive whole: {0}")]
    CutShort(#[from] MultipartError),
}

/// Takes the file, and goes to it; or shows the form again, with the reason.
pub async fn upload(State(web): State<Web>, auth: AuthSession, request: Request) -> Response {
    let Some(account) = auth.user else { return refusal::respond(&Refusal::NotLoggedIn) };
    let extensions = request.extensions().clone();
    let file = match read(request).await {
        Ok(file) => file,
        Err(error) => {
            info!(%error, "An exported run was not taken");
            let problem = Refusal::Invalid { field: "file".to_owned(), problem: error.to_string() };
            let mut page = pages::upload_refused(web, &extensions, problem).await;
            if matches!(error, UploadError::TooLarge) {
                *page.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            }
            return page;
        }
    };
    match web.engine.open_replay(&account.person, file).await {
        Ok(replay) => Redirect::to(&format!("/replay/{replay}?until=1")).into_response(),
        Err(error) => pages::upload_refused(web, &extensions, error.refusal()).await,
    }
}

/// The text of the field `file`.
async fn read(request: Request) -> Result<String, UploadError> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| UploadError::Form)?;
    while let Some(field) = form.next_field().await? {
        if field.name() == Some("file") {
            return text(field).await;
        }
    }
    Err(UploadError::Empty)
}

async fn text(mut field: Field<'_>) -> Result<String, UploadError> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(chunk) = field.chunk().await? {
        length += chunk.len();
        if length > PATIENCE {
            return Err(UploadError::TooLarge);
        }
        if length <= LARGEST_REPLAY {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    match length {
        0 => Err(UploadError::Empty),
        _ if length > LARGEST_REPLAY => Err(UploadError::TooLarge),
        _ => String::from_utf8(bytes).map_err(|_| UploadError::NotText),
    }
}
