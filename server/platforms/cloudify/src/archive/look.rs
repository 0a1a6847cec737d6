//! Reading an archive from its beginning to its end: the checksum of every part, and what it says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use model::cloudify::{KeptArchive, ManagerVersion};
use model::id::{DeploymentId, NodeInstanceId, SnapshotId, TenantName};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::ArchiveError;

/// Databases and logs shrink to a tenth; nothing a manager makes shrinks to a hundredth.
const LARGEST_RATIO: u64 = 100;
/// What small archives may unpack to.
const SMALL: u64 = 1 << 30;
/// Of the files that are read into memory.
const LARGEST_FILE: u64 = 256 << 20;
/// Before tenants, and in a 4.0.x without its patch, the first level of `agents.json` is missing (P4).
const DEFAULT_TENANT: &str = "default_tenant";

const METADATA: &str = "metadata.json";
const NETWORKS: &str = "networks.json";
const AGENTS: &str = "agents.json";

#[derive(Deserialize)]
struct Metadata {
    snapshot_version: ManagerVersion,
}

type Nodes = BTreeMap<String, BTreeMap<NodeInstanceId, IgnoredAny>>;

/// Length and SHA-256 of a file.
pub(super) fn digest(path: &Path) -> Result<(u64, String), ArchiveError> {
    let failed = |error: std::io::Error| ArchiveError::file(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let bytes = std::io::copy(&mut file, &mut hash).map_err(failed)?;
    Ok((bytes, hex::encode(hash.finalize())))
}

/// All of it.
pub(super) fn look(path: &Path, snapshot: &SnapshotId) -> Result<KeptArchive, ArchiveError> {
    let (bytes, sha256) = digest(path)?;
    let file = File::open(path).map_err(|error| ArchiveError::file(path, &error))?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| ArchiveError::NotAZip(error.to_string()))?;
    test(&mut zip, bytes)?;
    let metadata: Metadata = required(&mut zip, METADATA)?;
    let version = metadata.snapshot_version;
    let networks: BTreeMap<String, IgnoredAny> = optional(&mut zip, NETWORKS)?.unwrap_or_default();
    let agents = if version.is_at_least(4, 1, 0) {
        let found: BTreeMap<TenantName, BTreeMap<DeploymentId, Nodes>> =
            optional(&mut zip, AGENTS)?.unwrap_or_default();
        found.into_iter().map(|(tenant, deployments)| (tenant, by_deployment(deployments))).collect()
    } else {
        let found: BTreeMap<DeploymentId, Nodes> = optional(&mut zip, AGENTS)?.unwrap_or_default();
        let tenant = TenantName::new(DEFAULT_TENANT).map_err(|error| ArchiveError::NotAZip(error.to_string()))?;
        BTreeMap::from([(tenant, by_deployment(found))])
    };
    let networks = networks.into_keys().collect();
    Ok(KeptArchive { snapshot: snapshot.clone(), bytes, sha256, version, networks, agents })
}

fn by_deployment(deployments: BTreeMap<DeploymentId, Nodes>) -> BTreeMap<DeploymentId, BTreeSet<NodeInstanceId>> {
    let hosts = |nodes: Nodes| nodes.into_values().flat_map(BTreeMap::into_keys).collect();
    deployments.into_iter().map(|(id, nodes)| (id, hosts(nodes))).collect()
}

/// Reads every part, which compares its checksum. What a part says of its own length is not believed.
fn test(zip: &mut ZipArchive<BufReader<File>>, bytes: u64) -> Result<(), ArchiveError> {
    let limit = bytes.saturating_mul(LARGEST_RATIO).max(SMALL);
    let mut left = limit;
    for part in 0..zip.len() {
        let file = zip.by_index(part).map_err(|error| ArchiveError::NotAZip(error.to_string()))?;
        let name = format!("part {}", part + 1);
        let read = std::io::copy(&mut file.take(left.saturating_add(1)), &mut std::io::sink());
        let read = read.map_err(|error| ArchiveError::NotAZip(format!("{name}: {error}")))?;
        left = left.checked_sub(read).ok_or(ArchiveError::Bomb { limit })?;
    }
    Ok(())
}

fn required<T: DeserializeOwned>(zip: &mut ZipArchive<BufReader<File>>, name: &str) -> Result<T, ArchiveError> {
    optional(zip, name)?.ok_or_else(|| ArchiveError::NotAZip(format!("it has no {name}")))
}

fn optional<T: DeserializeOwned>(zip: &mut ZipArchive<BufReader<File>>, name: &str) -> Result<Option<T>, ArchiveError> {
    let file = match zip.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(ArchiveError::NotAZip(format!("{name}: {error}"))),
    };
    let read = serde_json::from_reader(BufReader::new(file.take(LARGEST_FILE)));
    read.map(Some).map_err(|error| ArchiveError::NotAZip(format!("{name}: {error}")))
}
