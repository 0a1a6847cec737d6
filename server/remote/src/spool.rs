//! The spool protocol: a job runs detached on the host, in a directory of its own, and is only
//! watched from here. `supervisor.sh` and `runner.sh` are the other side of it.
//!
//! Each verb is one request with one reply. Over which channel it goes, and what becomes of that, is not seen here:
//! every verb may be repeated, so that one whose channel turns out to be dead is simply made again (`talk.rs`).

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::answer;
use crate::follow;
use crate::talk::{exchange, over_a_channel, read_output};
use crate::transport::Transport;
use crate::wire::{Request, Verb, refuse_nul};
use crate::{
    CancelReport, Followed, HostAccess, HostFacts, Job, Offsets, Output, ReadLimit, Remote, RemoteError, SpoolId,
    SpoolState, Started,
};

/// A script that is run without a spool travels as one argument, which the kernel limits to 128 KiB.
const READ_SCRIPT_LIMIT: usize = 100 * 1024;

#[async_trait]
impl<T: Transport> Remote for T {
    async fn start(&self, host: &HostAccess, spool: &SpoolId, job: &Job) -> Result<Started, RemoteError> {
        let mut script = job.script.clone();
        script.push('\n');
        let request =
            Request::new(Verb::Start).field("spool", spool.as_str()).field("bytes", &script.len().to_string());
        let request = with_job(request, job, &script)?;
        let reply = ask(self, host, request, Duration::ZERO).await?;
        answer::started(host, &reply)
    }

    fn follow(
        &self,
        host: &HostAccess,
        spool: &SpoolId,
        from: Offsets,
    ) -> BoxStream<'static, Result<Followed, RemoteError>> {
        let request = Request::new(Verb::Follow)
            .field("spool", spool.as_str())
            .field("from_out", &from.stdout.to_string())
            .field("from_err", &from.stderr.to_string());
        follow::stream(self.clone(), host.clone(), request, from)
    }

    async fn look(&self, host: &HostAccess, spool: &SpoolId) -> Result<SpoolState, RemoteError> {
        let request = Request::new(Verb::Look).field("spool", spool.as_str());
        let reply = ask(self, host, request, Duration::ZERO).await?;
        answer::state(host, &reply)
    }

    async fn cancel(&self, host: &HostAccess, spool: &SpoolId, grace: Duration) -> Result<CancelReport, RemoteError> {
        let whole_seconds = grace.as_secs() + u64::from(grace.subsec_nanos() > 0);
        let request =
            Request::new(Verb::Cancel).field("spool", spool.as_str()).field("grace", &whole_seconds.to_string());
        let reply = ask(self, host, request, Duration::from_secs(whole_seconds * 2)).await?;
        Ok(CancelReport { state: answer::state(host, &reply)?, left: answer::left(&reply) })
    }

    async fn remove(&self, host: &HostAccess, spool: &SpoolId) -> Result<(), RemoteError> {
        let request = Request::new(Verb::Remove).field("spool", spool.as_str());
        ask(self, host, request, Duration::ZERO).await?;
        Ok(())
    }

    async fn read(&self, host: &HostAccess, job: &Job, limit: ReadLimit) -> Result<Output, RemoteError> {
        if job.script.len() > READ_SCRIPT_LIMIT {
            return Err(RemoteError::Invalid {
                what: "script of a question",
                value: format!("{} bytes", job.script.len()),
                rule: "at most 100 KiB",
            });
        }
        // The host's own limit is the later one: it only cleans up after us.
        let request = Request::new(Verb::Read).field("limit", &(limit.time.as_secs() + 2).to_string());
        let request = with_job(request, job, &job.script)?;
        over_a_channel(self, host, Verb::Read, limit.time, |lease| read_output(lease, host, &request, limit.bytes))
            .await
    }

    async fn facts(&self, host: &HostAccess) -> Result<HostFacts, RemoteError> {
        let reply = ask(self, host, Request::new(Verb::Facts), Duration::ZERO).await?;
        answer::facts(host, &reply)
    }

    async fn let_go(&self, host: &HostAccess) {
        Transport::let_go(self, host).await;
    }
}

fn with_job(request: Request, job: &Job, script: &str) -> Result<Request, RemoteError> {
    refuse_nul("script", script)?;
    let mut request = request.field("script", script);
    for arg in &job.args {
        refuse_nul("argument", arg)?;
        request = request.argument(arg);
    }
    for (name, secret) in &job.secret_env {
        if secret.expose().contains('\0') {
            return Err(RemoteError::Invalid {
                what: "secret",
                value: "(not shown)".to_owned(),
                rule: "free of NUL bytes",
            });
        }
        request = request.secret(name, secret.expose());
    }
    Ok(request)
}

/// Sends a request and reads the reply to its end.
async fn ask(
    transport: &impl Transport,
    host: &HostAccess,
    request: Request,
    more_time: Duration,
) -> Result<Vec<String>, RemoteError> {
    let limit = transport.patience().reply + more_time;
    over_a_channel(transport, host, request.verb, limit, |lease| exchange(lease, host, &request)).await
}
