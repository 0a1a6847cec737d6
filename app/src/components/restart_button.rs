//! The button that begins a request, or why it cannot be pressed now.

use leptos::prelude::*;
use model::people::{Person, Role};
use model::view::EnvironmentCard;

/// Leads to the form. A button that would be refused later is barred here, with the reason.
#[component]
pub fn RestartButton(card: EnvironmentCard, viewer: Person) -> AnyView {
    match why_not(&card, &viewer) {
        None => {
            let href = format!("/environments/{}/restart", card.environment.id);
            view! { <a class="btn btn-primary" href=href>"Restart System VMs"</a> }.into_any()
        }
        Some(reason) => {
            let watch =
                card.active_run.map(|run| view! { <a class="link" href=format!("/runs/{}", run.id)>"Watch it"</a> });
            view! {
                <div class="stack-tight max-w-sm">
                    <div><button class="btn btn-primary" type="button" disabled=true>"Restart System VMs"</button></div>
                    <p class="hint">{reason} " " {watch}</p>
                </div>
            }
            .into_any()
        }
    }
}

/// Why the procedure cannot be asked for now.
fn why_not(card: &EnvironmentCard, viewer: &Person) -> Option<String> {
    if !viewer.may(Role::Requester) {
        return Some("Asking for a restart needs the role requester, which you do not have.".to_owned());
    }
    if let Some(run) = &card.active_run {
        return Some(format!("A run started by {} holds this environment until it ends.", run.by));
    }
    None
}
