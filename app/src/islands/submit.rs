//! Sends a form without leaving the page.
//!
//! The form is sent as the browser would send it, to the same address; only the answer is read here.

use leptos::prelude::*;
use model::refusal::Refusal;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, HtmlFormElement, RequestInit, Response, UrlSearchParams};

use crate::error::ApiError;

/// What came back.
pub enum Reply {
    /// The browser is on its way to the next page.
    Moved,
    /// Done; what the server said.
    Done(String),
    Refused(ApiError),
}

/// Sends the form, and reads the answer.
pub async fn post(form: &HtmlFormElement) -> Reply {
    let silent = |_| Reply::Refused(unavailable("Drydock does not answer. Check the connection, then try again."));
    exchange(form).await.unwrap_or_else(silent)
}

async fn exchange(form: &HtmlFormElement) -> Result<Reply, JsValue> {
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&FormData::new_with_form(form)?.into())?;
    let headers = Headers::new()?;
    headers.set("Accept", "application/json")?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&fields);
    request.set_headers(&headers);
    let response: Response =
        JsFuture::from(window().fetch_with_str_and_init(&form.action(), &request)).await?.dyn_into()?;
    if let Some(next) = response.headers().get("Location")?.filter(|_| response.ok()) {
        window().location().set_href(&next)?;
        return Ok(Reply::Moved);
    }
    if response.headers().has("X-Drydock-Proof")? {
        // The server asks for it on a page of its own, which keeps what was typed.
        form.submit()?;
        return Ok(Reply::Moved);
    }
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    if response.ok() {
        return Ok(Reply::Done(serde_json::from_str(&text).unwrap_or_default()));
    }
    let unreadable = |_| unavailable("The answer cannot be read. Reload the page.");
    Ok(Reply::Refused(serde_json::from_str(&text).unwrap_or_else(unreadable)))
}

fn unavailable(problem: &str) -> ApiError {
    ApiError(Refusal::Unavailable { problem: problem.to_owned() })
}
