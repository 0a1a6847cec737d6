//! What people do to a run under way: one function per verb, so that each says who may use it.
//!
//! The answer says in words when it takes effect; that it has, the page learns from the events. Fields travel as text, so
//! that a refusal can name the one that is wrong.

use leptos::prelude::*;

use crate::error::Answer;

/// Lets nothing new begin.
#[server(endpoint = "pause_run")]
pub async fn pause_run(run: String, #[server(default)] reason: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::desk_at(&[model::people::Role::Operator], &run).await?;
    desk.intervene(&run, model::verb::Verb::Pause, &reason).await
}

/// Lets a paused run go on.
#[server(endpoint = "resume_run")]
pub async fn resume_run(run: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::desk_at(&[model::people::Role::Operator], &run).await?;
    desk.intervene(&run, model::verb::Verb::Resume, "").await
}

/// Stops what is under way, then closes what was opened; while the outcome of a step is unknown, asks a second person first.
#[server(endpoint = "abort_run")]
pub async fn abort_run(run: String, reason: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::desk_at(&[model::people::Role::Operator], &run).await?;
    desk.intervene(&run, model::verb::Verb::Abort, &reason).await
}

/// Agrees that the run ends, as somebody else has asked.
#[server(endpoint = "agree_abort")]
pub async fn agree_abort(run: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk =
        crate::server::proven_desk_at(&[model::people::Role::Operator, model::people::Role::Approver], &run).await?;
    desk.intervene(&run, model::verb::Verb::AgreeAbort, "").await
}

/// Refuses that the run ends, or takes back that one has asked for it.
#[server(endpoint = "drop_abort")]
pub async fn drop_abort(run: String, #[server(default)] reason: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk =
        crate::server::person_desk_at(&[model::people::Role::Operator, model::people::Role::Approver], &run).await?;
    desk.intervene(&run, model::verb::Verb::DropAbort, &reason).await
}

/// Has a failed step tried once more.
#[server(endpoint = "retry_step")]
pub async fn retry_step(run: String, step: String, #[server(default)] reason: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::desk_at(&[model::people::Role::Operator], &run).await?;
    let step = crate::server::field("step", &step)?;
    desk.intervene(&run, model::verb::Verb::Retry { step }, &reason).await
}

/// Asks a second person to settle a step by word.
#[server(endpoint = "ask_verdict")]
pub async fn ask_verdict(run: String, step: String, verdict: String, reason: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::proven_desk_at(&[model::people::Role::Operator], &run).await?;
    let step = crate::server::field("step", &step)?;
    let verdict = crate::server::field("verdict", &verdict)?;
    desk.intervene(&run, model::verb::Verb::Ask { step, verdict }, &reason).await
}

/// Agrees to what somebody else asked for.
#[server(endpoint = "agree_verdict")]
pub async fn agree_verdict(run: String, step: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk =
        crate::server::proven_desk_at(&[model::people::Role::Operator, model::people::Role::Approver], &run).await?;
    let step = crate::server::field("step", &step)?;
    desk.intervene(&run, model::verb::Verb::Agree { step }, "").await
}

/// Refuses what somebody else asked for, or takes back what one has asked for oneself.
#[server(endpoint = "drop_verdict")]
pub async fn drop_verdict(run: String, step: String, #[server(default)] reason: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk =
        crate::server::person_desk_at(&[model::people::Role::Operator, model::people::Role::Approver], &run).await?;
    let step = crate::server::field("step", &step)?;
    desk.intervene(&run, model::verb::Verb::Drop { step }, &reason).await
}

/// Gives a step under way so many more seconds.
#[server(endpoint = "extend_step")]
pub async fn extend_step(run: String, step: String, seconds: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::desk_at(&[model::people::Role::Operator], &run).await?;
    let step = crate::server::field("step", &step)?;
    let model::verb::Extension { seconds } = crate::server::field("seconds", &seconds)?;
    desk.intervene(&run, model::verb::Verb::ExtendStep { step, seconds }, "").await
}

/// Gives people so many more seconds to decide.
#[server(endpoint = "extend_hold")]
pub async fn extend_hold(run: String, seconds: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::desk_at(&[model::people::Role::Operator], &run).await?;
    let model::verb::Extension { seconds } = crate::server::field("seconds", &seconds)?;
    desk.intervene(&run, model::verb::Verb::ExtendHold { seconds }, "").await
}

/// Asks somebody else to be responsible for a run that is in one's own hands.
#[server(endpoint = "hand_over")]
pub async fn hand_over(run: String, to: String, #[server(default)] reason: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::person_desk_at(&[model::people::Role::Operator], &run).await?;
    desk.intervene(&run, model::verb::Verb::HandOver { to: to.trim().to_owned() }, &reason).await
}

/// Becomes responsible for a run, as one was asked.
#[server(endpoint = "accept_hand_over")]
pub async fn accept_hand_over(run: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::person_desk_at(&[model::people::Role::Operator], &run).await?;
    desk.intervene(&run, model::verb::Verb::AcceptHandOver, "").await
}

/// Does not become responsible, or takes back that one has asked.
#[server(endpoint = "drop_hand_over")]
pub async fn drop_hand_over(run: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::person_desk_at(&[model::people::Role::Operator], &run).await?;
    desk.intervene(&run, model::verb::Verb::DropHandOver, "").await
}

/// Becomes responsible for a run without being asked.
#[server(endpoint = "take_in_hand")]
pub async fn take_in_hand(run: String, reason: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::person_desk_at(&[model::people::Role::Admin], &run).await?;
    desk.intervene(&run, model::verb::Verb::TakeInHand, &reason).await
}

/// Lets a run go on at a gate where somebody of a group has to confirm.
#[server(endpoint = "confirm_gate")]
pub async fn confirm_gate(run: String, number: String, #[server(default)] reason: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk =
        crate::server::person_desk_at(&[model::people::Role::Operator, model::people::Role::Approver], &run).await?;
    let number = crate::server::field("number", &number)?;
    desk.intervene(&run, model::verb::Verb::Confirm { number }, &reason).await
}

/// Does not let it go on there: it is paused.
#[server(endpoint = "refuse_gate")]
pub async fn refuse_gate(run: String, number: String, reason: String) -> Answer<String> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk =
        crate::server::person_desk_at(&[model::people::Role::Operator, model::people::Role::Approver], &run).await?;
    let number = crate::server::field("number", &number)?;
    desk.intervene(&run, model::verb::Verb::RefuseGate { number }, &reason).await
}

/// Reviews a run that was started without its approvals.
#[server(endpoint = "review_run")]
pub async fn review_run(run: String, text: String) -> Answer<()> {
    let run: model::id::RunId = crate::server::field("run", &run)?;
    let desk = crate::server::person_desk_at(&[model::people::Role::Approver], &run).await?;
    Ok(desk.engine.review(&desk.by, &run, &text).await?)
}
