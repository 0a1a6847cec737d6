//! What the stand-ins on a management host ask the lab, over a socket that only that host sees.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use tokio::net::UnixListener;

use crate::database::{self, Request};
use crate::fault::Fault;
use crate::platform::Platform;
use crate::world::records::Phase;

const UNIT: &str = "cloudstack-management";

#[derive(Clone)]
struct Host {
    platform: Platform,
    server: usize,
    password: String,
}

/// Serves the socket until the lab ends.
pub(super) fn serve(platform: &Platform, server: usize, password: &str, listener: UnixListener) {
    let host = Host { platform: platform.clone(), server, password: password.to_owned() };
    let router = Router::new()
        .route("/mysql", post(mysql))
        .route("/unit/{unit}/{verb}", post(unit))
        .route("/sleep/{seconds}", post(sleep))
        .with_state(host);
    platform.spawn(async move {
        // Serving ends with the lab, and has no error.
        let _ = axum::serve(listener, router).await;
    });
}

/// The body: user, password, host, database, and the statement, each on its line.
async fn mysql(State(host): State<Host>, body: String) -> String {
    let mut lines = body.splitn(5, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let request = Request { user: next(), password: next(), host: next(), database: next(), sql: next() };
    let own = &host.platform.service(host.server).addresses;
    let known = request.host == "localhost"
        || request.host.starts_with("127.")
        || own.iter().any(|address| address == request.host);
    let mut world = host.platform.world();
    match database::answer(&mut world, &host.password, known, &request) {
        Ok(text) => text,
        Err(text) => format!("{text}\n"),
    }
}

/// Exit code and text of a `systemctl` verb.
async fn unit(State(host): State<Host>, Path((unit, verb)): Path<(String, String)>) -> String {
    if unit != UNIT {
        return match verb.as_str() {
            "is-active" => "3\ninactive".to_owned(),
            "is-failed" => "1\ninactive".to_owned(),
            "is-enabled" => {
                format!("1\nFailed to get unit file state for {unit}.service: No such file or directory")
            }
            "status" => format!("4\nUnit {unit}.service could not be found."),
            "show" => "0\nLoadState=not-found\nActiveState=inactive\nSubState=dead".to_owned(),
            _ => format!("5\nFailed to {verb} {unit}.service: Unit {unit}.service not found."),
        };
    }
    match verb.as_str() {
        "start" => host.platform.start_service(host.server).await,
        "stop" => host.platform.stop_service(host.server).await,
        "restart" | "try-restart" | "reload-or-restart" => {
            host.platform.restart_service(host.server).await;
        }
        _ => return look(&host, &verb),
    }
    "0\n".to_owned()
}

fn look(host: &Host, verb: &str) -> String {
    let world = host.platform.world();
    let server = &world.servers[host.server];
    // A simple unit is active as soon as its process exists.
    let active = server.phase != Phase::Stopped;
    let (word, sub, code) = if active { ("active", "running", 0) } else { ("inactive", "dead", 3) };
    match verb {
        "is-active" => format!("{code}\n{word}"),
        "is-failed" => format!("1\n{word}"),
        "is-enabled" => "0\nenabled".to_owned(),
        "show" => format!(
            "0\nId={UNIT}.service\nLoadState=loaded\nActiveState={word}\nSubState={sub}\n\
             UnitFileState=enabled\nNRestarts=0\nMainPID={}\nInvocationID={:032x}",
            if active { 1000 + server.starts } else { 0 },
            server.starts
        ),
        _ => format!(
            "{code}\n{UNIT}.service - CloudStack Management Server\n     \
             Loaded: loaded (/lib/systemd/system/{UNIT}.service; enabled)\n     \
             Active: {word} ({sub})"
        ),
    }
}

/// How long a `sleep` of the script is, or what happens to it.
async fn sleep(State(host): State<Host>, Path(seconds): Path<String>) -> String {
    let Ok(seconds) = seconds.parse::<u32>() else {
        return "as asked".to_owned();
    };
    let mut world = host.platform.world();
    let killed = Fault::ScriptKilled { at_sleep: seconds };
    if world.faults.any(|fault| *fault == killed) {
        world.faults.used_up(&killed);
        return "kill".to_owned();
    }
    if seconds == 10 && world.faults.any(|fault| *fault == Fault::EndlessSleep) {
        return "endless".to_owned();
    }
    let milliseconds = seconds * 1000 / host.platform.pace().sleep_divisor();
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}
