//! What can go wrong with a request to a pretended host, on demand.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncReadExt, BufReader, ReadBuf};

use super::LocalRemote;
use crate::transport::{Channel, Lease, Reading, Which};
use crate::{HostAccess, RemoteError};

/// Something that goes wrong with the next request of one kind.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The host cannot be connected to.
    NoConnection,
    /// The link breaks before the host has the whole request: nothing happens there.
    LostRequest,
    /// The host does what was asked, and the answer does not arrive.
    LostReply,
    /// The link breaks after so many bytes of the answer.
    CutAfter(u64),
    /// It takes this long until the request is sent.
    Slow(Duration),
    /// No room for a spool.
    DiskFull,
    /// This, over a channel that was kept from an earlier request and died meanwhile.
    WhileIdle(Box<Fault>),
}

impl LocalRemote {
    /// A channel that does not do what it should, and is not used again.
    pub(super) fn faulty(&self, host: &HostAccess, fault: &Fault) -> Result<Lease, RemoteError> {
        match fault {
            Fault::NoConnection => Err(RemoteError::Connect {
                host: host.name.clone(),
                address: format!("{}:{}", host.address, host.port),
                said: "Connection refused".to_owned(),
            }),
            Fault::LostRequest => Ok(Lease::once(answered(String::new()))),
            Fault::LostReply => {
                let mut channel = self.channel(host)?;
                channel.ended = channel.ended.map(|_| None).boxed();
                channel.stdout = BufReader::new(Box::new(Swallow(channel.stdout)));
                Ok(Lease::once(channel))
            }
            Fault::CutAfter(bytes) => {
                let mut channel = self.channel(host)?;
                channel.stdout = BufReader::new(Box::new(channel.stdout.take(*bytes)));
                channel.stderr = BufReader::new(Box::new(tokio::io::empty()));
                channel.ended = unknown_end(channel.ended);
                Ok(Lease::once(channel))
            }
            Fault::DiskFull => {
                let mut lease = Lease::once(answered(String::new()));
                let (nonce, root) = (&lease.nonce, self.spool_root(&host.name));
                let told = format!("drydock-reply {nonce}\nerror disk {}\nend {nonce}\n", root.display());
                lease.channel = answered(told);
                Ok(lease)
            }
            Fault::Slow(_) | Fault::WhileIdle(_) => self.lease(host, Which::New),
        }
    }
}

/// How a command ended behind a broken link. It is left alone until somebody asks.
fn unknown_end(command: BoxFuture<'static, Option<i32>>) -> BoxFuture<'static, Option<i32>> {
    async move {
        drop(command);
        None
    }
    .boxed()
}

/// A channel whose other end has said this much, and takes no notice of what is sent.
fn answered(reply: String) -> Channel {
    let said = io::Cursor::new(reply.into_bytes());
    Channel::new(tokio::io::sink(), said, tokio::io::empty(), async { None }.boxed(), None)
}

/// Waits for the end of what it reads, and gives none of it away.
struct Swallow(Reading);

impl AsyncRead for Swallow {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0; 4096];
        loop {
            let mut into = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.0).poll_read(context, &mut into) {
                Poll::Ready(Ok(())) if !into.filled().is_empty() => {}
                other => return other,
            }
        }
    }
}
