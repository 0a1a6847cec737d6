//! Adding an environment, and changing one.

mod fields;
mod host_fields;

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::environment::{Environment, Platform};
use model::first_use::FirstStep;
use model::id::EnvironmentId;

use self::fields::Fields;
use super::params::{id_of_path, query};
use crate::api::environment_form::EnvironmentForm;
use crate::api::environments::{AddEnvironment, ChangeEnvironment, RemoveEnvironment, load_settings};
use crate::components::{FirstUse, KeptRefusal, Page, PageHead, RefusalNotice, data_of, loaded, refusal_of};
use crate::error::ApiError;

/// Rows for hosts that are free at first.
const FREE_ROWS: usize = 1;

/// A new environment.
#[component]
pub fn NewEnvironment() -> AnyView {
    // What a plain form was refused with.
    let refused = refusal_of(ServerAction::<AddEnvironment>::new()).get_untracked();
    let rows = rows_asked_for().max(FREE_ROWS);
    let platform = match query("platform").get_untracked() {
        word if word == Platform::OpenVstorage.word() => Platform::OpenVstorage,
        word if word == Platform::Cloudify.word() => Platform::Cloudify,
        _ => Platform::CloudStack,
    };
    let title = format!("Add an environment of {platform}");
    let form = EnvironmentForm { platform, ..EnvironmentForm::default() };
    view! {
        <Page title="Add environment">
            <PageHead title crumbs=vec![("/".to_owned(), "Updates".to_owned())]/>
            <FirstUse at=FirstStep::Add>
                <p>
                    "Say how it is reached. Nothing is changed there: the next page tests the connection. Or "
                    <a class="link" href="/environments/import">"import it from a file"</a> "."
                </p>
            </FirstUse>
            {editor(None, form, rows, refused)}
        </Page>
    }
    .into_any()
}

/// The settings of an environment.
#[component]
pub fn EnvironmentSettings() -> AnyView {
    let id = id_of_path::<EnvironmentId>();
    let refused = refusal_of(ServerAction::<ChangeEnvironment>::new());
    let remove = ServerAction::<RemoveEnvironment>::new();
    let settings = data_of(move || id.get(), |id| async move { load_settings(id?).await });
    let rows = rows_asked_for();
    view! {
        <Page title="Settings">
            <RefusalNotice refusal=refusal_of(remove)/>
            {loaded(settings, move |environment| {
                let form = EnvironmentForm::of(&environment);
                let rows = rows.max(form.hosts.len() + FREE_ROWS);
                let id = environment.id.clone();
                view! {
                    {head(&environment)}
                    {editor(Some(&id), form, rows, refused.get_untracked())}
                    {removal(&environment, remove)}
                }
                .into_any()
            })}
        </Page>
    }
    .into_any()
}

/// The form. `environment` is none for a new one; `rows` is how many hosts there is room for at first; `refused` is what a
/// plain form was refused with before this page was rendered.
fn editor(
    environment: Option<&EnvironmentId>,
    form: EnvironmentForm,
    rows: usize,
    refused: Option<ApiError>,
) -> AnyView {
    let refusal = Signal::stored(refused.clone());
    let (address, button) = match environment {
        None => (AddEnvironment::url(), "Add and test the connection"),
        Some(_) => (ChangeEnvironment::url(), "Save and test the connection"),
    };
    let known = environment.map(|environment| {
        view! {
            <input type="hidden" name="environment" value=environment.to_string()/>
            <p class="hint">"Open requests against this environment can no longer be started once it is changed."</p>
        }
    });
    view! {
        <form class="form max-w-5xl" method="post" action=address data-keep="">
            <Fields form rows refusal/>
            <KeptRefusal refused/>
            {known}
            <div><button class="btn btn-primary" type="submit">{button}</button></div>
        </form>
    }
    .into_any()
}

fn head(environment: &Environment) -> AnyView {
    let address = format!("/environments/{}", environment.id);
    let crumbs = vec![("/".to_owned(), "Updates".to_owned()), (address.clone(), environment.name.clone())];
    view! {
        <PageHead title="Settings" crumbs=crumbs>
            <a class="btn" href=format!("{address}/connection")>"Test connection"</a>
        </PageHead>
    }
    .into_any()
}

fn removal(environment: &Environment, remove: ServerAction<RemoveEnvironment>) -> AnyView {
    let (id, name) = (environment.id.to_string(), environment.name.clone());
    view! {
        <details class="disclosure">
            <summary>"Remove this environment"</summary>
            <p class="text-muted">"Its history and audit log stay. It is refused while a run holds it."</p>
            <ActionForm action=remove>
                <input type="hidden" name="environment" value=id/>
                <button class="btn btn-danger" type="submit">{format!("Remove {name}")}</button>
            </ActionForm>
        </details>
    }
    .into_any()
}

/// `?rows=` of the address: how many hosts there is room for.
fn rows_asked_for() -> usize {
    query("rows").get_untracked().parse().unwrap_or(0).min(16)
}
