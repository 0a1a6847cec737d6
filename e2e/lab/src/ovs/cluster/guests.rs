//! Guests of the hypervisor, and volumes somebody uses.

use super::{Cluster, Vdisk, World};
use crate::ovs::config::OvsLabConfig;
use crate::ovs::node::Spawn;
use crate::ovs::topology::{NodePlan, VPOOL, vpools};
use crate::ovs::truth::ViolationKind;

/// A guest of a node's hypervisor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guest {
    pub(crate) name: String,
    /// Its process, which has its volume open; `None` when it is shut off.
    pub(crate) pid: Option<u32>,
}

/// Each StorageRouter serves one volume of each of its vPools, that nobody uses.
pub(super) fn vdisks(config: &OvsLabConfig, plans: &[NodePlan]) -> Vec<Vdisk> {
    let of = |(node, plan): (usize, &NodePlan)| {
        let name = plan.name.clone();
        vpools(config, plan.role).into_iter().map(move |vpool| {
            let name = if vpool == VPOOL { format!("{name}-disk") } else { format!("{name}-disk-of-{vpool}") };
            Vdisk { name, vpool: vpool.to_owned(), node, clients: 0 }
        })
    };
    plans.iter().enumerate().flat_map(of).collect()
}

impl World {
    /// Called when a volume driver is about to stop.
    pub(super) fn check_in_use(&mut self, node: usize, vpool: &str) {
        let mut users: Vec<String> = self
            .vdisks
            .iter()
            .filter(|vdisk| vdisk.node == node && vdisk.vpool == vpool && vdisk.clients > 0)
            .map(|vdisk| format!("{} edge clients of {}", vdisk.clients, vdisk.name))
            .collect();
        let guests = self.nodes[node].guests.iter().filter(|guest| guest.pid.is_some() && vpool == VPOOL);
        users.extend(guests.map(|guest| format!("guest {}", guest.name)));
        if !users.is_empty() {
            let name = self.nodes[node].plan.name.clone();
            let text = format!("the volume driver of {vpool} was stopped under {}", users.join(", "));
            self.violated(ViolationKind::VolumeInUse, &name, text);
        }
    }
}

impl Cluster {
    /// Starts a guest, if it does not run.
    pub(crate) async fn start_guest(&self, node: usize, name: &str) -> Result<(), String> {
        let runs = self.world().nodes[node].guests.iter().any(|guest| guest.name == name && guest.pid.is_some());
        if runs {
            return Ok(());
        }
        // Its descriptor keeps the volume open: `lsof` sees it, and an unmount finds the place busy.
        let disk = format!("/mnt/{VPOOL}/{name}.raw");
        let shown = format!("/usr/bin/qemu-system-x86_64 -name {name} -drive file={disk}");
        let script = "exec 9>>\"$1\"; echo up; exec -a \"$2\" /usr/lib/ovs-lab/run/qemu-system-x86_64 infinity";
        let spawn = Spawn {
            shown: "bash",
            program: "/bin/bash",
            arguments: &["-c", script, "bash", &disk, &shown],
            says_ready: true,
        };
        let (pid, mut child) = self.node(node).spawn(&spawn).await.map_err(|error| error.to_string())?;
        {
            let mut world = self.world();
            let guests = &mut world.nodes[node].guests;
            guests.retain(|guest| guest.name != name);
            guests.push(Guest { name: name.to_owned(), pid: Some(pid) });
        }
        let cluster = self.clone();
        self.spawn(async move {
            let _ = child.wait().await;
            for guest in &mut cluster.world().nodes[node].guests {
                guest.pid = guest.pid.filter(|known| *known != pid);
            }
            cluster.changed();
        });
        self.changed();
        Ok(())
    }

    /// Shuts a guest down. `false`: there is no such guest running.
    pub(crate) async fn stop_guest(&self, node: usize, name: &str) -> bool {
        let find = |world: &World| {
            let guest = world.nodes[node].guests.iter().find(|guest| guest.name == name);
            guest.and_then(|guest| guest.pid)
        };
        let pid = find(&self.world());
        let Some(pid) = pid else { return false };
        self.kill(node, pid, "TERM").await;
        self.until(|world| (find(world) != Some(pid)).then_some(())).await;
        true
    }
}
