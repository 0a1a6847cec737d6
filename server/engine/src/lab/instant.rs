//! A world without distance: every script has printed one line and ended when it is asked for, and every proof holds.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use futures::StreamExt;
use futures::stream::BoxStream;
use model::environment::Elevate;
use model::gate::Fit;
use model::id::{HostName, JobId};
use model::plan::{Answer, CloudifyCall, Download, Probe, Shell, Step};
use model::submission::{JobStatus, SubmitError, Submitted, Trace};
use model::time::Timestamp;
use remote::http::Moved;
use remote::{
    CancelReport, End, Followed, HostAccess, HostFacts, Job, Offsets, Output, Pipe, ReadLimit, Redactor, Remote,
    RemoteError, SpoolId, SpoolState, Started,
};

use crate::copies::NotSealed;
use crate::world::{ApiCall, World};

/// What every script prints.
const LINE: &[u8] = b"one line\n";

/// See the module.
#[derive(Debug, Default)]
pub(super) struct InstantWorld {
    hosts: InstantHosts,
    proofs: Mutex<Vec<Instant>>,
}

impl InstantWorld {
    pub fn proofs(&self) -> Vec<Instant> {
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl World for InstantWorld {
    async fn submit(&self, call: ApiCall<'_>, _expires: Timestamp) -> Result<Submitted, SubmitError> {
        Ok(Submitted::Done { said: format!("{} was carried out", call.name()) })
    }

    async fn job(&self, _call: ApiCall<'_>, _job: &JobId) -> Result<JobStatus, String> {
        Ok(JobStatus::Succeeded { said: "the job succeeded".to_owned() })
    }

    async fn transfer(&self, call: &CloudifyCall, _moved: &Moved) -> Result<String, String> {
        Ok(format!("{} was carried out", call.name()))
    }

    async fn trace(&self, _call: ApiCall<'_>, _since: Timestamp) -> Trace {
        Trace::None { evidence: "it was never accepted".to_owned() }
    }

    async fn download(&self, _download: &Download) -> Result<String, NotSealed> {
        Ok("all copies are sealed".to_owned())
    }

    async fn probe(&self, _probe: &Probe) -> Answer {
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
        Answer::Holds { evidence: "it is so".to_owned() }
    }

    async fn fit(&self, rest: &[&Step]) -> Fit {
        Fit::Fits { evidence: format!("{} steps to come are as planned", rest.len()) }
    }

    fn remote(&self) -> &dyn Remote {
        &self.hosts
    }

    fn host(&self, name: &HostName, _elevate: Elevate) -> Result<HostAccess, String> {
        Ok(HostAccess {
            name: name.to_string(),
            address: "127.0.0.1".to_owned(),
            port: 22,
            user: "nobody".to_owned(),
            identity: "/nonexistent".into(),
            host_key: Vec::new(),
            jump: None,
            elevate: remote::Elevate::No,
        })
    }

    async fn job_for(&self, shell: &Shell) -> Result<Job, String> {
        Ok(Job::new(shell.script.clone()))
    }

    fn redactor(&self) -> Redactor {
        Redactor::new(&[])
    }
}

#[derive(Debug, Default)]
struct InstantHosts;

const ENDED: End = End::Exited(0);

#[async_trait]
impl Remote for InstantHosts {
    async fn start(&self, _: &HostAccess, _: &SpoolId, _: &Job) -> Result<Started, RemoteError> {
        Ok(Started::Now)
    }

    fn follow(&self, _: &HostAccess, _: &SpoolId, from: Offsets) -> BoxStream<'static, Result<Followed, RemoteError>> {
        let rest = usize::try_from(from.stdout).ok().and_then(|at| LINE.get(at..)).unwrap_or_default();
        let line = Followed::Chunk { pipe: Pipe::Stdout, offset: from.stdout, bytes: rest.to_vec() };
        futures::stream::iter([Ok(line), Ok(Followed::End(ENDED))]).boxed()
    }

    async fn look(&self, _: &HostAccess, _: &SpoolId) -> Result<SpoolState, RemoteError> {
        Ok(SpoolState::Ended(ENDED))
    }

    async fn cancel(&self, _: &HostAccess, _: &SpoolId, _: Duration) -> Result<CancelReport, RemoteError> {
        Ok(CancelReport { state: SpoolState::Ended(ENDED), left: Vec::new() })
    }

    async fn remove(&self, _: &HostAccess, _: &SpoolId) -> Result<(), RemoteError> {
        Ok(())
    }

    async fn read(&self, _: &HostAccess, _: &Job, _: ReadLimit) -> Result<Output, RemoteError> {
        Ok(Output { code: 0, stdout: LINE.to_vec(), stderr: Vec::new() })
    }

    async fn facts(&self, _: &HostAccess) -> Result<HostFacts, RemoteError> {
        Ok(HostFacts { boot_id: "boot".to_owned(), unix_time_ms: 0, hostname: "host".to_owned(), spool_free_bytes: 0 })
    }
}
