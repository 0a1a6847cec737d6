//! Who has agreed, who still can, and the buttons: approve, deny, withdraw, start.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::people::Proof;
use model::policy::{Standing, Void, VoidReason, impossible_words, missing_words};
use model::request::{Approval, Decision, RequestState, RequestWait};
use model::view::RequestView;
use model::words::capitalised;

use super::comments::open_questions;
use crate::api::records::Rehearse;
use crate::api::requests::{ApproveRequest, BreakGlass, DenyRequest, ReplanRequest, StartRun, WithdrawRequest};
use crate::components::{Badge, Moment, Notice, ProofField, ReasonField, RefusalNotice, refusal_of};
use crate::look::Look;
use crate::looks;

/// What can be done to a request. Nothing is shown before the server has recorded it.
#[derive(Clone, Copy)]
pub struct Verbs {
    approve: ServerAction<ApproveRequest>,
    deny: ServerAction<DenyRequest>,
    withdraw: ServerAction<WithdrawRequest>,
    replan: ServerAction<ReplanRequest>,
    start: ServerAction<StartRun>,
    glass: ServerAction<BreakGlass>,
    pub rehearse: ServerAction<Rehearse>,
}

impl Verbs {
    pub fn new() -> Self {
        Self {
            approve: ServerAction::new(),
            deny: ServerAction::new(),
            withdraw: ServerAction::new(),
            replan: ServerAction::new(),
            start: ServerAction::new(),
            glass: ServerAction::new(),
            rehearse: ServerAction::new(),
        }
    }

    /// What was refused.
    pub fn refusals(self) -> AnyView {
        view! {
            <RefusalNotice refusal=refusal_of(self.approve)/>
            <RefusalNotice refusal=refusal_of(self.deny)/>
            <RefusalNotice refusal=refusal_of(self.withdraw)/>
            <RefusalNotice refusal=refusal_of(self.replan)/>
            <RefusalNotice refusal=refusal_of(self.start)/>
            <RefusalNotice refusal=refusal_of(self.glass)/>
            <RefusalNotice refusal=refusal_of(self.rehearse)/>
        }
        .into_any()
    }
}

/// The card beside the plan.
pub fn decision(view: &RequestView, wanted: Option<Proof>, verbs: Verbs) -> AnyView {
    let void = |approval: &Approval| {
        view.voids.iter().find(|void| void.by == approval.by_name && void.at == approval.at).cloned()
    };
    let approvals: Vec<_> = view.request.approvals.iter().map(|one| approval(one.clone(), void(one))).collect();
    let is_open = view.request.state == RequestState::Open;
    let closed = view.closed.clone().filter(|_| is_open);
    view! {
        <section class="card scroll-mt-20" id="decision">
            <div class="card-head"><h2>"Decision"</h2> <Badge look=looks::of_request(&view.request.state, &view.standing)/></div>
            <div class="card-body">
                {(!approvals.is_empty()).then(|| view! { <ul class="stack-tight">{approvals}</ul> })}
                {is_open.then(|| standing(&view.standing))}
                {is_open.then(|| needs(view))}
                {closed.map(|words| view! { <Notice look=Look::waiting("Not now")>{capitalised(&words)}</Notice> })}
                {forged(view)}
                {stale(view)}
                {overdue_reviews(view)}
                {open_questions(view)}
                {is_open.then(|| buttons(view, wanted, verbs))}
            </div>
        </section>
    }
    .into_any()
}

fn approval(approval: Approval, void: Option<Void>) -> AnyView {
    let look = match (approval.decision, &void) {
        (_, Some(Void { why: VoidReason::Forged, .. })) => Look::failed("Does not verify"),
        (_, Some(_)) => Look::quiet("Does not count"),
        (Decision::Approve, None) => Look::ok("Approved"),
        (Decision::Deny, None) => Look::failed("Denied"),
    };
    let was = match approval.decision {
        Decision::Approve => "approved",
        Decision::Deny => "denied",
    };
    let why = void
        .as_ref()
        .map(|void| view! { <p class="hint">{format!("{} {was}, but {}.", approval.by_name, void.why.words())}</p> });
    let signed = match (&approval.signed, void.is_some()) {
        (Some(_), false) => Some(view! { <span class="hint">"Signed"</span> }),
        (_, _) => None,
    };
    let reason = (!approval.reason.is_empty()).then(|| view! { <p>{format!("“{}”", approval.reason)}</p> });
    view! {
        <li class="stack-tight">
            <span class="cluster"><Badge look/> <span class="font-medium">{approval.by_name}</span> <Moment at=approval.at/> {signed}</span>
            {why}
            {reason}
        </li>
    }
    .into_any()
}

fn standing(standing: &Standing) -> AnyView {
    let words = match standing {
        Standing::Approved { by } => format!("{} agreed to this very plan. It can be started.", by.join(", ")),
        Standing::Waiting { missing } => format!("{}.", capitalised(&missing_words(missing))),
        Standing::Impossible { missing } => format!(
            "{}. An admin must give somebody that role, put somebody into that group, or change the policy.",
            capitalised(&impossible_words(missing))
        ),
        Standing::Denied { by } => format!("{} decided against it.", by.join(", ")),
    };
    view! { <p>{words}</p> }.into_any()
}

/// What is asked for, and by which policies.
fn needs(view: &RequestView) -> AnyView {
    let policies: Vec<&str> = view.demand.policies.keys().map(String::as_str).collect();
    let because = if policies.is_empty() {
        "as long as there is no policy for it".to_owned()
    } else {
        format!("because of {}", policies.join(", "))
    };
    let words = format!("Needs {}, ", view.demand.words());
    let plan = &view.request.plan;
    let idle: Vec<_> = view
        .demand
        .gates_without_stage(plan)
        .map(|gate| view! { <p class="hint">{format!("The policies want a gate {} “{}”, and this plan has no such stage.", gate.place, gate.stage)}</p> })
        .collect();
    let confirmed: Vec<_> = plan
        .confirmations
        .iter()
        .map(|one| view! { <p class="hint">{format!("Then, {}, somebody of the group {} has to confirm: {}.", plan.place_of(one), one.from, one.text)}</p> })
        .collect();
    view! {
        <p class="hint">{words} <a class="link" href="/policies">{because}</a> "."</p>
        {confirmed}
        {idle}
    }
    .into_any()
}

/// What can be done next comes first.
fn buttons(view: &RequestView, wanted: Option<Proof>, verbs: Verbs) -> AnyView {
    let (start, decide) = (start(view, verbs), decide(view, wanted, verbs));
    let (first, second) = if view.may_start.is_ok() { (start, decide) } else { (decide, start) };
    view! {
        {first}
        {second}
        {break_glass(view, wanted, verbs)}
        {view.may_replan.then(|| replan(view, verbs))}
        {view.may_withdraw.then(|| withdraw(view, verbs))}
    }
    .into_any()
}

/// Which request and which plan a form is about: the digest travels along, so that nobody agrees to what they did not see.
fn identity(view: &RequestView) -> AnyView {
    let (request, digest) = (view.request.id.to_string(), view.request.digest.to_string());
    view! {
        <input type="hidden" name="request" value=request/>
        <input type="hidden" name="digest" value=digest/>
    }
    .into_any()
}

fn start(view: &RequestView, verbs: Verbs) -> AnyView {
    let is_barred = view.may_start.is_err();
    // Who is still needed, and that nothing may begin now, is said above.
    let is_said = view.closed.is_some()
        || !matches!(view.standing, Standing::Approved { .. })
        || Void::forged(&view.voids).is_some();
    let why_not = view.may_start.clone().err().filter(|_| !is_said);
    let identity = identity(view);
    view! {
        <ActionForm action=verbs.start attr:class="stack-tight">
            {identity}
            <button class="btn btn-primary btn-block" type="submit" disabled=is_barred data-busy="Checking again …">
                "Start the run"
            </button>
            {why_not.map(|why| view! { <p class="hint">{capitalised(&why)}</p> })}
        </ActionForm>
    }
    .into_any()
}

fn decide(view: &RequestView, wanted: Option<Proof>, verbs: Verbs) -> AnyView {
    if let Err(why) = &view.may_decide {
        return view! {
            <div class="stack-tight">
                <button class="btn btn-block" type="button" disabled=true>"Approve"</button>
                <p class="hint">{capitalised(why)}</p>
            </div>
        }
        .into_any();
    }
    let (approved, denied) = (identity(view), identity(view));
    view! {
        <ActionForm action=verbs.approve attr:class="stack-tight" attr:data-guard="">
            {approved}
            <ReasonField id="approve-reason" label="Remark (optional)"/>
            <ProofField wanted id="approve-proof"/>
            <button class="btn btn-primary btn-block" type="submit" data-busy="Recording …">
                "Approve this plan"
            </button>
        </ActionForm>
        <details class="disclosure">
            <summary>"Deny it"</summary>
            <ActionForm action=verbs.deny attr:class="stack-tight" attr:data-guard="">
                {denied}
                <ReasonField id="deny-reason" label="Why not" required=true/>
                <button class="btn btn-danger btn-block" type="submit" data-busy="Recording …">"Deny"</button>
            </ActionForm>
        </details>
    }
    .into_any()
}

/// That somebody has changed a decision in the database.
fn forged(view: &RequestView) -> AnyView {
    let forged = Void::forged(&view.voids);
    forged
        .map(|why| view! { <Notice look=Look::failed("Does not verify")>{format!("{}.", capitalised(&why))}</Notice> })
        .into_any()
}

/// That the plan has to be made anew before anything starts.
fn stale(view: &RequestView) -> AnyView {
    let stale = view.waits.iter().filter(|wait| matches!(wait, RequestWait::Replan(_)));
    let notices = stale.map(|wait| {
        let words = format!("{}.", capitalised(&wait.words()));
        view! { <Notice look=Look::warning("Needs a new plan")>{words}</Notice> }
    });
    notices.collect::<Vec<_>>().into_any()
}

/// Runs that nobody has reviewed in time, and that keep this one from starting.
fn overdue_reviews(view: &RequestView) -> AnyView {
    let notices: Vec<_> = view
        .waits
        .iter()
        .filter_map(|wait| match wait {
            RequestWait::Review { run, why } => Some((run.to_string(), capitalised(why))),
            _ => None,
        })
        .map(|(run, why)| {
            view! {
                <Notice look=Look::failed("Review overdue")>
                    {format!("{why}. ")} <a class="link" href=format!("/runs/{run}")>"To that run"</a>
                </Notice>
            }
        })
        .collect();
    notices.into_any()
}

/// For who may, and only as long as it cannot be started the usual way.
fn break_glass(view: &RequestView, wanted: Option<Proof>, verbs: Verbs) -> AnyView {
    if view.may_break_glass.is_err() || view.may_start.is_ok() {
        return ().into_any();
    }
    let identity = identity(view);
    let hours = view.demand.glass.as_ref().map_or(0, |rule| rule.review_hours);
    let words = format!(
        "Only where waiting would do more harm. It starts at once, without the approvals that are missing; everything else is \
         checked as always. Everybody who could have agreed is told, and somebody else has to review it within {hours} hours, \
         or nothing starts here any more."
    );
    view! {
        <details class="disclosure">
            <summary>"Start without approvals (break the glass)"</summary>
            <ActionForm action=verbs.glass attr:class="stack-tight" attr:data-guard="">
                {identity}
                <p>{words}</p>
                <ReasonField id="glass-reason" label="Why it cannot wait" required=true/>
                <ProofField wanted id="glass-proof"/>
                <button class="btn btn-danger btn-block" type="submit" data-busy="Checking again …">
                    "Start it without approvals"
                </button>
            </ActionForm>
        </details>
    }
    .into_any()
}

fn replan(view: &RequestView, verbs: Verbs) -> AnyView {
    let request = view.request.id.to_string();
    view! {
        <details class="disclosure">
            <summary>"Make the plan anew"</summary>
            <ActionForm action=verbs.replan attr:class="stack-tight">
                <input type="hidden" name="request" value=request/>
                <p class="hint">
                    "Looks at the environment again. If another plan comes out, what was agreed to before does not count any more, and whoever presses this cannot agree to it."
                </p>
                <button class="btn btn-block" type="submit" data-busy="Looking and planning …">"Look again and plan anew"</button>
            </ActionForm>
        </details>
    }
    .into_any()
}

fn withdraw(view: &RequestView, verbs: Verbs) -> AnyView {
    let request = view.request.id.to_string();
    view! {
        <ActionForm action=verbs.withdraw>
            <input type="hidden" name="request" value=request/>
            <button class="btn btn-block" type="submit" data-busy="Recording …">"Withdraw my request"</button>
        </ActionForm>
    }
    .into_any()
}
