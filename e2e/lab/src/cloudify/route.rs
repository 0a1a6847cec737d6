//! Which paths there are, and how each is called (2.2).

use axum::http::Method;

use super::release::Release;

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    Version,
    Status,
    ProviderContext,
    Tokens,
    Me,
    Users,
    User(String),
    Tenants,
    Blueprints,
    Deployments,
    Deployment(String),
    Nodes,
    Instances,
    Instance(String),
    Executions,
    Execution(String),
    Events,
    Snapshots,
    Snapshot(String),
    Archive(String),
    Restore(String),
    SnapshotStatus,
    Maintenance,
    MaintenanceAction(bool),
    Agents,
    Cluster(Member),
    License,
    LicenseCheck,
    Ssl,
}

/// What a cluster has members of. All-in-one managers have one of each (6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Manager,
    Broker,
    Database,
}

/// A path that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) endpoint: Endpoint,
    /// Up to v2.1 events are nested (2.3).
    pub(super) nests_events: bool,
}

/// What a path names for this release, if anything.
pub(super) fn find(path: &str, release: Release) -> Option<Found> {
    let inner = path.strip_prefix("/api/")?.trim_end_matches('/');
    // Clients of 4.x and later ask for the version before they know the prefix (1.1).
    if inner == "version" && release.has_tenants() {
        return Some(Found { endpoint: Endpoint::Version, nests_events: false });
    }
    let (prefix, rest) = inner.split_once('/')?;
    if !release.serves(prefix) {
        return None;
    }
    let parts: Vec<&str> = rest.split('/').collect();
    let endpoint = named(&parts, release)?;
    Some(Found { endpoint, nests_events: matches!(prefix, "v1" | "v2" | "v2.1") })
}

fn named(parts: &[&str], release: Release) -> Option<Endpoint> {
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let has = |condition: bool, endpoint| condition.then_some(endpoint);
    match *parts {
        ["version"] => Some(Endpoint::Version),
        ["status"] => Some(Endpoint::Status),
        ["provider", "context"] => Some(Endpoint::ProviderContext),
        ["tokens"] => Some(Endpoint::Tokens),
        ["user"] => has(release.has_tenants(), Endpoint::Me),
        ["users"] => has(release.has_tenants(), Endpoint::Users),
        ["users", name] => has(release.has_tenants(), Endpoint::User(name.to_owned())),
        ["tenants"] => has(release.has_tenants(), Endpoint::Tenants),
        ["blueprints"] => Some(Endpoint::Blueprints),
        ["deployments"] => Some(Endpoint::Deployments),
        ["deployments", id] => Some(Endpoint::Deployment(id.to_owned())),
        ["nodes"] => Some(Endpoint::Nodes),
        ["node-instances"] => Some(Endpoint::Instances),
        ["node-instances", id] => Some(Endpoint::Instance(id.to_owned())),
        ["executions"] => Some(Endpoint::Executions),
        ["executions", id] => Some(Endpoint::Execution(id.to_owned())),
        ["events"] => Some(Endpoint::Events),
        ["snapshots"] => Some(Endpoint::Snapshots),
        ["snapshots", id] => Some(Endpoint::Snapshot(id.to_owned())),
        ["snapshots", id, "archive"] => Some(Endpoint::Archive(id.to_owned())),
        ["snapshots", id, "restore"] => Some(Endpoint::Restore(id.to_owned())),
        ["snapshot-status"] => has(release.is_clustered(), Endpoint::SnapshotStatus),
        ["maintenance"] => Some(Endpoint::Maintenance),
        ["maintenance", "activate"] => Some(Endpoint::MaintenanceAction(true)),
        ["maintenance", "deactivate"] => Some(Endpoint::MaintenanceAction(false)),
        ["agents"] => has(release.has_agents(), Endpoint::Agents),
        ["managers"] => has(release.is_clustered(), Endpoint::Cluster(Member::Manager)),
        ["brokers"] => has(release.is_clustered(), Endpoint::Cluster(Member::Broker)),
        ["db-nodes"] => has(release.is_clustered(), Endpoint::Cluster(Member::Database)),
        ["license"] => has(release >= Release::V4_6, Endpoint::License),
        ["license-check"] => has(release >= Release::V4_6, Endpoint::LicenseCheck),
        ["ssl"] => has(release.has_ssl(), Endpoint::Ssl),
        _ => None,
    }
}

impl Endpoint {
    /// Whether it is called like this.
    pub(super) fn takes(&self, method: &Method, release: Release) -> bool {
        let allowed: &[Method] = match self {
            Self::Executions => &[Method::GET, Method::POST],
            Self::Execution(_) => &[Method::GET, Method::POST],
            Self::Snapshot(_) => &[Method::GET, Method::PUT, Method::DELETE, Method::PATCH],
            Self::Archive(_) => &[Method::GET, Method::PUT],
            Self::Restore(_) | Self::MaintenanceAction(_) => &[Method::POST],
            Self::User(_) => &[Method::GET, Method::POST],
            // Tokens were got up to 6.x, and are posted by the client of 7 (2.1).
            Self::Tokens if release >= Release::V7_0 => &[Method::POST],
            _ => &[Method::GET],
        };
        allowed.contains(method)
    }

    /// Whether it belongs to a tenant, which the call then has to name (2.1).
    pub(super) fn is_tenants(&self) -> bool {
        match self {
            Self::Blueprints
            | Self::Deployments
            | Self::Deployment(_)
            | Self::Nodes
            | Self::Instances
            | Self::Instance(_)
            | Self::Executions
            | Self::Execution(_)
            | Self::Events
            | Self::Snapshots
            | Self::Snapshot(_)
            | Self::Archive(_)
            | Self::Restore(_)
            | Self::Agents => true,
            Self::Version
            | Self::Status
            | Self::ProviderContext
            | Self::Tokens
            | Self::Me
            | Self::Users
            | Self::User(_)
            | Self::Tenants
            | Self::SnapshotStatus
            | Self::Maintenance
            | Self::MaintenanceAction(_)
            | Self::Cluster(_)
            | Self::License
            | Self::LicenseCheck
            | Self::Ssl => false,
        }
    }

    /// What only a `sys_admin` may do, in the words of a refusal.
    pub(super) fn needs_admin(&self, method: &Method) -> Option<&'static str> {
        match self {
            Self::Snapshot(_) if method == Method::PUT => Some("snapshot_create"),
            Self::Snapshot(_) if method == Method::DELETE => Some("snapshot_delete"),
            Self::Snapshot(_) if method == Method::PATCH => Some("snapshot_status_update"),
            Self::Archive(_) if method == Method::PUT => Some("snapshot_upload"),
            Self::Archive(_) => Some("snapshot_download"),
            Self::Restore(_) => Some("snapshot_restore"),
            Self::Users => Some("user_list"),
            Self::User(_) if method == Method::POST => Some("user_update"),
            Self::User(_) => Some("user_get"),
            Self::MaintenanceAction(_) => Some("maintenance_mode_set"),
            _ => None,
        }
    }

    /// Whether a manager that enters maintenance mode refuses it: new executions, new snapshots (2.4).
    pub(super) fn begins_something(&self, method: &Method) -> bool {
        match self {
            Self::Executions | Self::Restore(_) => method == Method::POST,
            Self::Snapshot(_) | Self::Archive(_) => method == Method::PUT,
            _ => false,
        }
    }
}
