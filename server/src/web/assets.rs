//! The browser half, embedded when this binary was built (`cargo xtask build`).
//!
//! Names carry a hash of the content, so a browser may keep a file for ever. The compressed forms were made by the
//! build; nothing is compressed here.

use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "$DRYDOCK_SITE"]
struct Site;

/// The names of this build; empty ones when the browser half was not built.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Manifest {
    pages: Module,
    live: Module,
    css: String,
}

#[derive(Debug, Default, Deserialize)]
struct Module {
    js: String,
    wasm: String,
}

/// Where the pages find script, WASM and style sheet.
pub fn of_this_build() -> app::Assets {
    let manifest = Site::get("manifest.json");
    let names: Manifest = manifest.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default();
    let url = |name: String| if name.is_empty() { name } else { format!("/assets/{name}") };
    let module = |names: Module| app::Module { js: url(names.js), wasm: url(names.wasm) };
    app::Assets { pages: module(names.pages), live: module(names.live), css: url(names.css) }
}

/// How a file may be packed, the smallest first.
const PACKINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// `GET /assets/…`
pub async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(content_type) = content_type(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let packed = PACKINGS
        .iter()
        .filter(|(name, _)| accepts(accepted, name))
        .find_map(|(name, suffix)| Some((*name, Site::get(&format!("{path}{suffix}"))?)));
    let (packing, file) = match packed {
        Some((name, file)) => (Some(name), file),
        None => match Site::get(&path) {
            Some(file) => (None, file),
            None => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    let fixed =
        [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "public,max-age=31536000,immutable"), (VARY, "accept-encoding")];
    let mut response = (fixed, Body::from(file.data.into_owned())).into_response();
    if let Some(name) = packing {
        response.headers_mut().insert(CONTENT_ENCODING, axum::http::HeaderValue::from_static(name));
    }
    response
}

/// What is served, by the end of its name; anything else in the folder is not for browsers.
fn content_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

/// Whether an `Accept-Encoding` allows this packing (RFC 9110, 12.5.3).
fn accepts(header: &str, packing: &str) -> bool {
    header.split(',').any(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let named = pieces.next().is_some_and(|name| name.eq_ignore_ascii_case(packing));
        let refused = pieces.any(|piece| {
            let weight = piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0))
        });
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packing_is_used_only_where_the_browser_takes_it() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("br;q=0.5", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("brotli", "br"));
        assert!(!accepts("", "gzip"));
    }

    #[test]
    fn the_manifest_and_packed_forms_are_not_served_as_such() {
        assert_eq!(content_type("manifest.json"), None);
        assert_eq!(content_type("app-0123456789abcdef.js.br"), None);
        assert_eq!(content_type("app-0123456789abcdef.wasm"), Some("application/wasm"));
    }
}
