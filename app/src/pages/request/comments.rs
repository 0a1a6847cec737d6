//! What was said about a request, and the forms to say more: a comment, a question, an answer.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::comment::{Comment, LONGEST, OpenQuestion, Piece, Saying, pieces};
use model::request::RequestWait;
use model::view::RequestView;
use model::words::capitalised;

use crate::api::comments::{AnswerQuestion, AskQuestion, MentionsSeen, SayOnRequest, SettleQuestion};
use crate::components::{Badge, Moment, Notice, RefusalNotice, refusal_of};
use crate::look::Look;

/// What can be said.
#[derive(Clone, Copy)]
pub struct Voice {
    say: ServerAction<SayOnRequest>,
    ask: ServerAction<AskQuestion>,
    answer: ServerAction<AnswerQuestion>,
    settle: ServerAction<SettleQuestion>,
    seen: ServerAction<MentionsSeen>,
}

impl Voice {
    pub fn new() -> Self {
        Self {
            say: ServerAction::new(),
            ask: ServerAction::new(),
            answer: ServerAction::new(),
            settle: ServerAction::new(),
            seen: ServerAction::new(),
        }
    }

    /// What was refused.
    pub fn refusals(self) -> AnyView {
        view! {
            <RefusalNotice refusal=refusal_of(self.say)/>
            <RefusalNotice refusal=refusal_of(self.ask)/>
            <RefusalNotice refusal=refusal_of(self.answer)/>
            <RefusalNotice refusal=refusal_of(self.settle)/>
            <RefusalNotice refusal=refusal_of(self.seen)/>
        }
        .into_any()
    }
}

/// The card beside the plan.
pub fn comments(view: &RequestView, voice: Voice) -> AnyView {
    let open: Vec<&OpenQuestion> = questions(view).collect();
    let entries: Vec<_> = view
        .comments
        .iter()
        .map(|comment| {
            let open = open.iter().find(|question| question.number == comment.number);
            let forms = open.map(|question| answers(view, question, voice));
            entry(comment, open.is_some(), forms)
        })
        .collect();
    let is_empty = entries.is_empty();
    view! {
        <section class="card scroll-mt-20" id="comments">
            <div class="card-head"><h2>"Comments and questions"</h2></div>
            <div class="card-body">
                {view.is_mentioned.then(|| seen(view, voice))}
                {is_empty.then(|| view! { <p class="hint">"Nobody has said anything yet."</p> })}
                {(!is_empty).then(|| view! { <ol class="stack">{entries}</ol> })}
                {forms(view, voice)}
            </div>
        </section>
    }
    .into_any()
}

/// Everything that was said, to be read only.
pub fn thread(comments: &[Comment]) -> AnyView {
    let entries: Vec<_> = comments.iter().map(|comment| entry(comment, false, None)).collect();
    view! { <ol class="stack">{entries}</ol> }.into_any()
}

/// That the request has questions that wait: who asks, since when, and who ends it.
pub fn open_questions(view: &RequestView) -> AnyView {
    let notices: Vec<_> = view
        .waits
        .iter()
        .filter_map(|wait| match wait {
            RequestWait::Question(question) => Some((wait, question)),
            _ => None,
        })
        .map(|(wait, question)| {
            let (words, ends) = (capitalised(&wait.words()), wait.unblocked_by());
            let (href, since) = (anchor(question.number), question.since);
            view! {
                <Notice look=Look::waiting("Open question")>
                    {format!("{words}, ")} <Moment at=since/> ". "
                    {format!("What ends the wait: {ends}. ")}
                    <a class="link" href=format!("#{href}")>"To the question"</a>
                </Notice>
            }
        })
        .collect();
    notices.into_any()
}

fn questions(view: &RequestView) -> impl Iterator<Item = &OpenQuestion> {
    view.waits.iter().filter_map(|wait| match wait {
        RequestWait::Question(question) => Some(question),
        _ => None,
    })
}

fn anchor(number: i64) -> String {
    format!("comment-{number}")
}

fn entry(comment: &Comment, is_open: bool, forms: Option<AnyView>) -> AnyView {
    let badge = match comment.saying {
        Saying::Remark => None,
        Saying::Question if is_open => Some(Look::waiting("Question, waits for an answer")),
        Saying::Question => Some(Look::quiet("Question")),
        Saying::Answer { .. } => Some(Look::ok("Answer")),
        Saying::Settled { .. } => Some(Look::ok("Question closed")),
    };
    let to = match comment.saying {
        Saying::Answer { question } | Saying::Settled { question } => {
            let words = format!("to question {question}");
            Some(view! { <a class="link" href=format!("#{}", anchor(question))>{words}</a> })
        }
        Saying::Remark | Saying::Question => None,
    };
    let told = comment.told.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let text = text(comment);
    view! {
        <li class="stack-tight scroll-mt-20" id=anchor(comment.number)>
            <span class="cluster">
                {badge.map(|look| view! { <Badge look/> })}
                <span class="font-medium">{comment.by_name.clone()}</span>
                <Moment at=comment.at/>
                {to}
            </span>
            {(!comment.text.is_empty()).then(|| view! { <p class="whitespace-pre-wrap break-words">{text}</p> })}
            {(!told.is_empty()).then(|| view! { <p class="hint">{format!("Told: {told}")}</p> })}
            {forms}
        </li>
    }
    .into_any()
}

/// The words as they were written; who was told stands out.
fn text(comment: &Comment) -> Vec<AnyView> {
    let show = |piece| match piece {
        Piece::Text(text) => text.to_owned().into_any(),
        Piece::Mention(name) => view! { <strong>{name.to_owned()}</strong> }.into_any(),
    };
    pieces(&comment.text, |name| comment.told.contains(name)).into_iter().map(show).collect()
}

/// What can be said to an open question.
fn answers(view: &RequestView, question: &OpenQuestion, voice: Voice) -> AnyView {
    if view.may_comment.is_err() {
        return ().into_any();
    }
    let number = question.number.to_string();
    let (request, of) = (view.request.id.to_string(), number.clone());
    let is_mine = question.by == view.viewer;
    let settle = is_mine.then(|| {
        let (request, of) = (request.clone(), number.clone());
        view! {
            <ActionForm action=voice.settle>
                <input type="hidden" name="request" value=request/>
                <input type="hidden" name="question" value=of/>
                <button class="btn btn-small" type="submit" data-busy="Recording …">"That answers it"</button>
            </ActionForm>
        }
    });
    let closes = if view.request.by_name == view.viewer && !is_mine {
        "Your answer closes the question."
    } else {
        "The question stays open until who asked for the plan has answered, or who asked the question closes it."
    };
    view! {
        <div class="stack-tight">
            {settle}
            <details class="disclosure">
                <summary>"Answer"</summary>
                <ActionForm action=voice.answer attr:class="stack-tight" attr:data-guard="">
                    <input type="hidden" name="request" value=request/>
                    <input type="hidden" name="question" value=of/>
                    {words(&format!("answer-{number}"), "Your answer")}
                    <p class="hint">{closes}</p>
                    <button class="btn btn-primary btn-block" type="submit" data-busy="Recording …">"Send the answer"</button>
                </ActionForm>
            </details>
        </div>
    }
    .into_any()
}

fn forms(view: &RequestView, voice: Voice) -> AnyView {
    if let Err(why) = &view.may_comment {
        return view! { <p class="hint">{format!("You can only read: {why}.")}</p> }.into_any();
    }
    let (request, asked) = (view.request.id.to_string(), view.request.id.to_string());
    // A question that nothing waits for would only look as if something did.
    let may_ask = !view.waits.is_empty();
    view! {
        <ActionForm action=voice.say attr:class="stack-tight" attr:data-guard="">
            <input type="hidden" name="request" value=request/>
            {words("comment", "Comment")}
            <p class="hint">"Write @ and a login name to tell somebody. What was said stays as it is."</p>
            <button class="btn btn-block" type="submit" data-busy="Recording …">"Comment"</button>
        </ActionForm>
        {may_ask.then(|| view! {
            <details class="disclosure">
                <summary>"Ask a question"</summary>
                <ActionForm action=voice.ask attr:class="stack-tight" attr:data-guard="">
                    <input type="hidden" name="request" value=asked/>
                    {words("question", "Your question")}
                    <p class="hint">
                        "The request says that it waits for an answer. It can be approved and started all the same: what holds it up is that somebody does not approve it."
                    </p>
                    <button class="btn btn-primary btn-block" type="submit" data-busy="Recording …">"Ask"</button>
                </ActionForm>
            </details>
        })}
    }
    .into_any()
}

fn seen(view: &RequestView, voice: Voice) -> AnyView {
    let request = view.request.id.to_string();
    view! {
        <ActionForm action=voice.seen attr:class="spread">
            <input type="hidden" name="request" value=request/>
            <span class="font-medium">"You are named here."</span>
            <button class="btn btn-small" type="submit" data-busy="Recording …">"I have read it"</button>
        </ActionForm>
    }
    .into_any()
}

fn words(id: &str, label: &'static str) -> AnyView {
    let id = format!("{id}-text");
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{label}</label>
            <textarea class="input" id=id name="text" maxlength=LONGEST.to_string() autocomplete="off" required=true></textarea>
        </div>
    }
    .into_any()
}
