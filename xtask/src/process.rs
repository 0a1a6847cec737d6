//! Starting other programs, with errors that repeat the exact command.

use std::{
    ffi::OsStr,
    io::Read,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    error::{Error, Output},
    paths::Paths,
};

/// How often a waiting command looks again.
pub const POLL: Duration = Duration::from_millis(100);

/// How long a program may take to end by itself after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_secs(20);

/// Runs a command whose output the person at the terminal wants to see.
pub fn run(command: &mut Command) -> Result<(), Error> {
    let status = command.stdin(Stdio::null()).status().map_err(cannot_start(command))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Failed { command: words(command), status, output: Output(String::new()) })
}

/// Runs a command for its standard output; its errors are shown only if it fails.
pub fn capture(command: &mut Command) -> Result<String, Error> {
    let output = command.stdin(Stdio::null()).output().map_err(cannot_start(command))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(Error::Failed { command: words(command), status: output.status, output: Output(text) })
}

/// Like [`capture`], for programs that may hang on a network that is not there.
pub fn capture_within(command: &mut Command, limit: Duration) -> Result<String, Error> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(cannot_start(command))?;
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let deadline = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(cannot_start(command))? {
            break status;
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::TooSlow { command: words(command), seconds: limit.as_secs() });
        }
        thread::sleep(POLL);
    };
    let output = stdout.join().unwrap_or_default();
    if status.success() {
        return Ok(output);
    }
    let errors = stderr.join().unwrap_or_default();
    Err(Error::Failed { command: words(command), status, output: Output(format!("{output}{errors}")) })
}

fn collect<R: Read + Send + 'static>(pipe: Option<R>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// A program that stays up beside us and is stopped, with all it started, when this value is dropped.
pub struct Service {
    pub name: &'static str,
    pub child: Child,
}

impl Service {
    /// The program gets a process group of its own: Ctrl-C then reaches us alone, and we stop things in order.
    pub fn start(name: &'static str, command: &mut Command) -> Result<Self, Error> {
        let child = command.process_group(0).spawn().map_err(cannot_start(command))?;
        Ok(Self { name, child })
    }

    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-s", signal, "--", &group]).stderr(Stdio::null()).status();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if !self.has_ended() {
            // Some programs take the end of their input as the request to stop.
            drop(self.child.stdin.take());
            self.signal("TERM");
            let deadline = Instant::now() + GRACE;
            while !self.has_ended() && Instant::now() < deadline {
                thread::sleep(POLL);
            }
        }
        // Whatever the program left behind in its group goes with it.
        self.signal("KILL");
        let _ = self.child.wait();
    }
}

/// `cargo`, without what the cargo that runs us has put into the environment.
///
/// Build scripts watch some of those variables; with them in place, everything would be compiled twice: once for
/// `cargo xtask test` and once for `cargo test`.
pub fn cargo(paths: &Paths) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(&paths.root);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(set_by_cargo_run) {
            command.env_remove(name);
        }
    }
    if let Some((name, value)) = paths.site_environment() {
        command.env(name, value);
    }
    command
}

fn set_by_cargo_run(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || matches!(name, "CARGO_MANIFEST_DIR" | "CARGO_MANIFEST_PATH" | "CARGO_BIN_NAME")
}

/// Where a program lies, if it is on the path.
pub fn find_program(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let name = name.as_ref();
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

pub fn is_root() -> bool {
    capture(Command::new("id").arg("-u")).is_ok_and(|user| user.trim() == "0")
}

/// The command as a person would type it.
pub fn words(command: &Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

fn cannot_start(command: &Command) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let command = words(command);
    move |source| Error::Start { command, source }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::{BufRead, BufReader},
    };

    use super::*;

    /// A process nobody has waited for yet is still listed, as a zombie; it does nothing any more.
    fn is_alive(process: &str) -> bool {
        fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn a_dropped_service_takes_what_it_started_with_it() {
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' TERM; sleep 600 & trap 'exit 0' TERM; echo $!; while :; do sleep 0.1; done"]);
        let mut service = Service::start("a shell", command.stdout(Stdio::piped())).unwrap();
        let mut line = String::new();
        BufReader::new(service.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (shell, grandchild) = (service.child.id().to_string(), line.trim().to_owned());
        assert!(is_alive(&shell) && is_alive(&grandchild));
        drop(service);
        assert!(!is_alive(&shell), "the service itself");
        // The kernel takes a moment to end it, and never a minute.
        for _ in 0..600 {
            if !is_alive(&grandchild) {
                return;
            }
            thread::sleep(POLL);
        }
        panic!("what it had started is still alive");
    }

    #[test]
    fn a_command_that_hangs_is_stopped() {
        let error = capture_within(Command::new("sleep").arg("600"), Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error, Error::TooSlow { .. }), "{error}");
    }

    #[test]
    fn a_failed_command_is_repeated_with_what_it_said() {
        let error = capture(Command::new("sh").args(["-c", "echo no such thing >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("sh -c") && error.contains("no such thing"), "{error}");
    }
}
