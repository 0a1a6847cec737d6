//! What waits for people, step by step: what failed or is not known, what somebody has asked for, and the buttons.
//!
//! It stands at the top: who opens the page at night must not search for it among hundreds of steps.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::id::StepId;
use model::run::{Asked, Wish};
use model::verb::Verdict;

use super::step::{seen, standing};
use super::verb_form::{REMARK, Reason, VerbForm, spoken};
use crate::api::verbs::{AgreeVerdict, AskVerdict, DropVerdict, RetryStep};
use crate::components::Moment;
use crate::live::{Matter, Scene};
use crate::looks;

/// Every step that there is something to decide about, in the order of the plan.
pub fn decisions(scene: Scene) -> impl IntoView {
    let open = Memo::new(move |_| {
        scene.with(|state, outline| {
            let all = outline.all().filter(|step| state.steps.contains_key(&step.id));
            all.filter(|step| scene.matter(&step.id).is_some()).map(|step| step.id.clone()).collect::<Vec<_>>()
        })
    });
    view! {
        <section class="stack" class:hidden=move || open.with(Vec::is_empty) aria-label="To decide">
            <h2>"To decide"</h2>
            <For each=move || open.get() key=Clone::clone let:id>{decision(scene, id)}</For>
        </section>
    }
}

/// Where a decision stands on the page.
pub fn anchor(step: &StepId) -> String {
    format!("decide-{step}")
}

fn decision(scene: Scene, id: StepId) -> impl IntoView {
    let of = id.clone();
    let state = Memo::new(move |_| scene.live.state.with(|state| state.steps.get(&of).cloned()));
    let (title, impact) = scene.outline.with_value(|outline| {
        let impact = outline.impact(&id).map(|impact| format!("While it is down: {impact}"));
        (outline.title(&id), impact)
    });
    let (of, place) = (id.clone(), anchor(&id));
    let matter = Memo::new(move |_| scene.matter(&of));
    view! {
        <article class=move || state.with(|state| looks::of_step(state.as_ref(), false).tone.card_classes()) id=place>
            <div class="card-body">
                <div class="spread">
                    <h3>{title}</h3>
                    {move || state.with(|state| standing(state.as_ref(), false))}
                </div>
                <p>{move || state.with(|state| state.as_ref().and_then(|state| seen(&state.status).1))}</p>
                <p class="hint empty:hidden">{impact}</p>
                {move || matter.get().map(|matter| choice_view(scene, Choice::of(scene, &id, matter)))}
            </div>
        </article>
    }
}

/// A decision as it is put to the viewer.
pub struct Choice {
    /// What was asked for, if anything.
    asked: Option<Wish>,
    /// Who asks for what.
    who: String,
    /// What it means, or why the viewer has no say.
    hint: String,
    forms: Vec<VerbForm>,
}

impl Choice {
    fn of(scene: Scene, id: &StepId, matter: Matter) -> Self {
        let choice = match matter {
            Matter::Open { may_retry, asks } => Self::open(scene, id, may_retry, asks),
            Matter::Asked { asked, is_mine, may_agree } => Self::asked(scene, id, asked, is_mine, may_agree),
        };
        if scene.is_record { Self { hint: String::new(), forms: Vec::new(), ..choice } } else { choice }
    }

    fn open(scene: Scene, id: &StepId, may_retry: bool, asks: Vec<Verdict>) -> Self {
        let retry = may_retry.then(|| VerbForm {
            classes: "btn btn-primary",
            ..VerbForm::button(RetryStep::url(), Some(id), "Try again")
        });
        let forms = retry.into_iter().chain(asks.into_iter().map(|verdict| ask(id, verdict)));
        let (hint, forms) = match scene.barred() {
            None => (String::new(), forms.collect()),
            Some(why) => (format!("Somebody else has to decide: {why}."), Vec::new()),
        };
        Self { asked: None, who: String::new(), hint, forms }
    }

    fn asked(scene: Scene, id: &StepId, asked: Asked, is_mine: bool, may_agree: Result<(), String>) -> Self {
        let question = Question {
            step: Some(id),
            what: asked.verdict.to_string(),
            meaning: consequence(asked.verdict),
            agree: AgreeVerdict::url(),
            drop: DropVerdict::url(),
        };
        let wish = Wish { by: asked.by, reason: asked.reason, at: asked.at };
        question.put(scene, wish, is_mine, may_agree)
    }
}

/// Something that one person asks for and another one has to agree to.
pub struct Question<'a> {
    /// Which step it is about; none: the run.
    pub step: Option<&'a StepId>,
    /// For example `skip it`.
    pub what: String,
    pub meaning: &'static str,
    /// Where the answers are sent.
    pub agree: &'static str,
    pub drop: &'static str,
}

impl Question<'_> {
    /// As it is put to the viewer.
    pub fn put(self, scene: Scene, asked: Wish, is_mine: bool, may_agree: Result<(), String>) -> Choice {
        let Self { step, what, meaning, agree, drop } = self;
        let who = if is_mine { "You ask".to_owned() } else { format!("{} asks", asked.by) };
        let who = format!("{who} to {what}");
        let agree =
            VerbForm { classes: "btn btn-primary", ..VerbForm::button(agree, step, format!("Agree to {what}")) };
        let refuse = VerbForm {
            opens_with: Some("Refuse …".to_owned()),
            reason: Some(REMARK),
            classes: "btn btn-danger",
            ..VerbForm::button(drop, step, "Refuse it")
        };
        let (hint, forms) = match (is_mine, scene.viewer.with_value(|viewer| viewer.may_agree.clone()), may_agree) {
            (true, ..) => (
                format!("{meaning} Waits for a second person, who opens this page and agrees."),
                vec![VerbForm::button(drop, step, "Take it back")],
            ),
            (false, Err(why), _) => (format!("{meaning} Somebody else has to answer: {why}."), vec![]),
            (false, Ok(()), Err(why)) => (format!("{meaning} You can agree later: {why}."), vec![refuse]),
            (false, Ok(()), Ok(())) => (meaning.to_owned(), vec![agree, refuse]),
        };
        Choice { asked: Some(asked), who, hint, forms }
    }
}

fn ask(id: &StepId, verdict: Verdict) -> VerbForm {
    VerbForm {
        hidden: Some(("verdict", verdict.word().to_owned())),
        opens_with: Some(format!("Ask to {verdict} …")),
        about: Signal::stored(format!("{} Takes effect as soon as a second person agrees.", consequence(verdict))),
        reason: Some(Reason { label: "Your reason, for the second person", required: true }),
        classes: "btn btn-primary",
        ..VerbForm::button(AskVerdict::url(), Some(id), format!("Ask to {verdict}"))
    }
}

/// What it means to agree.
const fn consequence(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Retry => "It is started once more, although its first start may have had its effect.",
        Verdict::Skip => "It is left out, what comes after it begins, and the run ends as done in part at best.",
        Verdict::MarkDone => {
            "It counts as done without proof, so say so only after you have looked; the run ends as done in part at best."
        }
    }
}

pub fn choice_view(scene: Scene, choice: Choice) -> impl IntoView {
    let forms: Vec<_> = choice.forms.into_iter().map(|form| form.view(scene)).collect();
    view! {
        {choice.asked.map(|asked| view! {
            <p><span class="font-semibold">{choice.who}</span> {format!(": “{}” ", asked.reason)} <Moment at=asked.at/></p>
        })}
        <p class="hint empty:hidden">{spoken(choice.hint)}</p>
        <div class="verbs">{forms}</div>
    }
}
