//! The end of every form that makes a plan.

use leptos::prelude::*;

use super::{ReasonField, TextField};
use crate::error::ApiError;

/// Why, under which ticket, and the button.
#[component]
pub fn PreparePlan(
    /// What the server said of the last attempt.
    #[prop(into)]
    refusal: Signal<Option<ApiError>>,
) -> impl IntoView {
    view! {
        <ReasonField id="reason" label="Why (shown to who approves)"/>
        <TextField name="ticket" label="Change ticket" hint="Where the policies ask for one." field="ticket" refusal=refusal/>
        <div class="cluster">
            <button class="btn btn-primary" type="submit" data-busy="Looking and planning …">"Prepare the plan"</button>
        </div>
    }
}
