//! The stream of a followed job. Each item is read from the host when the consumer asks for it,
//! so that memory holds one piece at most, however much a job prints.

use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use crate::answer::{broken, end, protocol, told_error};
use crate::reply::{ends, find_reply, read_line};
use crate::talk::{NoAnswer, over_a_channel, why_broken};
use crate::transport::{Channel, Lease, Patience, Transport, send};
use crate::wire::{Request, Verb};
use crate::{Followed, HostAccess, Offsets, Pipe, RemoteError};

/// The host sends pieces of 256 KiB at most; more than this is not from our supervisor.
const PIECE_LIMIT: usize = 1 << 20;

enum Stage<T> {
    Begin(T, HostAccess, Request, Offsets),
    Reading(Box<Reader>),
    Over,
}

pub(crate) fn stream<T: Transport>(
    transport: T,
    host: HostAccess,
    request: Request,
    from: Offsets,
) -> BoxStream<'static, Result<Followed, RemoteError>> {
    let begin = Stage::Begin(transport, host, request, from);
    // An error ends the stream: `try_unfold` gives nothing after one.
    stream::try_unfold(begin, step).boxed()
}

async fn step<T: Transport>(stage: Stage<T>) -> Result<Option<(Followed, Stage<T>)>, RemoteError> {
    let mut reader = match stage {
        Stage::Begin(transport, host, request, from) => Box::new(Reader::open(transport, host, request, from).await?),
        Stage::Reading(reader) => reader,
        Stage::Over => return Ok(None),
    };
    match reader.next().await? {
        Followed::End(end) => {
            reader.give_back().await;
            Ok(Some((Followed::End(end), Stage::Over)))
        }
        chunk => Ok(Some((chunk, Stage::Reading(reader)))),
    }
}

struct Reader {
    host: HostAccess,
    /// Dropped with this reader, unless the job came to its end: then the host learns that nobody listens any more.
    lease: Lease,
    at: Offsets,
    silence: Duration,
}

/// How long the end of a reply may take whose last line is there.
const END_LIMIT: Duration = Duration::from_secs(1);

impl Reader {
    async fn open<T: Transport>(
        transport: T,
        host: HostAccess,
        request: Request,
        at: Offsets,
    ) -> Result<Self, RemoteError> {
        let Patience { reply, silence } = transport.patience();
        let asking = |lease| ask(lease, &host, &request);
        let lease = over_a_channel(&transport, &host, Verb::Follow, reply, asking).await?;
        Ok(Self { host, lease, at, silence })
    }

    async fn give_back(mut self) {
        let ending = ends(&mut self.lease.channel.stdout, &self.lease.nonce);
        if timeout(END_LIMIT, ending).await == Ok(true) {
            self.lease.give_back();
        }
    }

    async fn next(&mut self) -> Result<Followed, RemoteError> {
        loop {
            let line = match timeout(self.silence, read_line(&mut self.lease.channel.stdout)).await {
                Err(_) => return Err(silent(&self.host, self.silence)),
                Ok(Ok(Some(line))) => line,
                Ok(_) => return Err(self.why_broken().await),
            };
            // A sign of life, and no more.
            if line == "h" {
                continue;
            }
            if let Some(error) = told_error(&self.host, &line) {
                return Err(error);
            }
            if let Some(end) = line.strip_prefix("x ").and_then(end) {
                return Ok(Followed::End(end));
            }
            return self.piece(&line).await;
        }
    }

    async fn piece(&mut self, line: &str) -> Result<Followed, RemoteError> {
        let Some((pipe, offset, length)) = piece_header(line) else {
            return Err(protocol(&self.host, format!("{line:?} in the output")));
        };
        let expected = match pipe {
            Pipe::Stdout => self.at.stdout,
            Pipe::Stderr => self.at.stderr,
        };
        if offset != expected || length > PIECE_LIMIT {
            let said = format!("{length} bytes from {offset}, expected from {expected}");
            return Err(protocol(&self.host, said));
        }
        let mut bytes = vec![0; length];
        match timeout(self.silence, self.lease.channel.stdout.read_exact(&mut bytes)).await {
            Err(_) => return Err(silent(&self.host, self.silence)),
            Ok(Err(_)) => return Err(self.why_broken().await),
            Ok(Ok(_)) => {}
        }
        self.at.advance(pipe, length);
        Ok(Followed::Chunk { pipe, offset, bytes })
    }

    async fn why_broken(&mut self) -> RemoteError {
        let asking = why_broken(&self.host, &mut self.lease.channel, Vec::new());
        // A link that hangs half-closed must not hold up the message.
        let told = timeout(self.silence, asking).await;
        told.unwrap_or_else(|_| broken(&self.host, &[], None))
    }
}

/// Sends the request and waits for the reply to begin.
async fn ask(mut lease: Lease, host: &HostAccess, request: &Request) -> Result<Lease, NoAnswer> {
    let (bytes, more) = (lease.bytes(request), lease.is_kept());
    let Channel { stdin, stdout, .. } = &mut lease.channel;
    let (_, found) = tokio::join!(send(stdin, &bytes, more), find_reply(stdout, &lease.nonce));
    if found {
        return Ok(lease);
    }
    Err(NoAnswer::Unheard(why_broken(host, &mut lease.channel, Vec::new()).await))
}

fn silent(host: &HostAccess, after: Duration) -> RemoteError {
    RemoteError::Timeout { host: host.name.clone(), waiting_for: Verb::Follow.waiting_for(), after }
}

fn piece_header(line: &str) -> Option<(Pipe, u64, usize)> {
    let mut words = line.split(' ');
    let pipe = match words.next()? {
        "o" => Pipe::Stdout,
        "e" => Pipe::Stderr,
        _ => return None,
    };
    Some((pipe, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}
