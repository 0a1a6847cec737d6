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
use crate::stand_in::{Reply, arguments};

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

async fn call(State(place): State<Place>, Path(command): Path<String>, body: Bytes) -> String {
    let arguments = arguments(&body);
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
