//! Who has to confirm that a run goes on, in whose hands it is, and the review of one that was started without its
//! approvals. Plain forms: what they do is recorded and told; open pages fetch these parts anew.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::run::{Offer, Phase};
use model::view::{AskedToConfirm, RunView};
use model::words::capitalised;

use crate::api::verbs::{AcceptHandOver, ConfirmGate, DropHandOver, HandOver, RefuseGate, ReviewRun, TakeInHand};
use crate::components::{GlassBanner, Moment, ReasonField, RefusalNotice, refusal_of};

/// What people can do about each other here.
#[derive(Clone, Copy)]
pub struct Verbs {
    review: ServerAction<ReviewRun>,
    offer: ServerAction<HandOver>,
    accept: ServerAction<AcceptHandOver>,
    drop: ServerAction<DropHandOver>,
    take: ServerAction<TakeInHand>,
    confirm: ServerAction<ConfirmGate>,
    refuse: ServerAction<RefuseGate>,
}

impl Verbs {
    pub fn new() -> Self {
        Self {
            review: ServerAction::new(),
            offer: ServerAction::new(),
            accept: ServerAction::new(),
            drop: ServerAction::new(),
            take: ServerAction::new(),
            confirm: ServerAction::new(),
            refuse: ServerAction::new(),
        }
    }

    /// What was refused.
    pub fn refusals(self) -> AnyView {
        view! {
            <RefusalNotice refusal=refusal_of(self.review)/>
            <RefusalNotice refusal=refusal_of(self.offer)/>
            <RefusalNotice refusal=refusal_of(self.accept)/>
            <RefusalNotice refusal=refusal_of(self.drop)/>
            <RefusalNotice refusal=refusal_of(self.take)/>
            <RefusalNotice refusal=refusal_of(self.confirm)/>
            <RefusalNotice refusal=refusal_of(self.refuse)/>
        }
        .into_any()
    }
}

/// Above everything else, where the run was started without its approvals.
pub fn glass(view: &RunView, verbs: Verbs) -> AnyView {
    let Some(glass) = view.glass.clone() else { return ().into_any() };
    let is_missing = glass.review.is_none();
    let review = match &view.may_review {
        _ if !is_missing => ().into_any(),
        Err(why) => view! { <p class="hint">{format!("You cannot review it: {why}.")}</p> }.into_any(),
        Ok(()) => {
            let run = view.line.id.to_string();
            view! {
                <ActionForm action=verbs.review attr:class="card card-body max-w-3xl">
                    <input type="hidden" name="run" value=run/>
                    <div class="field">
                        <label class="label" for="review-text">"Your review"</label>
                        <textarea class="input" id="review-text" name="text" maxlength="4000" required=true></textarea>
                        <p class="hint">"Was it right to start it without approvals? What has to follow? It stays as it is, and everybody can read it."</p>
                    </div>
                    <div><button class="btn btn-primary" type="submit" data-busy="Recording …">"Record the review"</button></div>
                </ActionForm>
            }
            .into_any()
        }
    };
    view! { <section class="stack-tight" aria-label="Started without approvals"><GlassBanner glass/> {review}</section> }.into_any()
}

/// What somebody has to confirm before the run goes on.
pub fn gate(view: &RunView, verbs: Verbs) -> AnyView {
    let Some(AskedToConfirm { number, confirmation, place, may }) = view.asked.clone() else { return ().into_any() };
    let since = view.state.wait().map(|wait| view! { <span class="hint"><Moment at=wait.since/></span> });
    let words = format!("It waits {place} until somebody of the group {} confirms.", confirmation.from);
    let forms = match may {
        Err(why) => view! { <p class="hint">{format!("{}.", capitalised(&why))}</p> }.into_any(),
        Ok(()) => {
            let (run, number) = (view.line.id.to_string(), number.to_string());
            let (to_refuse, of_refusal) = (run.clone(), number.clone());
            view! {
                <ActionForm action=verbs.confirm attr:class="stack-tight max-w-3xl">
                    <input type="hidden" name="run" value=run/>
                    <input type="hidden" name="number" value=number/>
                    <ReasonField id="confirm-note" label="What you have seen (optional)"/>
                    <div><button class="btn btn-primary" type="submit" data-busy="Recording …">"Confirm: it may go on"</button></div>
                </ActionForm>
                <details class="disclosure">
                    <summary>"Refuse it"</summary>
                    <ActionForm action=verbs.refuse attr:class="stack-tight max-w-3xl">
                        <input type="hidden" name="run" value=to_refuse/>
                        <input type="hidden" name="number" value=of_refusal/>
                        <ReasonField id="refuse-reason" label="Why not" required=true/>
                        <p class="hint">"The run is paused here. Whoever resumes it has the group asked again."</p>
                        <div><button class="btn btn-danger" type="submit" data-busy="Recording …">"Refuse, and pause the run"</button></div>
                    </ActionForm>
                </details>
            }
            .into_any()
        }
    };
    view! {
        <section class="card" id="gate" aria-label="To be confirmed">
            <div class="card-head"><h2>"To be confirmed"</h2> {since}</div>
            <div class="card-body">
                <p>{words}</p>
                <p class="font-medium">{capitalised(&confirmation.text)}</p>
                {forms}
            </div>
        </section>
    }
    .into_any()
}

/// Who is responsible, and how that changes.
pub fn hands(view: &RunView, verbs: Verbs) -> AnyView {
    let state = &view.state;
    let is_over = matches!(state.phase, Phase::Over(_));
    let who = match state.responsible == view.viewer {
        true => "It is in your hands.".to_owned(),
        false => format!("It is in the hands of {}.", state.responsible),
    };
    let was = (state.responsible != state.started_by).then(|| format!("{} has started it.", state.started_by));
    let forms = if is_over { ().into_any() } else { forms(view, verbs) };
    view! {
        <section class="card" id="hands">
            <div class="card-head"><h2>"In whose hands"</h2></div>
            <div class="card-body">
                <p><span class="font-medium">{who}</span> " " {was}</p>
                {forms}
            </div>
        </section>
    }
    .into_any()
}

fn forms(view: &RunView, verbs: Verbs) -> AnyView {
    let run = || view.line.id.to_string();
    let offered = view.state.offer.clone().map(|offer| offered(offer, view, verbs));
    let may_offer = view.state.offer.is_none() && !view.could_take.is_empty();
    let people: Vec<_> =
        view.could_take.iter().map(|name| view! { <option value=name.clone()>{name.clone()}</option> }).collect();
    let (to_offer, to_take) = (run(), run());
    view! {
        {offered}
        {may_offer.then(|| view! {
            <details class="disclosure">
                <summary>"Hand it over"</summary>
                <ActionForm action=verbs.offer attr:class="stack-tight max-w-3xl">
                    <input type="hidden" name="run" value=to_offer/>
                    <div class="field">
                        <label class="label" for="hand-over-to">"To whom"</label>
                        <select class="input" id="hand-over-to" name="to">{people}</select>
                    </div>
                    <ReasonField id="hand-over-note" label="What they should know (optional)"/>
                    <p class="hint">"They are told. It stays in your hands until they accept."</p>
                    <div><button class="btn btn-primary" type="submit" data-busy="Recording …">"Ask them to take it"</button></div>
                </ActionForm>
            </details>
        })}
        {view.may_take.then(|| view! {
            <details class="disclosure">
                <summary>"Take it in hand"</summary>
                <ActionForm action=verbs.take attr:class="stack-tight max-w-3xl">
                    <input type="hidden" name="run" value=to_take/>
                    <ReasonField id="take-reason" label="Why" required=true/>
                    <p class="hint">"As an admin, without being asked. Whoever has it now is told."</p>
                    <div><button class="btn" type="submit" data-busy="Recording …">"Take it"</button></div>
                </ActionForm>
            </details>
        })}
    }
    .into_any()
}

/// It waits for somebody's yes or no.
fn offered(offer: Offer, view: &RunView, verbs: Verbs) -> AnyView {
    let (to_accept, to_drop) = (view.line.id.to_string(), view.line.id.to_string());
    let is_for_me = offer.to == view.viewer;
    let is_mine = offer.by == view.viewer;
    let words = match is_for_me {
        true => format!("{} asks you to take it, ", offer.by),
        false => format!("{} has asked {} to take it, ", offer.by, offer.to),
    };
    let note = (!offer.note.is_empty()).then(|| format!(": “{}”", offer.note));
    let refuse = if is_for_me { "No" } else { "Take the question back" };
    view! {
        <p>{words} <Moment at=offer.at/> {note}</p>
        <div class="cluster">
            {is_for_me.then(|| view! {
                <ActionForm action=verbs.accept>
                    <input type="hidden" name="run" value=to_accept/>
                    <button class="btn btn-primary" type="submit" data-busy="Recording …">"Take it in hand"</button>
                </ActionForm>
            })}
            {(is_for_me || is_mine).then(|| view! {
                <ActionForm action=verbs.drop>
                    <input type="hidden" name="run" value=to_drop/>
                    <button class="btn" type="submit" data-busy="Recording …">{refuse}</button>
                </ActionForm>
            })}
        </div>
    }
    .into_any()
}
