//! The file itself: a ZIP that is sent while it is written, with the digest of each member.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::evidence::{Member, Sum};
use tokio::sync::mpsc::Sender;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use crate::{EngineError, Result};

/// How many bytes are sent at once.
const PIECE: usize = 64 * 1024;

/// A pack as far as it is written.
pub(super) struct Archive {
    zip: ZipWriter<StreamWriter<Outlet>>,
    gone: Arc<AtomicBool>,
    members: Vec<Member>,
}

impl Archive {
    pub fn new(pieces: Sender<Vec<u8>>) -> Self {
        let gone = Arc::new(AtomicBool::new(false));
        let outlet = Outlet { pieces, full: Vec::with_capacity(PIECE), gone: gone.clone() };
        Self { zip: ZipWriter::new_stream(outlet), gone, members: Vec::new() }
    }

    /// The members so far.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// A member that is there as a whole.
    pub fn whole(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.member(name, |member| member.take(bytes))
    }

    /// A member that `fill` writes; what `fill` gives.
    pub fn member<T>(&mut self, name: &str, fill: impl FnOnce(&mut Filling<'_>) -> Result<T>) -> Result<T> {
        // A member may be longer than 4 GB, and nobody knows before; text shrinks well enough with the least effort.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1))
            .unix_permissions(0o644)
            .large_file(true);
        self.zip.start_file(name, options).map_err(failed)?;
        let mut filling = Filling { zip: &mut self.zip, sum: Sum::default() };
        let filled = fill(&mut filling)?;
        let member = filling.sum.member(name);
        self.members.push(member);
        Ok(filled)
    }

    /// The end of the file.
    pub fn finish(self) -> Result<()> {
        let mut outlet = self.zip.finish().map_err(failed)?.into_inner();
        outlet.send().map_err(failed)
    }

    /// Leaves it as it is. It never becomes a whole ZIP: who takes it must not take a part for all.
    pub fn abandon(self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}

/// A member while it is written.
pub(super) struct Filling<'a> {
    zip: &'a mut ZipWriter<StreamWriter<Outlet>>,
    sum: Sum,
}

impl Filling<'_> {
    pub fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.sum.take(bytes);
        self.zip.write_all(bytes).map_err(failed)
    }

    pub const fn length(&self) -> u64 {
        self.sum.length()
    }
}

/// Where the bytes go. It waits for who takes them.
struct Outlet {
    pieces: Sender<Vec<u8>>,
    full: Vec<u8>,
    /// Nobody takes them any more, or nobody is to.
    gone: Arc<AtomicBool>,
}

impl Outlet {
    fn send(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.full, Vec::with_capacity(PIECE));
        if self.gone.load(Ordering::Relaxed) || piece.is_empty() {
            return Ok(());
        }
        self.pieces.blocking_send(piece).map_err(|_| {
            // What is still written goes nowhere, and needs no second word.
            self.gone.store(true, Ordering::Relaxed);
            io::Error::from(io::ErrorKind::BrokenPipe)
        })
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.full.extend_from_slice(bytes);
        if self.full.len() >= PIECE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn failed(error: impl Into<io::Error>) -> EngineError {
    EngineError::Pack(error.into())
}
