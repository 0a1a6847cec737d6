//! One node over SSH: one script looks, this reads what it says (dossier 4.5, 5.2).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::id::{HostName, PackageName, UnitName};
use model::open_vstorage::{
    ArakoonMember, ChangedFile, CopyPlace, Distribution, Init, KeptFile, Manager, Mount, Node, NodeRole, Package,
    Service, StoredCopy, UnitState, VersionOrder,
};
use model::time::Timestamp;
use remote::{Fact, HostAccess, Job, ReadLimit};

use super::{facts, simulation, units};
use crate::client::Inner;

pub(crate) const LOOK: &str = concat!(
    include_str!("../sh/path.sh"),
    "\n",
    include_str!("../../../../remote/src/fact.sh"),
    "\n",
    include_str!("../sh/updater.sh"),
    "\n",
    include_str!("../sh/look.sh"),
    "\n",
    include_str!("../sh/kept.sh"),
    "\n",
    include_str!("../sh/look_kept.sh"),
    "\n",
    // Last: it ends with the word by which a look that was cut short is told.
    include_str!("../sh/look_packages.sh")
);

/// `dpkg --verify` reads every file of the packages, and three installations are simulated.
const LIMIT: ReadLimit = ReadLimit { bytes: 1 << 20, time: Duration::from_secs(300) };

pub(super) async fn look(inner: &Inner, host: &HostName, access: &HostAccess) -> Result<Node, String> {
    let before = inner.api.now().0;
    let facts = inner.remote.facts(access).await.map_err(|error| error.to_string())?;
    let skew = facts.clock_skew_ms(before, inner.api.now().0);
    let stored: Vec<&StoredCopy> = inner.copies.has.iter().filter(|stored| &stored.file.host == host).collect();
    let question = |job: Job, stored: &&StoredCopy| job.arg(stored.sha256.clone()).arg(stored.file.path.clone());
    let job = stored.iter().fold(Job::new(LOOK), question);
    let output = inner.remote.read(access, &job, LIMIT).await.map_err(|error| error.to_string())?;
    if output.code != 0 {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no word").trim().to_owned();
        return Err(format!("looking at {} ended with exit code {}: {last}", access.name, output.code));
    }
    let node = read(&String::from_utf8_lossy(&output.stdout), &stored, Timestamp(before), skew);
    node.map_err(|problem| format!("looking at {}: {problem}", access.name))
}

/// What the script printed, as a node.
pub(crate) fn read(text: &str, stored: &[&StoredCopy], at: Timestamp, clock_skew_ms: i64) -> Result<Node, String> {
    let facts = Fact::read_all(text)?;
    let all = |word: &'static str| facts.iter().filter(move |fact| fact.word == word);
    let one = |word: &'static str| all(word).next().map_or("", |fact| fact.field(0));
    let init = match one("init") {
        "upstart" => Init::Upstart,
        "systemd" => Init::Systemd,
        other => return Err(format!("its init system is {other:?}; upstart and systemd are known")),
    };
    let distribution = match one("distribution") {
        "apt" => Distribution::Apt,
        "yum" => Distribution::Yum,
        _ => return Err("it has neither apt-get and dpkg nor yum and rpm".to_owned()),
    };
    let services = services(&facts)?;
    let mut packages = packages(&facts, distribution)?;
    let simulations = simulation::read(&facts, distribution, at)?;
    simulation::add_new(&simulations, &mut packages);
    let strings = |word| -> Vec<String> { all(word).map(|fact| fact.field(0).to_owned()).collect() };
    Ok(Node {
        role: role(&facts, &services),
        id: one_id(&facts),
        addresses: all("address").filter_map(|fact| fact.some(0)).filter(|ip| is_address(ip)).collect(),
        init,
        distribution,
        services,
        packages,
        arakoon_needs: arakoon_needs(&facts)?,
        simulations,
        broken_packages: strings("broken"),
        changed_files: changed_files(&facts)?,
        kept_files: latest(all("kept").filter_map(|fact| kept_file(fact, stored)).collect()),
        flags: strings("flag").into_iter().collect(),
        at_jobs: strings("at_job"),
        updaters: strings("updater"),
        package_lock: Some(strings("package_lock").join("; ")).filter(|words| !words.is_empty()),
        free_bytes: free_bytes(&facts)?,
        guests: all("hypervisor").next().map(|_| strings("guest")),
        mounts: mounts(&facts),
        arakoon: all("arakoon").map(member).collect::<Result<_, _>>()?,
        migration_counters: all("counter").map(|fact| (fact.field(0).to_owned(), fact.field(1).to_owned())).collect(),
        clock_skew_ms,
        lists_refreshed_at: all("lists_at").filter_map(|fact| fact.field(0).parse().ok()).max().map(seconds),
    })
}

fn seconds(since_1970: i64) -> Timestamp {
    Timestamp(since_1970.saturating_mul(1000))
}

/// Those that others can reach.
fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok_and(|ip| {
        let is_link_local = text.starts_with("fe80:") || text.starts_with("169.254.");
        !is_link_local && text != "::1" && ip != std::net::IpAddr::from([127, 0, 0, 1])
    })
}

fn one_id(facts: &[Fact<'_>]) -> String {
    let of =
        |file: &str| facts.iter().find(|fact| fact.word == "id" && fact.field(0) == file).and_then(|fact| fact.some(1));
    of("openvstorage_id").or_else(|| of("openvstorage_sdm_id")).unwrap_or_default()
}

/// The configuration of 2.6 says it; later ones keep it elsewhere, so what a node runs tells (dossier 4.5).
fn role(facts: &[Fact<'_>], services: &BTreeMap<UnitName, Service>) -> NodeRole {
    let told = facts.iter().find(|fact| fact.word == "role").map(|fact| fact.field(0));
    let is_router = facts.iter().any(|fact| fact.word == "id" && fact.field(0) == "openvstorage_id");
    let has = |name: &str| services.keys().any(|unit| unit.as_str() == name);
    match told {
        Some("MASTER") => NodeRole::Master,
        Some("EXTRA") => NodeRole::Extra,
        _ if is_router && has("ovs-webapp-api") && has("memcached") => NodeRole::Master,
        _ if is_router => NodeRole::Extra,
        _ => NodeRole::Storage,
    }
}

fn services(facts: &[Fact<'_>]) -> Result<BTreeMap<UnitName, Service>, String> {
    let units = || facts.iter().filter(|fact| fact.word == "unit");
    let vpools: BTreeSet<String> =
        units().filter_map(|fact| fact.field(0).strip_prefix("ovs-volumedriver_").map(str::to_owned)).collect();
    let mut services = BTreeMap::new();
    for fact in units() {
        let name = facts::unit(fact.field(0))?;
        let manager = match fact.field(1) {
            "upstart" => Manager::Upstart,
            "sysv" => Manager::Sysv,
            _ => Manager::Systemd,
        };
        let required = fact.field(6).split_whitespace().filter_map(|unit| unit.strip_suffix(".service"));
        let run = facts.iter().find(|run| run.word == "run" && run.field(0) == name.as_str());
        let duty = units::duty(name.as_str(), &vpools);
        let (running, restart_needed) =
            run.map(|run| super::versions::run_file(run.field(1), &duty)).unwrap_or_default();
        let service = Service {
            manager,
            stopped_by_drydock: fact.field(7) == "yes" && units::state(fact.field(2)) != UnitState::Running,
            state: units::state(fact.field(2)),
            pid: fact.field(3).parse().ok().filter(|pid| *pid > 0),
            running,
            restart_needed,
            enabled: fact.field(4) == "yes",
            stop_kills_all: fact.field(5) == "yes" && matches!(duty, model::open_vstorage::Duty::Volumedriver { .. }),
            // Targets and units of others are not ours to name.
            required_by: required.filter_map(|unit| UnitName::new(unit).ok()).collect(),
            duty,
        };
        services.insert(name, service);
    }
    Ok(services)
}

fn packages(facts: &[Fact<'_>], distribution: Distribution) -> Result<BTreeMap<PackageName, Package>, String> {
    let mut packages = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.word == "package") {
        let installed = facts::version(fact.field(1))?;
        // yum names only what is newer; what it does not name is up to date.
        let (candidate, order) = match distribution {
            Distribution::Apt => (None, VersionOrder::Incomparable),
            Distribution::Yum => (Some(installed.clone()), VersionOrder::Same),
        };
        packages.insert(facts::package(fact.field(0))?, Package { installed: Some(installed), candidate, order });
    }
    for fact in facts.iter().filter(|fact| fact.word == "candidate") {
        let Some(package) = packages.get_mut(&facts::package(fact.field(0))?) else { continue };
        package.candidate = Some(facts::version(fact.field(1))?);
        package.order = match fact.field(2) {
            "same" => VersionOrder::Same,
            "older" => VersionOrder::Older,
            _ => VersionOrder::Newer,
        };
    }
    Ok(packages)
}

fn arakoon_needs(facts: &[Fact<'_>]) -> Result<BTreeMap<PackageName, Vec<String>>, String> {
    let mut needs: BTreeMap<PackageName, Vec<String>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.word == "needs") {
        needs.entry(facts::package(fact.field(0))?).or_default().push(fact.field(1).to_owned());
    }
    Ok(needs)
}

/// What lies there under another name than a checksum was not put there by us.
fn kept_file(fact: &Fact<'_>, stored: &[&StoredCopy]) -> Option<(Timestamp, KeptFile)> {
    let (path, sha256) = (fact.field(0), fact.field(1));
    let is_sum = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_sum || !path.starts_with('/') {
        return None;
    }
    let sealed = stored.iter().find(|stored| stored.file.path == path && stored.sha256 == sha256);
    let place = match (fact.field(3), sealed.map(|stored| stored.copy.clone())) {
        ("here", None) => CopyPlace::OnNode,
        ("here", Some(copy)) => CopyPlace::Both(copy),
        (_, Some(copy)) => CopyPlace::Sealed(copy),
        (_, None) => return None,
    };
    let on_node = fact.field(4).parse().ok().map(seconds);
    let kept_at = on_node.max(sealed.map(|stored| stored.at)).unwrap_or(Timestamp(0));
    let is_back = fact.field(2) == "yes";
    Some((kept_at, KeptFile { path: path.to_owned(), sha256: sha256.to_owned(), is_back, place }))
}

/// A file that was patched anew before a later update has several copies: the one kept last is what people mean.
fn latest(mut kept: Vec<(Timestamp, KeptFile)>) -> Vec<KeptFile> {
    kept.sort_by_key(|(at, _)| *at);
    let by_path: BTreeMap<String, KeptFile> = kept.into_iter().map(|(_, file)| (file.path.clone(), file)).collect();
    by_path.into_values().collect()
}

fn changed_files(facts: &[Fact<'_>]) -> Result<Vec<ChangedFile>, String> {
    let mut files = Vec::new();
    for fact in facts.iter().filter(|fact| fact.word == "changed") {
        let path = fact.field(3);
        if !path.starts_with('/') {
            continue;
        }
        files.push(ChangedFile {
            path: path.to_owned(),
            package: facts::package(fact.field(0))?,
            is_config: fact.field(1) == "c",
            sha256: fact.some(2).filter(|sum| sum.len() == 64),
            bytes: fact.field(4).parse().ok(),
        });
    }
    files.sort();
    Ok(files)
}

fn free_bytes(facts: &[Fact<'_>]) -> Result<BTreeMap<String, u64>, String> {
    let one = |fact: &Fact<'_>| {
        let kib: u64 =
            fact.field(1).parse().map_err(|_| format!("how much room {} has was not told", fact.field(0)))?;
        Ok((fact.field(0).to_owned(), kib.saturating_mul(1024)))
    };
    facts.iter().filter(|fact| fact.word == "free").map(one).collect()
}

fn mounts(facts: &[Fact<'_>]) -> Vec<Mount> {
    let users = |path: &str| {
        let of_it = facts.iter().filter(|fact| fact.word == "mount_user" && fact.field(0) == path);
        of_it.map(|fact| fact.field(1).to_owned()).collect()
    };
    let mounts = facts.iter().filter(|fact| fact.word == "mount");
    mounts.map(|fact| Mount { path: fact.field(0).to_owned(), users: users(fact.field(0)) }).collect()
}

fn member(fact: &Fact<'_>) -> Result<ArakoonMember, String> {
    let words = fact.field(4).to_owned();
    Ok(ArakoonMember {
        // A part of the unit's name, which becomes an argument.
        cluster: facts::unit(fact.field(0))?.as_str().to_owned(),
        config: fact.field(1).to_owned(),
        members: fact.field(2).split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        master: match (fact.field(3), words.is_empty()) {
            ("master", false) => Ok(words),
            (_, true) => Err("arakoon --who-master says nothing".to_owned()),
            (_, false) => Err(words),
        },
    })
}
