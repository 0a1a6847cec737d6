//! The form of Create Snapshot.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::cloudify::SnapshotsView;
use model::id::EnvironmentId;
use model::plan::Side;
use model::procedure::SnapshotOption;
use model::words::capitalised;

use super::{crumbs_below, load, name_of};
use crate::api::policy_form::word;
use crate::api::snapshots::PrepareSnapshot;
use crate::components::{
    Choice, Group, Page, PageHead, PreparePlan, RefusalNotice, TextField, data_of, loaded, refusal_of,
};
use crate::pages::params::id_of_path;

/// The form.
#[component]
pub fn CreateSnapshotPage() -> AnyView {
    let id = id_of_path::<EnvironmentId>();
    let prepare = ServerAction::<PrepareSnapshot>::new();
    let seen = data_of(move || id.get(), load);
    view! { <Page title="Create snapshot">{loaded(seen, move |(view, _)| show(&view, prepare))}</Page> }.into_any()
}

fn show(view: &SnapshotsView, prepare: ServerAction<PrepareSnapshot>) -> AnyView {
    let options: Vec<_> = SnapshotOption::ALL
        .into_iter()
        .map(|one| view! { <Choice kind="checkbox" name="inputs[options][]" value=word(&one)>{option_words(one)}</Choice> })
        .collect();
    let (environment, sides) = (view.environment.to_string(), sides(view, "inputs[on]", Side::Old));
    view! {
        <PageHead title="Create snapshot" crumbs=crumbs_below(view)/>
        <p class="max-w-3xl text-muted">
            "Nothing is made yet. Drydock looks at the manager, makes a plan, and shows it as a request for somebody else to approve. While a snapshot is made, no workflow can be started on that manager."
        </p>
        <RefusalNotice refusal=refusal_of(prepare)/>
        <ActionForm action=prepare attr:class="form max-w-4xl" attr:data-guard="">
            <input type="hidden" name="environment" value=environment/>
            <Group title="Snapshot">
                {sides}
                <TextField name="inputs[snapshot]" label="Name" required=true
                    hint="One that this manager does not know yet: letters, digits, dot, dash and underscore." field="snapshot" refusal=refusal_of(prepare)/>
            </Group>
            <Group title="What is in it">
                <p class="hint">"Nothing checked: everything that a migration needs, without metrics."</p>
                {options}
            </Group>
            <PreparePlan refusal=refusal_of(prepare)/>
        </ActionForm>
    }
    .into_any()
}

/// On which manager; this one is chosen where there are two.
pub fn sides(view: &SnapshotsView, field: &'static str, usual: Side) -> AnyView {
    let is_only = view.managers.len() == 1;
    let choices: Vec<_> = view
        .managers
        .iter()
        .map(|one| {
            let checked = is_only || one.side == usual;
            let version = one.version.value().map_or_else(|| "release unknown".to_owned(), ToString::to_string);
            let words = format!("{}, {version}, {}", name_of(one.side, view), one.endpoint);
            view! { <Choice kind="radio" name=field value=one.side.word() checked=checked>{words}</Choice> }
        })
        .collect();
    view! { <fieldset class="field"><legend class="label">"Manager"</legend> {choices}</fieldset> }.into_any()
}

fn option_words(one: SnapshotOption) -> String {
    let more = match one {
        SnapshotOption::WithMetrics => ": InfluxDB, before 5.0.5",
        SnapshotOption::WithoutCredentials => ": it is no base for a migration then",
        SnapshotOption::WithoutLogs | SnapshotOption::WithoutEvents => " of executions, from 4.6 on",
    };
    format!("{}{more}", capitalised(&one.to_string()))
}
