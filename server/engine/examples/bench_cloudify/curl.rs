//! The same transfers by `curl`, as somebody would do them who wants them to be quick.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use lab::cloudify::ManagerDetails;

use crate::managers::TENANT;

/// `curl`, and how it is let in by one manager.
pub struct Curl {
    config: PathBuf,
    api: String,
}

impl Curl {
    /// User and password go into a file: arguments can be read by everybody.
    pub fn to(manager: &ManagerDetails, config: PathBuf) -> Self {
        // The lab's certificate is its own. Not to look at it costs no time.
        let text = format!(
            "user = \"{}:{}\"\nheader = \"tenant: {TENANT}\"\ninsecure\nsilent\nshow-error\nfail\n",
            manager.user, manager.password
        );
        std::fs::write(&config, text).unwrap();
        Self { config, api: format!("{}/api/v3.1", manager.url) }
    }

    /// Into a file.
    pub fn download(&self, snapshot: &str, file: &Path) -> Duration {
        self.timed(Command::new("curl").arg("--output").arg(file), snapshot)
    }

    /// In pieces without a length, as the vendor's client does.
    pub fn upload(&self, snapshot: &str, file: &Path) -> Duration {
        let mut command = Command::new("curl");
        command.args(["--header", "Transfer-Encoding: chunked", "--header", "Expect:", "--output", "/dev/null"]);
        self.timed(command.arg("--upload-file").arg(file), snapshot)
    }

    fn timed(&self, command: &mut Command, snapshot: &str) -> Duration {
        let url = format!("{}/snapshots/{snapshot}/archive", self.api);
        let begun = Instant::now();
        let status = command.arg("--config").arg(&self.config).arg(url).status().unwrap();
        let time = begun.elapsed();
        assert!(status.success(), "curl ended with {status}");
        time
    }
}

/// What somebody does who wants to be sure of a file that has come: it is on the disk, and it is the right one.
pub fn made_sure(file: &Path) -> Duration {
    let begun = Instant::now();
    for program in ["sync", "sha256sum"] {
        let output = Command::new(program).arg(file).output().unwrap();
        assert!(output.status.success(), "{program} ended with {}", output.status);
    }
    begun.elapsed()
}

/// What was written before is not to slow down what comes next.
pub fn settle() {
    assert!(Command::new("sync").status().unwrap().success());
}
