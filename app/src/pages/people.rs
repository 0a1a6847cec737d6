//! Who can log in, and what they may do.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::grant::{Grant, Grants, Labels, Reach};
use model::people::{PeopleView, Role};

use super::person_row::{PersonActions, person_row};
use crate::api::people::{AddPerson, load_people};
use crate::components::{Page, PageHead, RefusalNotice, TextField, data_of, loaded, refusal_of};

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
            {loaded(people, move |view| everybody(view, add, actions))}
        </Page>
    }
    .into_any()
}

fn everybody(view: PeopleView, add: ServerAction<AddPerson>, actions: PersonActions) -> AnyView {
    let PeopleView { people, labels } = view;
    let rows: Vec<_> = people.into_iter().map(|person| person_row(person, &labels, actions)).collect();
    view! { <h2>"Everybody"</h2> <div class="cards">{rows}</div> {newcomer(add, &labels)} }.into_any()
}

fn newcomer(add: ServerAction<AddPerson>, labels: &Labels) -> AnyView {
    view! {
        <section class="card max-w-3xl">
            <div class="card-head"><h2>"Add somebody"</h2></div>
            <div class="card-body">
                <RefusalNotice refusal=refusal_of(add)/>
                {form(add, labels)}
            </div>
        </section>
    }
    .into_any()
}

fn form(add: ServerAction<AddPerson>, labels: &Labels) -> AnyView {
    let (refusal, boxes) = (refusal_of(add), role_boxes(&[Role::Viewer].into(), labels));
    view! {
        <ActionForm action=add attr:class="form">
            <div class="grid gap-4 sm:grid-cols-2">
                <TextField name="name" label="Name" required=true field="name" refusal/>
                <TextField name="password" label="First password" kind="password" autocomplete="new-password" required=true
                    hint="At least 12 characters." field="password" refusal/>
            </div>
            {boxes}
            <div><button class="btn btn-primary" type="submit">"Add"</button></div>
        </ActionForm>
    }
    .into_any()
}

/// A box per role and place: everywhere, or only where a label is. Admin counts everywhere or not at all.
pub(super) fn role_boxes(granted: &Grants, labels: &Labels) -> AnyView {
    let heads: Vec<_> = labels.iter().map(|label| view! { <th scope="col">{label.clone()}</th> }).collect();
    let rows: Vec<_> = Role::ALL.into_iter().map(|role| role_row(role, granted, labels)).collect();
    view! {
        <fieldset class="field">
            <legend class="label">"Roles"</legend>
            <p class="hint">"A role counts everywhere, or in the environments that have a label; each lets look there. Who has none sees no environment."</p>
            <div class="table-wrap">
                <table class="table">
                    <thead><tr><th scope="col">"Role"</th><th scope="col">"Everywhere"</th>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </fieldset>
    }
    .into_any()
}

fn role_row(role: Role, granted: &Grants, labels: &Labels) -> AnyView {
    let boxes: Vec<_> = labels
        .iter()
        .map(|label| match Grant::at(role, label) {
            Ok(grant) => grant_box(&grant, granted),
            Err(_) => view! { <td></td> }.into_any(),
        })
        .collect();
    view! {
        <tr>
            <th scope="row">{role.word()} <span class="hint">{format!(": {}", meaning(role))}</span></th>
            {grant_box(&role.into(), granted)}
            {boxes}
        </tr>
    }
    .into_any()
}

fn grant_box(grant: &Grant, granted: &Grants) -> AnyView {
    let checked = granted.iter().any(|has| has == grant);
    let name = match grant.reach() {
        Reach::Everywhere => format!("{} everywhere", grant.role()),
        Reach::Label(label) => format!("{} where {label} is", grant.role()),
    };
    view! {
        <td><input type="checkbox" name="roles[]" value=grant.to_string() checked=checked aria-label=name/></td>
    }
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
