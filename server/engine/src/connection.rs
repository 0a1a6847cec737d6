//! "Test connection": reaches for everything an environment names, and says what it saw.

use model::connection::{ConnectionReport, HostReport, KeyOwner, OfferedKey};
use model::environment::{Access, Environment, Host, HostKey};
use model::precheck::{Precheck, Verdict};
use remote::{HostAccess, Job, ReadLimit};

use crate::error::chain;
use crate::{Engine, Result};

/// Below this there may not be room for the output of a run.
const ENOUGH_ROOM: u64 = 100 * 1024 * 1024;

impl Engine {
    pub(crate) async fn try_connection(&self, environment: &Environment) -> Result<ConnectionReport> {
        let api = match self.platform(environment).await {
            Ok(platform) => platform.test_connection().await,
            Err(error) => vec![bad(
                "API credentials can be read",
                chain(&error),
                "Correct the reference in the settings of this environment.",
            )],
        };
        let hosts = environment.hosts().iter().map(|host| self.try_host(host));
        let hosts = futures::future::join_all(hosts).await;
        Ok(ConnectionReport { api, hosts })
    }

    async fn try_host(&self, host: &Host) -> HostReport {
        let mut report = HostReport { name: host.name.clone(), checks: Vec::new(), offered: Vec::new() };
        let reached = match self.host_access(host).await {
            Ok(reached) => reached,
            Err(error) => {
                let fix = "Correct the reference to the private key in the settings of this environment.";
                report.checks.push(bad("Private key can be read", chain(&error), fix));
                return report;
            }
        };
        match (&host.jump, &reached.jump) {
            (Some(jump), Some(_)) if jump.host_key.is_none() => {
                self.offer(&mut report, KeyOwner::Jump, jump, None).await;
                return report;
            }
            _ => {}
        }
        if host.access.host_key.is_none() {
            self.offer(&mut report, KeyOwner::Host, &host.access, reached.jump.as_deref()).await;
            return report;
        }
        self.log_in(&mut report, &reached).await;
        report
    }

    /// Shows the keys of a machine that nobody has accepted yet.
    async fn offer(&self, report: &mut HostReport, of: KeyOwner, access: &Access, through: Option<&HostAccess>) {
        let address = format!("{} port {}", access.address, access.port);
        match self.0.ssh.scan_host_key(&access.address, access.port, through).await {
            Ok(keys) => {
                report.offered.extend(keys.iter().map(|key| OfferedKey { of, key: offered(key) }));
                report.checks.push(bad(
                    "Host key is accepted",
                    format!("{address} shows {} key(s) that nobody has accepted", keys.len()),
                    "Compare a fingerprint with what `ssh-keygen -lf` prints on the host's console, then accept it.",
                ));
            }
            Err(error) => {
                report.checks.push(bad(
                    "Host answers",
                    chain(&error),
                    "Check address, port, firewall and that sshd runs.",
                ));
            }
        }
    }

    async fn log_in(&self, report: &mut HostReport, host: &HostAccess) {
        let facts = match self.0.remote.facts(host).await {
            Ok(facts) => facts,
            Err(error) => {
                let fix = "Check user and key; if the host was reinstalled, compare and accept its new host key.";
                report.checks.push(bad("Login works", chain(&error), fix));
                return;
            }
        };
        report.checks.push(good("Login works", format!("{} as {}", facts.hostname, host.user)));
        let limit = ReadLimit::default();
        let root = self.0.remote.read(host, &Job::new("id -u"), limit).await;
        report.checks.push(match root {
            Ok(output) if output.stdout.trim_ascii() == b"0" => good("Commands run as root", "id -u says 0".to_owned()),
            Ok(output) => warning(
                "Commands run as root",
                format!("id -u says {}", String::from_utf8_lossy(output.stdout.trim_ascii())),
                "Script mode restarts a service: turn on sudo in the settings and allow it with NOPASSWD.",
            ),
            Err(error) => {
                warning("Commands run as root", chain(&error), "Script mode needs this; native mode does not.")
            }
        });
        let skew = facts.unix_time_ms - self.now().0;
        report.checks.push(if skew.abs() <= 30_000 {
            good("Clock agrees with ours", format!("{} ms apart", skew.abs()))
        } else {
            let apart = model::time::span_words(skew.abs());
            warning("Clock agrees with ours", format!("{apart} apart"), "Let both machines use the same time servers.")
        });
        let free = facts.spool_free_bytes;
        let room = format!("{} MB free where scripts run", free / (1024 * 1024));
        report.checks.push(if free >= ENOUGH_ROOM {
            good("There is room for output", room)
        } else {
            bad("There is room for output", room, "Free space on the host's /var/tmp.")
        });
    }
}

fn offered(key: &remote::HostKey) -> HostKey {
    let line = key.line();
    let base64 = line.split_whitespace().nth(1).unwrap_or("").to_owned();
    HostKey { algorithm: key.algorithm().to_owned(), key: base64, fingerprint: key.fingerprint() }
}

fn answer(title: &str, verdict: Verdict, evidence: String, resolution: &str) -> Precheck {
    Precheck { title: title.to_owned(), verdict, evidence, resolution: resolution.to_owned() }
}

fn good(title: &str, evidence: String) -> Precheck {
    answer(title, Verdict::Good, evidence, "")
}

fn warning(title: &str, evidence: String, resolution: &str) -> Precheck {
    answer(title, Verdict::Warning, evidence, resolution)
}

fn bad(title: &str, evidence: String, resolution: &str) -> Precheck {
    answer(title, Verdict::Blocking, evidence, resolution)
}
