//! Who can log in, and what they may do.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::people::{PersonView, Role};

use super::person_row::{PersonActions, person_row};
use crate::api::people::{AddPerson, load_people};
use crate::components::{Choice, Page, PageHead, RefusalNotice, TextField, data_of, loaded, refusal_of};

/// The list, and a form for somebody new.
#[component]
pub fn People() -> AnyView {
    let add = ServerAction::<AddPerson>::new();
    let actions = PersonActions::new();
    let people = data_of(|| (), |()| load_people());
    view! {
        <Page title="People">
            <PageHead title="People"/>
            {actions.refusals()}
            {loaded(people, move |people| view! { {list(people, actions)} {newcomer(add)} }.into_any())}
        </Page>
    }
    .into_any()
}

fn list(people: Vec<PersonView>, actions: PersonActions) -> AnyView {
    let rows: Vec<_> = people.into_iter().map(|person| person_row(person, actions)).collect();
    view! { <h2>"Everybody"</h2> <div class="cards">{rows}</div> }.into_any()
}

fn newcomer(add: ServerAction<AddPerson>) -> AnyView {
    view! {
        <section class="card max-w-3xl">
            <div class="card-head"><h2>"Add somebody"</h2></div>
            <div class="card-body">
                <RefusalNotice refusal=refusal_of(add)/>
                {form(add)}
            </div>
        </section>
    }
    .into_any()
}

fn form(add: ServerAction<AddPerson>) -> AnyView {
    let refusal = refusal_of(add);
    view! {
        <ActionForm action=add attr:class="form">
            <div class="grid gap-4 sm:grid-cols-2">
                <TextField name="name" label="Name" required=true field="name" refusal/>
                <TextField name="password" label="First password" kind="password" autocomplete="new-password" required=true
                    hint="At least 12 characters." field="password" refusal/>
            </div>
            {role_boxes(&[])}
            <div><button class="btn btn-primary" type="submit">"Add"</button></div>
        </ActionForm>
    }
    .into_any()
}

/// One box per role that can be granted; everybody may look.
pub(super) fn role_boxes(granted: &[Role]) -> AnyView {
    let boxes: Vec<_> = Role::ALL
        .into_iter()
        .filter(|role| *role != Role::Viewer)
        .map(|role| {
            let checked = granted.contains(&role);
            view! {
                <Choice kind="checkbox" name="roles[]" value=role.word() checked=checked>
                    {role.word()} <span class="hint">{format!(": {}", meaning(role))}</span>
                </Choice>
            }
        })
        .collect();
    view! { <fieldset class="field"><legend class="label">"Roles"</legend>
    <p class="hint">"Everybody who can log in sees everything but secrets; each role adds to that."</p>
    {boxes}</fieldset> }
    .into_any()
}

const fn meaning(role: Role) -> &'static str {
    match role {
        Role::Viewer => "sees everything but secrets",
        Role::Requester => "asks for a plan to be run",
        Role::Approver => "agrees to plans of others",
        Role::Operator => "starts approved plans and aborts runs",
        Role::Admin => "manages environments and people, and may do all of the above",
    }
}
