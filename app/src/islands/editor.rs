//! The form of an environment, new or known. Alive so that a refusal costs nobody what they have typed.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::id::EnvironmentId;

use super::submit::Submission;
use crate::api::environment_form::EnvironmentForm;
use crate::api::environments::{AddEnvironment, ChangeEnvironment};
use crate::components::RefusalNotice;
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
    let submission = Submission::new(refused);
    let refusal: Signal<Option<ApiError>> = submission.refusal.into();
    let (address, button) = match &environment {
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
        <form class="form max-w-5xl" method="post" action=address on:submit=move |event| submission.send(&event)>
            <Fields form rows refusal/>
            <RefusalNotice refusal/>
            {known}
            <div>
                <button class="btn btn-primary" type="submit" disabled=move || submission.is_pending.get()>{button}</button>
            </div>
        </form>
    }
}
