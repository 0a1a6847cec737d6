//! A throw-away `sshd` on a loopback port, with its own keys.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

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
        let port = free_port();
        let at = dir.path().display();
        let more = more.replace("DIR", &at.to_string());
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/host_key\nPidFile none\n\
             AuthorizedKeysFile {at}/user_key.pub\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nMaxStartups 100\n{more}\n"
        );
        let file = dir.path().join("sshd_config");
        std::fs::write(&file, config).unwrap();
        let log = std::fs::File::create(dir.path().join("sshd.log")).unwrap();
        let process = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(&file)
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("openssh-server is needed for this test");
        let sshd = Self { dir, process, port };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        sshd
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
