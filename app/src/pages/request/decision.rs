//! Who has agreed, who still can, and the buttons: approve, deny, withdraw, start.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::request::{Approval, Decision, RequestState, Standing};
use model::view::RequestView;

use crate::api::records::Rehearse;
use crate::api::requests::{ApproveRequest, DenyRequest, StartRun, WithdrawRequest};
use crate::components::{Badge, Moment, ReasonField, RefusalNotice, refusal_of};
use crate::look::Look;
use crate::looks;

/// What can be done to a request. Nothing is shown before the server has recorded it.
#[derive(Clone, Copy)]
pub struct Verbs {
    approve: ServerAction<ApproveRequest>,
    deny: ServerAction<DenyRequest>,
    withdraw: ServerAction<WithdrawRequest>,
    start: ServerAction<StartRun>,
    pub rehearse: ServerAction<Rehearse>,
}

impl Verbs {
    pub fn new() -> Self {
        Self {
            approve: ServerAction::new(),
            deny: ServerAction::new(),
            withdraw: ServerAction::new(),
            start: ServerAction::new(),
            rehearse: ServerAction::new(),
        }
    }

    /// What was refused.
    pub fn refusals(self) -> AnyView {
        view! {
            <RefusalNotice refusal=refusal_of(self.approve)/>
            <RefusalNotice refusal=refusal_of(self.deny)/>
            <RefusalNotice refusal=refusal_of(self.withdraw)/>
            <RefusalNotice refusal=refusal_of(self.start)/>
            <RefusalNotice refusal=refusal_of(self.rehearse)/>
        }
        .into_any()
    }
}

/// The card beside the plan.
pub fn decision(view: &RequestView, verbs: Verbs) -> AnyView {
    let approvals: Vec<_> = view.request.approvals.iter().cloned().map(approval).collect();
    let is_open = view.request.state == RequestState::Open;
    view! {
        <section class="card scroll-mt-20" id="decision">
            <div class="card-head"><h2>"Decision"</h2> <Badge look=looks::of_request(&view.request, &view.standing)/></div>
            <div class="card-body">
                {(!approvals.is_empty()).then(|| view! { <ul class="stack-tight">{approvals}</ul> })}
                {is_open.then(|| standing(&view.standing))}
                {is_open.then(|| buttons(view, verbs))}
            </div>
        </section>
    }
    .into_any()
}

fn approval(approval: Approval) -> AnyView {
    let look = match approval.decision {
        Decision::Approve => Look::ok("Approved"),
        Decision::Deny => Look::failed("Denied"),
    };
    let reason = (!approval.reason.is_empty()).then(|| view! { <p>{format!("“{}”", approval.reason)}</p> });
    view! {
        <li class="stack-tight">
            <span class="cluster"><Badge look/> <span class="font-medium">{approval.by_name}</span> <Moment at=approval.at/></span>
            {reason}
        </li>
    }
    .into_any()
}

fn standing(standing: &Standing) -> AnyView {
    let words = match standing {
        Standing::Approved { by } => format!("{} agreed to this very plan. It can be started.", by.join(", ")),
        Standing::Waiting { missing, could } => {
            format!("{missing} more needed. {} can still approve it.", could.join(", "))
        }
        Standing::Impossible => {
            "Nobody who could approve it is there: an admin must give somebody else the role approver.".to_owned()
        }
        Standing::Denied { by } => format!("{by} decided against it."),
    };
    view! { <p>{words}</p> }.into_any()
}

/// What can be done next comes first.
fn buttons(view: &RequestView, verbs: Verbs) -> AnyView {
    let (start, decide) = (start(view, verbs), decide(view, verbs));
    let (first, second) = if view.may_start.is_ok() { (start, decide) } else { (decide, start) };
    view! { {first} {second} {view.may_withdraw.then(|| withdraw(view, verbs))} }.into_any()
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
    let why_not = view.may_start.clone().err();
    let is_barred = why_not.is_some();
    let identity = identity(view);
    view! {
        <ActionForm action=verbs.start attr:class="stack-tight">
            {identity}
            <button class="btn btn-primary btn-block" type="submit" disabled=is_barred data-busy="Checking again …">
                "Start the run"
            </button>
            {why_not.map(|why| view! { <p class="hint">{why}</p> })}
        </ActionForm>
    }
    .into_any()
}

fn decide(view: &RequestView, verbs: Verbs) -> AnyView {
    if let Err(why) = &view.may_decide {
        return view! {
            <div class="stack-tight">
                <button class="btn btn-block" type="button" disabled=true>"Approve"</button>
                <p class="hint">{why.clone()}</p>
            </div>
        }
        .into_any();
    }
    let (approved, denied) = (identity(view), identity(view));
    view! {
        <ActionForm action=verbs.approve attr:class="stack-tight">
            {approved}
            <ReasonField id="approve-reason" label="Remark (optional)"/>
            <button class="btn btn-primary btn-block" type="submit" data-busy="Recording …">
                "Approve this plan"
            </button>
        </ActionForm>
        <details class="disclosure">
            <summary>"Deny it"</summary>
            <ActionForm action=verbs.deny attr:class="stack-tight">
                {denied}
                <ReasonField id="deny-reason" label="Why not" required=true/>
                <button class="btn btn-danger btn-block" type="submit" data-busy="Recording …">"Deny"</button>
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
