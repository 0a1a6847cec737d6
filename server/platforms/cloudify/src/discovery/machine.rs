//! The machines over SSH: one script looks, this reads what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::cloudify::{Certificate, CliHost, Connection, FileSeen, Machine, Session};
use model::environment::Host;
use model::id::UnitName;
use model::observed::Observed;
use remote::{Fact, HostFacts, Job, ReadLimit};

use crate::client::Inner;

/// A look: the words and functions of all looks, and then itself.
macro_rules! look {
    ($file:literal) => {
        concat!(
            include_str!("../../../../remote/src/fact.sh"),
            "\n",
            include_str!("../sh/common.sh"),
            "\n",
            include_str!(concat!("../sh/", $file))
        )
    };
}

pub(crate) const LOOK: &str = look!("look.sh");
pub(crate) const LOOK_CLI: &str = look!("look_cli.sh");

const LIMIT: ReadLimit = ReadLimit { bytes: 1 << 20, time: Duration::from_secs(60) };

/// A manager's machine.
pub(crate) async fn manager(inner: &Inner, host: &Host) -> Observed<Machine> {
    look(inner, host, LOOK, read).await
}

/// The host on which `cfy` is run.
pub(super) async fn cli(inner: &Inner, host: &Host) -> Observed<CliHost> {
    look(inner, host, LOOK_CLI, read_cli).await
}

/// What a host says of itself.
struct Told<'t> {
    facts: &'t [Fact<'t>],
    boot_id: String,
    clock_skew_ms: i64,
}

async fn look<T>(
    inner: &Inner,
    host: &Host,
    script: &str,
    read: impl Fn(&Told<'_>) -> Result<T, String>,
) -> Observed<T> {
    let (at, source) = ((inner.now)(), format!("ssh {}", host.name));
    let seen = async {
        let (host, output) = ask(inner, host, script).await?;
        let facts = Fact::read_all(&output)?;
        let clock_skew_ms = host.clock_skew_ms(at.0, (inner.now)().0);
        read(&Told { facts: &facts, boot_id: host.boot_id, clock_skew_ms })
    };
    match seen.await {
        Ok(seen) => Observed::known(seen, source, at),
        Err(problem) => Observed::unknown(format!("looking at {}: {problem}", host.name), source, at),
    }
}

async fn ask(inner: &Inner, host: &Host, script: &str) -> Result<(HostFacts, String), String> {
    let access = inner.hosts.get(&host.name).ok_or("it is no host of this environment")?;
    let facts = inner.remote.facts(access).await.map_err(|error| error.to_string())?;
    let output = inner.remote.read(access, &Job::new(script), LIMIT).await.map_err(|error| error.to_string())?;
    if output.code != 0 {
        return Err(format!("the look ended with exit code {}: {}", output.code, output.last_words()));
    }
    Ok((facts, String::from_utf8_lossy(&output.stdout).into_owned()))
}

impl<'t> Told<'t> {
    fn all(&self, word: &'static str) -> impl Iterator<Item = &'t Fact<'t>> {
        self.facts.iter().filter(move |fact| fact.word == word)
    }

    fn room(&self) -> Result<BTreeMap<String, u64>, String> {
        let one = |fact: &Fact<'_>| {
            let kib: u64 =
                fact.field(1).parse().map_err(|_| format!("how much room {} has was not told", fact.field(0)))?;
            Ok((fact.field(0).to_owned(), kib.saturating_mul(1024)))
        };
        self.all("free").map(one).collect()
    }

    fn missing(&self) -> BTreeSet<String> {
        self.all("missing").map(|fact| fact.field(0).to_owned()).collect()
    }
}

fn read(told: &Told<'_>) -> Result<Machine, String> {
    let local_time = told.all("local_time").next().and_then(|fact| fact.some(0));
    Ok(Machine {
        boot_id: told.boot_id.clone(),
        clock_skew_ms: told.clock_skew_ms,
        local_time: local_time.ok_or("its own time was not told")?,
        free_bytes: told.room()?,
        sessions: told.all("session").filter_map(session).collect(),
        connections: connections(told),
        certificates: told.all("certificate").map(certificate).collect(),
        files: told.all("file").map(file).collect::<Result<_, _>>()?,
        services: told.all("service").map(service).collect::<Result<_, _>>()?,
        missing_programs: told.missing(),
    })
}

fn read_cli(told: &Told<'_>) -> Result<CliHost, String> {
    let version = told.all("cfy").next().and_then(|fact| fact.some(0));
    let reason = told.all("no_cfy").next().and_then(|fact| fact.some(0));
    Ok(CliHost {
        cfy: version.ok_or_else(|| reason.unwrap_or_else(|| "cfy --version says nothing".to_owned())),
        clock_skew_ms: told.clock_skew_ms,
        free_bytes: told.room()?,
        missing_programs: told.missing(),
    })
}

/// A line of `who`: the user first.
fn session(fact: &Fact<'_>) -> Option<Session> {
    let (user, detail) = fact.field(0).split_once(char::is_whitespace)?;
    let detail = detail.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(Session { user: user.to_owned(), detail })
}

/// By where they come from; `None` where nothing could list them.
fn connections(told: &Told<'_>) -> Option<Vec<Connection>> {
    told.all("connections_by").next()?;
    let own: BTreeSet<&str> = told.all("own").map(|fact| plain_ip(fact.field(0))).collect();
    let mut found: BTreeMap<(&str, u16, bool), u32> = BTreeMap::new();
    for fact in told.all("connection") {
        let (Some((here, port)), Some((there, _))) = (address(fact.field(0)), address(fact.field(1))) else { continue };
        // The machine talks to itself, too: its pages and its workers use REST.
        let ours = there == here || there == "127.0.0.1" || there == "::1" || own.contains(there);
        *found.entry((there, port, ours)).or_default() += 1;
    }
    let connection =
        |((from, port, ours), count): ((&str, u16, bool), u32)| Connection { from: from.to_owned(), port, count, ours };
    Some(found.into_iter().map(connection).collect())
}

/// `10.0.0.7:52100`, `[::ffff:10.0.0.7]:52100` and `::1:80`, as `ss` and `netstat` write them.
fn address(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    Some((plain_ip(host), port.parse().ok()?))
}

/// Without brackets, and IPv4 as such.
fn plain_ip(host: &str) -> &str {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.strip_prefix("::ffff:").unwrap_or(host)
}

fn certificate(fact: &Fact<'_>) -> Certificate {
    let expires = match fact.some(1) {
        Some(until) => Ok(until),
        None => Err(fact.some(3).unwrap_or_else(|| "it cannot be read".to_owned())),
    };
    Certificate { path: fact.field(0).to_owned(), expires, expired: fact.field(2) == "yes" }
}

fn file(fact: &Fact<'_>) -> Result<(String, FileSeen), String> {
    let path = fact.field(0).to_owned();
    let bytes = fact.field(3).parse().map_err(|_| format!("how large {path} is was not told"))?;
    let seen = FileSeen { owner: fact.field(2).to_owned(), mode: fact.field(1).to_owned(), bytes };
    Ok((path, seen))
}

fn service(fact: &Fact<'_>) -> Result<(UnitName, String), String> {
    let unit = UnitName::new(fact.field(0)).map_err(|error| error.to_string())?;
    Ok((unit, fact.some(1).unwrap_or_else(|| "unknown".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Result<Machine, String> {
        let facts = Fact::read_all(text)?;
        read(&Told { facts: &facts, boot_id: "b".to_owned(), clock_skew_ms: 7 })
    }

    const MACHINE: &str = "local_time\t2026-11-22T01:00:00\nfree\t/tmp\t1024\nfree\t/opt/manager\t2048\n\
        session\tcentos   pts/0        2026-11-22 00:59 (10.0.0.9)\nown\t10.0.0.9\nconnections_by\tss\n\
        connection\t10.0.0.5:80\t10.0.0.9:4000\nconnection\t10.0.0.5:443\t10.0.0.77:4001\n\
        connection\t[::ffff:10.0.0.5]:443\t[::ffff:10.0.0.77]:4002\nconnection\t127.0.0.1:80\t127.0.0.1:4003\n\
        file\t/opt/manager/rest-security.conf\t600\troot:root\t312\n\
        certificate\t/etc/cloudify/ssl/cloudify_internal_cert.pem\tNov 22 01:00:00 2027 GMT\tno\n\
        certificate\t/etc/cloudify/ssl/old.pem\t\tunknown\tunable to load certificate\n\
        service\tcloudify-riemann\tinactive\nmissing\topenssl\nend\n";

    #[test]
    fn what_the_script_prints_becomes_a_machine() {
        let machine = seen(MACHINE).unwrap();
        assert_eq!((machine.boot_id.as_str(), machine.clock_skew_ms), ("b", 7));
        assert_eq!(machine.free_bytes.get("/tmp"), Some(&(1024 * 1024)));
        assert_eq!(machine.sessions[0].user, "centos");
        assert!(machine.has_rest_security());
        assert_eq!(machine.files[Machine::REST_SECURITY].mode, "600");
        assert!(machine.certificates[0].expires.is_ok() && machine.certificates[1].expires.is_err());
        assert_eq!(machine.services.values().next().map(String::as_str), Some("inactive"));
        assert!(machine.missing_programs.contains("openssl"));
    }

    #[test]
    fn somebody_else_is_told_apart_from_ourselves_and_from_the_machine() {
        let connections = seen(MACHINE).unwrap().connections.unwrap();
        let others: Vec<_> = connections.iter().filter(|one| !one.ours).collect();
        assert_eq!(others.len(), 1, "{connections:?}");
        assert_eq!((others[0].from.as_str(), others[0].port, others[0].count), ("10.0.0.77", 443, 2));
        let blind = MACHINE.replace("connections_by\tss\n", "");
        assert_eq!(seen(&blind).unwrap().connections, None);
    }

    #[test]
    fn room_that_was_not_told_makes_the_machine_unknown() {
        assert!(seen(&MACHINE.replace("\t1024", "\t")).unwrap_err().contains("/tmp"));
        assert!(seen("local_time\tx\n").is_err());
    }
}
