//! Servers that can be killed: this test program, started once more.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use engine::{AuditSettings, Engine, Pace, Settings};

const DATABASE: &str = "DRYDOCK_CHAOS_DATABASE";
const FOLDER: &str = "DRYDOCK_CHAOS_FOLDER";
const INSTANCE: &str = "DRYDOCK_CHAOS_INSTANCE";
const UNHURRIED: &str = "DRYDOCK_CHAOS_UNHURRIED";

/// A process that carries runs. Dropping it kills it.
pub struct Server {
    pub name: String,
    command: Command,
    process: Option<Child>,
    pub is_stopped: bool,
}

impl Server {
    /// One that is not running yet. `test` is the test that calls this, and has to begin with [`serve_if_told`].
    pub fn new(test: &str, folder: &Path, database_url: &str, name: &str, pace: Pace) -> Self {
        // A server that is stopped does not see that the test has died; the kernel tells it.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture"]);
        command.env(DATABASE, database_url).env(FOLDER, folder).env(INSTANCE, name);
        if pace.lease == Pace::default().lease {
            command.env(UNHURRIED, "yes");
        }
        // What it keeps for a session goes with the folder.
        command.env("XDG_RUNTIME_DIR", folder.join("run"));
        let log = File::options().create(true).append(true).open(folder.join(format!("{name}.log"))).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        Self { name: name.to_owned(), command, process: None, is_stopped: false }
    }

    pub fn is_running(&mut self) -> bool {
        let is_over = |process: &mut Child| process.try_wait().unwrap().is_some();
        if self.process.as_mut().is_some_and(is_over) {
            self.process = None;
        }
        self.process.is_some()
    }

    pub fn start(&mut self) {
        if !self.is_running() {
            self.process = Some(self.command.spawn().expect("setpriv is needed for this test"));
            self.is_stopped = false;
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Takes its processor away, without its knowing.
    pub fn stop(&mut self) {
        self.signal("STOP");
        self.is_stopped = true;
    }

    pub fn go_on(&mut self) {
        self.signal("CONT");
        self.is_stopped = false;
    }

    fn signal(&self, signal: &str) {
        if let Some(process) = &self.process {
            send(signal, process);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to a process that was started here.
pub fn send(signal: &str, process: &Child) {
    let done = Command::new("sh").args(["-c", "kill \"-$1\" \"$2\"", "sh", signal, &process.id().to_string()]).status();
    assert!(done.unwrap().success());
}

/// As quick as a test can be, and with room for a machine that has other things to do.
pub const QUICK: Pace = Pace {
    quickest: std::time::Duration::from_millis(50),
    slowest: std::time::Duration::from_millis(500),
    grace: std::time::Duration::from_secs(1),
    finally_retry: std::time::Duration::from_millis(500),
    beat: std::time::Duration::from_millis(300),
    lease: std::time::Duration::from_secs(3),
    checkpoint: std::time::Duration::from_secs(60),
    read: std::time::Duration::from_secs(1),
    delivery: engine::DeliveryPace::USUAL,
};

/// What an engine of that name is told.
pub fn settings(folder: &Path, database_url: &str, instance: &str) -> Settings {
    Settings {
        database_url: database_url.to_owned(),
        data_dir: folder.join(instance),
        archive_dir: folder.join(instance).join("archives"),
        key_file: folder.join("key"),
        instance: instance.to_owned(),
        audit: AuditSettings::below(folder),
        webhook_ca_file: None,
    }
}

/// Whether this process was started as a server; then it has been one until it ended.
pub fn serve_if_told() -> bool {
    let Ok(database_url) = std::env::var(DATABASE) else { return false };
    let folder = std::env::var(FOLDER).unwrap();
    let settings = settings(folder.as_ref(), &database_url, &std::env::var(INSTANCE).unwrap());
    let pace = if std::env::var_os(UNHURRIED).is_some() { Pace::default() } else { QUICK };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        // Without a database it ends, and is started again.
        let engine = Engine::open_with(settings, pace).await.unwrap();
        engine.resume().await.unwrap();
        std::future::pending::<()>().await;
    });
    true
}
