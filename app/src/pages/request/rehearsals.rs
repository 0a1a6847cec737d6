//! Playing the plan through before anybody starts it, and what came of it so far.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::id::RequestId;
use model::plan::{Plan, Step};
use model::rehearsal::{RehearsalLine, RehearsalsView, Trouble};

use crate::api::records::Rehearse;
use crate::components::{Badge, Moment};
use crate::looks;
use crate::pages::rehearsal::trouble_words;

/// The card beside the plan.
pub fn rehearsals(request: &RequestId, plan: &Plan, view: RehearsalsView, rehearse: ServerAction<Rehearse>) -> AnyView {
    let lines: Vec<_> = view.lines.into_iter().rev().map(line).collect();
    let has_lines = !lines.is_empty();
    let form = match view.may_rehearse {
        Ok(()) => form(request, plan, rehearse),
        Err(why) => view! { <p class="hint">{format!("You can only read them: {why}.")}</p> }.into_any(),
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>"Rehearsals"</h2></div>
            <div class="card-body">
                <p class="hint">"Plays this very plan through, against a twin of the environment. Nothing outside is touched."</p>
                {has_lines.then(|| view! { <ul class="stack">{lines}</ul> })}
                {form}
            </div>
        </section>
    }
    .into_any()
}

fn line(line: RehearsalLine) -> AnyView {
    let words = trouble_words(line.trouble.as_ref());
    view! {
        <li class="stack-tight">
            <span class="cluster">
                <Badge look=looks::of_rehearsal(&line)/>
                <span class="hint">{format!("{}, ", line.by)} <Moment at=line.at/></span>
            </span>
            <a class="link break-words" href=format!("/rehearsals/{}", line.id)>{words}</a>
            {line.alarm.map(|alarm| view! { <p class="field-error break-words">{alarm}</p> })}
        </li>
    }
    .into_any()
}

fn form(request: &RequestId, plan: &Plan, rehearse: ServerAction<Rehearse>) -> AnyView {
    let troubles: Vec<_> =
        Trouble::CHOICES.into_iter().map(|(word, words)| view! { <option value=word>{words}</option> }).collect();
    let mut groups: Vec<_> = plan.stages.iter().map(|stage| group(&stage.title, &stage.steps)).collect();
    groups.push(group("At the end, whatever happened", &plan.finally));
    let request = request.to_string();
    view! {
        <ActionForm action=rehearse attr:class="stack-tight">
            <input type="hidden" name="request" value=request/>
            <div class="field">
                <label class="label" for="trouble">"What goes wrong"</label>
                <select class="input" id="trouble" name="trouble"><option value="">"nothing: all goes well"</option>{troubles}</select>
            </div>
            <div class="field">
                <label class="label" for="trouble-step">"At which step"</label>
                <select class="input" id="trouble-step" name="step">{groups}</select>
            </div>
            <button class="btn btn-block" type="submit" data-busy="Playing it through …">"Rehearse"</button>
        </ActionForm>
    }
    .into_any()
}

fn group(title: &str, steps: &[Step]) -> AnyView {
    if steps.is_empty() {
        return ().into_any();
    }
    let steps: Vec<_> =
        steps.iter().map(|step| view! { <option value=step.id.to_string()>{step.title.clone()}</option> }).collect();
    view! { <optgroup label=title.to_owned()>{steps}</optgroup> }.into_any()
}
