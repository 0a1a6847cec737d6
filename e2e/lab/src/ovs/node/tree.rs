//! What a node finds on its disks beside the packages.

use std::io;
use std::path::Path;

use serde_json::json;

use super::unit_files;
use crate::machine::{CHEAP_EXCHANGE, SSH_PORT, set_mode};
use crate::ovs::config::{OvsGeneration, OvsInit, OvsLabConfig, Role};
use crate::ovs::packages::packages_of;
use crate::ovs::repository::{ON_NODE, deb};
use crate::ovs::topology::{BACKEND, NodePlan, arakoon_clusters, asd_id, units, vpools};
use crate::stand_in;

macro_rules! bin {
    ($name:literal) => {
        include_str!(concat!("../../../ovs/bin/", $name))
    };
}

const LAUNCH: &str = include_str!("../../../ovs/launch.sh");
/// Commands of the two init systems, and what both have.
const UPSTART: [&str; 6] = ["start", "stop", "restart", "reload", "status", "initctl"];
const SYSTEMD: [&str; 2] = ["systemctl", "journalctl"];
const EVERYWHERE: [&str; 4] = ["service", "virsh", "atq", "atrm"];
/// What packages and other stand-ins call by their path.
const INNER: [&str; 5] = ["package", "ovs", "arakoon", "at-job", "at-show"];
/// Names that processes of services have.
const PROGRAMS: [&str; 10] = [
    "python2",
    "volumedriver_fs",
    "dtl_server",
    "alba",
    "arakoon",
    "beam.smp",
    "nginx",
    "gunicorn",
    "qemu-system-x86_64",
    "sleep",
];

/// All nodes of the cluster, and which of them this is.
pub(super) struct Around<'a> {
    pub(super) config: &'a OvsLabConfig,
    pub(super) nodes: &'a [NodePlan],
    pub(super) own: &'a NodePlan,
}

/// Writes everything below `dir`: `tree/`, the list of packages, the first process's script.
pub(super) fn write(around: &Around<'_>, dir: &Path, public_key: &str, host_key: &str) -> io::Result<()> {
    let mut tree = Tree { dir: dir.join("tree") };
    for place in ["etc", "usr", "opt", "mnt"] {
        std::fs::create_dir_all(dir.join("tree").join(place))?;
    }
    std::fs::write(dir.join("launch.sh"), LAUNCH)?;
    let packages = packages_of(around.config.generation, around.own.role);
    // Line by line: what is pre-depended on has to be set up before the rest is unpacked.
    let list = packages.iter().map(|package| {
        let last = if package.name == "openvstorage-core" { "\n" } else { " " };
        deb(package.name, package.old) + last
    });
    std::fs::write(dir.join("packages"), list.collect::<String>() + "\n")?;
    commands(&mut tree, around.config.init)?;
    system(&mut tree, around, public_key, host_key)?;
    own_units(&mut tree, around)?;
    open_vstorage(&mut tree, around)
}

struct Tree {
    dir: std::path::PathBuf,
}

impl Tree {
    fn file(&mut self, path: &str, text: &str, mode: u32) -> io::Result<()> {
        let path = self.dir.join(path.trim_start_matches('/'));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, text)?;
        set_mode(&path, mode)
    }

    fn text(&mut self, path: &str, text: &str) -> io::Result<()> {
        self.file(path, text, 0o644)
    }

    fn link(&mut self, path: &str, target: &str) -> io::Result<()> {
        let path = self.dir.join(path.trim_start_matches('/'));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::os::unix::fs::symlink(target, path)
    }
}

fn commands(tree: &mut Tree, init: OvsInit) -> io::Result<()> {
    const ASK: &str = "/usr/lib/ovs-lab/ask";
    tree.file(ASK, stand_in::ASK, 0o755)?;
    for name in INNER {
        tree.link(&format!("usr/lib/ovs-lab/{name}"), ASK)?;
    }
    let own: &[&str] = match init {
        OvsInit::Upstart => &UPSTART,
        OvsInit::Systemd => &SYSTEMD,
    };
    for name in EVERYWHERE.iter().chain(own) {
        // Where the machine has its own, that one is replaced: no search path finds another.
        let dir = if ["virsh", "atq", "atrm", "systemctl", "journalctl"].contains(name) { "bin" } else { "sbin" };
        tree.link(&format!("usr/{dir}/{name}"), ASK)?;
    }
    tree.file("usr/bin/at", bin!("at"), 0o755)?;
    tree.file("usr/bin/lsb_release", bin!("lsb_release"), 0o755)?;
    tree.file("usr/sbin/init", bin!("init"), 0o755)?;
    tree.text("usr/lib/ovs-lab/memcached.py", bin!("memcached.py"))?;
    tree.text("usr/lib/ovs-lab/lock.py", bin!("lock.py"))?;
    for name in PROGRAMS {
        tree.link(&format!("usr/lib/ovs-lab/run/{name}"), "/usr/bin/sleep")?;
    }
    for name in ["memcached", "rabbitmq-server", "nginx"] {
        if init == OvsInit::Upstart {
            let script = format!("#!/bin/sh\nexec /usr/sbin/service {name} \"$@\"\n");
            tree.file(&format!("etc/init.d/{name}"), &script, 0o755)?;
        }
    }
    Ok(())
}

fn system(tree: &mut Tree, around: &Around<'_>, public_key: &str, host_key: &str) -> io::Result<()> {
    let (release, codename) = match around.config.init {
        OvsInit::Upstart => ("14.04", "trusty"),
        OvsInit::Systemd => ("16.04", "xenial"),
    };
    tree.text(
        "etc/lsb-release",
        &format!(
            "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE={release}\nDISTRIB_CODENAME={codename}\n\
             DISTRIB_DESCRIPTION=\"Ubuntu {release} LTS\"\n"
        ),
    )?;
    tree.text(
        "etc/os-release",
        &format!("NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"{release}\"\nPRETTY_NAME=\"Ubuntu {release} LTS\"\n"),
    )?;
    tree.text("etc/hostname", &format!("{}\n", around.own.name))?;
    let hosts: String = around.nodes.iter().map(|node| format!("{} {}\n", node.address, node.name)).collect();
    tree.text("etc/hosts", &format!("127.0.0.1 localhost\n{hosts}"))?;
    tree.file("etc/ssh/lab_host_key", host_key, 0o600)?;
    tree.text("etc/ssh/lab_authorized_keys", public_key)?;
    tree.text("etc/ssh/lab_sshd_config", &sshd_config())?;
    // What the framework's package edits (3.7).
    tree.text("etc/ssh/sshd_config", "Port 22\nAcceptEnv LANG LC_*\n")?;
    tree.text("etc/apt/sources.list.d/ovsaptrepo.list", &format!("deb [trusted=yes] file:{ON_NODE} unstable main\n"))?;
    tree.text("etc/apt/apt.conf.d/00lab", "Acquire::Languages \"none\";\nAPT::Sandbox::User \"root\";\n")?;
    tree.text("etc/dpkg/dpkg.cfg", "log /var/log/dpkg.log\nforce-unsafe-io\n")
}

/// Connections are handed to one `sshd` each, so there is nothing about addresses and ports.
fn sshd_config() -> String {
    format!(
        "Port {SSH_PORT}\n\
         HostKey /etc/ssh/lab_host_key\n\
         AuthorizedKeysFile /etc/ssh/lab_authorized_keys\n\
         AllowUsers root\n\
         PermitRootLogin prohibit-password\n\
         PasswordAuthentication no\n\
         KbdInteractiveAuthentication no\n\
         UsePAM no\n\
         UseDNS no\n\
         StrictModes no\n\
         PidFile none\n\
         {CHEAP_EXCHANGE}\n\
         SetEnv PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n\
         Subsystem sftp internal-sftp\n"
    )
}

fn own_units(tree: &mut Tree, around: &Around<'_>) -> io::Result<()> {
    let OvsLabConfig { generation, init, .. } = *around.config;
    let units = units(around.config, around.own);
    for (name, unit) in &units {
        if let Some(path) = unit_files::path(init, name, unit) {
            // `/lib` is a link to what is mounted at `/usr/lib`.
            let path = path.replacen("/lib/", "/usr/lib/", 1);
            tree.text(&path, &unit_files::text(generation, init, name, unit, &units))?;
        }
    }
    Ok(())
}

fn open_vstorage(tree: &mut Tree, around: &Around<'_>) -> io::Result<()> {
    const CONFIG: &str = "opt/OpenvStorage/config";
    let Around { config, nodes, own } = around;
    tree.text("etc/openvstorage_sdm_id", &format!("{}\n", own.sdm_id))?;
    for disk in 0..config.shape.disks() {
        let id = asd_id(own, disk);
        let asd = json!({ "asd_id": id, "node_id": own.sdm_id, "port": 8600 + disk, "version": "AAAAAAAAAAA" });
        tree.text(&format!("mnt/alba-asd/{id}/asd.json"), &asd.to_string())?;
    }
    if own.role == Role::Storage {
        return Ok(());
    }
    tree.text("etc/openvstorage_id", &format!("{}\n", own.id))?;
    let masters: Vec<&NodePlan> = nodes.iter().filter(|node| node.role == Role::Master).collect();
    let members: Vec<&str> = masters.iter().map(|node| node.id.as_str()).collect();
    let members = members.join(",");
    if own.role == Role::Master {
        tree.text("opt/OpenvStorage/config/ssl/server.crt", "the lab's API has its own\n")?;
    }
    if config.generation != OvsGeneration::A {
        let pointer = json!({ "configuration_store": "arakoon" });
        tree.text(&format!("{CONFIG}/framework.json"), &pointer.to_string())?;
        return tree.text(&format!("{CONFIG}/arakoon_cacc.ini"), &arakoon_ini("config", &members, &masters));
    }
    let nodetype = if own.role == Role::Master { "MASTER" } else { "EXTRA" };
    let ovs = json!({
        "core": { "nodetype": nodetype, "uniqueid": own.id, "versions": { "ovs": 1, "alba": 1 } },
        "grid": { "ip": own.address },
    });
    tree.text(&format!("{CONFIG}/ovs.json"), &format!("{ovs:#}\n"))?;
    let list = |port: u16| -> String {
        let nodes = masters.iter().map(|node| format!("[{}]\nlocation = {}:{port}\n", node.id, node.address));
        format!("[main]\nnodes = {members}\n{}", nodes.collect::<String>())
    };
    tree.text(&format!("{CONFIG}/memcacheclient.cfg"), &list(11211))?;
    tree.text(&format!("{CONFIG}/rabbitmqclient.cfg"), &list(5672))?;
    for (vpool, port) in vpools(config, own.role).into_iter().zip(26203..) {
        let driver = json!({ "filesystem": { "fs_virtual_disk_format": "raw" }, "vrouter": { "vrouter_id": format!("{vpool}{}", own.id) } });
        tree.text(&format!("{CONFIG}/storagedriver/storagedriver/{vpool}.json"), &driver.to_string())?;
        let proxy = json!({ "log_level": "info", "port": port, "ips": [own.address], "backend": BACKEND });
        tree.text(&format!("{CONFIG}/storagedriver/storagedriver/{vpool}_alba.json"), &proxy.to_string())?;
    }
    for cluster in arakoon_clusters(config.generation) {
        let path = format!("{CONFIG}/arakoon/{cluster}/{cluster}.cfg");
        tree.text(&path, &arakoon_ini(&cluster, &members, &masters))?;
    }
    Ok(())
}

/// (4.4)
pub(crate) fn arakoon_ini(cluster: &str, members: &str, nodes: &[&NodePlan]) -> String {
    let own: String = nodes
        .iter()
        .map(|node| {
            format!(
                "\n[{0}]\nname = {0}\nip = {1}\nclient_port = 8872\nmessaging_port = 8873\nlog_level = info\n\
                 home = /opt/OpenvStorage/db/arakoon/{cluster}\n",
                node.id, node.address
            )
        })
        .collect();
    format!("[global]\ncluster_id = {cluster}\ncluster = {members}\nplugins = \n{own}")
}
