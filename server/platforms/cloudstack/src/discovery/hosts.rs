//! Looking at a management host over SSH: the service, the script, the database, port 8096 (dossier 1.8, 2.3).

use std::collections::BTreeMap;
use std::time::Duration;

use model::cloudstack::{DatabaseAccess, ManagementHost, ScriptGeneration, SysvmadmScript};
use remote::{EnvName, HostAccess, Job, ReadLimit};
use tokio::net::TcpStream;

use crate::client::Inner;
use crate::settings::DATABASE_PASSWORD;

const LOOK: &str = concat!(include_str!("../sh/database.sh"), "\n", include_str!("../sh/look.sh"));

/// The port of the integration API as the script knows it.
pub(crate) const PORT: u16 = 8096;

const LIMIT: ReadLimit = ReadLimit { bytes: 64 << 10, time: Duration::from_secs(60) };
/// A firewall that drops packets must not hold up a look for long.
const CONNECT: Duration = Duration::from_secs(3);

pub(crate) async fn look(inner: &Inner, access: &HostAccess) -> Result<ManagementHost, String> {
    let before = inner.api.now().0;
    let facts = inner.remote.facts(access).await.map_err(|error| error.to_string())?;
    let clock_skew_ms = facts.clock_skew_ms(before, inner.api.now().0);
    let mut job = Job::new(LOOK).arg(inner.integration_address.clone());
    if let Some(password) = &inner.database_password {
        let name = EnvName::new(DATABASE_PASSWORD).map_err(|error| error.to_string())?;
        job = job.secret(name, password.clone());
    }
    let output = inner.remote.read(access, &job, LIMIT).await.map_err(|error| error.to_string())?;
    if output.code != 0 {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(format!("looking at {} ended with exit code {}: {said}", access.name, output.code));
    }
    let seen = Seen::read(&String::from_utf8_lossy(&output.stdout));
    let reachable = integration_answers(&access.address).await;
    let host = seen.host(facts.spool_free_bytes, clock_skew_ms, reachable);
    host.map_err(|problem| format!("looking at {}: {problem}", access.name))
}

/// Whether something takes connections on port 8096, seen from the machine that Drydock runs on.
pub(crate) async fn integration_answers(address: &str) -> bool {
    matches!(tokio::time::timeout(CONNECT, TcpStream::connect((address, PORT))).await, Ok(Ok(_)))
}

/// The lines that the script `look.sh` prints.
struct Seen(BTreeMap<String, Vec<String>>);

impl Seen {
    fn read(text: &str) -> Self {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in text.lines().filter_map(|line| line.split_once('=')) {
            all.entry(name.to_owned()).or_default().push(value.trim().to_owned());
        }
        Self(all)
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.first().map(String::as_str)
    }

    fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    fn host(&self, free_bytes: u64, clock_skew_ms: i64, reachable: bool) -> Result<ManagementHost, String> {
        let listening = match self.one("listening") {
            Some("yes") => true,
            Some("no") => false,
            other => return Err(format!("whether port 8096 listens is {}", other.unwrap_or("not told"))),
        };
        Ok(ManagementHost {
            service: self.one("service").filter(|word| !word.is_empty()).unwrap_or("unknown").to_owned(),
            script: self.script(),
            free_bytes,
            clock_skew_ms,
            integration_listening: listening,
            integration_reachable: reachable,
            database: self.database(),
            missing_programs: self.all("missing").iter().cloned().collect(),
        })
    }

    fn script(&self) -> Option<SysvmadmScript> {
        let path = self.one("script").filter(|path| path.starts_with('/'))?;
        let sha256 = self.one("sha256").filter(|sum| sum.len() == 64)?;
        let has = |name: &str| self.all("trait").iter().any(|found| found == name);
        let generation = match (has("positional"), has("ids"), has("hangs")) {
            (true, false, _) => ScriptGeneration::G0,
            (true, true, _) => ScriptGeneration::G1,
            (false, _, true) => ScriptGeneration::G2,
            (false, _, false) => ScriptGeneration::G3,
        };
        Some(SysvmadmScript { path: path.to_owned(), generation, sha256: sha256.to_owned() })
    }

    fn database(&self) -> DatabaseAccess {
        let value = |name| self.one(name).unwrap_or_default().to_owned();
        match self.one("database") {
            Some("works") => DatabaseAccess::Works { host: value("db_host"), user: value("db_user") },
            Some("encrypted") => DatabaseAccess::Encrypted,
            Some(problem) if !problem.is_empty() => DatabaseAccess::Fails(problem.to_owned()),
            _ => DatabaseAccess::Fails("mysql ended without a word".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Result<ManagementHost, String> {
        Seen::read(text).host(1, 2, false)
    }

    #[test]
    fn the_generation_of_the_script_is_told_by_its_traits() {
        let generation = |traits: &str| {
            let sum = "0".repeat(64);
            let text = format!("listening=no\nscript=/usr/bin/cloudstack-sysvmadm\nsha256={sum}\n{traits}");
            host(&text).unwrap().script.unwrap().generation
        };
        assert_eq!(generation("trait=positional\ntrait=hangs"), ScriptGeneration::G0);
        assert_eq!(generation("trait=positional\ntrait=ids\ntrait=hangs"), ScriptGeneration::G1);
        assert_eq!(generation("trait=ids\ntrait=hangs"), ScriptGeneration::G2);
        assert_eq!(generation("trait=ids"), ScriptGeneration::G3);
    }

    #[test]
    fn what_was_not_told_about_the_port_is_not_taken_for_closed() {
        assert!(host("service=active").is_err());
        assert!(host("listening=unknown: curl ends with 127").unwrap_err().contains("127"));
    }

    #[test]
    fn the_words_of_the_database_are_kept() {
        let seen =
            host("listening=no\ndatabase=ERROR 1045 (28000): Access denied for user 'cloud'@'localhost'").unwrap();
        let DatabaseAccess::Fails(words) = seen.database else { panic!("{:?}", seen.database) };
        assert!(words.contains("Access denied"), "{words}");
    }
}
