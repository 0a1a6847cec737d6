//! Faults switched on and off.

use super::packages::GATE;
use super::{AtJob, Cluster};
use crate::lab::LabError;
use crate::machine::host_error;
use crate::ovs::config::OvsInit;
use crate::ovs::fault::OvsFault;
use crate::ovs::node::Spawn;
use crate::ovs::packages::packages;
use crate::ovs::repository::{ON_NODE, deb};

const SITE: &str = "/etc/nginx/sites-available/openvstorage_ssl.conf";
const FILL: &str = "for place in /var /opt; do \
    fallocate -l \"$(df -k --output=avail $place | tail -n 1)K\" $place/.lab-ballast || :; \
    head -c 65536 /dev/zero >>$place/.lab-ballast || :; done 2>/dev/null";

impl Cluster {
    /// Switches a fault on.
    pub(crate) async fn set_fault(&self, fault: OvsFault) -> Result<(), LabError> {
        let node = match node_of(&fault) {
            Some(name) => self.named(name).ok_or_else(|| host_error(name, "there is no such node"))?,
            None => 0,
        };
        let name = self.node(node).access.name.clone();
        let failed = |error: std::io::Error| host_error(&name, error);
        // Before it acts: what it does may look whether it is on.
        self.world().faults.push(fault.clone());
        match fault {
            OvsFault::NodeDown { .. } => self.power_off(node).await?,
            OvsFault::VersionCheckFails { .. } => {
                let gone = self.node(node).run("mount -t tmpfs tmpfs \"$1\"", &[ON_NODE]).await.map_err(failed)?;
                expect(&name, &gone)?;
            }
            OvsFault::AptLockHeld { .. } => {
                let lock = ["-S", "-E", "/usr/lib/ovs-lab/lock.py"];
                self.stranger(node, "lock", "/usr/bin/apt-get -y upgrade", "/usr/bin/python3", &lock).await?;
            }
            OvsFault::DpkgInterrupted { package, .. } => self.interrupt(node, &package).await?,
            OvsFault::ConffileChanged { .. } => {
                self.node(node).append(SITE, "# edited by an administrator\n").map_err(failed)?;
            }
            OvsFault::MountBusy { vpool, .. } => {
                let script = "cd \"/mnt/$1\" && echo up && exec /usr/bin/sleep infinity";
                let work = ["-c", script, "bash", &vpool];
                self.stranger(node, "busy", "bash", "/bin/bash", &work).await?;
            }
            OvsFault::ForeignUpdate { .. } => self.foreign_update(node).await?,
            OvsFault::GuestRunning { guest, .. } => {
                self.start_guest(node, &guest).await.map_err(|reason| host_error(&name, reason))?;
            }
            OvsFault::VolumeInUse { vdisk, clients } => {
                for known in &mut self.world().vdisks {
                    if known.name == vdisk {
                        known.clients = clients;
                    }
                }
            }
            OvsFault::HostileUnit { unit, .. } => self.add_foreign_unit(node, &unit).map_err(failed)?,
            OvsFault::LowDisk { .. } => {
                self.node(node).run(FILL, &[]).await.map_err(failed)?;
            }
            OvsFault::FilePatched { path, .. } => {
                self.node(node).append(&path, "# patched by support\n").map_err(failed)?;
            }
            OvsFault::KeptIsLost { .. } => {
                let lost = self.node(node).run("rm -rf /var/lib/drydock-ovs", &[]).await.map_err(failed)?;
                expect(&name, &lost)?;
            }
            // These wait for their time.
            OvsFault::GateClosesAgain { .. }
            | OvsFault::InstallFails { .. }
            | OvsFault::MigrationFails { .. }
            | OvsFault::MemcachedStaysDown { .. }
            | OvsFault::ArakoonLosesMaster { .. }
            | OvsFault::HookFails { .. } => {}
        }
        self.changed();
        Ok(())
    }

    /// Switches all faults off. What was done to files and packages stays done.
    pub(crate) async fn clear_faults(&self) -> Result<(), LabError> {
        let faults = std::mem::take(&mut self.world().faults);
        self.world().masterless.clear();
        for fault in faults {
            let Some(node) = node_of(&fault).and_then(|name| self.named(name)) else {
                self.calm_volume(&fault);
                continue;
            };
            let name = self.node(node).access.name.clone();
            let failed = |error: std::io::Error| host_error(&name, error);
            match fault {
                OvsFault::NodeDown { .. } => self.power_on(node).await?,
                OvsFault::VersionCheckFails { .. } => {
                    let back = self.node(node).run("umount \"$1\"", &[ON_NODE]).await.map_err(failed)?;
                    expect(&name, &back)?;
                }
                OvsFault::AptLockHeld { .. } => self.end_stranger(node, "lock").await,
                OvsFault::MountBusy { .. } => self.end_stranger(node, "busy").await,
                OvsFault::ForeignUpdate { .. } => {
                    self.end_stranger(node, "updater").await;
                    self.world().nodes[node].at_jobs.clear();
                    self.world().nodes[node].updating = false;
                    self.set_flags(false).map_err(failed)?;
                }
                OvsFault::GuestRunning { guest, .. } => {
                    self.stop_guest(node, &guest).await;
                }
                OvsFault::HostileUnit { unit, .. } => {
                    self.world().nodes[node].foreign_units.remove(&unit);
                    self.node(node).remove(&self.foreign_path(&unit)).map_err(failed)?;
                }
                OvsFault::LowDisk { .. } => {
                    let freed = "rm -f /var/.lab-ballast /opt/.lab-ballast";
                    self.node(node).run(freed, &[]).await.map_err(failed)?;
                }
                _ => {}
            }
        }
        self.changed();
        Ok(())
    }

    fn calm_volume(&self, fault: &OvsFault) {
        if let OvsFault::VolumeInUse { vdisk, .. } = fault {
            for known in self.world().vdisks.iter_mut().filter(|known| known.name == *vdisk) {
                known.clients = 0;
            }
        }
    }

    /// Installs the version that is installed once more; its post-installation script fails.
    async fn interrupt(&self, node: usize, package: &str) -> Result<(), LabError> {
        let name = self.node(node).access.name.clone();
        let all = packages(self.config().generation);
        let known = all.into_iter().find(|known| known.name == package);
        let old = known.map(|known| known.old).ok_or_else(|| host_error(&name, "there is no such package"))?;
        let file = format!("{ON_NODE}/pool/{}", deb(package, old));
        let done = self.node(node).run("dpkg -i \"$1\"", &[&file]).await;
        let done = done.map_err(|error| host_error(&name, error))?;
        if done.status.success() {
            return Err(host_error(&name, "the installation was not interrupted"));
        }
        Ok(())
    }

    async fn foreign_update(&self, node: usize) -> Result<(), LabError> {
        let name = self.node(node).access.name.clone();
        let shown = "python -c from ovs.lib.update import UpdateController; UpdateController.update_framework()";
        let script =
            "exec 9>/run/lock/ovs_flock_system_update; flock 9; echo up; exec -a \"$1\" /usr/bin/sleep infinity";
        self.stranger(node, "updater", "bash", "/bin/bash", &["-c", script, "bash", shown]).await?;
        {
            let mut world = self.world();
            let job = world.next_job;
            world.next_job += 1;
            world.nodes[node].at_jobs.insert(job, AtJob { when: super::now(), runs: true, text: shown.to_owned() });
            world.nodes[node].updating = true;
        }
        self.set_flags(true).map_err(|error| host_error(&name, error))
    }

    /// Gate and "in progress", on all StorageRouters that can be reached.
    fn set_flags(&self, there: bool) -> std::io::Result<()> {
        for flag in [GATE, self.config().generation.ongoing_flag()] {
            for node in self.routers() {
                if there {
                    self.node(node).write(flag, "")?;
                } else {
                    self.node(node).remove(flag)?;
                }
            }
        }
        self.look_at_flags();
        Ok(())
    }

    fn foreign_path(&self, unit: &str) -> String {
        match self.config().init {
            OvsInit::Upstart => format!("/etc/init/{unit}.conf"),
            OvsInit::Systemd => format!("/usr/lib/systemd/system/{unit}.service"),
        }
    }

    fn add_foreign_unit(&self, node: usize, unit: &str) -> std::io::Result<()> {
        self.node(node).write(&self.foreign_path(unit), "# not of Open vStorage\n")?;
        self.world().nodes[node].foreign_units.insert(unit.to_owned());
        Ok(())
    }

    /// A process of somebody else, that prints a line when it has what it wants.
    async fn stranger(
        &self,
        node: usize,
        key: &str,
        shown: &str,
        program: &str,
        arguments: &[&str],
    ) -> Result<(), LabError> {
        let spawn = Spawn { shown, program, arguments, says_ready: true };
        let started = self.node(node).spawn(&spawn).await;
        let (pid, mut child) = started.map_err(|error| host_error(&self.node(node).access.name, error))?;
        self.world().nodes[node].strangers.insert(key.to_owned(), pid);
        let (cluster, key) = (self.clone(), key.to_owned());
        self.spawn(async move {
            let _ = child.wait().await;
            cluster.world().nodes[node].strangers.retain(|known, at| *known != key || *at != pid);
            cluster.changed();
        });
        Ok(())
    }

    async fn end_stranger(&self, node: usize, key: &str) {
        let pid = self.world().nodes[node].strangers.get(key).copied();
        let Some(pid) = pid else { return };
        self.kill(node, pid, "TERM").await;
        self.until(|world| (world.nodes[node].strangers.get(key) != Some(&pid)).then_some(())).await;
    }
}

fn expect(name: &str, done: &std::process::Output) -> Result<(), LabError> {
    if done.status.success() {
        return Ok(());
    }
    Err(host_error(name, String::from_utf8_lossy(&done.stderr).trim()))
}

/// The node a fault concerns; `None` for what concerns the cluster.
fn node_of(fault: &OvsFault) -> Option<&str> {
    match fault {
        OvsFault::NodeDown { node }
        | OvsFault::VersionCheckFails { node }
        | OvsFault::AptLockHeld { node }
        | OvsFault::DpkgInterrupted { node, .. }
        | OvsFault::ConffileChanged { node }
        | OvsFault::GateClosesAgain { node }
        | OvsFault::InstallFails { node, .. }
        | OvsFault::MigrationFails { node, .. }
        | OvsFault::MemcachedStaysDown { node }
        | OvsFault::MountBusy { node, .. }
        | OvsFault::ForeignUpdate { node }
        | OvsFault::HookFails { node }
        | OvsFault::GuestRunning { node, .. }
        | OvsFault::HostileUnit { node, .. }
        | OvsFault::LowDisk { node }
        | OvsFault::KeptIsLost { node }
        | OvsFault::FilePatched { node, .. } => Some(node),
        OvsFault::ArakoonLosesMaster { .. } | OvsFault::VolumeInUse { .. } => None,
    }
}
