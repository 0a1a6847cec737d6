//! What people say about a request. Nothing that was said is ever changed.

use leptos::prelude::*;
use model::comment::Mention;
use model::id::RequestId;

use crate::error::Answer;

/// Says something about a request.
#[server(endpoint = "say_on_request")]
pub async fn say_on_request(request: RequestId, text: String) -> Answer<()> {
    use model::people::Role;
    let desk = crate::server::person_desk_at(&[Role::Requester, Role::Approver, Role::Operator], &request).await?;
    Ok(desk.engine.say(&desk.by, &request, model::comment::Saying::Remark, &text).await?)
}

/// Asks something, and waits for an answer.
#[server(endpoint = "ask_question")]
pub async fn ask_question(request: RequestId, text: String) -> Answer<()> {
    use model::people::Role;
    let desk = crate::server::person_desk_at(&[Role::Requester, Role::Approver, Role::Operator], &request).await?;
    Ok(desk.engine.say(&desk.by, &request, model::comment::Saying::Question, &text).await?)
}

/// Answers a question, by the number of its comment.
#[server(endpoint = "answer_question")]
pub async fn answer_question(request: RequestId, question: String, text: String) -> Answer<()> {
    use model::people::Role;
    let desk = crate::server::person_desk_at(&[Role::Requester, Role::Approver, Role::Operator], &request).await?;
    let question = crate::server::field("question", &question)?;
    Ok(desk.engine.say(&desk.by, &request, model::comment::Saying::Answer { question }, &text).await?)
}

/// Closes one's own question.
#[server(endpoint = "settle_question")]
pub async fn settle_question(request: RequestId, question: String, #[server(default)] text: String) -> Answer<()> {
    use model::people::Role;
    let desk = crate::server::person_desk_at(&[Role::Requester, Role::Approver, Role::Operator], &request).await?;
    let question = crate::server::field("question", &question)?;
    Ok(desk.engine.say(&desk.by, &request, model::comment::Saying::Settled { question }, &text).await?)
}

/// Says that one has read where one is named on this request.
#[server(endpoint = "mentions_seen")]
pub async fn mentions_seen(request: RequestId) -> Answer<()> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &request).await?;
    Ok(desk.engine.mentions_seen(&desk.by, &request).await?)
}

/// Comments that name the viewer, and that they have not dealt with.
#[server(endpoint = "load_mentions")]
pub async fn load_mentions() -> Answer<Vec<Mention>> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.mentions(&desk.by).await?)
}
