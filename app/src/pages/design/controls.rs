//! What can be pressed and filled in, and how times are told.

use leptos::prelude::*;
use model::people::Proof;
use model::refusal::Refusal;

use super::samples::ago;
use crate::api::environment_form::{SecretField, SecretPlace};
use crate::clock::now;
use crate::components::{
    Choice, ClockTime, Copyable, Elapsed, Group, KeptRefusal, Moment, MomentAhead, ProofField, ReasonField,
    RefusalNotice, SecretInput, TextField,
};
use crate::error::ApiError;

/// The buttons. One that cannot be pressed says why, beside it.
pub fn buttons() -> AnyView {
    view! {
        <div class="cluster">
            <button class="btn btn-primary" type="button">"The one main action"</button>
            <button class="btn" type="button">"Another"</button>
            <button class="btn btn-danger" type="button">"What cannot be undone"</button>
            <button class="btn btn-quiet" type="button">"Quiet"</button>
            <button class="btn btn-small" type="button">"Small"</button>
            <a class="link" href="#main">"A link"</a>
        </div>
        <div class="stack-tight">
            <div><button class="btn btn-primary" type="button" disabled=true>"Barred"</button></div>
            <p class="hint">"Asking for a restart needs the role requester, which you do not have."</p>
        </div>
        <div class="cluster">
            <button class="btn btn-primary" type="button" aria-disabled="true">"Sending …"</button>
            <span class="hint">"Sent: it is not sent twice."</span>
        </div>
        <p class="cluster"><kbd class="key">"Ctrl"</kbd> <kbd class="key">"K"</kbd> "A key that does something."</p>
        <Copyable what="the command"><code class="command">"apt-get install --only-upgrade openvstorage"</code></Copyable>
        <div class="verbs">
            <details class="verb"><summary class="btn btn-small">"Pause"</summary> <p>"What a verb asks before it is done."</p></details>
            <details class="verb" open=true><summary class="btn btn-small">"Abort this run"</summary> <p>"Opened: it takes a line of its own."</p></details>
        </div>
        <details class="disclosure"><summary>"Command and proof"</summary> <p>"What is too much for the first look."</p></details>
    }
    .into_any()
}

/// The fields, each as it is and as it was refused. In no form: what somebody types to try them goes nowhere.
pub fn fields() -> AnyView {
    let refused = |field: &str, problem: &str| {
        let refusal = Refusal::Invalid { field: field.to_owned(), problem: problem.to_owned() };
        Signal::stored(Some(ApiError(refusal)))
    };
    let wrong = refused("name", "there is an environment of that name");
    let secret = |place| SecretField { place, ..SecretField::default() };
    let nothing = Signal::stored(None);
    view! {
        <div class="form">
            <TextField name="plain" label="Name" hint="What people call it; nobody else has it." field="plain" refusal=wrong/>
            <TextField name="name" label="Name" value="Frankfurt" hint="What people call it; nobody else has it." field="name" refusal=wrong/>
            <div class="field">
                <label class="label" for="barred">"Barred"</label>
                <input class="input" id="barred" value="cannot be changed while a run is under way" disabled=true/>
            </div>
            <ReasonField id="why" label="Why (shown to who approves)"/>
            <Group title="Choices">
                <Choice kind="radio" name="way" value="one" checked=true>"Supervised"</Choice>
                <Choice kind="radio" name="way" value="two">"Step by step"</Choice>
                <Choice kind="checkbox" name="all" value="yes">"Also what is up to date"</Choice>
            </Group>
            <SecretInput name="secret" label="Secret in a file" field="secret" value=secret(SecretPlace::File) refusal=nothing/>
            <SecretInput name="sealed" label="Sealed secret" field="sealed" value=secret(SecretPlace::Sealed)
                refusal=refused("sealed", "is missing: type it here") fresh=true/>
            <ProofField wanted=Some(Proof::Code) id="proof-code"/>
            <ProofField wanted=Some(Proof::Password) id="proof-password"/>
            <ProofField wanted=Some(Proof::Provider) id="proof-provider"/>
        </div>
        <RefusalNotice refusal=refused("name", "there is an environment of that name")/>
        <KeptRefusal refused=Some(ApiError(Refusal::Conflict { problem: "somebody else was faster".to_owned() }))/>
    }
    .into_any()
}

/// Times: in words, with the absolute time when one asks for it.
pub fn times() -> AnyView {
    view! {
        <dl class="facts">
            <dt>"Just now"</dt> <dd><Moment at=now()/></dd>
            <dt>"A while ago"</dt> <dd><Moment at=ago(7200)/></dd>
            <dt>"To come"</dt> <dd><MomentAhead at=ago(-300)/></dd>
            <dt>"Time of day"</dt> <dd><ClockTime at=ago(-300)/></dd>
            <dt>"So far"</dt> <dd><Elapsed from=ago(95) to=None/></dd>
            <dt>"In all"</dt> <dd><Elapsed from=ago(7200) to=Some(ago(60))/></dd>
        </dl>
    }
    .into_any()
}
