//! Requests that wait for somebody; those the viewer can move come first.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::comment::Mention;
use model::people::{Person, Role};
use model::policy::{Standing, impossible_words, missing_words};
use model::refusal::Refusal;
use model::request::RequestWait;
use model::run::Offer;
use model::view::{AskedToConfirm, Duties, RequestLine, RunLine};
use model::words::capitalised;

use crate::api::comments::{MentionsSeen, load_mentions};
use crate::api::requests::load_open_requests;
use crate::api::runs::load_duties;
use crate::api::session::load_viewer;
use crate::components::{Badge, GlassBanner, Moment, Page, PageHead, RefusalNotice, data_of, loaded, refusal_of};
use crate::error::Answer;
use crate::look::Look;
use crate::looks;

/// Seconds between two looks.
const REFRESH: u32 = 10;

/// Open requests.
#[component]
pub fn Inbox() -> AnyView {
    let requests = data_of(|| (), |()| load());
    let seen = ServerAction::<MentionsSeen>::new();
    view! {
        <Page title="Inbox" refresh=REFRESH>
            <PageHead title="Inbox"/>
            <RefusalNotice refusal=refusal_of(seen)/>
            {loaded(requests, move |(lines, (mentions, duties), viewer)| show(lines, mentions, duties, &viewer, seen))}
        </Page>
    }
    .into_any()
}

async fn load() -> Answer<(Vec<RequestLine>, (Vec<Mention>, Duties), Person)> {
    let (lines, others) = (load_open_requests().await?, (load_mentions().await?, load_duties().await?));
    let viewer = load_viewer().await?.ok_or(Refusal::NotLoggedIn)?;
    Ok((lines, others, viewer))
}

/// What the viewer can do for it, if anything.
fn your_turn(line: &RequestLine, viewer: &Person) -> Option<&'static str> {
    if line.questions.iter().any(|question| question.of.contains(&viewer.name)) {
        return Some("You can answer a question about it");
    }
    match &line.standing {
        Standing::Waiting { missing } if missing.iter().any(|missing| missing.could.contains(&viewer.name)) => {
            Some("You can approve or deny it")
        }
        Standing::Approved { .. } if viewer.may_at(Role::Operator, &line.labels) => Some("You can start it"),
        Standing::Waiting { .. }
        | Standing::Approved { .. }
        | Standing::Impossible { .. }
        | Standing::Denied { .. } => None,
    }
}

fn show(
    lines: Vec<RequestLine>,
    mentions: Vec<Mention>,
    duties: Duties,
    viewer: &Person,
    seen: ServerAction<MentionsSeen>,
) -> AnyView {
    let (yours, others): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| your_turn(line, viewer).is_some());
    let Duties { reviews, offers, gates } = duties;
    let nothing =
        yours.is_empty() && mentions.is_empty() && reviews.is_empty() && offers.is_empty() && gates.is_empty();
    let gates: Vec<_> = gates.iter().map(|(line, asked)| to_confirm(line, asked)).collect();
    let reviews: Vec<_> = reviews.into_iter().map(|glass| view! { <GlassBanner glass with_link=true/> }).collect();
    let offers: Vec<_> = offers.into_iter().map(|(line, offer)| offered(&line, offer)).collect();
    let mentions: Vec<_> = mentions.into_iter().map(|mention| named(mention, seen)).collect();
    let has_others = !others.is_empty();
    let yours: Vec<_> = yours.into_iter().map(|line| card(line, viewer)).collect();
    let others: Vec<_> = others.into_iter().map(|line| card(line, viewer)).collect();
    view! {
        <section class="stack">
            <h2>"Your turn"</h2>
            {nothing.then(|| view! { <div class="empty">"Nothing waits for you."</div> })}
            {reviews}
            <div class="cards">{gates} {offers} {yours} {mentions}</div>
        </section>
        {has_others.then(|| view! {
            <section class="stack"><h2>"Waiting for others"</h2> <div class="cards">{others}</div></section>
        })}
    }
    .into_any()
}

/// A run that waits for the viewer, or somebody else of a group, to confirm.
fn to_confirm(line: &RunLine, asked: &AskedToConfirm) -> AnyView {
    let from = &asked.confirmation.from;
    let words =
        format!("It waits {} until somebody of the group {from} confirms: {}", asked.place, asked.confirmation.text);
    about_run(line, "gate", words.into_any())
}

/// A run that the viewer is asked to take in hand.
fn offered(line: &RunLine, offer: Offer) -> AnyView {
    let note = (!offer.note.is_empty()).then(|| format!(": “{}”", offer.note));
    let words = view! { {format!("{} asks you to take this run in hand, ", offer.by)} <Moment at=offer.at/> {note} };
    about_run(line, "hands", words.into_any())
}

/// What a run wants of the viewer, and the way to where it is done.
fn about_run(line: &RunLine, part: &str, words: AnyView) -> AnyView {
    let (href, title) =
        (format!("/runs/{}#{part}", line.id), format!("{} on {}", line.procedure, line.environment_name));
    view! {
        <article class="card">
            <div class="card-body">
                <div class="spread">
                    <a class="link font-medium" href=href>{title}</a>
                    <Badge look=looks::of_line(line)/>
                </div>
                <p class="font-medium">{words}</p>
            </div>
        </article>
    }
    .into_any()
}

/// A comment in which the viewer is named.
fn named(mention: Mention, seen: ServerAction<MentionsSeen>) -> AnyView {
    let Mention { request, procedure, environment_name, comment } = mention;
    let href = format!("/requests/{request}#comment-{}", comment.number);
    view! {
        <article class="card">
            <div class="card-body">
                <div class="spread">
                    <a class="link font-medium" href=href>{format!("{procedure} on {environment_name}")}</a>
                    <Badge look=Look::waiting("You are named")/>
                </div>
                <p class="text-muted">{format!("{}, ", comment.by_name)} <Moment at=comment.at/></p>
                <p class="whitespace-pre-wrap break-words">{comment.text}</p>
                <ActionForm action=seen>
                    <input type="hidden" name="request" value=request.to_string()/>
                    <button class="btn btn-small" type="submit" data-busy="Recording …">"I have read it"</button>
                </ActionForm>
            </div>
        </article>
    }
    .into_any()
}

fn card(line: RequestLine, viewer: &Person) -> AnyView {
    let turn = your_turn(&line, viewer);
    let reason = (!line.reason.is_empty()).then(|| format!("“{}”", line.reason));
    let waits_for = match &line.standing {
        Standing::Waiting { missing } if turn.is_none() => Some(capitalised(&missing_words(missing))),
        Standing::Impossible { missing } => Some(capitalised(&impossible_words(missing))),
        _ => None,
    };
    let asked: Vec<_> = line
        .questions
        .iter()
        .map(|question| {
            let words = capitalised(&RequestWait::Question(question.clone()).words());
            let since = question.since;
            view! { <p class="cluster"><Badge look=Look::waiting("Open question")/> {words} <Moment at=since/></p> }
        })
        .collect();
    view! {
        <article class="card">
            <div class="card-body">
                <div class="spread">
                    <a class="link font-medium" href=format!("/requests/{}", line.id)>{format!("{} on {}", line.procedure, line.environment_name)}</a>
                    <Badge look=looks::of_standing(&line.standing)/>
                </div>
                <p>{line.summary}</p>
                {reason.map(|words| view! { <p>{words}</p> })}
                <p class="text-muted">{format!("Asked by {}, ", line.by)} <Moment at=line.at/></p>
                {asked}
                {turn.map(|words| view! { <p class="font-medium">{words}</p> })}
                {waits_for.map(|words| view! { <p class="hint">{words}</p> })}
            </div>
        </article>
    }
    .into_any()
}
