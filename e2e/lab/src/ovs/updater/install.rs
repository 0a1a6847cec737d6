//! Packages and migrations, as every generation of the updater does them.

use super::{GaveUp, Updater};
use crate::ovs::api::Component;
use crate::ovs::cluster::Why;
use crate::ovs::config::{OvsGeneration, Role};
use crate::ovs::fault::OvsFault;

const UPDATE: &str = "apt-get -qq -o Dir::Etc::sourcelist=sources.list.d/ovsaptrepo.list \
    -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 update";
/// As OVS does it (5.5): a question has nobody to answer it.
const INSTALL: &str = "DEBIAN_FRONTEND=noninteractive exec apt-get install -y --allow-downgrades \"$@\"";
const EXTENSIONS: &str = "cd /opt/OpenvStorage && PYTHONPATH=/opt/OpenvStorage exec python -c \
    'import sys; from ovs.extensions.migration.migrator import Migrator; \
    Migrator.migrate(sys.argv[1].split(), sys.argv[2].split())' \"$1\" \"$2\"";
const MODEL: &str = "cd /opt/OpenvStorage && PYTHONPATH=/opt/OpenvStorage exec python -c \
    'from ovs.dal.helpers import Migration; Migration.migrate()'";

/// What `ovs update` calls a component (3.2).
fn word(generation: OvsGeneration, component: Component) -> &'static str {
    match (generation, component) {
        (OvsGeneration::A, Component::StorageDriver) => "volumedriver",
        _ => component.word(),
    }
}

impl Updater<'_> {
    /// Names of packages that have something pending on a node, of these components.
    pub(super) fn pending(&self, node: usize, components: &[&str]) -> Vec<&'static str> {
        let pending = self.cluster.pending(node).unwrap_or_default();
        let generation = self.cluster.config().generation;
        let wanted = |package: &str| {
            let of = Component::of(generation.into(), package).iter();
            of.map(|component| word(generation, *component)).any(|word| components.contains(&word))
        };
        let old = pending.into_iter().filter(|found| found.why == Why::Version && wanted(found.package));
        old.map(|found| found.package).collect()
    }

    /// Whether all of them have their new version afterwards.
    pub(super) async fn install(&self, node: usize, packages: &[&str]) -> bool {
        if packages.is_empty() {
            return true;
        }
        for package in packages {
            self.say_of(node, &format!("Updating core package {package}"));
        }
        let own = self.cluster.node(node);
        let ran = match own.run(UPDATE, &[]).await {
            Ok(_) => own.run(INSTALL, packages).await,
            Err(error) => Err(error),
        };
        match ran {
            Ok(done) if done.status.success() => {}
            Ok(done) => self.complain(String::from_utf8_lossy(&done.stderr).trim()),
            Err(error) => self.complain(&error.to_string()),
        }
        let left = self.cluster.pending(node).unwrap_or_default();
        !left.iter().any(|pending| pending.why == Why::Version && packages.contains(&pending.package))
    }

    /// `Migrator.migrate(master_ips, extra_ips)` on a node.
    pub(super) async fn migrate_extensions(&self, node: usize) -> Result<(), GaveUp> {
        let addresses = |wanted: Role| {
            let world = self.cluster.world();
            let nodes = world.nodes.iter().filter(|node| node.plan.role == wanted);
            nodes.map(|node| node.plan.address.clone()).collect::<Vec<_>>().join(" ")
        };
        let (masters, extras) = (addresses(Role::Master), addresses(Role::Extra));
        self.say_of(node, "Verifying extensions code migration is required");
        self.python(node, EXTENSIONS, &[&masters, &extras]).await
    }

    /// `Migration.migrate()` on a node.
    pub(super) async fn migrate_model(&self, node: usize) -> Result<(), GaveUp> {
        self.say_of(node, "Executing model migration");
        self.python(node, MODEL, &[]).await
    }

    async fn python(&self, node: usize, script: &str, arguments: &[&str]) -> Result<(), GaveUp> {
        match self.cluster.node(node).run(script, arguments).await {
            Ok(done) if done.status.success() => Ok(()),
            Ok(done) => {
                self.complain(String::from_utf8_lossy(&done.stderr).trim());
                Err(GaveUp)
            }
            Err(error) => {
                self.complain(&error.to_string());
                Err(GaveUp)
            }
        }
    }

    /// A hook that fails is logged, and nothing else (framework#899).
    pub(super) fn hook_fails(&self, node: usize) -> bool {
        let fault = OvsFault::HookFails { node: self.cluster.node(node).access.name.clone() };
        let fails = self.cluster.has_fault(|other| *other == fault);
        if fails {
            self.complain("Post upgrade hook failed with error: 'NoneType' object has no attribute 'guid'");
        }
        fails
    }

    /// One member at a time from three members on, otherwise all together (3.5).
    pub(super) async fn restart_arakoon(&self, cluster: &str) {
        let unit = format!("ovs-arakoon-{cluster}");
        let members: Vec<usize> = self.cluster.world().members(cluster).iter().map(|member| member.node).collect();
        if members.len() < 3 {
            let stopped = self.stop_everywhere(&[unit]).await;
            self.start_again(&stopped).await;
            return;
        }
        for node in members {
            self.restart(node, &unit).await;
        }
    }
}
