//! Two Cloudify managers side by side: what each is, what it manages, and what is under way.

mod deployments;
mod machine;
mod manager;
mod work;

use leptos::prelude::*;
use model::cloudify::{CliHost, CloudifyInventory};
use model::observed::Observed;

use crate::components::{observed, source_of};
use crate::summary::cloudify::managers;

/// Everything that was seen. `address` is the page of the environment; of `tenant` every deployment is shown.
pub fn managers_view(address: &str, cloudify: &CloudifyInventory, tenant: &str) -> AnyView {
    let all = managers(cloudify);
    let cards: Vec<_> = all.iter().map(|one| manager::card(address, one, tenant)).collect();
    let grid_classes = if cards.len() > 1 { "grid gap-4 lg:grid-cols-2" } else { "grid gap-4" };
    view! {
        <div class=grid_classes>{cards}</div>
        {cloudify.cli.as_ref().map(cli)}
    }
    .into_any()
}

fn cli(host: &Observed<CliHost>) -> AnyView {
    let shown = observed(host, |host| {
        let words = match &host.cfy {
            Ok(version) => version.clone(),
            Err(reason) => format!("cfy cannot be used: {reason}"),
        };
        let missing: Vec<&str> = host.missing_programs.iter().map(String::as_str).collect();
        let missing = (!missing.is_empty()).then(|| format!("; missing: {}", missing.join(", ")));
        view! { {words} {missing} " " <span class="hint block">{machine::room(&host.free_bytes)}</span> }.into_any()
    });
    view! {
        <section class="card">
            <div class="card-head"><h2>"Where cfy is run"</h2></div>
            <div class="card-body">{shown} {source_of(host)}</div>
        </section>
    }
    .into_any()
}
