//! Probes that look at a host.

use std::time::Duration;

use futures::future::join_all;
use model::environment::Elevate;
use model::id::HostName;
use model::plan::Answer;
use remote::{EnvName, HostAccess, Job, Output, ReadLimit};

use super::vm::{holds, not_yet};
use crate::client::Inner;
use crate::discovery::{PORT, integration_answers};
use crate::settings::DATABASE_PASSWORD;

const OPEN: &str = include_str!("../sh/integration_open.sh");
const CLOSED: &str = include_str!("../sh/integration_closed.sh");

const LIMIT: ReadLimit = ReadLimit { bytes: 64 << 10, time: Duration::from_secs(60) };

pub(crate) async fn integration_open(inner: &Inner, host: &HostName, address: &str) -> Answer {
    shell(inner, host, Elevate::No, OPEN, &[address.to_owned()]).await
}

/// Asked on each host itself, and from here: a firewall may hide from one what the other sees.
pub(crate) async fn integration_closed(inner: &Inner, hosts: &[HostName], address: &str) -> Answer {
    let arguments = [address.to_owned()];
    let inside = join_all(hosts.iter().map(|host| shell(inner, host, Elevate::No, CLOSED, &arguments))).await;
    let outside = join_all(hosts.iter().map(|host| closed_from_here(inner, host))).await;
    Answer::worst(&inside.into_iter().chain(outside).collect::<Vec<_>>())
}

async fn closed_from_here(inner: &Inner, host: &HostName) -> Answer {
    let Some(access) = inner.hosts.get(host) else { return unknown_host(host) };
    let address = &access.address;
    if integration_answers(address).await {
        not_yet(format!("{address}:{PORT} takes connections from here"))
    } else {
        holds(format!("{address}:{PORT} takes no connection from here"))
    }
}

pub(crate) async fn shell(inner: &Inner, host: &HostName, elevate: Elevate, script: &str, args: &[String]) -> Answer {
    let Some(access) = inner.hosts.get(host) else { return unknown_host(host) };
    let access = access.with_elevate(elevation(elevate));
    match read(inner, &access, script, args).await {
        Ok(output) => Answer::of_exit_code(output.code, format!("{host}: {}", output.last_words())),
        Err(reason) => Answer::Unknown { reason },
    }
}

async fn read(inner: &Inner, access: &HostAccess, script: &str, args: &[String]) -> Result<Output, String> {
    let mut job = args.iter().fold(Job::new(script), |job, arg| job.arg(arg.clone()));
    // Only a script that asks for the password gets it.
    if let Some(password) = inner.database_password.as_ref().filter(|_| script.contains(DATABASE_PASSWORD)) {
        job = job.secret(EnvName::new(DATABASE_PASSWORD).map_err(|error| error.to_string())?, password.clone());
    }
    inner.remote.read(access, &job, LIMIT).await.map_err(|error| error.to_string())
}

fn elevation(elevate: Elevate) -> remote::Elevate {
    match elevate {
        Elevate::No => remote::Elevate::No,
        Elevate::Sudo => remote::Elevate::Sudo,
    }
}

fn unknown_host(host: &HostName) -> Answer {
    Answer::Unknown { reason: format!("{host} is not among the management hosts of this environment") }
}
