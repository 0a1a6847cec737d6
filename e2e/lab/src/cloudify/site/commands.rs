//! What the stand-ins on a host do (6.5). They ask over a socket that only that host sees.

use std::sync::{Arc, Weak};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::post;
use tokio::net::UnixListener;

use super::{Site, sockets};
use crate::stand_in::{Reply, arguments};

/// Serves the socket as long as there is a site.
pub(super) fn serve(site: &Arc<Site>, listener: UnixListener) {
    let router = Router::new().route("/call/{command}", post(call)).with_state(Arc::downgrade(site));
    tokio::spawn(async move {
        // Serving ends with the process, and has no error.
        let _ = axum::serve(listener, router).await;
    });
}

async fn call(State(site): State<Weak<Site>>, Path(command): Path<String>, headers: HeaderMap, body: Bytes) -> String {
    let Some(site) = site.upgrade() else {
        return Reply::fails(70, "the lab has ended").encode();
    };
    let is_root = headers.get("root").is_some_and(|told| told == "1");
    let words = arguments(&body);
    // It goes on if whoever asked is gone: a boot ends the one who ordered it.
    let work = tokio::spawn(async move {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        site.answer(&command, &words, is_root).await
    });
    work.await.unwrap_or_else(|error| Reply::fails(70, error.to_string())).encode()
}

impl Site {
    async fn answer(self: &Arc<Self>, command: &str, words: &[&str], is_root: bool) -> Reply {
        match command {
            "systemctl" => self.systemctl(words, is_root).await,
            "shutdown" => self.shutdown(words, is_root),
            "reboot" => self.soon(true, is_root),
            "poweroff" | "halt" => self.soon(false, is_root),
            "who" => sockets::who(&self.faults().on_terminals),
            "ss" => {
                let visitors = self.look(|manager| manager.shared.state().visitors()).await;
                sockets::ss(words, &self.access.address, &visitors.unwrap_or_default())
            }
            "yum" | "rpm" => self.package(command, words, is_root).await,
            "cfy_manager" => self.cfy_manager(words, is_root).await,
            "cfy_teardown" => self.teardown_script(words, is_root).await,
            "cfy-teardown" | "cfy-bootstrap" => match self.managed.upgrade() {
                Some(site) if command == "cfy-teardown" => site.cfy_teardown(words).await,
                Some(site) => site.cfy_bootstrap().await,
                None => Reply::fails(1, "This host has no CLI that bootstrapped a manager"),
            },
            other => Reply::fails(127, format!("{other}: command not found")),
        }
    }

    /// `shutdown -r now`, `shutdown -h now`.
    fn shutdown(self: &Arc<Self>, words: &[&str], is_root: bool) -> Reply {
        let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
        if !has(&["now", "+0"]) {
            return Reply::fails(1, "the lab knows no other time than `now`");
        }
        let unknown = words.iter().find(|word| !["-r", "-h", "-P", "-H", "now", "+0"].contains(word));
        match unknown {
            Some(word) => Reply::fails(1, format!("shutdown: unrecognized option '{word}'")),
            None => self.soon(has(&["-r"]), is_root),
        }
    }

    /// The command is answered first; then the machine goes.
    pub(super) fn soon(self: &Arc<Self>, again: bool, is_root: bool) -> Reply {
        if !is_root {
            return Reply::fails(1, "Failed to set wall message, ignoring: Interactive authentication required.");
        }
        let site = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(UNTIL_GONE).await;
            if again { site.reboot().await } else { site.power_off().await }
        });
        Reply::silent()
    }
}

/// How long a machine needs to begin to go down.
const UNTIL_GONE: std::time::Duration = std::time::Duration::from_millis(50);
