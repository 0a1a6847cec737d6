//! One request and its reply, over a channel that may have served others and may serve more.
//!
//! A channel is given back only when the reply was read to its end and nothing came behind it. Whoever gives up before,
//! by a time limit or by not asking on, drops the channel, and with it the supervisor at its other end.

use std::convert::Infallible;
use std::time::Duration;

use tokio::io::AsyncBufReadExt;
use tokio::time::timeout;

use crate::answer::{self, broken, told_error};
use crate::reply::{NOISE_LIMIT, NotWhole, Reply, behind_begin, find_reply, read_bytes, read_reply};
use crate::transport::{Channel, Lease, Reading, Transport, Which, send};
use crate::wire::{Request, Verb};
use crate::{HostAccess, Output, RemoteError};

/// Why there is no answer.
pub(crate) enum NoAnswer {
    /// The channel broke before a byte of the reply came.
    Unheard(RemoteError),
    Failed(RemoteError),
}

impl From<RemoteError> for NoAnswer {
    fn from(error: RemoteError) -> Self {
        Self::Failed(error)
    }
}

impl From<NoAnswer> for RemoteError {
    fn from((NoAnswer::Unheard(error) | NoAnswer::Failed(error)): NoAnswer) -> Self {
        error
    }
}

/// Makes a request, for which `limit` begins when there is a channel.
///
/// One that was kept may have died since, which shows only when it is used. Then the request is made once more over a new
/// one. Should the first have arrived nevertheless, that does no harm: every verb may be repeated, and what must happen
/// once is seen to on the host, where the second finds what the first has left.
pub(crate) async fn over_a_channel<T: Transport, R, Work>(
    transport: &T,
    host: &HostAccess,
    verb: Verb,
    limit: Duration,
    work: impl Fn(Lease) -> Work,
) -> Result<R, RemoteError>
where
    Work: Future<Output = Result<R, NoAnswer>>,
{
    let lease = transport.open(host, verb, Which::Any).await?;
    let was_idle = lease.was_idle;
    match within(host, verb, limit, work(lease)).await {
        Err(NoAnswer::Unheard(_)) if was_idle => {}
        answer => return Ok(answer?),
    }
    let lease = transport.open(host, verb, Which::New).await?;
    Ok(within(host, verb, limit, work(lease)).await?)
}

async fn within<R>(
    host: &HostAccess,
    verb: Verb,
    limit: Duration,
    work: impl Future<Output = Result<R, NoAnswer>>,
) -> Result<R, NoAnswer> {
    let too_late = |_| RemoteError::Timeout { host: host.name.clone(), waiting_for: verb.waiting_for(), after: limit };
    timeout(limit, work).await.map_err(too_late)?
}

/// Sends a request and reads the lines of the reply.
pub(crate) async fn exchange(mut lease: Lease, host: &HostAccess, request: &Request) -> Result<Vec<String>, NoAnswer> {
    let (bytes, more) = (lease.bytes(request), lease.is_kept());
    let Channel { stdin, stdout, stderr, .. } = &mut lease.channel;
    let mut said = Vec::new();
    // All at once: a host that refuses answers without reading what is sent, and one that complains wants to be heard.
    let (sent, reply) = tokio::select! {
        done = async { tokio::join!(send(stdin, &bytes, more), read_reply(stdout, &lease.nonce)) } => done,
        never = listen(stderr, &mut said) => match never {},
    };
    let lines = match reply {
        Reply::Whole(lines) => lines,
        Reply::Cut => return Err(NoAnswer::Failed(why_broken(host, &mut lease.channel, said).await)),
        Reply::Missing => return Err(NoAnswer::Unheard(why_broken(host, &mut lease.channel, said).await)),
    };
    if sent {
        lease.give_back();
    }
    match lines.first().and_then(|line| told_error(host, line)) {
        Some(error) => Err(error.into()),
        None => Ok(lines),
    }
}

/// Sends a question and reads what its script prints.
pub(crate) async fn read_output(
    mut lease: Lease,
    host: &HostAccess,
    request: &Request,
    limit: usize,
) -> Result<Output, NoAnswer> {
    let (bytes, more) = (lease.bytes(request), lease.is_kept());
    let Channel { stdin, stdout, stderr, .. } = &mut lease.channel;
    let (nonce, mut said) = (lease.nonce.as_str(), Vec::new());
    let sending = async { Ok(send(stdin, &bytes, more).await) };
    let output = read_stdout(stdout, host, nonce, limit);
    let errors = async {
        // With what stands before it, which may tell why there is no answer.
        match read_bytes(stderr, nonce, limit + NOISE_LIMIT, &mut said).await {
            Ok(()) => Ok(true),
            Err(NotWhole::Cut) => Ok(false),
            Err(NotWhole::TooLarge) => Err(Unread::TooLarge),
        }
    };
    let (sent, whole, stdout, code) = match tokio::try_join!(sending, output, errors) {
        Ok((sent, (stdout, code), whole)) => (sent, whole, stdout, code),
        Err(Unread::Told(error)) => return Err(error.into()),
        Err(Unread::TooLarge) => return Err(too_large(host, limit).into()),
        Err(Unread::Cut) => return Err(NoAnswer::Failed(why_broken(host, &mut lease.channel, said).await)),
        Err(Unread::Missing) => return Err(NoAnswer::Unheard(why_broken(host, &mut lease.channel, said).await)),
    };
    let stderr = behind_begin(&said, nonce).to_vec();
    if stderr.len() > limit {
        return Err(too_large(host, limit).into());
    }
    if !whole {
        return Err(NoAnswer::Failed(why_broken(host, &mut lease.channel, said).await));
    }
    if sent {
        lease.give_back();
    }
    Ok(Output { code, stdout, stderr })
}

/// Why there is no output.
enum Unread {
    Missing,
    Cut,
    TooLarge,
    Told(RemoteError),
}

/// What a script printed, and its exit code.
async fn read_stdout(
    stdout: &mut Reading,
    host: &HostAccess,
    nonce: &str,
    limit: usize,
) -> Result<(Vec<u8>, i32), Unread> {
    if !find_reply(stdout, nonce).await {
        return Err(Unread::Missing);
    }
    let mut bytes = Vec::new();
    // The end mark of the script comes on top of its output.
    match read_bytes(stdout, nonce, limit + EXIT_MARK_LIMIT, &mut bytes).await {
        Ok(()) => {}
        Err(NotWhole::Cut) => return Err(Unread::Cut),
        Err(NotWhole::TooLarge) => return Err(Unread::TooLarge),
    }
    let Some((output, code)) = answer::split_exit(&bytes, nonce) else {
        let text = String::from_utf8_lossy(&bytes);
        let line = text.lines().next().unwrap_or_default();
        let unexpected = || answer::protocol(host, "no exit code at the end of the output");
        return Err(Unread::Told(told_error(host, line).unwrap_or_else(unexpected)));
    };
    if output.len() > limit {
        return Err(Unread::TooLarge);
    }
    Ok((output.to_vec(), code))
}

const EXIT_MARK_LIMIT: usize = 100;

fn too_large(host: &HostAccess, limit: usize) -> RemoteError {
    RemoteError::TooLarge { host: host.name.clone(), limit }
}

/// What is kept of the words a broken connection leaves behind.
const STDERR_LIMIT: usize = 16 * 1024;

/// Takes in what is said, for as long as somebody waits for something else.
async fn listen(stderr: &mut Reading, said: &mut Vec<u8>) -> Infallible {
    hear_out(stderr, said).await;
    std::future::pending().await
}

async fn hear_out(stderr: &mut Reading, said: &mut Vec<u8>) {
    // An error while reading is the end of it.
    while let Ok(piece) = stderr.fill_buf().await {
        if piece.is_empty() {
            return;
        }
        let (taken, room) = (piece.len(), STDERR_LIMIT.saturating_sub(said.len()));
        said.extend(piece.iter().take(room));
        stderr.consume(taken);
    }
}

/// Reads the last words that come over a broken channel.
pub(crate) async fn why_broken(host: &HostAccess, channel: &mut Channel, mut said: Vec<u8>) -> RemoteError {
    // A shell that is still there ends when nobody can ask it any more.
    channel.stdin = Box::new(tokio::io::sink());
    hear_out(&mut channel.stderr, &mut said).await;
    broken(host, &said, (&mut channel.ended).await)
}
