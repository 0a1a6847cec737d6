//! One verb as a form: a plain one without WASM; with it, sent in place, so that nobody loses what they have typed or
//! where they were. What it has done is shown by the events.
//!
//! All verbs share one form and fill it with data: a view of its own for each would make the page much heavier.

use leptos::either::Either;
use leptos::prelude::*;
use model::id::StepId;

use crate::components::{KeptRefusal, ReasonField};
use crate::live::Scene;

/// What a form says, asks and sends.
pub struct VerbForm {
    /// Where it is sent.
    pub address: &'static str,
    pub step: Option<StepId>,
    /// Name and value of one more field that nobody sees.
    pub hidden: Option<(&'static str, String)>,
    /// What it opens with, if it has to be opened.
    pub opens_with: Option<String>,
    /// What it will do, and when.
    pub about: Signal<String>,
    pub reason: Option<Reason>,
    pub button: String,
    /// Classes of the button.
    pub classes: &'static str,
}

/// The field for why.
pub struct Reason {
    pub label: &'static str,
    pub required: bool,
}

/// Somebody else reads it, or nothing happens.
pub const WHY: Reason = Reason { label: "Why", required: true };
/// For who wants to say more.
pub const REMARK: Reason = Reason { label: "Remark (optional)", required: false };

/// Nothing instead of an empty text, which the style sheet would not take for empty.
pub fn spoken(words: String) -> Option<String> {
    (!words.is_empty()).then_some(words)
}

impl VerbForm {
    /// Only a button.
    pub fn button(address: &'static str, step: Option<&StepId>, button: impl Into<String>) -> Self {
        Self {
            address,
            step: step.cloned(),
            hidden: None,
            opens_with: None,
            about: Signal::stored(String::new()),
            reason: None,
            button: button.into(),
            classes: "btn",
        }
    }

    /// On the page.
    pub fn view(self, scene: Scene) -> impl IntoView {
        match self.opens_with.clone() {
            Some(words) => Either::Left(view! {
                <details class="verb">
                    <summary class="btn">{words}</summary>
                    {self.form(scene)}
                </details>
            }),
            None => Either::Right(self.form(scene)),
        }
    }

    fn form(self, scene: Scene) -> impl IntoView {
        let about = self.about;
        let run = scene.run.with_value(ToString::to_string);
        let id = [
            self.address,
            self.step.as_ref().map_or("", StepId::as_str),
            self.hidden.as_ref().map_or("", |(_, value)| value),
        ];
        let id = id.join("-");
        let step = self.step.map(|step| ("step", step.to_string()));
        let hidden: Vec<_> = [Some(("run", run)), step, self.hidden]
            .into_iter()
            .flatten()
            .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
            .collect();
        view! {
            <form class="stack-tight" method="post" action=self.address data-keep="">
                {hidden}
                <p class="empty:hidden">{move || spoken(about.get())}</p>
                {self.reason.map(|reason| view! { <ReasonField id=id label=reason.label required=reason.required/> })}
                <div>
                    <button class=self.classes type="submit" data-busy="Recording …" >{self.button}</button>
                </div>
                <KeptRefusal refused=None/>
                <p role="status" class="hint empty:hidden" data-said=""></p>
            </form>
        }
    }
}
