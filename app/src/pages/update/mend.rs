//! What is left after a run that ended badly: services that are down, and files that packages have replaced.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::id::{HostName, UnitName};
use model::inventory::Facts;
use model::open_vstorage::{KeptFile, Node, OpenVstorageInventory};
use model::view::EnvironmentCard;

use crate::api::requests::PrepareUpdate;
use crate::components::{Choice, Group, Notice, PageHead, PreparePlan, RefusalNotice, refusal_of};
use crate::look::Look;

/// Behind the address of an environment: the form that starts what was stopped.
pub const START_STOPPED: &str = "/update/framework?mode=start_stopped";

/// Services that a run of Drydock has stopped and not started again.
pub fn stopped(cluster: &OpenVstorageInventory) -> Vec<(&HostName, &UnitName)> {
    known(cluster)
        .flat_map(|(host, node)| {
            let all = node.services.iter().filter(|(_, service)| service.stopped_by_drydock);
            all.map(move |(unit, _)| (host, unit))
        })
        .collect()
}

/// Files that were changed by hand and are not there any more as they were.
pub fn replaced(cluster: &OpenVstorageInventory) -> Vec<(&HostName, &KeptFile)> {
    known(cluster)
        .flat_map(|(host, node)| node.kept_files.iter().filter(|kept| !kept.is_back).map(move |kept| (host, kept)))
        .collect()
}

fn known(cluster: &OpenVstorageInventory) -> impl Iterator<Item = (&HostName, &Node)> {
    cluster.nodes.iter().filter_map(|(host, node)| Some((host, node.value()?)))
}

/// The form that starts what was stopped.
pub fn start_stopped(card: &EnvironmentCard, prepare: ServerAction<PrepareUpdate>) -> AnyView {
    let down: Vec<_> = cluster_of(card)
        .map(stopped)
        .unwrap_or_default()
        .into_iter()
        .map(|(host, unit)| view! { <li><span class="mono">{unit.to_string()}</span> {format!(" on {host}")}</li> })
        .collect();
    let list = view! {
        <Group title="What a run of Drydock has stopped and not started again">
            <ul class="list-disc pl-5">{down}</ul>
        </Group>
    }
    .into_any();
    form(card, "Start what was stopped", "start_stopped", list, prepare)
}

/// The form that puts files back.
pub fn put_files_back(card: &EnvironmentCard, prepare: ServerAction<PrepareUpdate>) -> AnyView {
    let files: Vec<_> = cluster_of(card)
        .map(replaced)
        .unwrap_or_default()
        .into_iter()
        .map(|(host, kept)| {
            let (value, words) = (format!("{host} {}", kept.path), format!("{} on {host}", kept.path));
            let away = (!kept.place.is_on_node()).then(|| view! { <span class="text-muted">" (sealed copy, none on the node any more)"</span> });
            view! { <Choice kind="checkbox" name="inputs[files][]" value checked=true><span class="mono">{words}</span>{away}</Choice> }
        })
        .collect();
    let list = view! {
        <Group title="Files that somebody changed by hand and a package has replaced">
            <p class="hint">"The request shows what differs before anything is put back. None checked means all."</p>
            <div class="stack-tight">{files}</div>
        </Group>
    }
    .into_any();
    form(card, "Put files back", "put_files_back", list, prepare)
}

fn cluster_of(card: &EnvironmentCard) -> Option<&OpenVstorageInventory> {
    match &card.inventory.as_ref()?.facts {
        Facts::OpenVstorage(cluster) => Some(cluster),
        Facts::CloudStack(_) | Facts::Cloudify(_) => None,
    }
}

fn form(
    card: &EnvironmentCard,
    title: &'static str,
    mode: &'static str,
    list: AnyView,
    prepare: ServerAction<PrepareUpdate>,
) -> AnyView {
    let id = card.environment.id.to_string();
    let crumbs =
        vec![("/".to_owned(), "Updates".to_owned()), (format!("/environments/{id}"), card.environment.name.clone())];
    view! {
        <PageHead title crumbs=crumbs/>
        <p class="max-w-3xl text-muted">
            "Nothing is installed, and nothing is done yet: Drydock looks at every node and shows a plan for somebody else to approve."
        </p>
        <RefusalNotice refusal=refusal_of(prepare)/>
        <ActionForm action=prepare attr:class="form max-w-4xl" attr:data-guard="">
            <input type="hidden" name="environment" value=id/>
            <input type="hidden" name="inputs[which]" value="framework"/>
            <input type="hidden" name="inputs[mode]" value=mode/>
            {list}
            <PreparePlan refusal=refusal_of(prepare)/>
        </ActionForm>
    }
    .into_any()
}

/// On the page of the environment: what is left, and the way to mend it.
pub fn left_over(address: &str, cluster: &OpenVstorageInventory) -> AnyView {
    let (down, files) = (stopped(cluster), replaced(cluster));
    let down = (!down.is_empty()).then(|| {
        let words = format!("{} on {}", counted(down.len(), "service"), hosts(down.iter().map(|(host, _)| *host)));
        let href = format!("{address}{START_STOPPED}");
        view! {
            <Notice look=Look::failed("Left down")>
                {words} ": a run of Drydock stopped them and did not start them again. " <a class="link" href=href>"Start what was stopped"</a>
            </Notice>
        }
    });
    let files = (!files.is_empty()).then(|| {
        let words = format!("{} on {}", counted(files.len(), "file"), hosts(files.iter().map(|(host, _)| *host)));
        let href = format!("{address}/update/framework?mode=put_files_back");
        view! {
            <Notice look=Look::warning("Patches were overwritten")>
                {words} ": changed by hand before, replaced by a package. " <a class="link" href=href>"See them and put them back"</a>
            </Notice>
        }
    });
    view! { {down} {files} }.into_any()
}

fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

fn hosts<'h>(all: impl Iterator<Item = &'h HostName>) -> String {
    let names: std::collections::BTreeSet<&str> = all.map(HostName::as_str).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}
