//! What the stand-ins on a node print and how they end (7). They ask over a socket that only that node sees.

mod arakoon;
mod ovs;
mod packages;
mod schedule;
mod systemd;
mod systemd_show;
mod sysv;
mod upstart;
mod virsh;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::post;
use tokio::net::UnixListener;

use super::cluster::Cluster;
use super::updater;

/// What a command prints, and its exit code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    code: u8,
    out: Vec<String>,
    err: Vec<String>,
}

impl Reply {
    pub(crate) fn silent() -> Self {
        Self::default()
    }

    /// Lines on stdout, exit code 0.
    pub(crate) fn says(text: impl AsRef<str>) -> Self {
        Self { out: text.as_ref().lines().map(str::to_owned).collect(), ..Self::default() }
    }

    /// Lines on stderr.
    pub(crate) fn fails(code: u8, text: impl AsRef<str>) -> Self {
        Self { code, err: text.as_ref().lines().map(str::to_owned).collect(), ..Self::default() }
    }

    pub(crate) fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// One command after another: the last code that is not 0 counts.
    pub(crate) fn and(mut self, next: Self) -> Self {
        self.out.extend(next.out);
        self.err.extend(next.err);
        if next.code != 0 {
            self.code = next.code;
        }
        self
    }

    fn encode(&self) -> String {
        let mut text = format!("{}\n", self.code);
        for (mark, lines) in [('>', &self.out), ('!', &self.err)] {
            for line in lines {
                text.push(mark);
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }
}

#[derive(Clone)]
struct Place {
    cluster: Cluster,
    node: usize,
}

/// Serves a node's socket until the cluster ends.
pub(crate) fn serve(cluster: &Cluster, node: usize, listener: UnixListener) {
    let place = Place { cluster: cluster.clone(), node };
    let router = Router::new().route("/call/{command}", post(call)).with_state(place);
    cluster.spawn(async move {
        // Serving ends with the cluster, and has no error.
        let _ = axum::serve(listener, router).await;
    });
}

/// The body: the arguments, each ended by a zero byte.
async fn call(State(place): State<Place>, Path(command): Path<String>, body: Bytes) -> String {
    let text = String::from_utf8_lossy(&body);
    let arguments: Vec<String> = text.split_terminator('\0').map(str::to_owned).collect();
    let Place { cluster, node } = place;
    let reply = match command.as_str() {
        // These go on if whoever asked is gone: the init system has the order.
        "start" | "stop" | "restart" | "reload" | "status" | "initctl" | "service" | "systemctl" => {
            let work = async move {
                let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
                match command.as_str() {
                    "service" => sysv::service(&cluster, node, &words).await,
                    "systemctl" => systemd::systemctl(&cluster, node, &words).await,
                    "initctl" => upstart::initctl(&cluster, node, &words).await,
                    verb => upstart::job(&cluster, node, verb, &words).await,
                }
            };
            tokio::spawn(work).await.unwrap_or_else(|error| Reply::fails(70, error.to_string()))
        }
        // These end with whoever asked.
        _ => {
            let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
            match command.as_str() {
                "journalctl" => systemd_show::journalctl(&cluster, node, &words),
                "arakoon" => arakoon::arakoon(&cluster, node, &words),
                "virsh" => virsh::virsh(&cluster, node, &words).await,
                "at-job" => schedule::at(&cluster, node, &words),
                "at-show" => schedule::show(&cluster, node, &words),
                "atq" => schedule::atq(&cluster, node),
                "atrm" => schedule::atrm(&cluster, node, &words),
                "ovs" => ovs::ovs(&cluster, node, &words).await,
                "package" => packages::package(&cluster, node, &words),
                "migration" => packages::migration(&cluster, node, &words).await,
                "updater-waited" => updater::waited(&cluster, node),
                "updater" => updater::run(&cluster, node, &arguments).await,
                other => Reply::fails(127, format!("{other}: command not found")),
            }
        }
    };
    reply.encode()
}
