//! The commands this platform knows, since when, and their parameters (dossier 3.7).

use crate::config::Version;

/// One command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    ListApis,
    ListAsyncJobs,
    ListCapabilities,
    ListConfigurations,
    ListEvents,
    ListHosts,
    ListManagementServers,
    ListNetworks,
    ListRouters,
    ListSystemVms,
    ListTemplates,
    ListVolumes,
    ListVpcs,
    ListZones,
    QueryAsyncJobResult,
    ReadyForShutdown,
    UpdateConfiguration,
    StopSystemVm,
    StartSystemVm,
    RebootSystemVm,
    DestroySystemVm,
    PatchSystemVm,
    StopRouter,
    StartRouter,
    RebootRouter,
    RestartNetwork,
    RestartVpc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reads, and pages.
    List,
    /// Reads.
    Get,
    /// Changes something at once.
    Change,
    /// Changes something in a job.
    Async,
}

#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) verb: Verb,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    since: Version,
    /// Names; `!` marks a required one, `+` one that release 4.15 does not know.
    params: &'static str,
}

const fn command(verb: Verb, name: &'static str, kind: Kind, params: &'static str) -> Command {
    Command { verb, name, kind, since: Version::V4_15, params }
}

const fn newer(verb: Verb, name: &'static str, kind: Kind, params: &'static str) -> Command {
    Command { verb, name, kind, since: Version::V4_19, params }
}

use Kind::{Async, Change, Get, List};

const COMMANDS: &[Command] = &[
    command(Verb::ListApis, "listApis", Get, "name"),
    command(
        Verb::ListAsyncJobs,
        "listAsyncJobs",
        List,
        "account domainid isrecursive listall startdate managementserverid+",
    ),
    command(Verb::ListCapabilities, "listCapabilities", Get, "domainid+"),
    command(
        Verb::ListConfigurations,
        "listConfigurations",
        List,
        "name category group+ subgroup+ parent+ zoneid clusterid storageid accountid domainid",
    ),
    command(
        Verb::ListEvents,
        "listEvents",
        List,
        "id type level startdate enddate entrytime duration account domainid projectid listall isrecursive startid+ \
         resourceid+ resourcetype+ state+ archived+",
    ),
    command(
        Verb::ListHosts,
        "listHosts",
        List,
        "id name type state zoneid podid clusterid hypervisor details resourcestate \
         virtualmachineid hahost arch+",
    ),
    newer(Verb::ListManagementServers, "listManagementServers", List, "id name version peers"),
    command(
        Verb::ListNetworks,
        "listNetworks",
        List,
        "id zoneid vpcid type traffictype restartrequired issystem forvpc account domainid \
         projectid listall isrecursive networkfilter+",
    ),
    command(
        Verb::ListRouters,
        "listRouters",
        List,
        "id name state zoneid podid clusterid hostid networkid vpcid forvpc account domainid \
         projectid listall isrecursive version healthchecksfailed fetchhealthcheckresults arch+",
    ),
    command(
        Verb::ListSystemVms,
        "listSystemVms",
        List,
        "id name state systemvmtype zoneid podid hostid storageid arch+",
    ),
    command(
        Verb::ListTemplates,
        "listTemplates",
        List,
        "templatefilter! id ids name zoneid hypervisor showremoved listall account domainid \
         projectid isrecursive templatetype+ isready+ showunique+ arch+ details",
    ),
    command(
        Verb::ListVolumes,
        "listVolumes",
        List,
        "id ids name type state virtualmachineid zoneid podid hostid storageid listsystemvms \
         account domainid projectid listall isrecursive displayvolume",
    ),
    command(
        Verb::ListVpcs,
        "listVPCs",
        List,
        "id name state zoneid restartrequired account domainid projectid listall isrecursive",
    ),
    command(Verb::ListZones, "listZones", List, "id ids+ name available domainid networktype showcapacities showicon+"),
    command(Verb::QueryAsyncJobResult, "queryAsyncJobResult", Get, "jobid!"),
    newer(Verb::ReadyForShutdown, "readyForShutdown", Get, "managementserverid"),
    command(
        Verb::UpdateConfiguration,
        "updateConfiguration",
        Change,
        "name! value! zoneid clusterid storageid accountid domainid",
    ),
    command(Verb::StopSystemVm, "stopSystemVm", Async, "id! forced"),
    command(Verb::StartSystemVm, "startSystemVm", Async, "id!"),
    command(Verb::RebootSystemVm, "rebootSystemVm", Async, "id! forced+"),
    command(Verb::DestroySystemVm, "destroySystemVm", Async, "id!"),
    newer(Verb::PatchSystemVm, "patchSystemVm", Async, "id! forced"),
    command(Verb::StopRouter, "stopRouter", Async, "id! forced"),
    command(Verb::StartRouter, "startRouter", Async, "id!"),
    command(Verb::RebootRouter, "rebootRouter", Async, "id! forced+"),
    command(Verb::RestartNetwork, "restartNetwork", Async, "id! cleanup makeredundant livepatch+"),
    command(Verb::RestartVpc, "restartVPC", Async, "id! cleanup makeredundant livepatch+"),
];

/// Parameters every call may have.
const COMMON: &[&str] =
    &["command", "response", "apikey", "signature", "signatureversion", "expires", "ctxuserid", "_"];
/// Parameters every list may have.
const PAGING: &[&str] = &["page", "pagesize", "keyword"];

/// The command of this name, if the release has it. Names are not case-sensitive.
pub(crate) fn find(name: &str, version: Version) -> Option<&'static Command> {
    all(version).find(|command| command.name.eq_ignore_ascii_case(name))
}

pub(crate) fn all(version: Version) -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().filter(move |command| command.since <= version)
}

/// Whether any release has the command.
pub(crate) fn is_known(name: &str) -> bool {
    find(name, Version::V4_22).is_some()
}

impl Command {
    /// Parameters of the command itself in a release: name, and whether it is required.
    pub(crate) fn own_params(&self, version: Version) -> impl Iterator<Item = (&'static str, bool)> {
        self.params.split_whitespace().filter_map(move |param| {
            let name = param.trim_end_matches(['!', '+']);
            let known = version > Version::V4_15 || !param.ends_with('+');
            known.then_some((name, param.ends_with('!')))
        })
    }

    pub(crate) fn takes(&self, param: &str, version: Version) -> bool {
        COMMON.contains(&param)
            || (self.kind == List && PAGING.contains(&param))
            || self.own_params(version).any(|(name, _)| name == param)
    }

    pub(crate) fn changes(&self) -> bool {
        matches!(self.kind, Change | Async)
    }
}
