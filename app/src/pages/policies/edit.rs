//! The form of a policy. It is not saved from here: first one sees what it would change.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::environment::RiskClass;
use model::policy::{Asked, GlassHours, Starter};
use model::procedure::Procedure;
use model::view::PoliciesView;

use crate::api::policies::load_policies;
use crate::api::policy_form::{PolicyForm, word};
use crate::components::{Choice, Group, Page, PageHead, TextField, data_of, in_textarea, loaded};

/// The form, empty, of a saved policy (`?policy=`), or as it was typed before.
#[component]
pub fn EditPolicy() -> AnyView {
    let query = use_query_map();
    let policies = data_of(|| (), |()| load_policies());
    view! {
        <Page title="Policy">
            {loaded(policies, move |view| {
                let (id, typed) = query.with_untracked(|query| (query.get("policy"), form_of(query)));
                show(&view, id, typed)
            })}
        </Page>
    }
    .into_any()
}

/// What was typed, from the words of an address.
pub(super) fn form_of(query: &leptos_router::params::ParamsMap) -> PolicyForm {
    let all = |name: &str| query.get_all(name).unwrap_or_default();
    PolicyForm::of_fields(|name| query.get(name), all)
}

fn show(view: &PoliciesView, id: Option<String>, typed: PolicyForm) -> AnyView {
    let saved = id.and_then(|id| view.policies.iter().find(|policy| policy.id.as_str() == id));
    let form = saved.map_or(typed, |policy| PolicyForm::from(policy.clone()));
    let title = if form.id.is_empty() { "New policy" } else { "Change a policy" };
    let groups: Vec<&str> = view.groups.iter().map(|group| group.name.as_str()).collect();
    let known = if groups.is_empty() { "there is none yet".to_owned() } else { groups.join(", ") };
    let (scope, conditions, glass) = (scope(&form), conditions(&form), glass(&form, &groups));
    let PolicyForm { id, name, labels, needs, denials, lasts_hours, zone, windows, freezes, gates, .. } = form;
    view! {
        <PageHead title=title crumbs=vec![("/policies".to_owned(), "Policies".to_owned())]/>
        <form method="get" action="/policies/preview" class="form max-w-4xl" data-guard="">
            <input type="hidden" name="id" value=id/>
            <Group title="What it is about">
                <TextField name="name" label="Name" value=name required=true/>
                {scope}
                <TextField name="labels" label="Labels" value=labels hint="Environments that have one of these, separated by commas. Empty: all."/>
            </Group>
            <Group title="Who has to agree">
                <div class="field">
                    <label class="label" for="needs">"How many, of whom"</label>
                    <textarea class="input mono" id="needs" name="needs" aria-describedby="needs-about" required=true>{in_textarea(&needs)}</textarea>
                    <p class="hint" id="needs-about">{format!("One line each: “2 approvers” for anybody with that role, or a number and a group ({known}). Nobody counts for two lines.")}</p>
                </div>
                <TextField name="denials" label="Denials that end a request" value=denials kind="number" required=true/>
                <TextField name="lasts_hours" label="Hours an approval counts" value=lasts_hours kind="number" hint="Empty: as long as the request."/>
                {conditions}
            </Group>
            <Group title="In the middle of a run">
                <div class="field">
                    <label class="label" for="gates">"Who has to confirm before it goes on"</label>
                    <textarea class="input mono" id="gates" name="gates" aria-describedby="gates-about"
                        placeholder="before routers | storage | the storage team looks at the vPool">{in_textarea(&gates)}</textarea>
                    <p class="hint" id="gates-about">
                        "One a line: before or after, words of the stage's title, the group, and what they look at. The run waits there; somebody of the group who has not asked for it confirms, or refuses, which pauses it. A plan without such a stage has no such gate."
                    </p>
                </div>
            </Group>
            <Group title="When a run may begin">
                <TextField name="zone" label="Time zone" value=zone hint="For example Europe/Berlin. Hours mean what the clock on the wall there shows, in summer and in winter."/>
                <div class="field">
                    <label class="label" for="windows">"Windows"</label>
                    <textarea class="input mono" id="windows" name="windows" placeholder="Fri Sat 22:00-04:00">{in_textarea(&windows)}</textarea>
                    <p class="hint">"One a line. Empty: at any time. One that ends before it begins ends on the next day."</p>
                </div>
                <div class="field">
                    <label class="label" for="freezes">"Freezes"</label>
                    <textarea class="input mono" id="freezes" name="freezes" placeholder="2026-12-20 2026-12-31 year-end closing">{in_textarea(&freezes)}</textarea>
                    <p class="hint">"First day, last day, and why, one a line."</p>
                </div>
            </Group>
            <Group title="Breaking the glass">{glass}</Group>
            <div class="cluster">
                <button class="btn btn-primary" type="submit">"See what it changes"</button>
                <a class="btn btn-quiet" href="/policies">"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

/// Who may start at once, without approvals.
fn glass(form: &PolicyForm, groups: &[&str]) -> AnyView {
    let groups = groups.iter().map(|name| (*name, format!("Operators of the group {name}")));
    let choices = [("", "Nobody"), ("operators", "Operators"), ("admins", "Admins")];
    let choices = choices.map(|(value, words)| (value, words.to_owned())).into_iter().chain(groups);
    let options: Vec<_> = choices
        .map(|(value, words)| view! { <option value=value.to_owned() selected=value == form.glass>{words}</option> })
        .collect();
    let passes = form.glass_hours == GlassHours::Pass;
    view! {
        <div class="field">
            <label class="label" for="glass">"Who may start a plan without its approvals"</label>
            <select class="input" id="glass" name="glass" aria-describedby="glass-about">{options}</select>
            <p class="hint" id="glass-about">
                "At once, with a reason, told to everybody. Where several policies fit, each of them has to let somebody."
            </p>
        </div>
        <TextField name="review_hours" label="Hours until it has to be reviewed" value=form.review_hours.clone() kind="number"
            hint="By somebody whom the policies ask, who has neither started it nor asked for it. When nobody has, nothing starts there the usual way."/>
        <Choice kind="checkbox" name="glass_hours" value=word(&GlassHours::Pass) checked=passes>"Also outside the windows, and within a freeze"</Choice>
    }
    .into_any()
}

fn scope(form: &PolicyForm) -> AnyView {
    let procedures: Vec<_> = Procedure::ALL
        .into_iter()
        .map(|procedure| {
            let checked = form.procedures.contains(&procedure);
            view! { <Choice kind="checkbox" name="procedures" value=procedure.word() checked>{procedure.to_string()}</Choice> }
        })
        .collect();
    let risks: Vec<_> = [RiskClass::Production, RiskClass::Staging, RiskClass::Test]
        .into_iter()
        .map(|risk| {
            let checked = form.risks.contains(&risk);
            view! { <Choice kind="checkbox" name="risks" value=risk.to_string() checked>{risk.to_string()}</Choice> }
        })
        .collect();
    view! {
        <div class="grid gap-4 sm:grid-cols-2">
            <fieldset class="field"><legend class="label">"Procedures"</legend> <p class="hint">"Nothing checked means all."</p> {procedures}</fieldset>
            <fieldset class="field"><legend class="label">"Risk"</legend> <p class="hint">"Nothing checked means all."</p> {risks}</fieldset>
        </div>
    }
    .into_any()
}

fn conditions(form: &PolicyForm) -> AnyView {
    let starter = form.starter == Starter::IsSomebodyElse;
    let (reason, ticket) = (form.reason == Asked::Required, form.ticket == Asked::Required);
    view! {
        <Choice kind="checkbox" name="starter" value=word(&Starter::IsSomebodyElse) checked=starter>"Whoever agreed may not press start"</Choice>
        <Choice kind="checkbox" name="reason" value=word(&Asked::Required) checked=reason>"A request needs a reason"</Choice>
        <Choice kind="checkbox" name="ticket" value=word(&Asked::Required) checked=ticket>"A request needs a change ticket"</Choice>
    }
    .into_any()
}
