//! System VMs by zone and kind, with what proves their state: the disk they really run from.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::cloudstack::{CloudStackInventory, Need, Redundancy, RootVolume, SystemVm, VmKind};
use model::id::CloudId;

use crate::components::{Badge, Column, Moment, Notice, Table, observed, source_of};
use crate::look::Look;
use crate::looks;
use crate::summary::cloudstack;

/// One table per zone and kind.
pub fn by_zone(address: &str, cloud: &CloudStackInventory) -> AnyView {
    let Some(vms) = cloud.system_vms.value() else {
        let reason = cloud.system_vms.reason().unwrap_or_default().to_owned();
        return view! { <Notice look=Look::unknown("System VMs unknown")>{reason}</Notice> }.into_any();
    };
    let names: BTreeMap<&CloudId, &str> =
        cloud.zones.value().into_iter().flatten().map(|zone| (&zone.id, zone.name.as_str())).collect();
    let mut zones: BTreeMap<&CloudId, Vec<&SystemVm>> = BTreeMap::new();
    for vm in vms {
        zones.entry(&vm.zone).or_default().push(vm);
    }
    let sections: Vec<_> = zones
        .into_iter()
        .map(|(id, vms)| {
            let name = names.get(id).map_or_else(|| id.to_string(), |name| (*name).to_owned());
            zone(address, cloud, &name, &vms)
        })
        .collect();
    view! { {sections} {source_of(&cloud.system_vms)} }.into_any()
}

fn zone(address: &str, cloud: &CloudStackInventory, name: &str, vms: &[&SystemVm]) -> AnyView {
    let tables: Vec<_> = VmKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let mine: Vec<&SystemVm> = vms.iter().copied().filter(|vm| vm.kind == kind).collect();
            (!mine.is_empty()).then(|| table(address, cloud, kind, &mine))
        })
        .collect();
    view! {
        <section class="card">
            <div class="card-head"><h2>{format!("Zone {name}")}</h2></div>
            <div class="card-body">{tables}</div>
        </section>
    }
    .into_any()
}

const fn heading(kind: VmKind) -> &'static str {
    match kind {
        VmKind::SecondaryStorage => "Secondary storage VMs",
        VmKind::ConsoleProxy => "Console proxies",
        VmKind::Router => "Routers",
    }
}

fn table(address: &str, cloud: &CloudStackInventory, kind: VmKind, vms: &[&SystemVm]) -> AnyView {
    let last = if kind == VmKind::Router { "Serves" } else { "Agent" };
    let rows: Vec<_> = vms.iter().map(|vm| row(address, cloud, vm, last)).collect();
    view! {
        <h3>{heading(kind)}</h3>
        <Table label=heading(kind) rows whole=true
            columns=vec![
                Column::Ordered("Name"), Column::Ordered("Need"), Column::Ordered("State"), Column::Ordered(last),
                Column::Ordered("Version"), Column::Ordered("Template of the record"),
                Column::Ordered("Disk it runs from"), Column::Ordered("Hypervisor"),
            ]/>
    }
    .into_any()
}

fn row(address: &str, cloud: &CloudStackInventory, vm: &SystemVm, last: &'static str) -> AnyView {
    let need = cloudstack::need_of(cloud, vm);
    let job = vm.pending_job.as_ref().map(|job| {
        view! { <p class="hint mono">{format!("job {job}")}</p> }
    });
    let template = vm.template_name.clone().or_else(|| vm.template.as_ref().map(ToString::to_string));
    view! {
        <tr>
            <td data-label="Name"><span class="mono font-medium whitespace-nowrap">{vm.name.clone()}</span></td>
            <td data-label="Need">{need_view(address, vm, &need)}</td>
            <td data-label="State"><Badge look=looks::of_vm(&vm.state)/> {job}</td>
            <td data-label=last>{if vm.kind == VmKind::Router { serves(vm) } else { agent(vm) }}</td>
            <td data-label="Version">{version(vm)}</td>
            <td data-label="Template of the record">{template.unwrap_or_else(|| "not reported".to_owned())}</td>
            <td data-label="Disk it runs from">{observed(&vm.root, disk)}</td>
            <td data-label="Hypervisor">{vm.hypervisor.clone().unwrap_or_else(|| "none".to_owned())}</td>
        </tr>
    }
    .into_any()
}

fn need_view(address: &str, vm: &SystemVm, need: &Need) -> AnyView {
    if !cloudstack::is_ours(vm) {
        return view! { <Badge look=Look::quiet("Internal load balancer")/> <p class="hint">"never restarted from here"</p> }
            .into_any();
    }
    let detail = match need {
        Need::OldVersion { found, wanted } => Some(format!("{found}, server runs {wanted}")),
        Need::Unknown(reason) => Some(reason.clone()),
        Need::OldDisk => Some("disk of another template than the record names".to_owned()),
        Need::RequiresUpgrade | Need::None => None,
    };
    let href = format!("{address}/restart?vm={}", vm.id);
    view! {
        <div class="stack-tight">
            <span><Badge look=looks::of_need(need)/></span>
            {detail.map(|words| view! { <span class="hint">{words}</span> })}
            {(*need != Need::None).then(|| view! { <a class="link text-sm" href=href>{format!("Restart only {}", vm.name)}</a> })}
        </div>
    }
    .into_any()
}

fn agent(vm: &SystemVm) -> AnyView {
    let sessions = vm.active_sessions.filter(|count| *count > 0).map(|count| {
        let words = if count == 1 { "1 open console".to_owned() } else { format!("{count} open consoles") };
        view! { <span class="hint">{words}</span> }
    });
    let (look, silent) = match &vm.agent {
        Some(agent) => (looks::of_agent(agent), None),
        None => (Look::unknown("Unknown"), Some(view! { <span class="hint">"not reported"</span> })),
    };
    view! { <div class="stack-tight"><span><Badge look/></span> {silent} {sessions}</div> }.into_any()
}

fn serves(vm: &SystemVm) -> AnyView {
    let what = vm.serves.as_ref().map_or_else(|| "not reported".to_owned(), model::cloudstack::Serves::words);
    let redundancy = match &vm.redundancy {
        Redundancy::Single => view! { <span class="hint">"single"</span> }.into_any(),
        Redundancy::Primary => view! { <Badge look=Look::ok("Primary")/> }.into_any(),
        Redundancy::Backup => view! { <Badge look=Look::quiet("Backup")/> }.into_any(),
        Redundancy::Unclear(word) => view! { <Badge look=Look::unknown(word.clone())/> }.into_any(),
    };
    view! { <div class="stack-tight"><span>{what}</span> <span>{redundancy}</span></div> }.into_any()
}

fn version(vm: &SystemVm) -> AnyView {
    let version = vm.version.clone().unwrap_or_else(|| "not reported".to_owned());
    let patched =
        vm.software_version.clone().map(|version| view! { <span class="hint">{format!("software {version}")}</span> });
    view! { <div class="stack-tight"><span>{version}</span> {patched}</div> }.into_any()
}

fn disk(root: &RootVolume) -> AnyView {
    let age = match root.created_at {
        Some(at) => view! { "made " <Moment at=at/> }.into_any(),
        None => root.created.clone().into_any(),
    };
    let id = root.id.to_string();
    let short = id.chars().take(8).collect::<String>();
    view! { <span>{age}</span> " " <span class="mono text-muted" title=id>{short}</span> }.into_any()
}
