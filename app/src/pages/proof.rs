//! Showing again that it is oneself: the page between a form and what it asks for. It carries all that was typed.

use leptos::prelude::*;
use model::people::Proof;
use model::words::capitalised;

use crate::components::{Notice, Page, PageHead, ProofField};
use crate::look::Look;

/// What is still to be shown, and for what; in the context of the page that asks for it.
#[derive(Clone)]
pub struct ProofAsked {
    pub proof: Proof,
    /// Where the form was sent.
    pub action: String,
    /// The page that the form was on.
    pub back: String,
    /// What was typed into it.
    pub fields: Vec<(String, String)>,
    /// What is wrong with what was shown, if something was.
    pub problem: Option<String>,
}

/// The page.
#[component]
pub fn ProofPage() -> AnyView {
    let body = match use_context::<ProofAsked>() {
        Some(asked) => form(asked),
        None => {
            view! { <p>"If you have just signed in once more: close this tab, and go on where you were. " <a class="link" href="/">"Go to Updates"</a></p> }.into_any()
        }
    };
    view! {
        <Page title="Is it you?">
            <div class="page-narrow w-full mx-auto stack">
                <PageHead title="Is it you?"/>
                {body}
            </div>
        </Page>
    }
    .into_any()
}

fn form(asked: ProofAsked) -> AnyView {
    let fields: Vec<_> =
        asked.fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect();
    view! {
        <div role="alert" class="empty:hidden">
            {asked.problem.map(|problem| view! { <Notice look=Look::warning("Nothing was done yet")>{capitalised(&problem)}</Notice> })}
        </div>
        <form class="form card card-body" method="post" action=asked.action>
            <p>"What you have asked for cannot be taken back. Nothing that you have typed is lost: it is done as soon as you have shown that it is you."</p>
            {fields}
            <input type="hidden" name="back" value=asked.back.clone()/>
            <ProofField wanted=Some(asked.proof) id="proof"/>
            <div><button class="btn btn-primary" type="submit">"It is me: go on"</button></div>
            <p><a class="link" href=asked.back>"Back, without doing it"</a></p>
        </form>
    }
    .into_any()
}
