//! The form of an environment, new or known. Alive so that a refusal costs nobody what they have typed.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::id::EnvironmentId;

use crate::api::environment_form::EnvironmentForm;
use crate::api::environments::{AddEnvironment, ChangeEnvironment};
use crate::components::{RefusalNotice, refusal_of};
use crate::error::ApiError;
use crate::pages::environment_form::fields::Fields;

/// `environment` is none for a new one; `rows` is how many hosts there is room for at first; `refused` is what a plain
/// form was refused with before this page was rendered.
#[island]
pub fn EnvironmentEditor(
    environment: Option<EnvironmentId>,
    form: EnvironmentForm,
    rows: usize,
    refused: Option<ApiError>,
) -> impl IntoView {
    match environment {
        None => new_environment(form, rows, refused),
        Some(environment) => known_environment(&environment, form, rows, refused),
    }
}

fn new_environment(form: EnvironmentForm, rows: usize, refused: Option<ApiError>) -> AnyView {
    let add = ServerAction::<AddEnvironment>::new();
    let refusal = or_before(refusal_of(add), refused);
    view! {
        <ActionForm action=add attr:class="form max-w-5xl">
            <Fields form rows refusal/>
            <RefusalNotice refusal/>
            <div><button class="btn btn-primary" type="submit" disabled=move || add.pending().get()>"Add and test the connection"</button></div>
        </ActionForm>
    }
    .into_any()
}

fn known_environment(
    environment: &EnvironmentId,
    form: EnvironmentForm,
    rows: usize,
    refused: Option<ApiError>,
) -> AnyView {
    let change = ServerAction::<ChangeEnvironment>::new();
    let refusal = or_before(refusal_of(change), refused);
    let id = environment.to_string();
    view! {
        <ActionForm action=change attr:class="form max-w-5xl">
            <input type="hidden" name="environment" value=id/>
            <Fields form rows refusal/>
            <RefusalNotice refusal/>
            <p class="hint">"Open requests against this environment can no longer be started once it is changed."</p>
            <div><button class="btn btn-primary" type="submit" disabled=move || change.pending().get()>"Save and test the connection"</button></div>
        </ActionForm>
    }
    .into_any()
}

/// The browser does not know of refusals from before the page; both must render the same.
fn or_before(refusal: Signal<Option<ApiError>>, before: Option<ApiError>) -> Signal<Option<ApiError>> {
    Signal::derive(move || refusal.get().or_else(|| before.clone()))
}
