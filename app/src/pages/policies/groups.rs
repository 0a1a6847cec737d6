//! Groups of people that policies ask.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::people::{Person, Role};
use model::policy::Group;
use model::view::PoliciesView;

use super::Verbs;
use crate::components::{Choice, TextField, refusal_of};

/// All groups, and a form for a new one.
pub fn groups(view: PoliciesView, verbs: Verbs) -> AnyView {
    let (people, may_change) = (view.people, view.may_change);
    let is_empty = view.groups.is_empty();
    let of_new = members(None, &people);
    let cards: Vec<_> = view.groups.iter().map(|group| card(group, &people, may_change, verbs)).collect();
    view! {
        <section class="stack">
            <h2>"Groups"</h2>
            <p class="hint">"Policies can ask a group besides the approvers. Members count if they have the role approver."</p>
            {is_empty.then(|| view! { <div class="empty">"There is no group yet."</div> })}
            <div class="cards">{cards}</div>
            {may_change.then(|| view! {
                <details class="disclosure max-w-3xl">
                    <summary>"New group"</summary>
                    <ActionForm action=verbs.save_group attr:class="form" attr:data-guard="">
                        <TextField name="name" id="group-name" label="Name" required=true hint="Letters, digits, dots, dashes and underscores."
                            field="name" refusal=refusal_of(verbs.save_group)/>
                        {of_new}
                        <div><button class="btn btn-primary" type="submit">"Add the group"</button></div>
                    </ActionForm>
                </details>
            })}
        </section>
    }
    .into_any()
}

fn card(group: &Group, people: &[Person], may_change: bool, verbs: Verbs) -> AnyView {
    let (name, title) = (group.name.to_string(), group.name.to_string());
    let inside: Vec<&str> =
        people.iter().filter(|person| group.members.contains(&person.id)).map(|person| person.name.as_str()).collect();
    let words = if inside.is_empty() { "Nobody is in it.".to_owned() } else { inside.join(", ") };
    let change = may_change.then(|| {
        let (removed, members) = (name.clone(), members(Some(group), people));
        view! {
            <details class="disclosure">
                <summary>"Change"</summary>
                <ActionForm action=verbs.save_group attr:class="form" attr:data-guard="">
                    <input type="hidden" name="name" value=name/>
                    {members}
                    <div><button class="btn" type="submit">"Save who is in it"</button></div>
                </ActionForm>
                <ActionForm action=verbs.remove_group>
                    <input type="hidden" name="name" value=removed/>
                    <button class="btn btn-danger btn-small" type="submit">"Remove this group"</button>
                </ActionForm>
            </details>
        }
    });
    view! {
        <article class="card">
            <div class="card-head"><h3>{title}</h3></div>
            <div class="card-body"><p>{words}</p> {change}</div>
        </article>
    }
    .into_any()
}

fn members(group: Option<&Group>, people: &[Person]) -> AnyView {
    let boxes: Vec<_> = people
        .iter()
        .map(|person| {
            let is_in = group.is_some_and(|group| group.members.contains(&person.id));
            let (id, name) = (person.id.to_string(), person.name.clone());
            let note =
                (!person.may_somewhere(Role::Approver)).then(|| view! { <span class="hint">" (no approver)"</span> });
            view! {
                <Choice kind="checkbox" name="members[]" value=id checked=is_in>{name} {note}</Choice>
            }
        })
        .collect();
    view! { <fieldset class="field"><legend class="label">"Members"</legend> {boxes}</fieldset> }.into_any()
}
