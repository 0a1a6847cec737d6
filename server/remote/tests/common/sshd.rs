//! A throw-away `sshd` on a loopback port, with its own keys.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use remote::{Elevate, HostAccess, HostKey, Ssh, SshOptions};
use tempfile::TempDir;

use crate::common::processes_with;

pub struct Sshd {
    dir: TempDir,
    process: Child,
    pub port: u16,
}

impl Sshd {
    pub fn start() -> Self {
        Self::with_settings("")
    }

    /// With more lines in its configuration; `DIR` stands for its directory.
    pub fn with_settings(more: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("sshd").tempdir().unwrap();
        new_key(&dir.path().join("host_key"));
        new_key(&dir.path().join("user_key"));
        // As root it insists on this directory.
        let _ = std::fs::create_dir("/run/sshd");
        let more = more.replace("DIR", &dir.path().display().to_string());
        // A port that was free a moment ago may have become that of the test beside this one.
        let (process, port) = std::iter::repeat_with(free_port)
            .take(20)
            .find_map(|port| Some((listening(dir.path(), port, &more)?, port)))
            .expect("sshd listens on none of 20 ports: see its log");
        Self { dir, process, port }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn access(&self, name: &str) -> HostAccess {
        HostAccess {
            name: name.to_owned(),
            address: "127.0.0.1".to_owned(),
            port: self.port,
            user: user(),
            identity: self.path().join("user_key"),
            host_key: vec![self.host_key()],
            jump: None,
            elevate: Elevate::No,
        }
    }

    pub fn host_key(&self) -> HostKey {
        let file = self.path().join("host_key.pub");
        HostKey::parse(&std::fs::read_to_string(file).unwrap()).unwrap()
    }
}

/// A server that listens there; `None` if somebody else does.
fn listening(dir: &Path, port: u16, more: &str) -> Option<Child> {
    let at = dir.display();
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/host_key\nPidFile none\n\
         KexAlgorithms curve25519-sha256\n\
         AuthorizedKeysFile {at}/user_key.pub\nStrictModes no\nUsePAM no\n\
         PasswordAuthentication no\nMaxStartups 100\n{more}\n"
    );
    let (file, log) = (dir.join("sshd_config"), dir.join("sshd.log"));
    std::fs::write(&file, config).unwrap();
    let mut process = Command::new("/usr/sbin/sshd")
        .args(["-D", "-e", "-f"])
        .arg(&file)
        .stdin(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .expect("openssh-server is needed for this test");
    while process.try_wait().unwrap().is_none() {
        if std::fs::read_to_string(&log).unwrap().contains("Server listening on") {
            return Some(process);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn new_key(file: &Path) {
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file);
    assert!(keygen.status().unwrap().success());
}

pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A client with a directory of its own on both sides.
pub struct Client {
    pub ssh: Ssh,
    pub dir: TempDir,
}

impl Client {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut SshOptions)) -> Self {
        let dir = tempfile::Builder::new().prefix("c").tempdir().unwrap();
        let mut options = SshOptions::in_dir(dir.path().join("control"));
        options.place.spool_root = Some(dir.path().join("spools").display().to_string());
        options.connect_timeout = std::time::Duration::from_secs(5);
        change(&mut options);
        Self { ssh: Ssh::open(options).await.unwrap(), dir }
    }

    /// The processes that hold this client's connections.
    pub fn masters(&self) -> Vec<i32> {
        processes_with(&self.dir.path().join("control").display().to_string(), " -M ")
    }
}

pub fn kill(pid: i32) {
    let done = Command::new("sh").args(["-c", &format!("kill -KILL {pid}")]).status();
    assert!(done.unwrap().success());
}

/// Puts a `sudo` in front of the real one.
pub fn with_sudo(text: &str) -> Sshd {
    let sshd = Sshd::with_settings("SetEnv PATH=DIR:/usr/bin:/bin");
    let file = sshd.path().join("sudo");
    std::fs::write(&file, text).unwrap();
    let mut chmod = std::process::Command::new("chmod");
    assert!(chmod.arg("755").arg(file).status().unwrap().success());
    sshd
}
