//! Which paths there are, and what each wants (2.2).

use axum::http::Method;

use super::account::Role;
use super::release::Generation;

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    Root,
    Token,
    List(Kind),
    Object(Kind, String),
    Router(String, RouterCall),
    Tasks,
    Task(String),
    TaskResult(String),
}

/// Kinds of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    StorageRouter,
    StorageDriver,
    VPool,
    VDisk,
    AlbaNode,
    AlbaBackend,
}

/// Calls on one `StorageRouter`. All of them begin a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RouterCall {
    GetVersionInfo,
    GetLogfiles,
    GetUpdateStatus,
    UpdateFramework,
    UpdateVolumedriver,
    GetUpdateMetadata,
    MergePackageInformation,
    GetUpdateInformation,
    RefreshPackageInformation,
    UpdateComponents,
}

/// The highest version of the calls that were kept for old clients.
const OLD_CALLS: u32 = 6;
/// Roles in the order in which a refusal lists them.
type Roles = &'static [Role];
const READ: Roles = &[Role::Read];
const READ_MANAGE: Roles = &[Role::Read, Role::Manage];
const ALL: Roles = &[Role::Read, Role::Write, Role::Manage];

/// What a path that ends in a slash names, if anything.
pub(super) fn find(path: &str, generation: Generation, has_alba: bool) -> Option<Endpoint> {
    let inner = path.strip_prefix("/api/")?;
    if inner.is_empty() {
        return Some(Endpoint::Root);
    }
    let parts: Vec<&str> = inner.strip_suffix('/')?.split('/').collect();
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    match *parts.as_slice() {
        ["oauth2", "token"] => Some(Endpoint::Token),
        ["tasks"] => Some(Endpoint::Tasks),
        ["tasks", id] => Some(Endpoint::Task(id.to_owned())),
        ["tasks", id, "get"] => Some(Endpoint::TaskResult(id.to_owned())),
        ["alba", kind, ref rest @ ..] if has_alba => objects(alba_kind(kind)?, rest),
        ["storagerouters", guid, call] => Some(Endpoint::Router(guid.to_owned(), RouterCall::of(call, generation)?)),
        [kind, ref rest @ ..] => objects(core_kind(kind)?, rest),
        [] => None,
    }
}

fn objects(kind: Kind, rest: &[&str]) -> Option<Endpoint> {
    match *rest {
        [] => Some(Endpoint::List(kind)),
        [guid] => Some(Endpoint::Object(kind, guid.to_owned())),
        _ => None,
    }
}

fn core_kind(word: &str) -> Option<Kind> {
    match word {
        "storagerouters" => Some(Kind::StorageRouter),
        "storagedrivers" => Some(Kind::StorageDriver),
        "vpools" => Some(Kind::VPool),
        "vdisks" => Some(Kind::VDisk),
        _ => None,
    }
}

fn alba_kind(word: &str) -> Option<Kind> {
    match word {
        "nodes" => Some(Kind::AlbaNode),
        "backends" => Some(Kind::AlbaBackend),
        _ => None,
    }
}

impl RouterCall {
    fn of(word: &str, generation: Generation) -> Option<Self> {
        let always = match word {
            "get_version_info" => Some(Self::GetVersionInfo),
            "get_logfiles" => Some(Self::GetLogfiles),
            "get_update_status" => Some(Self::GetUpdateStatus),
            "update_framework" => Some(Self::UpdateFramework),
            "update_volumedriver" => Some(Self::UpdateVolumedriver),
            _ => None,
        };
        let since_b = match word {
            "get_update_metadata" => Some(Self::GetUpdateMetadata),
            "merge_package_information" => Some(Self::MergePackageInformation),
            "get_update_information" => Some(Self::GetUpdateInformation),
            "refresh_package_information" => Some(Self::RefreshPackageInformation),
            "update_components" => Some(Self::UpdateComponents),
            _ => None,
        };
        always.or(since_b.filter(|_| generation != Generation::A))
    }

    /// Its word in the path, which is the name of its task too.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::GetVersionInfo => "get_version_info",
            Self::GetLogfiles => "get_logfiles",
            Self::GetUpdateStatus => "get_update_status",
            Self::UpdateFramework => "update_framework",
            Self::UpdateVolumedriver => "update_volumedriver",
            Self::GetUpdateMetadata => "get_update_metadata",
            Self::MergePackageInformation => "merge_package_information",
            Self::GetUpdateInformation => "get_update_information",
            Self::RefreshPackageInformation => "refresh_package_information",
            Self::UpdateComponents => "update_components",
        }
    }
}

impl Endpoint {
    /// The method it is called with.
    pub(super) fn method(&self) -> Method {
        match self {
            Self::Token
            | Self::Router(
                _,
                RouterCall::UpdateFramework | RouterCall::UpdateVolumedriver | RouterCall::UpdateComponents,
            ) => Method::POST,
            Self::Root
            | Self::List(_)
            | Self::Object(..)
            | Self::Router(..)
            | Self::Tasks
            | Self::Task(_)
            | Self::TaskResult(_) => Method::GET,
        }
    }

    /// The roles a token needs.
    pub(super) fn roles(&self) -> Roles {
        match self {
            Self::Root | Self::Token => &[],
            Self::List(Kind::StorageRouter) | Self::Object(Kind::StorageRouter, _) => READ_MANAGE,
            Self::Router(_, RouterCall::GetLogfiles) => READ_MANAGE,
            Self::Router(_, RouterCall::GetVersionInfo) => READ,
            Self::Router(..) => ALL,
            Self::List(_) | Self::Object(..) | Self::Tasks | Self::Task(_) | Self::TaskResult(_) => READ,
        }
    }

    /// The highest version it takes, where that is not the release's own.
    pub(super) fn cap(&self, generation: Generation) -> Option<u32> {
        let is_old = matches!(self, Self::Router(_, RouterCall::UpdateFramework | RouterCall::UpdateVolumedriver));
        (is_old && generation != Generation::A).then_some(OLD_CALLS)
    }
}
