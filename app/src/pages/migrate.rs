//! The form of Migrate Manager: what is taken along, how, and what a person answers for.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::environment::{NewManager, PlatformSettings};
use model::id::{EnvironmentId, SnapshotId};
use model::procedure::{CfyStep, Confirmation, Preparation};
use model::view::EnvironmentCard;
use model::words::capitalised;

use super::params::id_of_path;
use crate::api::environments::load_card;
use crate::api::policy_form::word;
use crate::api::requests::PrepareMigration;
use crate::components::{
    Choice, Group, Moment, Notice, Page, PageHead, PreparePlan, RefusalNotice, TextField, data_of, loaded, refusal_of,
};
use crate::look::Look;

/// The form.
#[component]
pub fn Migrate() -> AnyView {
    let id = id_of_path::<EnvironmentId>();
    let prepare = ServerAction::<PrepareMigration>::new();
    let card = data_of(move || id.get(), |id| async move { load_card(id?).await });
    view! {
        <Page title="Migrate Manager">{loaded(card, move |card| show(&card, prepare))}</Page>
    }
    .into_any()
}

fn show(card: &EnvironmentCard, prepare: ServerAction<PrepareMigration>) -> AnyView {
    let PlatformSettings::Cloudify(settings) = &card.environment.platform else {
        let words = format!("{} has no Cloudify manager.", card.environment.name);
        return view! { <Notice look=Look::failed("Not here")>{words}</Notice> }.into_any();
    };
    let id = card.environment.id.to_string();
    let crumbs =
        vec![("/".to_owned(), "Updates".to_owned()), (format!("/environments/{id}"), card.environment.name.clone())];
    let in_place = matches!(settings.new, NewManager::SameHost(_));
    let form = if in_place {
        "In place: the old manager is torn down after its snapshot was fetched and checked, and the new one is installed where it was."
    } else {
        "To a new host: the old manager has to live until every agent was seen at the new one; only then the run says that it may be shut down."
    };
    let seen = card.inventory.as_ref().map(|inventory| inventory.taken_at);
    view! {
        <PageHead title="Migrate Manager" crumbs=crumbs/>
        <p class="max-w-3xl text-muted">
            "Nothing is migrated yet. Drydock looks at both managers, makes a plan down to the last call, and shows it as a request for somebody else to approve."
        </p>
        <p class="max-w-3xl">{form}</p>
        {match seen {
            Some(at) => view! { <p class="hint">"Both managers were seen " <Moment at=at/> "; preparing looks again."</p> }.into_any(),
            None => view! { <Notice look=Look::unknown("Nobody has looked yet")>"Preparing looks first."</Notice> }.into_any(),
        }}
        <RefusalNotice refusal=refusal_of(prepare)/>
        <ActionForm action=prepare attr:class="form max-w-4xl" attr:data-guard="">
            <input type="hidden" name="environment" value=id/>
            {snapshot(in_place, prepare)}
            {preparation()}
            {answers()}
            {rarely(prepare)}
            <PreparePlan refusal=refusal_of(prepare)/>
        </ActionForm>
    }
    .into_any()
}

fn snapshot(in_place: bool, prepare: ServerAction<PrepareMigration>) -> AnyView {
    view! {
        <Group title="What is taken along">
            <TextField name="inputs[snapshot]" label="Name of the snapshot" value=SnapshotId::usual().to_string() required=true
                hint="One that neither manager knows yet. Drydock keeps its archive: after the restore no manager has it any more."
                field="snapshot" refusal=refusal_of(prepare)/>
            {in_place.then(|| view! {
                <TextField name="inputs[release]" label="Release that is installed" required=true hint="For example 5.0.5." field="release" refusal=refusal_of(prepare)/>
            })}
        </Group>
    }
    .into_any()
}

fn preparation() -> AnyView {
    let boxes: Vec<_> = Preparation::ALL
        .into_iter()
        .map(|one| view! { <Choice kind="checkbox" name="inputs[preparation][]" value=word(&one)>{preparation_words(one)}</Choice> })
        .collect();
    view! { <Group title="Done before">{boxes}</Group> }.into_any()
}

const fn preparation_words(one: Preparation) -> &'static str {
    match one {
        Preparation::StopConsoles => "Stop the old manager's web interfaces, so that nobody works in them (S4)",
        Preparation::KeepSecurity => {
            "Keep the old manager's rest-security.conf, sealed (S7); in place before 4.2 this is always done"
        }
        Preparation::StopHealing => "Stop what heals on the old manager, as agreed with the vendor's support (S11)",
        Preparation::Maintenance => "Put the new manager into maintenance mode while it restores, from 7.0 on",
    }
}

fn answers() -> AnyView {
    let boxes: Vec<_> = Confirmation::ALL
        .into_iter()
        .map(|one| view! { <Choice kind="checkbox" name="inputs[confirmed][]" value=word(&one)>{capitalised(&one.to_string())}</Choice> })
        .collect();
    view! {
        <Group title="What you answer for">
            <p class="hint">"Nobody can see these from outside. Where one matters and is not checked, no plan is made, and you are told which."</p>
            {boxes}
        </Group>
    }
    .into_any()
}

fn rarely(prepare: ServerAction<PrepareMigration>) -> AnyView {
    let cfy: Vec<_> = CfyStep::ALL
        .into_iter()
        .map(|one| view! { <Choice kind="checkbox" name="inputs[by_cfy][]" value=word(&one)><span class="mono">{cfy_words(one)}</span></Choice> })
        .collect();
    view! {
        <details class="disclosure">
            <summary>"After an earlier attempt, dead hosts, passwords, cfy"</summary>
            <div class="stack">
                <TextField name="inputs[retry_of]" label="Restore the kept archive of this snapshot again"
                    hint="After a migration that did not end well. Never from 3.x on Premium." field="retry_of" refusal=refusal_of(prepare)/>
                <div class="field">
                    <label class="label" for="left-behind">"Hosts whose agents are left behind"</label>
                    <textarea class="input mono" id="left-behind" name="inputs[left_behind]"></textarea>
                    <p class="hint">"Node instances, one a line. A dead host would block its whole deployment."</p>
                </div>
                <Choice kind="checkbox" name="inputs[reset_passwords]" value="yes">
                    "Give new passwords to users who cannot log in after the restore (before 4.2); they are kept sealed"
                </Choice>
                <fieldset class="field">
                    <legend class="label">"By cfy on the CLI host, and not over REST"</legend>
                    <p class="hint">"Judged by what REST says either way, never by its exit code."</p>
                    {cfy}
                </fieldset>
            </div>
        </details>
    }
    .into_any()
}

const fn cfy_words(one: CfyStep) -> &'static str {
    match one {
        CfyStep::CreateSnapshot => "cfy snapshots create",
        CfyStep::Restore => "cfy snapshots restore",
        CfyStep::InstallAgents => "cfy agents install",
    }
}
