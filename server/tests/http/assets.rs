//! The embedded browser half. Where it was not built there is nothing to serve, and only refusals are tested.

use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{Method, StatusCode};

use crate::support::Server;

/// Addresses of both scripts, both WASM modules and the style sheet as the login page names them: those of the build, or
/// none.
async fn names(server: &Server) -> Vec<String> {
    let page = server.browser().get("/login").await.body;
    let manifest = std::fs::read_to_string(concat!(env!("DRYDOCK_SITE"), "/manifest.json")).unwrap();
    let names: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let paths = ["/pages/js", "/pages/wasm", "/live/js", "/live/wasm", "/css"];
    let named = paths.iter().filter_map(|path| names.pointer(path)?.as_str());
    let addresses: Vec<String> = named.map(|name| format!("/assets/{name}")).collect();
    assert!(addresses.is_empty() || addresses.len() == paths.len(), "{manifest}");
    for address in &addresses {
        assert!(page.contains(address), "the page does not load {address}");
    }
    addresses
}

#[tokio::test]
async fn files_come_compressed_as_the_browser_likes_and_may_be_kept_for_ever() {
    let server = Server::start().await;
    for path in names(&server).await {
        let mut browser = server.browser();
        for (accepted, expected) in [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", "")] {
            let answer = browser.get_with(&path, &[(ACCEPT_ENCODING, accepted)]).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert_eq!(answer.header(CONTENT_ENCODING), expected, "{path} for {accepted}");
            assert_eq!(answer.header(CACHE_CONTROL), "public,max-age=31536000,immutable", "{path}");
            assert_eq!(answer.header(VARY), "accept-encoding", "{path}");
            let kind = match path.rsplit('.').next() {
                Some("js") => "text/javascript; charset=utf-8",
                Some("wasm") => "application/wasm",
                _ => "text/css; charset=utf-8",
            };
            assert_eq!(answer.header(CONTENT_TYPE), kind, "{path}");
        }
    }
}

#[tokio::test]
async fn the_packed_file_is_the_plain_file() {
    let server = Server::start().await;
    for path in names(&server).await {
        let mut bodies = Vec::new();
        for accepted in ["br", "identity"] {
            let headers = [(ACCEPT_ENCODING, accepted)];
            let response = server.browser().raw(Method::GET, &path, &headers, axum::body::Body::empty()).await;
            bodies.push(axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap());
        }
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut bodies[0].as_ref(), &mut unpacked).unwrap();
        assert!(unpacked == bodies[1], "{path} differs when packed");
    }
}

#[tokio::test]
async fn nothing_but_the_files_of_the_build_is_served() {
    let server = Server::start().await;
    let paths = ["manifest.json", "none.js", "../Cargo.toml", "..%2f..%2fCargo.toml", "%2e%2e/build.rs", "/etc/passwd"];
    for path in paths {
        let answer = server.browser().get(&format!("/assets/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}
