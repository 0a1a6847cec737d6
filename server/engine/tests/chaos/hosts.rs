//! Hosts that can be rebooted, each with a real `sshd`, and a link to each that can be cut.
//!
//! What a host is after a reboot is what was in its directory before: spools and ground truth stay, processes do not.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use model::environment::{Access, Elevate, Host as HostSettings, HostKey};
use model::id::HostName;
use model::secret::SecretRef;
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::watch;

const LAUNCH: &str = include_str!("launch.sh");

/// One host. Dropping it ends all of its processes.
pub struct Host {
    pub name: HostName,
    dir: PathBuf,
    link: Link,
    running: Option<(Child, ChildStdin)>,
    pub reboots: usize,
}

impl Host {
    /// Makes its directory below `folder`, and boots it.
    pub fn boot_first(runtime: &Handle, folder: &Path, name: &str) -> Self {
        let dir = folder.join(name);
        for part in ["var-tmp", "truth"] {
            fs::create_dir_all(dir.join(part)).unwrap();
        }
        fs::write(dir.join("launch.sh"), LAUNCH).unwrap();
        new_key(&dir.join("host_key"));
        new_key(&dir.join("user_key"));
        let port = free_port();
        let at = dir.display();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/host_key\nPidFile none\n\
             KexAlgorithms curve25519-sha256\n\
             AuthorizedKeysFile {at}/user_key.pub\nStrictModes no\nUsePAM no\nKbdInteractiveAuthentication no\n\
             PasswordAuthentication no\nMaxStartups 100\n"
        );
        fs::write(dir.join("sshd_config"), config).unwrap();
        let name = HostName::new(name).unwrap();
        let mut host = Self { name, link: Link::to(runtime, port), dir, running: None, reboots: 0 };
        host.boot();
        host
    }

    pub fn is_up(&self) -> bool {
        self.running.is_some()
    }

    /// Starts it with a new boot id.
    pub fn boot(&mut self) {
        let id = fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap();
        fs::write(self.boot_id_file(), id).unwrap();
        let own = fs::metadata("/proc/self").unwrap();
        let mut unshare = Command::new("unshare");
        if own.uid() != 0 {
            unshare.args(["--user", "--map-root-user"]);
        }
        unshare.args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--uts", "sh"]);
        unshare.arg(self.dir.join("launch.sh")).arg(&self.dir).arg(self.name.as_str());
        unshare.args([own.uid().to_string(), own.gid().to_string()]);
        let log = fs::File::options().create(true).append(true).open(self.dir.join("launch.log")).unwrap();
        let mut process = unshare
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("unshare is needed for this test");
        let orders = process.stdin.take().unwrap();
        self.running = Some((process, orders));
    }

    /// Ends every process at once, as a power failure does.
    pub fn go_down(&mut self) {
        if let Some((mut process, orders)) = self.running.take() {
            drop(orders);
            // It ends only after the last process of the host has.
            process.wait().unwrap();
            self.reboots += 1;
        }
    }

    pub fn stop_sshd(&mut self) {
        self.order("stop-sshd");
    }

    pub fn start_sshd(&mut self) {
        self.order("start-sshd");
    }

    fn order(&mut self, order: &str) {
        if let Some((_, orders)) = &mut self.running {
            writeln!(orders, "{order}").unwrap();
        }
    }

    /// Ends every connection to it; new ones can be made at once.
    pub fn cut(&self) {
        self.link.cut.send_modify(|times| *times += 1);
    }

    pub fn boot_id_file(&self) -> PathBuf {
        self.dir.join("boot_id")
    }

    /// Where scripts write what they really do.
    pub fn truth(&self) -> PathBuf {
        self.dir.join("truth")
    }

    /// Whether a script runs there.
    pub fn is_busy(&self) -> bool {
        let boot = fs::read_to_string(self.boot_id_file()).unwrap();
        self.is_up() && self.truth().join(format!("busy-{}", boot.trim())).exists()
    }

    /// Whether anything was ever started on it.
    pub fn has_spools(&self) -> bool {
        fs::read_dir(self.dir.join("var-tmp")).unwrap().next().is_some()
    }

    /// As an administrator enters it.
    pub fn settings(&self) -> HostSettings {
        let line = fs::read_to_string(self.dir.join("host_key.pub")).unwrap();
        let key = remote::HostKey::parse(&line).unwrap();
        let base64 = key.line().split_whitespace().nth(1).unwrap().to_owned();
        HostSettings {
            name: self.name.clone(),
            access: Access {
                address: "127.0.0.1".to_owned(),
                port: self.link.port,
                user: said_by("id", &["-un"]),
                key: SecretRef::File(self.dir.join("user_key").display().to_string()),
                host_key: Some(HostKey {
                    algorithm: key.algorithm().to_owned(),
                    key: base64,
                    fingerprint: key.fingerprint(),
                }),
            },
            jump: None,
            elevate: Elevate::No,
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.go_down();
    }
}

/// Forwards connections until they are cut.
struct Link {
    port: u16,
    cut: Arc<watch::Sender<u64>>,
}

impl Link {
    fn to(runtime: &Handle, target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let cut = Arc::new(watch::Sender::new(0));
        let told = cut.clone();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((mut near, _)) = listener.accept().await {
                let mut cut = told.subscribe();
                tokio::spawn(async move {
                    let forward = async {
                        let mut far = TcpStream::connect(("127.0.0.1", target)).await?;
                        copy_bidirectional(&mut near, &mut far).await
                    };
                    tokio::select! {
                        _ = forward => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        Self { port, cut }
    }
}

fn new_key(file: &Path) {
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file);
    assert!(keygen.status().unwrap().success());
}

/// A port nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// What a command prints.
pub fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
