//! Somebody who types `cfy`.
//!
//! `DRYDOCK_TEST_CFY` is the path of the program. Without it nothing is asked; `cargo xtask test` always sets it.

use std::path::PathBuf;
use std::process::Stdio;

use lab::cloudify::Manager;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::TENANT;

const VARIABLE: &str = "DRYDOCK_TEST_CFY";
const INSTALL: &str = "python3.11 -m venv V && V/bin/pip install cloudify==7.0.5 'setuptools<81'";

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self.out
    }

    /// The id behind "The execution's id is".
    #[track_caller]
    pub fn execution(self) -> String {
        let out = self.ok();
        let rest = out.split("The execution's id is ").nth(1).unwrap_or_else(|| panic!("no id in {out}"));
        rest.chars().take_while(|sign| sign.is_ascii_hexdigit() || *sign == '-').collect()
    }
}

/// A person at a terminal, with a directory of their own and nobody's profile in it (5).
pub struct Person {
    program: PathBuf,
    home: TempDir,
    /// In the environment, where nobody else reads it; or none, and then it is in the profile.
    pub password: Option<String>,
}

impl Person {
    /// Nobody, if nobody asks for the real client. If it is asked for and not there, that is a failure.
    pub fn called(password: &str) -> Option<Self> {
        let Some(program) = std::env::var_os(VARIABLE).map(PathBuf::from) else {
            eprintln!("skipped: {VARIABLE} is not set");
            return None;
        };
        let told = program.display();
        assert!(
            program.exists(),
            "{VARIABLE} says {told}, which is not there. Make it by `{INSTALL}`, V being any folder"
        );
        Some(Self { program, home: tempfile::tempdir().unwrap(), password: Some(password.to_owned()) })
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub async fn says(&self, words: &[&str]) -> Said {
        let mut command = tokio::process::Command::new(&self.program);
        // The password is in no argument, and nothing of the one who runs the tests takes part.
        command.args(words).current_dir(self.home.path()).stdin(Stdio::null()).env_clear().kill_on_drop(true);
        command.env("PATH", "/usr/bin:/bin").env("HOME", self.home.path()).env("CFY_WORKDIR", self.home.path());
        command.env("PYTHONWARNINGS", "ignore").env("LC_ALL", "C.UTF-8");
        if let Some(password) = &self.password {
            command.env("CLOUDIFY_USERNAME", "admin").env("CLOUDIFY_PASSWORD", password);
        }
        let output = command.output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// The one JSON value that a command prints.
    pub async fn shows(&self, words: &[&str]) -> Value {
        let words = [&["--json"], words].concat();
        let out = self.says(&words).await.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{words:?}: {error} in {out}"))
    }

    pub async fn uses(&self, manager: &Manager, options: &[&str]) -> Said {
        let (ip, port) = (manager.address().ip().to_string(), manager.address().port().to_string());
        let words = ["profiles", "use", &ip, "--rest-port", &port, "-t", TENANT];
        self.says(&[&words, options].concat()).await
    }
}
