//! "Test connection": reaches for everything an environment names, and says what it saw.

use model::connection::{ConnectionReport, HostReport, KeyOwner, OfferedKey};
use model::environment::{Access, Environment, Host, HostKey, PlatformSettings};
use model::precheck::{Verdict, bad, good};
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
                Verdict::Blocking,
                "API credentials can be read",
                chain(&error),
                "Correct the reference in the settings of this environment.",
            )],
        };
        let hosts = environment.hosts().into_iter().map(|host| self.try_host(host, &environment.platform));
        let hosts = futures::future::join_all(hosts).await;
        Ok(ConnectionReport { api, hosts })
    }

    async fn try_host(&self, host: &Host, platform: &PlatformSettings) -> HostReport {
        let mut report = HostReport { name: host.name.clone(), checks: Vec::new(), offered: Vec::new() };
        let reached = match self.host_access(host).await {
            Ok(reached) => reached,
            Err(error) => {
                let fix = "Correct the reference to the private key in the settings of this environment.";
                report.checks.push(bad(Verdict::Blocking, "Private key can be read", chain(&error), fix));
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
        self.log_in(&mut report, &reached, platform).await;
        report
    }

    /// Shows the keys of a machine that nobody has accepted yet.
    async fn offer(&self, report: &mut HostReport, of: KeyOwner, access: &Access, through: Option<&HostAccess>) {
        let address = format!("{} port {}", access.address, access.port);
        match self.0.ssh.scan_host_key(&access.address, access.port, through).await {
            Ok(keys) => {
                report.offered.extend(keys.iter().map(|key| OfferedKey { of, key: pinned(key) }));
                report.checks.push(bad(
                    Verdict::Blocking,
                    "Host key is accepted",
                    format!("{address} shows {} key(s) that nobody has accepted", keys.len()),
                    "Compare a fingerprint with what `ssh-keygen -lf` prints on the host's console, then accept it.",
                ));
            }
            Err(error) => {
                report.checks.push(bad(
                    Verdict::Blocking,
                    "Host answers",
                    chain(&error),
                    "Check address, port, firewall and that sshd runs.",
                ));
            }
        }
    }

    async fn log_in(&self, report: &mut HostReport, host: &HostAccess, platform: &PlatformSettings) {
        let facts = match self.0.remote.facts(host).await {
            Ok(facts) => facts,
            Err(error) => {
                let fix = "Check user and key; if the host was reinstalled, compare and accept its new host key.";
                report.checks.push(bad(Verdict::Blocking, "Login works", chain(&error), fix));
                return;
            }
        };
        report.checks.push(good("Login works", format!("{} as {}", facts.hostname, host.user)));
        let limit = ReadLimit::default();
        const ROOT: &str = "Commands run as root";
        let (without, why) = need_for_root(platform);
        report.checks.push(match self.0.remote.read(host, &Job::new("id -u"), limit).await {
            Ok(output) if output.stdout.trim_ascii() == b"0" => good(ROOT, "id -u says 0"),
            Ok(output) => {
                let said = format!("id -u says {}", String::from_utf8_lossy(output.stdout.trim_ascii()));
                bad(without, ROOT, said, format!("{why} Turn on sudo in the settings and allow it with NOPASSWD."))
            }
            Err(error) => bad(without, ROOT, chain(&error), why),
        });
        let skew = facts.unix_time_ms - self.now().0;
        report.checks.push(if skew.abs() <= 30_000 {
            good("Clock agrees with ours", format!("{} ms apart", skew.abs()))
        } else {
            let apart = model::time::span_words(skew.abs());
            bad(
                Verdict::Warning,
                "Clock agrees with ours",
                format!("{apart} apart"),
                "Let both machines use the same time servers.",
            )
        });
        let free = facts.spool_free_bytes;
        let room = format!("{} MB free where scripts run", free / (1024 * 1024));
        report.checks.push(if free >= ENOUGH_ROOM {
            good("There is room for output", room)
        } else {
            bad(Verdict::Blocking, "There is room for output", room, "Free space on the host's /var/tmp.")
        });
    }
}

/// What it means that commands do not run as root, and why they have to.
const fn need_for_root(platform: &PlatformSettings) -> (Verdict, &'static str) {
    match platform {
        PlatformSettings::CloudStack(_) => {
            (Verdict::Warning, "Only script mode needs this: it restarts a service. Native mode does not.")
        }
        PlatformSettings::OpenVstorage(_) => {
            (Verdict::Blocking, "Every step on a node needs this: packages are installed and services started.")
        }
        PlatformSettings::Cloudify(_) => (
            Verdict::Blocking,
            "Steps on a manager's machine need this: keys are copied, services stopped, the machine is rebooted.",
        ),
    }
}

/// A public key as it is pinned.
pub(crate) fn pinned(key: &remote::HostKey) -> HostKey {
    let line = key.line();
    let base64 = line.split_whitespace().nth(1).unwrap_or("").to_owned();
    HostKey { algorithm: key.algorithm().to_owned(), key: base64, fingerprint: key.fingerprint() }
}
