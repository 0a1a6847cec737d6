//! A PostgreSQL that lives as long as the tests: own folder, free port on loopback, for tests no care for crashes.
//!
//! The server refuses to run as root, so root gives the folder to another user first.

use std::{
    ffi::OsString,
    fs,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{
    error::Error,
    paths::{Paths, failed},
    process::{capture, find_program, is_root},
    progress::step,
};

/// Where Debian keeps what belongs to one version only.
const DEBIAN: &str = "/usr/lib/postgresql";

pub struct Postgres {
    folder: TempDir,
    owner: Option<Owner>,
    port: u16,
}

#[derive(Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

/// What becomes of commits when the machine fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// They may be lost: tests begin anew.
    None,
    /// As in earnest, every commit waits for the disk; for measurements.
    AsInEarnest,
}

impl Postgres {
    pub fn start(paths: &Paths) -> Result<Self, Error> {
        Self::start_with(paths, Care::None)
    }

    pub fn start_with(paths: &Paths, care: Care) -> Result<Self, Error> {
        step("start a throw-away PostgreSQL", || {
            // Not below the target directory: the owner has to be able to enter every folder above.
            let folder = tempfile::Builder::new()
                .prefix("drydock-postgres-")
                .tempdir()
                .map_err(failed("create", &paths.target))?;
            let owner = if is_root() { Some(other_user()?) } else { None };
            if let Some(owner) = owner {
                chown(folder.path(), Some(owner.user), Some(owner.group))
                    .map_err(failed("give away", folder.path()))?;
            }
            let server = Self { folder, owner, port: free_port()? };
            server.create()?;
            server.launch(care)?;
            Ok(server)
        })
    }

    /// A user who may create databases; tests make one each.
    pub fn url(&self) -> String {
        format!("postgres://drydock@127.0.0.1:{}/postgres", self.port)
    }

    fn create(&self) -> Result<(), Error> {
        let mut command = self.command("initdb");
        command.args(["--username=drydock", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"]);
        capture(command.arg(self.data())).map(drop)
    }

    fn launch(&self, care: Care) -> Result<(), Error> {
        let settings = [
            format!("-p {}", self.port),
            "-c listen_addresses=127.0.0.1".to_owned(),
            format!("-c unix_socket_directories={}", self.folder.path().display()),
            "-c max_connections=200".to_owned(),
            match care {
                Care::None => "-c fsync=off -c synchronous_commit=off -c full_page_writes=off".to_owned(),
                Care::AsInEarnest => String::new(),
            },
        ];
        let mut command = self.command("pg_ctl");
        command.args(["start", "-w", "-s", "-D"]).arg(self.data());
        command.arg("-l").arg(self.folder.path().join("log")).arg("-o").arg(settings.join(" "));
        // The server inherits our pipes and would keep them open; nothing is to be read from them anyway.
        let status = command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .map_err(|source| Error::Start { command: "pg_ctl start".into(), source })?;
        if status.success() {
            return Ok(());
        }
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        Err(Error::Silent { what: "the throw-away PostgreSQL".into(), why: log })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(program(name).unwrap_or_else(|| name.into()));
        command.current_dir("/").stdin(std::process::Stdio::null());
        if let Some(owner) = self.owner {
            command.uid(owner.user).gid(owner.group).env("HOME", self.folder.path());
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut command = self.command("pg_ctl");
        let _ = capture(command.args(["stop", "-s", "-w", "-m", "immediate", "-D"]).arg(self.data()));
    }
}

/// A server program of PostgreSQL, which Debian keeps off the path.
pub fn program(name: &str) -> Option<PathBuf> {
    find_program(name).or_else(|| {
        let mut versions: Vec<OsString> = fs::read_dir(DEBIAN).ok()?.flatten().map(|entry| entry.file_name()).collect();
        versions.sort();
        let found = versions.iter().rev().map(|version| Path::new(DEBIAN).join(version).join("bin").join(name));
        found.into_iter().find(|file| file.exists())
    })
}

fn other_user() -> Result<Owner, Error> {
    let id = |flag: &str, name: &str| -> Option<u32> {
        capture(Command::new("id").args([flag, name])).ok()?.trim().parse().ok()
    };
    for name in ["postgres", "nobody"] {
        if let (Some(user), Some(group)) = (id("-u", name), id("-g", name)) {
            return Ok(Owner { user, group });
        }
    }
    let remedy = "useradd --system postgres".to_owned();
    Err(Error::Missing { what: "a user other than root to run PostgreSQL".into(), remedy })
}

/// A port nobody listens on. Somebody else may take it before we do; then the start fails and says so.
pub fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address
        .map(|address| address.port())
        .map_err(|source| Error::Start { command: "a listener on loopback".into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_answers_while_it_lives_and_leaves_nothing_behind() {
        if program("initdb").is_none() {
            return; // `cargo xtask test` installs it first; plain `cargo test` must not need it
        }
        let server = Postgres::start(&Paths::find().unwrap()).unwrap();
        let (folder, port) = (server.folder.path().to_path_buf(), server.port);
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        drop(server);
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!folder.exists());
    }
}
