//! A PostgreSQL of the test's own, because it is killed again and again.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::hosts::{free_port, said_by};
use crate::servers::send;

pub struct Postgres {
    folder: TempDir,
    owner: Option<(u32, u32)>,
    port: u16,
    process: Option<Child>,
}

impl Postgres {
    /// `None` where there is none to be started.
    pub fn start() -> Option<Self> {
        program("initdb")?;
        let folder = tempfile::Builder::new().prefix("chaos-postgres-").tempdir().unwrap();
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        let owner = if is_root { Some(other_user()?) } else { None };
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let mut server = Self { folder, owner, port: free_port(), process: None };
        let mut create = server.command("initdb");
        create.args(["--username=drydock", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"]);
        assert!(create.arg(server.data()).stdout(Stdio::null()).status().unwrap().success());
        server.launch();
        server.until_ready();
        Some(server)
    }

    pub fn url(&self) -> String {
        format!("postgres://drydock@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends it, at once or with the last words of its transactions, and starts it again. It is not waited for.
    pub fn restart(&mut self, at_once: bool) {
        if let Some(mut process) = self.process.take() {
            send(if at_once { "QUIT" } else { "INT" }, &process);
            process.wait().unwrap();
        }
        self.launch();
    }

    fn launch(&mut self) {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-p").arg(self.port.to_string());
        // A commit that was answered must survive the server, if not the machine: only fsync is left out.
        for setting in ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=200"] {
            command.args(["-c", setting]);
        }
        command.arg("-c").arg(format!("unix_socket_directories={}", self.folder.path().display()));
        let log = File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        self.process = Some(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
    }

    fn until_ready(&self) {
        let asks = || self.command("pg_isready").args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]).status();
        while !asks().unwrap().success() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Ends with this test, however that ends.
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        if let Some((user, group)) = self.owner {
            command.args(["--clear-groups", "--reuid", &user.to_string(), "--regid", &group.to_string()]);
        }
        command.args(["--pdeathsig", "QUIT"]).arg(program(name).unwrap());
        command.current_dir("/").stdin(Stdio::null()).env("HOME", self.folder.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            send("QUIT", &process);
            let _ = process.wait();
        }
    }
}

/// A server program of PostgreSQL, which Debian keeps off the path.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.exists());
    on_path.or_else(|| {
        let debian = Path::new("/usr/lib/postgresql");
        let mut versions: Vec<OsString> = fs::read_dir(debian).ok()?.flatten().map(|entry| entry.file_name()).collect();
        versions.sort();
        versions.iter().rev().map(|version| debian.join(version).join("bin").join(name)).find(|file| file.exists())
    })
}

/// PostgreSQL refuses to run as root.
fn other_user() -> Option<(u32, u32)> {
    ["postgres", "nobody"].into_iter().find_map(|name| {
        let id = |flag: &str| said_by("id", &[flag, name]).parse().ok();
        Some((id("-u")?, id("-g")?))
    })
}
