//! Jobs: from the accepted call to the result.

use std::future::pending;

use tokio_util::sync::CancellationToken;

use super::Platform;
use crate::api::catalog::Verb;
use crate::api::lists::vm_of_job;
use crate::fault::Fault;
use crate::json::Fields;
use crate::truth::Path;
use crate::world::records::{Job, JobStatus, new_uuid};
use crate::world::{World, now};

/// What a job is to do.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) verb: Verb,
    pub(crate) command: &'static str,
    pub(crate) target: Target,
    pub(crate) by: Path,
    pub(crate) forced: bool,
    pub(crate) cleanup: bool,
    pub(crate) live_patch: bool,
}

/// What a job works on.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Vm { id: u64 },
    Network { uuid: String },
    Vpc { uuid: String },
}

impl Target {
    /// The name a fault can be aimed at.
    pub(crate) fn name(&self, world: &World) -> String {
        match self {
            Self::Vm { id } => world.vms.get(id).map(|vm| vm.name.clone()),
            Self::Network { uuid } => world.network_named(uuid).map(|network| network.name.clone()),
            Self::Vpc { uuid } => world.vpc_named(uuid).map(|vpc| vpc.name.clone()),
        }
        .unwrap_or_default()
    }

    pub(crate) fn uuid(&self, world: &World) -> String {
        match self {
            Self::Vm { id } => world.vms.get(id).map(|vm| vm.uuid.clone()),
            Self::Network { uuid } | Self::Vpc { uuid } => Some(uuid.clone()),
        }
        .unwrap_or_default()
    }

    fn instance_type(&self, world: &World) -> &'static str {
        match self {
            Self::Vm { id } if world.vms.get(id).is_some_and(|vm| vm.is_router()) => "DomainRouter",
            Self::Vm { .. } => "SystemVm",
            Self::Network { .. } => "Network",
            Self::Vpc { .. } => "Vpc",
        }
    }
}

/// Why a job failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) code: i64,
    pub(crate) text: String,
}

impl Failed {
    /// Errors inside a job mostly surface as 530 (dossier 3.4).
    pub(crate) fn internal(text: impl Into<String>) -> Self {
        Self { code: 530, text: text.into() }
    }
}

/// How a test bends a job.
enum Bend {
    Fail(u16),
    Hang,
    Cancel,
}

impl Platform {
    /// Makes a job and begins it. Answers its id.
    pub(crate) fn submit(&self, server: usize, work: Work) -> String {
        let id = new_uuid();
        let bend = {
            let mut world = self.world();
            let name = work.target.name(&world);
            let job = Job {
                uuid: id.clone(),
                class: class(work.verb).to_owned(),
                status: JobStatus::InProgress,
                code: 0,
                result: None,
                instance_type: work.target.instance_type(&world),
                instance: Some(work.target.uuid(&world)),
                server,
                created: now(),
                completed: None,
            };
            world.jobs.push(job);
            world.faults.strike(work.command, &name, |fault| match fault {
                Fault::JobFails { aim, code } => {
                    let code = *code;
                    Some((aim, Bend::Fail(code)))
                }
                Fault::JobNeverEnds { aim } => Some((aim, Bend::Hang)),
                Fault::JobCancelled { aim } => Some((aim, Bend::Cancel)),
                _ => None,
            })
        };
        let (platform, job) = (self.clone(), id.clone());
        let life = self.life(server);
        self.spawn(async move { platform.carry_out(&job, work, bend, life).await });
        id
    }

    async fn carry_out(&self, job: &str, work: Work, bend: Option<Bend>, life: CancellationToken) {
        let name = work.target.name(&self.world());
        let done = async {
            match bend {
                Some(Bend::Hang) => pending().await,
                Some(Bend::Cancel) => {
                    self.wait(self.pace().transition()).await;
                    None
                }
                Some(Bend::Fail(code)) => {
                    self.wait(self.pace().transition()).await;
                    Some(Err(Failed {
                        code: i64::from(code),
                        text: format!("Unable to carry out {} on {name}", work.command),
                    }))
                }
                None => Some(self.perform(&work).await),
            }
        };
        tokio::select! {
            // What was begun stays half done, and the job stays pending until the server is back.
            () = life.cancelled() => self.world().recorder.jobs_cut += 1,
            outcome = done => self.finish(job, outcome),
        }
    }

    fn finish(&self, job: &str, outcome: Option<Result<Fields, Failed>>) {
        let mut world = self.world();
        let Some(job) = world.job_mut(job) else {
            return;
        };
        job.completed = Some(now());
        match outcome {
            Some(Ok(result)) => {
                job.status = JobStatus::Succeeded;
                job.result = Some(result);
            }
            Some(Err(failed)) => {
                job.status = JobStatus::Failed;
                job.code = failed.code;
                let result = Fields::new().with("errorcode", failed.code).with("errortext", failed.text);
                job.result = Some(result);
            }
            None => job.status = JobStatus::Cancelled,
        }
    }

    async fn perform(&self, work: &Work) -> Result<Fields, Failed> {
        match &work.target {
            Target::Vm { id } => {
                self.perform_on_vm(*id, work).await?;
                if work.verb == Verb::PatchSystemVm {
                    let text = "System VM patched";
                    return Ok(success().with("displaytext", text));
                }
                let world = self.world();
                Ok(world.vms.get(id).map(|vm| vm_of_job(&world, vm)).unwrap_or_default())
            }
            Target::Network { uuid } | Target::Vpc { uuid } => {
                self.restart_group(uuid, work).await?;
                Ok(success())
            }
        }
    }

    async fn perform_on_vm(&self, id: u64, work: &Work) -> Result<(), Failed> {
        // The platform queues the operations on one VM.
        let gate = self.world().vms.get(&id).map(|vm| vm.gate.clone());
        let _turn = match &gate {
            Some(gate) => Some(gate.lock().await),
            None => None,
        };
        match work.verb {
            Verb::StopSystemVm | Verb::StopRouter => self.stop_vm(id, work.by).await,
            Verb::StartSystemVm | Verb::StartRouter => self.start_vm(id, work.by).await,
            Verb::RebootSystemVm => self.reboot_system_vm(id, work).await,
            Verb::RebootRouter => self.reboot_router(id, work.by).await,
            Verb::DestroySystemVm => self.destroy_vm(id, work.by).await,
            Verb::PatchSystemVm => self.patch_vm(id).await,
            other => Err(Failed::internal(format!("{other:?} is not a job"))),
        }
    }

    /// What a server does with its left-over jobs when it comes back.
    pub(super) fn fail_cut_jobs(&self, server: usize) {
        for job in &mut self.world().jobs {
            // The foreign job of a fault is nobody's and has no instance.
            if job.server == server && job.is_pending() && job.instance.is_some() {
                job.status = JobStatus::Failed;
                job.code = 530;
                job.completed = Some(now());
                let text = "job cancelled because of management server restart or shutdown";
                job.result = Some(Fields::new().with("errorcode", 530).with("errortext", text));
            }
        }
    }
}

fn success() -> Fields {
    Fields::new().with("success", true)
}

/// The class behind a command, as jobs name it.
fn class(verb: Verb) -> &'static str {
    match verb {
        Verb::StopSystemVm => "org.apache.cloudstack.api.command.admin.systemvm.StopSystemVmCmd",
        Verb::StartSystemVm => "org.apache.cloudstack.api.command.admin.systemvm.StartSystemVMCmd",
        Verb::RebootSystemVm => "org.apache.cloudstack.api.command.admin.systemvm.RebootSystemVmCmd",
        Verb::DestroySystemVm => "org.apache.cloudstack.api.command.admin.systemvm.DestroySystemVmCmd",
        Verb::PatchSystemVm => "org.apache.cloudstack.api.command.admin.systemvm.PatchSystemVMCmd",
        Verb::StopRouter => "org.apache.cloudstack.api.command.admin.router.StopRouterCmd",
        Verb::StartRouter => "org.apache.cloudstack.api.command.admin.router.StartRouterCmd",
        Verb::RebootRouter => "org.apache.cloudstack.api.command.admin.router.RebootRouterCmd",
        Verb::RestartNetwork => "org.apache.cloudstack.api.command.user.network.RestartNetworkCmd",
        Verb::RestartVpc => "org.apache.cloudstack.api.command.user.vpc.RestartVPCCmd",
        _ => "org.apache.cloudstack.api.command.admin.template.PrepareTemplateCmd",
    }
}
