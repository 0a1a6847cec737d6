//! One step of a plan in full: what is done, what proves it, what can go wrong.

use leptos::prelude::*;
use model::environment::Elevate;
use model::plan::{Action, Download, Shell, Step};
use model::time::limit_words;

use super::Copyable;
use crate::look::Look;

/// Everything about a step that somebody who approves it may want to know.
#[component]
pub fn StepDetails(step: Step) -> AnyView {
    let after: Vec<String> = step.after.iter().map(ToString::to_string).collect();
    let deadline = limit_words(step.deadline);
    let tries = if step.attempts == 1 { "one try".to_owned() } else { format!("at most {} tries", step.attempts) };
    view! {
        {action(step.action)}
        <dl class="facts mt-2">
            <dt>"Proven when"</dt>
            <dd>{step.proof.words()}</dd>
            {step.untouched.as_ref().map(|probe| view! { <dt>"Not begun when"</dt> <dd>{probe.words()}</dd> })}
            <dt>"Limits"</dt>
            <dd>{format!("{deadline}, {tries}, {}", step.kind.words())}</dd>
            {(!step.impact.is_empty()).then(|| view! { <dt>"Stops meanwhile"</dt> <dd>{step.impact}</dd> })}
            <dt>"To undo it"</dt>
            <dd>{step.undo.words()}</dd>
            {(!after.is_empty()).then(|| view! { <dt>"After"</dt> <dd class="mono">{after.join(", ")}</dd> })}
            {step.vendor.map(|vendor| view! { <dt>"Vendor's text"</dt> <dd class="italic">{vendor}</dd> })}
        </dl>
    }
    .into_any()
}

fn action(action: Action) -> AnyView {
    match action {
        Action::Observe => view! { <p class="text-muted">"Nothing is done; the proof is waited for."</p> }.into_any(),
        Action::CloudStack(command) => command_view(command.words()),
        Action::Cloudify(call) => command_view(call.words()),
        Action::Shell(shell) => shell_view(shell),
        Action::Download(download) => download_view(download),
    }
}

fn command_view(words: String) -> AnyView {
    view! { <Copyable what="the command"><code class="command">{words}</code></Copyable> }.into_any()
}

fn download_view(download: Download) -> AnyView {
    let files: Vec<_> = download.files.into_iter().map(|file| view! { <li class="mono">{file.path}</li> }).collect();
    view! {
        <p class="hint">
            {format!("Read on {} and sealed in Drydock's own store; nothing of what is in them is recorded in the run", download.host)}
        </p>
        <ul class="list-disc pl-5">{files}</ul>
        <Copyable what="the script"><pre class="command max-h-96 overflow-auto" tabindex="0">{download.script}</pre></Copyable>
    }
    .into_any()
}

fn shell_view(shell: Shell) -> AnyView {
    let rights = match shell.elevate {
        Elevate::Sudo => "with sudo -n",
        Elevate::No => "as the login user",
    };
    let args = (!shell.args.is_empty()).then(|| {
        let words: Vec<String> =
            shell.args.iter().enumerate().map(|(at, arg)| format!("${} = {arg}", at + 1)).collect();
        view! { <dt>"Arguments"</dt> <dd class="mono">{words.join(", ")}</dd> }
    });
    let secrets = (!shell.secrets.is_empty()).then(|| {
        let words: Vec<String> =
            shell.secrets.iter().map(|secret| format!("{} from {}", secret.name, secret.value)).collect();
        view! { <dt>"Secrets"</dt> <dd class="mono">{words.join(", ")}</dd> }
    });
    let quiet = shell.quiet.map(|quiet| {
        let span = limit_words(quiet.seconds);
        let words = format!("ended after {span} of silence, once {}", quiet.idle.words());
        view! { <dt>"If it hangs"</dt> <dd>{words}</dd> }
    });
    view! {
        <p class="hint">{format!("Script on {} {rights}, under set -eu", shell.host)}</p>
        <Copyable what="the script"><pre class="command max-h-96 overflow-auto" tabindex="0">{shell.script}</pre></Copyable>
        <dl class="facts mt-2">{args} {secrets} {quiet}</dl>
    }
    .into_any()
}

/// What a step that can go wrong is marked with.
#[component]
pub fn HazardNote(words: String) -> AnyView {
    view! { <super::Notice look=Look::warning("Mind")>{words}</super::Notice> }.into_any()
}
