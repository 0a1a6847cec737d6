//! Ctrl-C, as a question the long-running commands ask.
//!
//! The first Ctrl-C asks for a tidy end: what was started is stopped, what was mounted is unmounted. The commands poll
//! this between their waits; there is nothing else they could be doing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tokio::signal::unix::{SignalKind, signal};

use crate::error::Error;

#[derive(Clone)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From here on, SIGINT and SIGTERM no longer end this process but are noted.
    pub fn listen() -> Result<Self, Error> {
        let stop = Self(Arc::new(AtomicBool::new(false)));
        let noted = Arc::clone(&stop.0);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| Error::Start { command: "signal handling".into(), source })?;
        let (mut interrupt, mut terminate) = {
            let _context = runtime.enter();
            let listen =
                |kind| signal(kind).map_err(|source| Error::Start { command: "signal handling".into(), source });
            (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?)
        };
        thread::spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                noted.store(true, Ordering::SeqCst);
                // Keep the handlers alive: a second Ctrl-C must not cut the clean-up short.
                std::future::pending::<()>().await;
            });
        });
        Ok(stop)
    }

    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
