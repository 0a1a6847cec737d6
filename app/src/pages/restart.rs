//! The form of Restart System VMs: how, which, and why.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::cloudstack::{CloudStackInventory, Need, VmKind};
use model::id::EnvironmentId;
use model::inventory::Facts;
use model::view::EnvironmentCard;

use super::params::{id_of_path, query};
use crate::api::environments::load_card;
use crate::api::requests::PrepareRestart;
use crate::components::{
    Badge, Choice, Group, Moment, Notice, Page, PageHead, PreparePlan, RefusalNotice, TextField, data_of, loaded,
    refusal_of,
};
use crate::look::Look;
use crate::looks;
use crate::summary::cloudstack;

/// The form.
#[component]
pub fn Restart() -> AnyView {
    let id = id_of_path::<EnvironmentId>();
    let vm = query("vm");
    let prepare = ServerAction::<PrepareRestart>::new();
    let card = data_of(move || id.get(), |id| async move { load_card(id?).await });
    view! {
        <Page title="Restart System VMs">
            {loaded(card, move |card| show(card, &vm.get_untracked(), prepare))}
        </Page>
    }
    .into_any()
}

fn show(card: EnvironmentCard, vm: &str, prepare: ServerAction<PrepareRestart>) -> AnyView {
    let id = card.environment.id.to_string();
    let crumbs =
        vec![("/".to_owned(), "Updates".to_owned()), (format!("/environments/{id}"), card.environment.name.clone())];
    let scope = match card.inventory.as_ref().map(|inventory| (&inventory.facts, inventory.taken_at)) {
        Some((Facts::CloudStack(cloud), at)) => scope(cloud, vm, at),
        Some((Facts::OpenVstorage(_) | Facts::Cloudify(_), _)) => {
            let words = format!("{} has no system VMs.", card.environment.name);
            return view! { <Notice look=Look::failed("Not here")>{words}</Notice> }.into_any();
        }
        None => view! {
            <Notice look=Look::unknown("Nobody has looked yet")>
                "All system VMs that need it are in scope. Preparing looks first, so that you can see which before anything happens."
            </Notice>
        }
        .into_any(),
    };
    view! {
        <PageHead title="Restart System VMs" crumbs=crumbs/>
        <p class="max-w-3xl text-muted">
            "Nothing is restarted yet. Drydock looks at the cloud, makes a plan down to the last command, and shows it as a request for somebody else to approve."
        </p>
        <RefusalNotice refusal=refusal_of(prepare)/>
        <ActionForm action=prepare attr:class="form max-w-4xl" attr:data-guard="">
            <input type="hidden" name="environment" value=id/>
            {mode()}
            {scope}
            {how_many(prepare)}
            <PreparePlan refusal=refusal_of(prepare)/>
        </ActionForm>
    }
    .into_any()
}

fn mode() -> AnyView {
    view! {
        <Group title="How">
            <Choice kind="radio" name="inputs[mode]" value="native" checked=true>
                <span class="font-medium">"Native"</span>
                <span class="hint block">
                    "Signed API requests, one VM after the other, each proven by its new disk. Port 8096 stays closed and no management server is restarted. Recommended."
                </span>
            </Choice>
            <Choice kind="radio" name="inputs[mode]" value="script">
                <span class="font-medium">"Vendor's script"</span>
                <span class="hint block">
                    "Runs cloudstack-sysvmadm on a management host, as the vendor's text says. Opens port 8096 without a password and restarts the management service twice; Drydock closes the port again and proves every VM itself."
                </span>
            </Choice>
        </Group>
    }.into_any()
}

fn scope(cloud: &CloudStackInventory, chosen: &str, seen: model::time::Timestamp) -> AnyView {
    let zones: Vec<_> = cloud
        .zones
        .value()
        .into_iter()
        .flatten()
        .map(|zone| {
            let name = zone.name.clone();
            view! { <Choice kind="checkbox" name="inputs[zones][]" value=zone.id.to_string()>{name}</Choice> }
        })
        .collect();
    let kinds: Vec<_> = VmKind::ALL
        .into_iter()
        .map(|kind| view! { <Choice kind="checkbox" name="inputs[kinds][]" value=kind_word(kind)>{kind.to_string()}</Choice> })
        .collect();
    let (vms, for_one) = (vms(cloud, chosen), !chosen.is_empty());
    view! {
        <Group title="Which system VMs">
            <p class="hint">"Nothing checked means all. Seen " <Moment at=seen/> "; preparing looks again."</p>
            <div class="grid gap-4 sm:grid-cols-2">
                <fieldset class="field"><legend class="label">"Zones"</legend> {zones}</fieldset>
                <fieldset class="field"><legend class="label">"Kinds"</legend> {kinds}</fieldset>
            </div>
            <details class="disclosure" open=for_one>
                <summary>"Only single VMs"</summary>
                <div class="grid gap-x-4 gap-y-1 sm:grid-cols-2">{vms}</div>
            </details>
            <Choice kind="radio" name="inputs[which]" value="needed" checked=true>"Only those that need it: old disk or old version"</Choice>
            <Choice kind="radio" name="inputs[which]" value="all">"Also those that are up to date"</Choice>
        </Group>
    }
    .into_any()
}

/// As the model writes it.
const fn kind_word(kind: VmKind) -> &'static str {
    match kind {
        VmKind::SecondaryStorage => "secondary_storage",
        VmKind::ConsoleProxy => "console_proxy",
        VmKind::Router => "router",
    }
}

fn vms(cloud: &CloudStackInventory, chosen: &str) -> Vec<AnyView> {
    let all = cloud.system_vms.value().into_iter().flatten().filter(|vm| cloudstack::is_ours(vm));
    all.map(|vm| {
        let need = cloudstack::need_of(cloud, vm);
        let name = vm.name.clone();
        let serves = vm.serves.as_ref().map(|serves| view! { <span class="hint">{serves.words()}</span> });
        let badge = (need != Need::None).then(|| view! { <Badge look=looks::of_need(&need)/> });
        let checked = vm.id.as_str() == chosen;
        view! {
            <Choice kind="checkbox" name="inputs[vms][]" value=vm.id.to_string() checked=checked>
                <span class="cluster"><span class="mono">{name}</span> {serves} {badge}</span>
            </Choice>
        }
        .into_any()
    })
    .collect()
}

fn how_many(prepare: ServerAction<PrepareRestart>) -> AnyView {
    view! {
        <div class="max-w-md">
            <TextField name="inputs[parallel_routers]" label="Routers of a zone at once" value="2" kind="number" required=true
                hint="1 to 50. Never two of one network. Storage VMs and console proxies always go one at a time."
                field="parallel_routers" refusal=refusal_of(prepare)/>
            <details class="disclosure mt-4">
                <summary>"How carefully the routers are gone through"</summary>
                <div class="stack">
                    <TextField name="inputs[rolling][canary]" label="First, alone" value="1" kind="number" required=true
                        hint="0 to 50 routers of each zone go first. If one of them fails, nothing else is touched."
                        field="rolling" refusal=refusal_of(prepare)/>
                    <TextField name="inputs[rolling][batch]" label="Routers in a batch" value="10" kind="number" required=true
                        hint="After each batch everything is looked at again before the next one begins."/>
                    <TextField name="inputs[rolling][budget]" label="Failures allowed" value="0" kind="number" required=true
                        hint="So many may fail, and the others are still done. The run counts as failed all the same."/>
                </div>
            </details>
        </div>
    }.into_any()
}
