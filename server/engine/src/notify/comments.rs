//! What is told of comments: that somebody is named, that somebody is asked, and that they were answered. Never what was
//! said: that stands behind the link.

use std::collections::BTreeSet;

use model::comment::{Comment, Saying};
use model::id::{NotificationId, PersonId, RequestId};
use model::notification::{Notification, Occasion, Subject};
use model::people::Person;
use sqlx::{Any, Transaction};

use super::{ids_of, tell};
use crate::Result;
use crate::store::requests::RequestHead;

/// A comment that was just made.
pub struct Said<'a> {
    pub request: &'a RequestId,
    pub head: &'a RequestHead,
    pub comment: &'a Comment,
    /// Whose question it answers.
    pub asker: Option<&'a PersonId>,
    /// Everybody there is.
    pub people: &'a [Person],
}

/// Records what is to be told, in the transaction that records the comment. Nobody is told of their own, and whoever is
/// named is told once.
pub async fn tell_of_comment(tx: &mut Transaction<'static, Any>, said: &Said<'_>) -> Result<()> {
    let comment = said.comment;
    let by = &comment.by_name;
    if !comment.told.is_empty() {
        let names = comment.told.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let says = format!("{by} has named {names} in a comment.");
        let people = ids_of(said.people, |person| comment.told.contains(&person.name));
        tell_one(tx, said, Occasion::Mentioned, says, &people).await?;
    }
    let (says, whom) = match comment.saying {
        Saying::Question => (format!("{by} asks something about it, and waits for an answer."), Some(&said.head.by)),
        Saying::Answer { .. } => (format!("{by} has answered a question about it."), said.asker),
        Saying::Remark | Saying::Settled { .. } => return Ok(()),
    };
    let people = ids_of(said.people, |person| {
        Some(&person.id) == whom && person.id != comment.by && !comment.told.contains(&person.name)
    });
    tell_one(tx, said, Occasion::Question, says, &people).await
}

async fn tell_one(
    tx: &mut Transaction<'static, Any>,
    said: &Said<'_>,
    occasion: Occasion,
    says: String,
    people: &BTreeSet<PersonId>,
) -> Result<()> {
    let (head, comment) = (said.head, said.comment);
    let notification = Notification {
        id: NotificationId::new(format!("request-{}-comment-{}-{}", said.request, comment.number, occasion.word()))?,
        occasion,
        at: comment.at,
        environment: head.settings.id.clone(),
        environment_name: head.settings.name.clone(),
        procedure: head.procedure,
        subject: Subject::Request(said.request.clone()),
        by: head.by_name.clone(),
        says,
    };
    tell(tx, comment.at, &notification, people).await
}
