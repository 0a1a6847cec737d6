//! The parts that pages are made of, each in every state it can be in: for who works on Drydock. Only a server that was built
//! with debug assertions has this page; from any other it is not found.

mod controls;
mod samples;
mod vocabulary;

use leptos::prelude::*;

use super::NotFound;
use super::params::not_there;
use crate::components::{
    Badge, GlassBanner, HazardNote, Icon, Notice, Page, PageHead, PrecheckList, ProgressBar, RunTable, StepDetails,
    observed, refused_view, source_of, summary_list, waiting,
};
use crate::error::ApiError;
use crate::look::{Look, Sign, Tone};
use model::observed::Observed;
use model::people::Role;
use model::refusal::Refusal;

/// The page.
#[component]
pub fn Design() -> AnyView {
    if !cfg!(debug_assertions) {
        not_there();
        return view! { <NotFound/> }.into_any();
    }
    let parts: [(&'static str, AnyView); 14] = [
        ("Status vocabulary", vocabulary::shown()),
        ("Signs", signs()),
        ("Tones", tones()),
        ("Buttons", controls::buttons()),
        ("Notices", notices()),
        ("Started without approvals", glass()),
        ("Fields", controls::fields()),
        ("Times", controls::times()),
        ("Empty, loading, unknown, refused", nothing()),
        ("Table", view! { <RunTable runs=samples::runs()/> }.into_any()),
        ("Progress", progress()),
        ("What is pending", pending()),
        ("Prechecks", view! { <PrecheckList checks=samples::prechecks()/> }.into_any()),
        ("Steps of a plan", steps()),
    ];
    let parts = parts.map(|(title, part)| {
        view! {
            <section class="card" aria-label=title>
                <div class="card-head"><h2>{title}</h2></div>
                <div class="card-body">{part}</div>
            </section>
        }
    });
    view! {
        <Page title="Design">
            <PageHead title="Design"/>
            <p class="text-muted">"Every part in every state, in the colours that this browser asks for. style/README.md says what the class names are for."</p>
            {parts.into_iter().collect::<Vec<_>>()}
        </Page>
    }
    .into_any()
}

fn signs() -> AnyView {
    let signs = Sign::ALL.map(
        |sign| view! { <li class="cluster gap-1"><Icon sign/> <span class="mono">{format!("{sign:?}")}</span></li> },
    );
    view! { <ul class="cluster gap-4">{signs.into_iter().collect::<Vec<_>>()}</ul> }.into_any()
}

const TONES: [(Tone, &str); 8] = [
    (Tone::Ok, "as it should be"),
    (Tone::Running, "under way"),
    (Tone::Waiting, "waits for somebody or something"),
    (Tone::Unknown, "could not be found out"),
    (Tone::Warning, "somebody should look"),
    (Tone::Failed, "went wrong"),
    (Tone::Accent, "the one that is meant"),
    (Tone::Neutral, "nothing to say about it"),
];

/// The colours on what they can lie on. Where they stand for a state, a sign and a word stand beside them.
fn tones() -> AnyView {
    let cards = TONES.map(|(tone, words)| {
        view! {
            <div class=tone.card_classes()>
                <div class="card-body"><span class="cluster"><span class=tone.badge_classes()>{format!("{tone:?}")}</span> {words}</span></div>
            </div>
        }
    });
    view! { <div class="cards">{cards.into_iter().collect::<Vec<_>>()}</div> }.into_any()
}

fn notices() -> AnyView {
    let looks = [
        Look::ok("Approved"),
        Look::running("Looking around"),
        Look::waiting("A record"),
        Look::unknown("Nobody has looked yet"),
        Look::warning("Mind"),
        Look::failed("Not done"),
        Look::quiet("Note"),
    ];
    let notices = looks.map(|look| view! { <Notice look>"What is so, and what somebody can do about it."</Notice> });
    view! { <div class="stack">{notices.into_iter().collect::<Vec<_>>()}</div> }.into_any()
}

fn glass() -> AnyView {
    let banners: Vec<_> = samples::broken_glass().into_iter().map(|glass| view! { <GlassBanner glass/> }).collect();
    view! { <div class="stack">{banners}</div> }.into_any()
}

/// What stands where nothing can.
fn nothing() -> AnyView {
    let text = |words: &str| words.to_owned();
    let refusals = [
        Refusal::NotLoggedIn,
        Refusal::Forbidden { any_of: vec![Role::Operator, Role::Admin] },
        Refusal::NotFound { what: text("this run") },
        Refusal::Conflict { problem: text("a run holds this environment until it ends") },
        Refusal::Unavailable { problem: text("the database does not answer; it is tried again by itself") },
        Refusal::Internal { reference: text("a1b2c3") },
    ];
    let refused = refusals.map(|refusal| refused_view(&ApiError(refusal)));
    let show = |version: &String| view! { <span class="mono">{version.clone()}</span> }.into_any();
    let known = Observed::known(text("4.19.1"), "listManagementServers", samples::ago(300));
    let unknown = Observed::unknown("mgmt2 cannot be reached", "ssh mgmt2", samples::ago(300));
    view! {
        <div class="empty">"No run fits. Runs appear here once an approved request is started."</div>
        {waiting()}
        <p class="cluster"><span class="spinner" aria-hidden="true"></span> "Sending …"</p>
        <div>{observed(&known, show)} {source_of(&known)}</div>
        <div>{observed(&unknown, show)} {source_of(&unknown)}</div>
        <div class="stack">{refused.into_iter().collect::<Vec<_>>()}</div>
    }
    .into_any()
}

fn progress() -> AnyView {
    let bar = |done: u32, tone: Tone| {
        let label = format!("{done} of 8, {tone:?}");
        let words = label.clone();
        view! { <div class="stack-tight"><span>{words}</span> <ProgressBar done=done of=8_u32 label=label tone=Signal::stored(tone)/></div> }
    };
    let bars = [(0, Tone::Accent), (3, Tone::Running), (5, Tone::Warning), (6, Tone::Failed), (8, Tone::Ok)];
    let bars: Vec<_> = bars.into_iter().map(|(done, tone)| bar(done, tone)).collect();
    view! { <div class="grid gap-4 sm:grid-cols-2">{bars}</div> }.into_any()
}

fn pending() -> AnyView {
    let row = |look: Look, words: &str, below: Option<&str>| (look, words.to_owned(), below.map(str::to_owned));
    let rows = vec![
        row(Look::warning("Pending"), "Framework: 3 of 4 nodes pending", Some("openvstorage-core 2.9.1")),
        row(Look::failed("Step back"), "Storage driver: the candidate is older on 1 node", None),
        row(Look::unknown("Unknown"), "ALBA: 1 node could not be looked at", None),
        row(Look::ok("Up to date"), "2 console proxies, up to date", None),
        row(Look::quiet("None"), "No routers", None),
    ];
    summary_list(rows, "What an update would stop", vec!["vPool one: all 40 vDisks offline.".to_owned()])
}

fn steps() -> AnyView {
    let marks = [
        Look::to_come("To come"),
        Look::running("Running"),
        Look::ok("Done"),
        Look::warning("Will be tried again"),
        Look::unknown("Unknown"),
        Look::failed("Failed"),
    ];
    let rows = marks.map(|look| {
        let (classes, sign, title) = (look.tone.step_classes(), look.sign, look.word.clone());
        view! {
            <li class=classes>
                <span class="step-mark"><Icon sign/></span>
                <div class="spread"><span class="step-title">{title}</span> <Badge look/></div>
            </li>
        }
    });
    let full = samples::step().map(|step| {
        let hazard = step.hazard.clone().unwrap_or_default();
        view! {
            <div class="stack-tight">
                <h3>{step.title.clone()}</h3>
                <HazardNote words=hazard/>
                <StepDetails step/>
            </div>
        }
    });
    view! { <ol class="steps">{rows.into_iter().collect::<Vec<_>>()}</ol> {full} }.into_any()
}
