//! The steps of script mode, with the vendor's text beside each.

use model::cloudstack::{CloudStackInventory, VmKind};
use model::environment::{CloudStackSettings, Environment};
use model::id::{HostName, StepId};
use model::plan::{
    Action, Already, CloudStackCommand, OutputReader, Probe, QuietRule, SecretVariable, Shell, Stage, Step, StepKind,
    Target, Undo,
};

use super::native::{already, rebuilt};
use super::scope::Chosen;
use super::scripted::{PORT, Port, Run, ScriptHost};
use crate::settings::{DATABASE_PASSWORD, INTEGRATION_PORT};

const CHECK_SCRIPT: &str = include_str!("../sh/check_script.sh");
const CHECK_DATABASE: &str = concat!(include_str!("../sh/database.sh"), "\n", include_str!("../sh/check_database.sh"));
const RESTART_SERVICE: &str = include_str!("../sh/restart_service.sh");
const RUN_SCRIPT: &str = concat!(include_str!("../sh/database.sh"), "\n", include_str!("../sh/run_script.sh"));
const REMOVE_WORK: &str = include_str!("../sh/remove_work.sh");
const WORK_IS_GONE: &str = include_str!("../sh/work_is_gone.sh");

const VENDOR_OPEN: &str = "\u{201c}Ensure that the admin port is set to 8096 by using the \"integration.api.port\" \
                           global parameter. \u{2026} Changing this parameter will require a management server \
                           restart.\u{201d}";
const VENDOR_RUN: &str = "\u{201c}nohup cloudstack-sysvmadm -d IPaddress -u cloud -p password -a > sysvm.log 2>&1 \
                          &\u{201d}. Drydock gives the script no password as an argument, where everybody on the host \
                          could read it, and keeps both logs.";
const VENDOR_CLOSE: &str = "\u{201c}After the upgrade process is complete, you can disable unauthenticated API access \
                            again by setting \"integration.api.port\" to 0. Don't forget to restart the management \
                            server afterwards.\u{201d}";

/// Seconds that a look at a host may take.
const LOOK: u32 = 120;

/// What all steps of one plan share.
pub(crate) struct Script<'p> {
    settings: &'p CloudStackSettings,
    version: &'p str,
    at: ScriptHost<'p>,
    port: Port,
    /// Hosts on which the port must be closed afterwards: those on which it is closed now.
    closed_on: Vec<HostName>,
    /// On the host. Its name is the same for every plan, so that what one run leaves behind, another one sees.
    work: String,
}

impl<'p> Script<'p> {
    pub(crate) fn new(
        environment: &Environment,
        settings: &'p CloudStackSettings,
        inventory: &CloudStackInventory,
        version: &'p str,
        at: ScriptHost<'p>,
        port: Port,
    ) -> Self {
        let was_open = |name: &HostName| {
            let seen = inventory.management_hosts.get(name).and_then(|seen| seen.value());
            seen.is_some_and(|seen| seen.integration_listening)
        };
        let names = settings.management_hosts.iter().map(|host| host.name.clone());
        let closed_on = names.filter(|name| !was_open(name)).collect();
        let work = format!("/var/lib/drydock-sysvmadm-{}", environment.id);
        Self { settings, version, at, port, closed_on, work }
    }

    pub(crate) fn check(&self) -> Stage {
        let script = self.look(CHECK_SCRIPT, vec![self.at.script.path.clone(), self.at.script.sha256.clone()]);
        let database = self.look(CHECK_DATABASE, Vec::new());
        let steps = vec![
            self.observe("check/script", "The script is the one that was looked at", script, LOOK),
            self.observe("check/database", "The database takes the login of the script", database, LOOK),
        ];
        Stage { title: "Check".into(), limit: 1, unit: "checks".into(), steps, rolling: None }
    }

    /// Nothing when the port is open already.
    pub(crate) fn open(&self) -> Option<Stage> {
        let Port::Closed { setting } = self.port else { return None };
        let mut steps = Vec::new();
        if setting != PORT {
            let mut step = self.set("open/setting", PORT, Undo::ByStep(id("close/setting")));
            step.vendor = Some(VENDOR_OPEN.to_owned());
            steps.push(step);
        }
        steps.push(self.idle("open/idle"));
        let proof = vec![self.port_is_open(), Probe::ApiReady];
        let mut restart = self.restart_service("open/restart", proof, Undo::ByStep(id("close/restart")));
        restart.vendor = Some(VENDOR_OPEN.to_owned());
        restart.hazard = Some(format!(
            "From now on anybody who reaches port 8096 of {} rules the cloud without a password.",
            self.at.host.name
        ));
        steps.push(restart);
        chain(&mut steps);
        Some(Stage { title: "Open port".into(), limit: 1, unit: "steps".into(), steps, rolling: None })
    }

    pub(crate) fn restart(&self, runs: &[Run<'_, '_>]) -> Stage {
        let mut steps: Vec<Step> = runs.iter().map(|run| self.run(run)).collect();
        chain(&mut steps);
        Stage { title: "Restart by script".into(), limit: 1, unit: "runs of the script".into(), steps, rolling: None }
    }

    /// Seconds to hold the run after a failure: an open port is not held open while people think.
    pub(crate) const fn hold(&self) -> u32 {
        match self.port {
            Port::Open => self.settings.tuning.hold,
            Port::Closed { .. } => 0,
        }
    }

    /// In this order: what keeps the port from opening anew, what could be read by others, then the restart.
    pub(crate) fn close(&self) -> Vec<Step> {
        let tidy = self.remove_work();
        let Port::Closed { setting } = self.port else { return vec![tidy] };
        let mut set = self.set("close/setting", setting, Undo::NotNeeded);
        set.vendor = Some(VENDOR_CLOSE.to_owned());
        let closed = Probe::IntegrationClosed { hosts: self.closed_on.clone(), address: self.address() };
        let value = Probe::Setting { name: INTEGRATION_PORT.into(), value: setting.to_string() };
        let mut restart = self.restart_service("close/restart", vec![value, closed, Probe::ApiReady], Undo::NotNeeded);
        restart.title = format!("Close port 8096: restart the management server on {}", self.at.host.name);
        restart.attempts = 3;
        restart.vendor = Some(VENDOR_CLOSE.to_owned());
        vec![set, tidy, self.idle("close/idle"), restart]
    }

    /// A script that was ended between stop and start leaves its VM down.
    pub(crate) fn keep_running(&self, chosen: &Chosen<'_>) -> Step {
        let vm = chosen.vm_ref();
        let command = match chosen.vm.kind {
            VmKind::SecondaryStorage | VmKind::ConsoleProxy => CloudStackCommand::StartSystemVm(vm.clone()),
            VmKind::Router => CloudStackCommand::StartRouter(vm.clone()),
        };
        Step {
            target: Target::SystemVm(vm.clone()),
            deadline: self.settings.tuning.vm_deadline,
            attempts: 3,
            ..self.step(
                &format!("close/run/{}", vm.name),
                &format!("Start {} {} if the script has left it down", chosen.vm.kind, vm.name),
                Action::CloudStack(command),
                Probe::VmRunning { vm },
            )
        }
    }

    fn run(&self, run: &Run<'_, '_>) -> Step {
        let mut args = vec![
            self.work.clone(),
            self.at.script.path.clone(),
            self.at.script.sha256.clone(),
            self.settings.integration_address.clone(),
        ];
        args.extend(run.arguments.iter().cloned());
        let mut shell = self.shell(RUN_SCRIPT, args);
        shell.secrets = self.secrets();
        shell.reads = OutputReader::Sysvmadm;
        shell.quiet =
            Some(QuietRule { seconds: self.settings.tuning.quiet_limit, idle: Box::new(Probe::NoPendingJobs) });
        let proof = run.vms.iter().map(|chosen| rebuilt(chosen, self.version)).collect();
        // Somebody asked for a VM that is up to date: its proof is there before the script ran, and must not skip it.
        let act_anyway = run.vms.iter().any(|chosen| already(chosen) == Already::ActAnyway);
        Step {
            kind: StepKind::Once,
            already: if act_anyway { Already::ActAnyway } else { Already::IsDone },
            deadline: run.turns.saturating_mul(self.settings.tuning.vm_deadline),
            impact: "Each VM in turn is down while it is rebuilt: consoles are cut, templates and snapshots wait, \
                     networks without a second router have no DHCP, NAT and way out."
                .to_owned(),
            hazard: run.hazard.clone(),
            undo: Undo::Impossible,
            vendor: Some(VENDOR_RUN.to_owned()),
            ..self.step(
                &format!("run/{}", run.name),
                &format!("{}: cloudstack-sysvmadm {}", run.title, run.arguments.join(" ")),
                Action::Shell(shell),
                Probe::All { of: proof },
            )
        }
    }

    fn set(&self, name: &str, value: u32, undo: Undo) -> Step {
        let value = value.to_string();
        let command =
            CloudStackCommand::UpdateConfiguration { name: INTEGRATION_PORT.to_owned(), value: value.clone() };
        Step {
            target: Target::Platform,
            deadline: self.settings.tuning.restart_deadline,
            attempts: 3,
            undo,
            ..self.step(
                name,
                &format!("Set {INTEGRATION_PORT} to {value}"),
                Action::CloudStack(command),
                Probe::Setting { name: INTEGRATION_PORT.to_owned(), value },
            )
        }
    }

    fn restart_service(&self, name: &str, proof: Vec<Probe>, undo: Undo) -> Step {
        Step {
            deadline: self.settings.tuning.restart_deadline,
            impact: format!(
                "The API and the web interface on {} are away for some minutes. Instances and networks go on.",
                self.at.host.name
            ),
            hazard: Some("Jobs that begin on this server just before the restart are cut.".to_owned()),
            undo,
            ..self.step(
                name,
                &format!("Restart the management server on {}", self.at.host.name),
                Action::Shell(self.shell(RESTART_SERVICE, Vec::new())),
                Probe::All { of: proof },
            )
        }
    }

    fn remove_work(&self) -> Step {
        let proof = self.look(WORK_IS_GONE, vec![self.work.clone()]);
        let action = Action::Shell(self.shell(REMOVE_WORK, vec![self.work.clone()]));
        let title = format!("Remove the working directory on {}", self.at.host.name);
        Step { attempts: 3, ..self.step("close/work", &title, action, proof) }
    }

    /// A restart cuts the jobs of its server and leaves their VMs half way.
    fn idle(&self, name: &str) -> Step {
        let deadline = self.settings.tuning.vm_deadline;
        Step { target: Target::Platform, ..self.observe(name, "No job is pending", Probe::NoPendingJobs, deadline) }
    }

    fn observe(&self, name: &str, title: &str, proof: Probe, deadline: u32) -> Step {
        Step { kind: StepKind::ReadOnly, deadline, ..self.step(name, title, Action::Observe, proof) }
    }

    /// A step on the script's host that may be repeated.
    fn step(&self, name: &str, title: &str, action: Action, proof: Probe) -> Step {
        let target = Target::Host { host: self.at.host.name.clone() };
        Step { attempts: 1, ..Step::plain(id(name), title.to_owned(), target, action, proof, LOOK) }
    }

    fn port_is_open(&self) -> Probe {
        Probe::IntegrationOpen { host: self.at.host.name.clone(), address: self.address() }
    }

    fn address(&self) -> String {
        self.settings.integration_address.clone()
    }

    fn look(&self, script: &str, args: Vec<String>) -> Probe {
        let host = &self.at.host;
        Probe::Shell { host: host.name.clone(), elevate: host.elevate, script: script.to_owned(), args }
    }

    fn shell(&self, script: &str, args: Vec<String>) -> Shell {
        Shell {
            host: self.at.host.name.clone(),
            elevate: self.at.host.elevate,
            script: script.to_owned(),
            args,
            secrets: Vec::new(),
            reads: OutputReader::Plain,
            quiet: None,
        }
    }

    fn secrets(&self) -> Vec<SecretVariable> {
        let secret = self.settings.database_password.clone();
        secret.map(|value| SecretVariable { name: DATABASE_PASSWORD.to_owned(), value }).into_iter().collect()
    }
}

fn id(name: &str) -> StepId {
    StepId::from_parts(&name.split('/').collect::<Vec<_>>())
}

fn chain(steps: &mut [Step]) {
    for at in 1..steps.len() {
        steps[at].after = vec![steps[at - 1].id.clone()];
    }
}
