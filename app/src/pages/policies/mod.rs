//! Who has to agree to what: policies, groups, and what requests need because of them.

mod edit;
mod groups;
mod needed;
mod preview;

use leptos::prelude::*;
use model::environment::RiskClass;
use model::policy::{Asked, GlassHours, Policy, Scope, Starter};
use model::view::{PoliciesView, RemovedPolicy};
use model::words::capitalised;

use crate::api::policies::{PutPolicyBack, RemoveGroup, RemovePolicy, SaveGroup, load_policies};
use crate::components::{Moment, Page, PageHead, RefusalNotice, data_of, loaded, refusal_of};

pub use edit::EditPolicy;
pub use preview::PreviewPolicy;

/// What can be done here.
#[derive(Clone, Copy)]
struct Verbs {
    remove: ServerAction<RemovePolicy>,
    put_back: ServerAction<PutPolicyBack>,
    save_group: ServerAction<SaveGroup>,
    remove_group: ServerAction<RemoveGroup>,
}

/// The page.
#[component]
pub fn Policies() -> AnyView {
    let verbs = Verbs {
        remove: ServerAction::new(),
        put_back: ServerAction::new(),
        save_group: ServerAction::new(),
        remove_group: ServerAction::new(),
    };
    let policies = data_of(|| (), |()| load_policies());
    view! {
        <Page title="Policies">
            <RefusalNotice refusal=refusal_of(verbs.remove)/>
            <RefusalNotice refusal=refusal_of(verbs.put_back)/>
            <RefusalNotice refusal=refusal_of(verbs.save_group)/>
            <RefusalNotice refusal=refusal_of(verbs.remove_group)/>
            {loaded(policies, move |view| show(view, verbs))}
        </Page>
    }
    .into_any()
}

fn show(view: PoliciesView, verbs: Verbs) -> AnyView {
    let may_change = view.may_change;
    let is_empty = view.policies.is_empty();
    let removed: Vec<_> = view.removed.iter().cloned().map(|removed| removed_line(removed, verbs)).collect();
    let cards: Vec<_> = view.policies.iter().cloned().map(|policy| card(policy, may_change, verbs)).collect();
    view! {
        <PageHead title="Policies">
            {may_change.then(|| view! { <a class="btn btn-primary" href="/policies/edit">"New policy"</a> })}
        </PageHead>
        <p class="max-w-3xl text-muted">
            "Who has to agree before a plan runs. All policies that fit a plan count together, and of each thing the strictest. Whoever asked for a plan, or made it anew, never counts."
        </p>
        {is_empty.then(|| view! {
            <div class="empty">"There is no policy yet. Until there is one, every plan needs one approver who did not ask for it."</div>
        })}
        <div class="cards">{cards}</div>
        {(!removed.is_empty()).then(|| view! {
            <section class="card" aria-label="Removed policies">
                <div class="card-head"><h2>"Removed"</h2> <span class="hint">"can be put back for 30 days"</span></div>
                <div class="card-body">{removed}</div>
            </section>
        })}
        {needed::needed("What a request needs now", &view.needed, None)}
        {groups::groups(view, verbs)}
    }
    .into_any()
}

fn removed_line(RemovedPolicy { policy, at }: RemovedPolicy, verbs: Verbs) -> AnyView {
    let about = format!("Put {} back", policy.name);
    view! {
        <div class="spread">
            <span><span class="font-medium">{policy.name.clone()}</span> ", " {policy.words()} ", removed " <Moment at/></span>
            <leptos::form::ActionForm action=verbs.put_back>
                <input type="hidden" name="policy" value=policy.id.to_string()/>
                <button class="btn btn-small" type="submit" aria-label=about>"Put back"</button>
            </leptos::form::ActionForm>
        </div>
    }
    .into_any()
}

fn card(policy: Policy, may_change: bool, verbs: Verbs) -> AnyView {
    let lines: Vec<_> = lines(&policy).into_iter().map(|line| view! { <li>{line}</li> }).collect();
    let id = policy.id.to_string();
    let edit = format!("/policies/edit?policy={id}");
    let actions = may_change.then(|| {
        view! {
            <div class="cluster">
                <a class="btn btn-small" href=edit>"Change"</a>
                <details class="disclosure">
                    <summary>"Remove"</summary>
                    <leptos::form::ActionForm action=verbs.remove attr:class="stack-tight">
                        <input type="hidden" name="policy" value=id/>
                        <p class="hint">"Approvals that were given because of it do not count any more."</p>
                        <button class="btn btn-danger btn-small" type="submit">"Remove this policy"</button>
                    </leptos::form::ActionForm>
                </details>
            </div>
        }
    });
    view! {
        <article class="card">
            <div class="card-head"><h2>{policy.name.clone()}</h2> <span class="hint">{format!("version {}", policy.version)}</span></div>
            <div class="card-body">
                <p class="font-medium">{format!("{} must agree", capitalised(&policy.words()))}</p>
                <ul class="stack-tight">{lines}</ul>
                {actions}
            </div>
        </article>
    }
    .into_any()
}

/// Everything about a policy but who has to agree, a sentence each.
fn lines(policy: &Policy) -> Vec<String> {
    let mut lines = vec![format!("For {}.", scope(&policy.scope))];
    if policy.starter == Starter::IsSomebodyElse {
        lines.push("Whoever agreed may not press start.".to_owned());
    }
    if policy.denials > 1 {
        lines.push(format!("{} denials end a request.", policy.denials));
    }
    if let Some(seconds) = policy.approval_lasts {
        lines.push(format!("An approval counts for {}.", model::time::limit_words(seconds)));
    }
    match (policy.reason, policy.ticket) {
        (Asked::Required, Asked::Required) => lines.push("A reason and a change ticket have to be named.".to_owned()),
        (Asked::Required, Asked::Welcome) => lines.push("A reason has to be named.".to_owned()),
        (Asked::Welcome, Asked::Required) => lines.push("A change ticket has to be named.".to_owned()),
        (Asked::Welcome, Asked::Welcome) => {}
    }
    lines.extend(policy.gates.iter().map(|gate| format!("{}.", capitalised(&gate.words()))));
    if let Some(glass) = &policy.glass {
        let hours = match glass.hours {
            GlassHours::Pass => ", at any hour",
            GlassHours::Bind => "",
        };
        lines.push(format!(
            "May be started without approvals by {}{hours}; reviewed within {} hours.",
            glass.by, glass.review_hours
        ));
    }
    if let Some(calendar) = &policy.calendar {
        if !calendar.windows.is_empty() {
            lines.push(format!("Runs begin {} only.", calendar.words()));
        }
        lines.extend(calendar.freezes.iter().map(|freeze| {
            format!("Nothing begins from {} to {} ({}): {}.", freeze.first, freeze.last, calendar.zone, freeze.why)
        }));
    }
    lines
}

fn scope(scope: &Scope) -> String {
    let procedures: Vec<String> = scope.procedures.iter().map(ToString::to_string).collect();
    let procedures = if procedures.is_empty() { "every procedure".to_owned() } else { procedures.join(", ") };
    let risks: Vec<String> = scope.risks.iter().map(RiskClass::to_string).collect();
    let risks = if risks.is_empty() { String::new() } else { format!(" in {}", risks.join(" and ")) };
    let labels: Vec<&str> = scope.labels.iter().map(String::as_str).collect();
    let labels = if labels.is_empty() {
        String::new()
    } else {
        format!(" where an environment is labelled {}", labels.join(" or "))
    };
    format!("{procedures}{risks}{labels}")
}
