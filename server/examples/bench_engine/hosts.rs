//! A hundred hosts of this machine: real `sshd`s on loopback, each alone with its processes, its `/var/tmp` and its home.
//!
//! Not one `sshd` with a hundred ports: it takes sixteen at most. And what a hundred hosts leave in one directory would be
//! a hundred times as much as what each finds in its own.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::machine::capture;

/// How many there are.
pub const ALL: usize = 100;

/// What the measuring process knows of them.
pub struct Hosts {
    pub folder: PathBuf,
    pub ports: Vec<u16>,
    pub user: String,
    running: Vec<Child>,
}

impl Hosts {
    /// Starts them; they end with this value, and with this process.
    pub fn start(folder: &Path) -> Self {
        let user = capture("id", &["-un"]);
        assert_eq!(
            capture("id", &["-u"]),
            "0",
            "the hosts need mounts and process numbers of their own: run it as root"
        );
        for key in ["host_key", "user_key"] {
            let file = folder.join(key).display().to_string();
            capture("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &file]);
        }
        // As root it insists on this directory.
        let _ = fs::create_dir("/run/sshd");
        let mut hosts = Self { folder: folder.to_owned(), ports: free_ports(), user, running: Vec::new() };
        let ports: Vec<String> = hosts.ports.iter().map(u16::to_string).collect();
        fs::write(folder.join("ports"), ports.join("\n")).unwrap();
        fs::write(folder.join("ssh_config"), hosts.ssh_config()).unwrap();
        let key = fs::read_to_string(folder.join("host_key.pub")).unwrap();
        fs::write(folder.join("known_hosts"), format!("drydock-bench {key}")).unwrap();
        for (number, port) in hosts.ports.clone().into_iter().enumerate() {
            let child = hosts.start_one(&name(number), port);
            hosts.running.push(child);
        }
        let patience = Instant::now() + Duration::from_secs(60);
        for (number, port) in hosts.ports.iter().enumerate() {
            while TcpStream::connect(("127.0.0.1", *port)).is_err() {
                let log = folder.join(name(number)).join("log");
                assert!(Instant::now() < patience, "no sshd: {}", fs::read_to_string(log).unwrap_or_default());
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        hosts
    }

    /// Those that were started for us.
    pub fn found(folder: &Path) -> Self {
        let ports = fs::read_to_string(folder.join("ports")).unwrap();
        let ports = ports.lines().map(|port| port.parse().unwrap()).collect();
        Self { folder: folder.to_owned(), ports, user: capture("id", &["-un"]), running: Vec::new() }
    }

    pub fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn start_one(&self, name: &str, port: u16) -> Child {
        let own = self.folder.join(name);
        fs::create_dir_all(own.join("var-tmp")).unwrap();
        fs::create_dir_all(own.join("home")).unwrap();
        let (at, own_words) = (self.folder.display(), own.display());
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/host_key\nPidFile none\nStrictModes no\nUsePAM no\n\
             AuthorizedKeysFile {at}/user_key.pub\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             MaxStartups 200\nMaxSessions 100\nUseDNS no\nPrintMotd no\n"
        );
        fs::write(own.join("sshd_config"), config).unwrap();
        let log = fs::File::create(own.join("log")).unwrap();
        // Its first process is the sshd: when that ends, the kernel ends everything on this host. Its home is empty:
        // what a login shell of this machine does first would be measured a hundred times.
        let inside = format!(
            "mount --bind {own_words}/var-tmp /var/tmp && chmod 1777 /var/tmp && \
             mount --bind {own_words}/home ~{} && exec /usr/sbin/sshd -D -e -f {own_words}/sshd_config",
            self.user
        );
        Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"])
            .args(["sh", "-c", &inside])
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env_remove("TMPDIR")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("setpriv and unshare (util-linux) are needed")
    }

    /// For `ssh` itself, and for what calls it: the same keys and the same trust as Drydock has.
    fn ssh_config(&self) -> String {
        let at = self.folder.display();
        let aliases = self.ports.iter().enumerate();
        let aliases: String = aliases.map(|(number, port)| format!("Host {}\n  Port {port}\n", name(number))).collect();
        format!(
            "{aliases}Host *\n  HostName 127.0.0.1\n  User {}\n  IdentityFile {at}/user_key\n  IdentitiesOnly yes\n  \
             BatchMode yes\n  HostKeyAlias drydock-bench\n  UserKnownHostsFile {at}/known_hosts\n  \
             GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n",
            self.user
        )
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for child in &mut self.running {
            let _ = child.kill();
        }
        for child in &mut self.running {
            let _ = child.wait();
        }
    }
}

pub fn name(number: usize) -> String {
    format!("h{number:03}")
}

/// Ports nobody listens on, all held until the last was found, so that none comes twice.
fn free_ports() -> Vec<u16> {
    let held: Vec<TcpListener> = (0..ALL).map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap()).collect();
    held.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
}
