//! Adding an environment, and changing one.

mod fields;
mod host_fields;

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::environment::Environment;
use model::id::EnvironmentId;

use super::params::{id_of_path, query};
use crate::api::environment_form::EnvironmentForm;
use crate::api::environments::{AddEnvironment, ChangeEnvironment, RemoveEnvironment, load_settings};
use crate::components::{Page, PageHead, RefusalNotice, data_of, loaded, refusal_of};
use fields::Fields;

/// Rows for hosts that a new environment begins with, and that are free in an old one.
const FREE_ROWS: usize = 1;

/// A new environment.
#[component]
pub fn NewEnvironment() -> impl IntoView {
    let add = ServerAction::<AddEnvironment>::new();
    let refusal = refusal_of(add);
    let rows = rows_asked_for();
    view! {
        <Page title="Add environment">
            <PageHead title="Add a CloudStack environment" crumbs=vec![("/".to_owned(), "Updates".to_owned())]/>
            <RefusalNotice refusal/>
            <ActionForm action=add attr:class="form max-w-5xl">
                {move || view! { <Fields form=EnvironmentForm::default() rows=rows.get().max(FREE_ROWS) refusal/> }}
                <div class="cluster">
                    <button class="btn btn-primary" type="submit" disabled=move || add.pending().get()>"Add and test the connection"</button>
                    <MoreRows rows/>
                </div>
            </ActionForm>
        </Page>
    }
}

/// The settings of an environment.
#[component]
pub fn EnvironmentSettings() -> impl IntoView {
    let id = id_of_path::<EnvironmentId>();
    let change = ServerAction::<ChangeEnvironment>::new();
    let remove = ServerAction::<RemoveEnvironment>::new();
    let settings = data_of(move || id.get(), |id| async move { load_settings(id?).await });
    view! {
        <Page title="Settings">
            {loaded(settings, move |environment| show(environment, change, remove))}
        </Page>
    }
}

fn show(
    environment: Environment,
    change: ServerAction<ChangeEnvironment>,
    remove: ServerAction<RemoveEnvironment>,
) -> AnyView {
    let refusal = refusal_of(change);
    let rows = rows_asked_for();
    let id = StoredValue::new(environment.id.to_string());
    let address = format!("/environments/{}", environment.id);
    let crumbs = vec![("/".to_owned(), "Updates".to_owned()), (address.clone(), environment.name.clone())];
    let form = EnvironmentForm::of(&environment);
    let known = form.hosts.len();
    view! {
        <PageHead title="Settings" crumbs=crumbs>
            <a class="btn" href=format!("{address}/connection")>"Test connection"</a>
        </PageHead>
        <RefusalNotice refusal/>
        <RefusalNotice refusal=refusal_of(remove)/>
        <ActionForm action=change attr:class="form max-w-5xl">
            <input type="hidden" name="environment" value=id.get_value()/>
            {move || view! { <Fields form=form.clone() rows=rows.get().max(known + FREE_ROWS) refusal/> }}
            <p class="hint">"Open requests against this environment can no longer be started once it is changed."</p>
            <div class="cluster">
                <button class="btn btn-primary" type="submit" disabled=move || change.pending().get()>"Save and test the connection"</button>
                <MoreRows rows/>
            </div>
        </ActionForm>
        <details class="disclosure">
            <summary>"Remove this environment"</summary>
            <p class="text-muted">"Its history and audit log stay. It is refused while a run holds it."</p>
            <ActionForm action=remove>
                <input type="hidden" name="environment" value=id.get_value()/>
                <button class="btn btn-danger" type="submit">{format!("Remove {}", environment.name)}</button>
            </ActionForm>
        </details>
    }
    .into_any()
}

/// `?rows=` of the address: how many hosts there is room for.
fn rows_asked_for() -> Memo<usize> {
    let rows = query("rows");
    Memo::new(move |_| rows.get().parse().unwrap_or(0).min(16))
}

/// Room for more hosts. A plain link, so that it works without WASM; what was typed by then is lost there, which it says.
#[component]
fn MoreRows(rows: Memo<usize>) -> impl IntoView {
    let more = move || format!("?rows={}", rows.get().max(FREE_ROWS) + 2);
    view! { <a class="btn btn-quiet" href=more title="Begins the form anew with room for more hosts">"Room for more hosts"</a> }
}
