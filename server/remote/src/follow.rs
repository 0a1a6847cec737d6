//! The stream of a followed job. Each item is read from the host when the consumer asks for it,
//! so that memory holds one piece at most, however much a job prints.

use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, BufReader};
use tokio::time::timeout;

use crate::answer::{broken, end, protocol, told_error};
use crate::spool::{STDERR_LIMIT, beginning, send};
use crate::transport::{Patience, Transport};
use crate::wire::{Request, Verb, find_reply, read_line};
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
        Followed::End(end) => Ok(Some((Followed::End(end), Stage::Over))),
        chunk => Ok(Some((chunk, Stage::Reading(reader)))),
    }
}

struct Reader {
    host: HostAccess,
    stdout: BufReader<Box<dyn AsyncRead + Send + Unpin>>,
    stderr: Box<dyn AsyncRead + Send + Unpin>,
    ended: BoxFuture<'static, Option<i32>>,
    at: Offsets,
    silence: Duration,
}

impl Reader {
    async fn open<T: Transport>(
        transport: T,
        host: HostAccess,
        request: Request,
        at: Offsets,
    ) -> Result<Self, RemoteError> {
        let channel = transport.open(&host, Verb::Follow).await?;
        let Patience { reply, silence } = transport.patience();
        let mut reader = Self {
            host,
            stdout: BufReader::with_capacity(64 * 1024, channel.stdout),
            stderr: channel.stderr,
            ended: channel.ended,
            at,
            silence,
        };
        let asking = async {
            let finding = find_reply(&mut reader.stdout);
            tokio::join!(send(channel.stdin, request), finding).1
        };
        match timeout(reply, asking).await {
            Err(_) => Err(silent(&reader.host, reply)),
            Ok(Ok(true)) => Ok(reader),
            Ok(_) => Err(reader.why_broken().await),
        }
    }

    async fn next(&mut self) -> Result<Followed, RemoteError> {
        loop {
            let line = match timeout(self.silence, read_line(&mut self.stdout)).await {
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
        match timeout(self.silence, self.stdout.read_exact(&mut bytes)).await {
            Err(_) => return Err(silent(&self.host, self.silence)),
            Ok(Err(_)) => return Err(self.why_broken().await),
            Ok(Ok(_)) => {}
        }
        self.at.advance(pipe, length);
        Ok(Followed::Chunk { pipe, offset, bytes })
    }

    async fn why_broken(&mut self) -> RemoteError {
        // A link that hangs half-closed must not hold up the message.
        let asking = async {
            let said = beginning(&mut self.stderr, STDERR_LIMIT).await;
            (said, (&mut self.ended).await)
        };
        let (said, code) = timeout(self.silence, asking).await.unwrap_or_default();
        broken(&self.host, &said, code)
    }
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
