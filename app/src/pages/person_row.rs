//! One person, with what an admin can change.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::grant::Labels;
use model::people::PersonView;

use super::people::role_boxes;
use crate::api::people::{EndAllSessions, RemoveSecondFactor, SetDisabled, SetPassword, SetRoles};
use crate::components::{Badge, Moment, RefusalNotice, TextField, refusal_of};
use crate::look::Look;

/// What can be done to people, shared by all rows: a refusal is shown once, at the top.
#[derive(Clone, Copy)]
pub struct PersonActions {
    roles: ServerAction<SetRoles>,
    disabled: ServerAction<SetDisabled>,
    password: ServerAction<SetPassword>,
    second_factor: ServerAction<RemoveSecondFactor>,
    sessions: ServerAction<EndAllSessions>,
}

impl PersonActions {
    /// All of them.
    pub fn new() -> Self {
        Self {
            roles: ServerAction::new(),
            disabled: ServerAction::new(),
            password: ServerAction::new(),
            second_factor: ServerAction::new(),
            sessions: ServerAction::new(),
        }
    }

    /// What was refused.
    pub fn refusals(self) -> AnyView {
        view! {
            <RefusalNotice refusal=refusal_of(self.roles)/>
            <RefusalNotice refusal=refusal_of(self.disabled)/>
            <RefusalNotice refusal=refusal_of(self.password)/>
            <RefusalNotice refusal=refusal_of(self.second_factor)/>
            <RefusalNotice refusal=refusal_of(self.sessions)/>
        }
        .into_any()
    }
}

/// A card.
pub fn person_row(view: PersonView, labels: &Labels, actions: PersonActions) -> AnyView {
    let PersonView { person, issuer, second_factor_since, sessions } = view;
    let has_password = issuer.is_none();
    let id = StoredValue::new(person.id.to_string());
    let boxes = role_boxes(&person.roles, labels);
    let is_disabled = person.disabled_at.is_some();
    let roles: Vec<_> =
        person.roles.iter().map(|grant| view! { <span class="badge is-accent">{grant.to_string()}</span> }).collect();
    view! {
        <article class="card">
            <div class="card-head"><h3>{person.name.clone()}</h3> <div class="cluster">{roles}</div></div>
            <div class="card-body">
                {person.disabled_at.map(|at| view! { <p><Badge look=Look::stopped("May not log in")/> " since " <Moment at=at/></p> })}
                {issuer.map(|issuer| view! { <p class="hint">{format!("Signs in at {issuer}. Roles follow from the groups there, at every sign-in.")}</p> })}
                {has_password.then(|| view! {
                <details class="disclosure">
                    <summary>"Change roles"</summary>
                    <ActionForm action=actions.roles attr:class="form">
                        <input type="hidden" name="person" value=id.get_value()/>
                        {boxes}
                        <div><button class="btn" type="submit">"Save roles"</button></div>
                    </ActionForm>
                </details>
                <details class="disclosure">
                    <summary>"Set password"</summary>
                    <ActionForm action=actions.password attr:class="form">
                        <input type="hidden" name="person" value=id.get_value()/>
                        <TextField name="password" id=format!("password-{}", id.get_value()) label=format!("New password of {}", person.name) kind="password"
                            autocomplete="new-password" required=true hint="At least 12 characters. All sessions of this person end."/>
                        <div><button class="btn" type="submit">"Set password"</button></div>
                    </ActionForm>
                </details>
                })}
                {second_factor_since.map(|since| view! {
                    <details class="disclosure">
                        <summary>"Second factor, since " <Moment at=since/></summary>
                        <ActionForm action=actions.second_factor attr:class="form">
                            <input type="hidden" name="person" value=id.get_value()/>
                            <p class="hint">"If this person has lost the app and the recovery codes: be sure that it is they who ask. \
                                All their sessions end, and the password alone logs in until they set it up again."</p>
                            <div><button class="btn" type="submit">"Take the second factor away"</button></div>
                        </ActionForm>
                    </details>
                })}
                {(sessions > 0).then(|| view! {
                    <ActionForm action=actions.sessions attr:class="cluster">
                        <input type="hidden" name="person" value=id.get_value()/>
                        <span>{logged_in(sessions)}</span>
                        <button class="btn btn-small" type="submit">"Log out everywhere"</button>
                    </ActionForm>
                })}
                <ActionForm action=actions.disabled>
                    <input type="hidden" name="person" value=id.get_value()/>
                    <input type="hidden" name="disabled" value=(!is_disabled).to_string()/>
                    <button class="btn btn-small" type="submit">{if is_disabled { "Let log in again" } else { "Disable" }}</button>
                </ActionForm>
            </div>
        </article>
    }
    .into_any()
}

fn logged_in(sessions: i64) -> String {
    if sessions == 1 { "Logged in in 1 browser".to_owned() } else { format!("Logged in in {sessions} browsers") }
}
