//! A place where the scripts of `sh/` can be run as they are: their absolute paths lie below a directory of the test,
//! and the programs of a node are small stand-ins. Every script runs under dash and under busybox.

mod scripts;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Paths of a node that are taken below the directory of the test.
const MOVED: [&str; 6] = ["/etc/", "/opt/", "/var/", "/proc/1/comm", "/proc/mounts", "/proc/net/"];

/// The shells that old Ubuntu and small systems have.
pub(crate) const SHELLS: [&[&str]; 2] = [&["dash"], &["busybox", "sh"]];

pub(crate) struct Rig {
    root: TempDir,
    shell: &'static [&'static str],
}

/// How a script ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    /// Standard output, then standard error.
    pub(crate) said: String,
    pub(crate) errors: String,
}

impl Rig {
    pub(crate) fn new(shell: &'static [&'static str]) -> Self {
        let rig = Self { root: tempfile::tempdir().unwrap(), shell };
        for (name, text) in [
            ("init", include_str!("init")),
            ("status", include_str!("upstart")),
            ("initctl", include_str!("upstart")),
            ("start", include_str!("upstart")),
            ("stop", include_str!("upstart")),
            ("service", include_str!("upstart")),
            ("systemctl", include_str!("systemctl")),
            ("dpkg-query", include_str!("packages")),
            ("dpkg", include_str!("packages")),
            ("apt-cache", include_str!("packages")),
            ("apt-get", include_str!("packages")),
            ("rpm", include_str!("yum")),
            ("yum", include_str!("yum")),
            ("arakoon", "[ -e \"$RIG/master\" ] && cat \"$RIG/master\" || { echo 'no master' >&2; exit 1; }\n"),
            ("virsh", "cat \"$RIG/guests\" 2>/dev/null || :\n"),
            ("ps", "cat \"$RIG/ps\" 2>/dev/null || :\n"),
            ("atq", "cat \"$RIG/atq\" 2>/dev/null || :\n"),
            ("at", "cat \"$RIG/at\" 2>/dev/null || :\n"),
            ("ovs", "echo \"$*\" >>\"$RIG/ovs\"\n"),
            ("pidof", "cat \"$RIG/units/$1\"\n"),
            ("lsof", "exit 1\n"),
            ("fuser", "exit 1\n"),
        ] {
            rig.program(name, text);
        }
        for file in ["proc/mounts", "proc/net/tcp", "proc/net/tcp6"] {
            rig.write(file, "");
        }
        rig
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    pub(crate) fn program(&self, name: &str, text: &str) {
        let path = format!("bin/{name}");
        self.write(&path, &format!("#!/bin/sh\n{text}"));
        let everybody = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.path(&path), everybody).unwrap();
    }

    /// Runs a script as a job does: under `set -eu`, with arguments as positional parameters.
    pub(crate) fn run(&self, script: &str, args: &[&str]) -> Ended {
        self.run_with(script, args, &[])
    }

    /// With variables, as secrets reach a job.
    pub(crate) fn run_with(&self, script: &str, args: &[&str], variables: &[(&str, &str)]) -> Ended {
        let root = self.root.path().display().to_string();
        let moved = MOVED.iter().fold(script.to_owned(), |text, path| text.replace(path, &format!("{root}{path}")));
        let file = self.path("script");
        std::fs::write(&file, moved).unwrap();
        let output = self.command(&file, args, variables);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let said = format!("{}{errors}", String::from_utf8_lossy(&output.stdout));
        Ended { code: output.status.code().unwrap_or(-1), said, errors }
    }

    fn command(&self, file: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(self.shell[0]);
        command.args(&self.shell[1..]).arg("-eu").arg(file).args(args);
        command.envs(variables.iter().copied());
        command.env("RIG", self.root.path());
        command.env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()));
        command.output().unwrap()
    }

    /// A unit of either init system, running as a process of its own when it is up.
    pub(crate) fn unit(&self, name: &str, is_up: bool) {
        self.write(&format!("units/{name}"), "");
        self.write(&format!("etc/init/{name}.conf"), "");
        if is_up {
            self.run("systemctl start \"$1\"", &[name]);
        }
    }

    pub(crate) fn is_up(&self, name: &str) -> bool {
        !self.read(&format!("units/{name}")).trim().is_empty()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let units = std::fs::read_dir(self.path("units")).into_iter().flatten().flatten();
        for unit in units {
            let pid = std::fs::read_to_string(unit.path()).unwrap_or_default();
            // 0 stands for a pre-start without a process; to kill it would be to kill everybody here.
            if let Some(pid) = pid.trim().parse::<u32>().ok().filter(|pid| *pid > 1) {
                let _ = Command::new("kill").arg(pid.to_string()).status();
            }
        }
    }
}
