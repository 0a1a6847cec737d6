//! Test connection: what was reached and what was seen there, and the host keys that wait for somebody to compare them.
//!
//! The test runs when the page is loaded, so it works without WASM; it changes nothing on the platform.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::connection::{ConnectionReport, HostReport, KeyOwner, OfferedKey};
use model::first_use::{FirstStep, step_after};
use model::id::EnvironmentId;
use model::view::EnvironmentCard;

use super::params::id_of_path;
use crate::api::environments::{AcceptHostKey, load_card, test_connection};
use crate::components::{FirstUse, Notice, Page, PageHead, PrecheckList, RefusalNotice, data_of, loaded, refusal_of};
use crate::error::Answer;
use crate::look::Look;

/// The report.
#[component]
pub fn Connection() -> AnyView {
    let id = id_of_path::<EnvironmentId>();
    let accept = ServerAction::<AcceptHostKey>::new();
    let report = data_of(move || id.get(), test);
    view! {
        <Page title="Test connection">
            <RefusalNotice refusal=refusal_of(accept)/>
            {loaded(report, move |(card, report)| show(&card, report, accept))}
        </Page>
    }
    .into_any()
}

async fn test(id: Answer<EnvironmentId>) -> Answer<(EnvironmentCard, ConnectionReport)> {
    let id = id?;
    Ok((load_card(id.clone()).await?, test_connection(id).await?))
}

fn show(card: &EnvironmentCard, report: ConnectionReport, accept: ServerAction<AcceptHostKey>) -> AnyView {
    let environment = &card.environment;
    let address = format!("/environments/{}", environment.id);
    let crumbs = vec![("/".to_owned(), "Updates".to_owned()), (address.clone(), environment.name.clone())];
    let id = environment.id.clone();
    let first_use = card.inventory.is_none().then(|| first_use(&address, &report));
    let hosts: Vec<_> = report.hosts.into_iter().map(|host| host_card(&id, host, accept)).collect();
    view! {
        <PageHead title="Connection" crumbs=crumbs>
            <a class="btn" href=format!("{address}/connection") rel="external">"Test again"</a>
            <a class="btn btn-quiet" href=format!("{address}/settings")>"Settings"</a>
            <a class="btn btn-primary" href=address>"To the inventory"</a>
        </PageHead>
        {first_use}
        <div class="cards">
            <section class="card">
                <div class="card-head"><h2>"API"</h2></div>
                <div class="card-body"><PrecheckList checks=report.api/></div>
            </section>
            {hosts}
        </div>
    }
    .into_any()
}

/// What comes next while nobody has looked at it yet.
fn first_use(address: &str, report: &ConnectionReport) -> AnyView {
    let at = step_after(report);
    let settings = format!("{address}/settings");
    let next = match at {
        FirstStep::AcceptKeys => {
            let words = "Compare each key below with what the host itself prints, and accept it. Then the test goes on.";
            view! { <p>{words}</p> }.into_any()
        }
        FirstStep::Look => view! {
            <p>"Everything answers."</p>
            <a class="btn btn-primary" href=address.to_owned()>"To the first look"</a>
        }
        .into_any(),
        FirstStep::SignIn | FirstStep::Add | FirstStep::Test => view! {
            <p>"Something below stands in the way, with what helps. Cure it there, or correct the settings, and test again."</p>
            <a class="btn" href=format!("{address}/connection") rel="external">"Test again"</a>
            <a class="btn" href=settings>"Correct the settings"</a>
        }
        .into_any(),
    };
    view! { <FirstUse at>{next}</FirstUse> }.into_any()
}

fn host_card(id: &EnvironmentId, host: HostReport, accept: ServerAction<AcceptHostKey>) -> AnyView {
    let name = host.name.to_string();
    let offered: Vec<_> = host.offered.into_iter().map(|key| key_form(id, &name, key, accept)).collect();
    view! {
        <section class="card">
            <div class="card-head"><h2>{format!("Host {name}")}</h2></div>
            <div class="card-body">{offered} <PrecheckList checks=host.checks/></div>
        </section>
    }
    .into_any()
}

fn key_form(id: &EnvironmentId, host: &str, offered: OfferedKey, accept: ServerAction<AcceptHostKey>) -> AnyView {
    let (owner, of) = match offered.of {
        KeyOwner::Host => ("This host", "host"),
        KeyOwner::Jump => ("The jump host", "jump"),
    };
    let key = offered.key;
    let (id, host) = (id.to_string(), host.to_owned());
    view! {
        <Notice look=Look::waiting("Unknown key")>
            <div class="stack-tight">
                <p>{format!("{owner} shows a {} key that nobody has accepted yet. Compare it with what the host itself prints:", key.algorithm)}</p>
                <code class="command">{key.fingerprint.clone()}</code>
                <p class="hint">"On the host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub (or the file of that kind)"</p>
                <ActionForm action=accept>
                    <input type="hidden" name="environment" value=id.clone()/>
                    <input type="hidden" name="host" value=host.clone()/>
                    <input type="hidden" name="of" value=of/>
                    <input type="hidden" name="key[algorithm]" value=key.algorithm.clone()/>
                    <input type="hidden" name="key[key]" value=key.key.clone()/>
                    <input type="hidden" name="key[fingerprint]" value=key.fingerprint.clone()/>
                    <button class="btn btn-primary" type="submit" data-busy="Recording …">
                        "It is the same: accept this key"
                    </button>
                </ActionForm>
            </div>
        </Notice>
    }
    .into_any()
}
