//! The verbs with which a host is used. Two implementations: over ssh, and in the
//! local shell for tests.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::{
    CancelReport, Followed, HostAccess, HostFacts, Job, Offsets, Output, ReadLimit, RemoteError, SpoolId, SpoolState,
    Started,
};

/// Starts, follows and stops jobs on hosts, such that a broken link neither stops nor doubles one.
#[async_trait]
pub trait Remote: Send + Sync {
    /// Starts `job` under `spool` unless that spool exists already or was removed; never starts
    /// it twice, however late a request arrives.
    ///
    /// After an error the job may run or not: [`Remote::look`] tells, and calling `start`
    /// again is harmless.
    async fn start(&self, host: &HostAccess, spool: &SpoolId, job: &Job) -> Result<Started, RemoteError>;

    /// Reads what came since `from`, until the job ends or the link breaks.
    ///
    /// Nothing is read ahead of the consumer, so a slow one costs no memory. After an error
    /// the stream is over; begin a new one from the offsets that were taken in.
    fn follow(
        &self,
        host: &HostAccess,
        spool: &SpoolId,
        from: Offsets,
    ) -> BoxStream<'static, Result<Followed, RemoteError>>;

    /// Asks once, without waiting.
    async fn look(&self, host: &HostAccess, spool: &SpoolId) -> Result<SpoolState, RemoteError>;

    /// Asks all processes of the job to end, and after `grace` kills them. A job that is not there
    /// yet will never be started: its request may still be on the way.
    async fn cancel(&self, host: &HostAccess, spool: &SpoolId, grace: Duration) -> Result<CancelReport, RemoteError>;

    /// Removes the spool of a job that is over. A spool that is not there is fine. Its name stays
    /// taken for a week, so that a late request does not start the job once more.
    async fn remove(&self, host: &HostAccess, spool: &SpoolId) -> Result<(), RemoteError>;

    /// Runs a short read-only command to its end. Used by discovery and probes.
    async fn read(&self, host: &HostAccess, job: &Job, limit: ReadLimit) -> Result<Output, RemoteError>;

    /// Asks the host about itself.
    async fn facts(&self, host: &HostAccess) -> Result<HostFacts, RemoteError>;

    /// Closes what is kept open to the host for the next request, if nobody uses it now. For whoever asks many hosts once.
    async fn let_go(&self, _host: &HostAccess) {}
}
