//! What goes over the wire.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::cloudify::Upload;
use model::id::{EnvironmentId, SnapshotId};
use model::refusal::Refusal;
use model::words::capitalised;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, Headers, RequestInit, Response, UrlSearchParams};

use crate::api::snapshots::DiscardUpload;

/// Why there is no answer, or what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing came back that can be read.
    Link,
    Refused(Refusal),
}

impl Trouble {
    pub fn words(&self) -> String {
        match self {
            Self::Link => "Drydock does not answer.".to_owned(),
            Self::Refused(refusal) => format!("{}.", capitalised(&refusal.to_string())),
        }
    }
}

/// How much of it is there; makes the beginning, and sees to it that what is complete is checked.
pub async fn ask(url: &str, of: u64) -> Result<Upload, Trouble> {
    let request = RequestInit::new();
    request.set_method("PUT");
    send(url, &request, Some(format!("bytes */{of}"))).await
}

/// One part. The browser reads it from the file as it leaves.
pub async fn put(url: &str, file: &File, from: u64, to: u64, of: u64) -> Result<Upload, Trouble> {
    let part = file.slice_with_f64_and_f64(from as f64, to as f64).map_err(|_| Trouble::Link)?;
    let request = RequestInit::new();
    request.set_method("PUT");
    request.set_body(&part);
    send(url, &request, Some(format!("bytes {from}-{}/{of}", to.saturating_sub(1)))).await
}

/// How it stands. Changes nothing.
pub async fn look(url: &str) -> Result<Upload, Trouble> {
    send(url, &RequestInit::new(), None).await
}

/// Removes what has come.
pub async fn discard(environment: &EnvironmentId, snapshot: &SnapshotId) -> Result<(), Trouble> {
    let sent = async {
        let fields = UrlSearchParams::new()?;
        fields.append("environment", environment.as_str());
        fields.append("snapshot", snapshot.as_str());
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_body(&fields);
        answer(DiscardUpload::url(), &request, None).await
    };
    let (ok, text) = sent.await.map_err(|_: JsValue| Trouble::Link)?;
    if ok { Ok(()) } else { Err(refused(&text)) }
}

/// Another address of this page.
pub fn go_to(address: &str) {
    let _ = window().location().set_href(address);
}

/// Some seconds.
pub async fn sleep(seconds: u32) {
    let milliseconds = i32::try_from(seconds * 1000).unwrap_or(i32::MAX);
    let timer = js_sys::Promise::new(&mut |done, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, milliseconds);
    });
    let _ = JsFuture::from(timer).await;
}

async fn send(url: &str, request: &RequestInit, range: Option<String>) -> Result<Upload, Trouble> {
    let (ok, text) = answer(url, request, range).await.map_err(|_| Trouble::Link)?;
    if !ok {
        return Err(refused(&text));
    }
    serde_json::from_str(&text).map_err(|_| Trouble::Link)
}

fn refused(text: &str) -> Trouble {
    serde_json::from_str(text).map_or(Trouble::Link, Trouble::Refused)
}

async fn answer(url: &str, request: &RequestInit, range: Option<String>) -> Result<(bool, String), JsValue> {
    let headers = Headers::new()?;
    headers.set("Accept", "application/json")?;
    if let Some(range) = range {
        headers.set("Content-Range", &range)?;
    }
    request.set_headers(&headers);
    let response: Response = JsFuture::from(window().fetch_with_str_and_init(url, request)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok((response.ok(), text))
}
