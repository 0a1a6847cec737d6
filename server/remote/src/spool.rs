//! The spool protocol: a job runs detached on the host, in a directory of its own, and is only
//! watched from here. `supervisor.sh` and `runner.sh` are the other side of it.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::timeout;

use crate::answer::{self, broken, told_error};
use crate::follow;
use crate::transport::{Channel, Transport};
use crate::wire::{Request, Verb, find_reply, read_reply, refuse_nul};
use crate::{
    CancelReport, Followed, HostAccess, HostFacts, Job, Offsets, Output, ReadLimit, Remote, RemoteError, SpoolId,
    SpoolState, Started,
};

/// A script that is run without a spool travels as one argument, which the kernel limits to 128 KiB.
const READ_SCRIPT_LIMIT: usize = 100 * 1024;
/// What is kept of the words a broken connection leaves behind.
pub(crate) const STDERR_LIMIT: usize = 16 * 1024;

#[async_trait]
impl<T: Transport> Remote for T {
    async fn start(&self, host: &HostAccess, spool: &SpoolId, job: &Job) -> Result<Started, RemoteError> {
        let mut script = job.script.clone();
        script.push('\n');
        let request =
            request(self, host, Verb::Start).field("spool", spool.as_str()).field("bytes", &script.len().to_string());
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
        let request = request(self, host, Verb::Follow)
            .field("spool", spool.as_str())
            .field("from_out", &from.stdout.to_string())
            .field("from_err", &from.stderr.to_string());
        follow::stream(self.clone(), host.clone(), request, from)
    }

    async fn look(&self, host: &HostAccess, spool: &SpoolId) -> Result<SpoolState, RemoteError> {
        let request = request(self, host, Verb::Look).field("spool", spool.as_str());
        let reply = ask(self, host, request, Duration::ZERO).await?;
        answer::state(host, &reply)
    }

    async fn cancel(&self, host: &HostAccess, spool: &SpoolId, grace: Duration) -> Result<CancelReport, RemoteError> {
        let whole_seconds = grace.as_secs() + u64::from(grace.subsec_nanos() > 0);
        let request =
            request(self, host, Verb::Cancel).field("spool", spool.as_str()).field("grace", &whole_seconds.to_string());
        let reply = ask(self, host, request, Duration::from_secs(whole_seconds * 2)).await?;
        Ok(CancelReport { state: answer::state(host, &reply)?, left: answer::left(&reply) })
    }

    async fn remove(&self, host: &HostAccess, spool: &SpoolId) -> Result<(), RemoteError> {
        let request = request(self, host, Verb::Remove).field("spool", spool.as_str());
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
        let nonce = answer::nonce();
        // The host's own limit is the later one: it only cleans up after us.
        let request = request(self, host, Verb::Read)
            .field("limit", &(limit.time.as_secs() + 2).to_string())
            .field("nonce", &nonce);
        let request = with_job(request, job, &job.script)?;
        // Connecting has a limit of its own; the question's time begins after it.
        let channel = self.open(host, Verb::Read).await?;
        let reading = read_output(channel, host, request, &nonce, limit.bytes);
        within(host, Verb::Read, limit.time, reading).await
    }

    async fn facts(&self, host: &HostAccess) -> Result<HostFacts, RemoteError> {
        let reply = ask(self, host, request(self, host, Verb::Facts), Duration::ZERO).await?;
        answer::facts(host, &reply)
    }
}

fn request(transport: &impl Transport, host: &HostAccess, verb: Verb) -> Request {
    let place = transport.place(host);
    let request = Request::new(verb)
        .field("boot_file", &place.boot_id_file)
        .field("shell", &place.shell)
        .field("patience", &place.start_patience.as_secs().to_string());
    match &place.spool_root {
        Some(root) => request.field("root", root),
        None => request,
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
    let verb = request.verb;
    let channel = transport.open(host, verb).await?;
    let limit = transport.patience().reply + more_time;
    within(host, verb, limit, exchange(channel, host, request)).await
}

async fn within<R>(
    host: &HostAccess,
    verb: Verb,
    limit: Duration,
    work: impl Future<Output = Result<R, RemoteError>>,
) -> Result<R, RemoteError> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(RemoteError::Timeout { host: host.name.clone(), waiting_for: verb.waiting_for(), after: limit })
    })
}

async fn exchange(mut channel: Channel, host: &HostAccess, request: Request) -> Result<Vec<String>, RemoteError> {
    // All at once: a host that refuses answers without reading what is sent.
    let mut stdout = BufReader::new(channel.stdout);
    let (_, reply, said) = tokio::join!(
        send(channel.stdin, request),
        read_reply(&mut stdout),
        beginning(&mut channel.stderr, STDERR_LIMIT),
    );
    match reply.ok().flatten() {
        Some(lines) => match lines.first().and_then(|line| told_error(host, line)) {
            Some(error) => Err(error),
            None => Ok(lines),
        },
        None => Err(broken(host, &said, channel.ended.await)),
    }
}

/// A failure to send shows as a missing reply, with better words.
pub(crate) async fn send(mut stdin: Box<dyn AsyncWrite + Send + Unpin>, request: Request) {
    let bytes = request.into_bytes();
    if stdin.write_all(&bytes).await.is_ok() {
        let _ = stdin.shutdown().await;
    }
}

async fn read_output(
    mut channel: Channel,
    host: &HostAccess,
    request: Request,
    nonce: &str,
    limit: usize,
) -> Result<Output, RemoteError> {
    let too_large = || RemoteError::TooLarge { host: host.name.clone(), limit };
    let mut stdout = BufReader::new(channel.stdout);
    let output = async {
        match find_reply(&mut stdout).await {
            // Our own end mark comes on top of the output.
            Ok(true) => whole(&mut stdout, limit + END_MARK_LIMIT).await.ok_or_else(too_large),
            _ => Ok(Vec::new()),
        }
    };
    let errors = async { whole(&mut channel.stderr, limit).await.ok_or_else(too_large) };
    let sending = async {
        send(channel.stdin, request).await;
        Ok(())
    };
    let (output, errors, ()) = tokio::try_join!(output, errors, sending)?;
    if let Some((stdout, code)) = answer::split_exit(&output, nonce) {
        if stdout.len() > limit {
            return Err(too_large());
        }
        return Ok(Output { code, stdout: stdout.to_vec(), stderr: errors });
    }
    let lines = String::from_utf8_lossy(&output);
    match told_error(host, lines.lines().next().unwrap_or_default()) {
        Some(error) => Err(error),
        None => Err(broken(host, &errors, channel.ended.await)),
    }
}

const END_MARK_LIMIT: usize = 100;

/// Reads to the end; `None` if that is further than the limit.
async fn whole(input: &mut (impl AsyncRead + Unpin), limit: usize) -> Option<Vec<u8>> {
    let bytes = beginning(input, limit + 1).await;
    (bytes.len() <= limit).then_some(bytes)
}

/// Reads to the end, or to the limit and no further.
pub(crate) async fn beginning(input: &mut (impl AsyncRead + Unpin), limit: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    // An error while reading is the end of it: the caller finds its end mark missing.
    let _ = input.take(limit as u64).read_to_end(&mut bytes).await;
    bytes
}
