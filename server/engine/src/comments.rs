//! What people say about a request: comments, questions and answers, and who is named in them.

use std::collections::BTreeSet;

use model::comment::{Comment, Mention, Saying, Thread, clean, mentioned};
use model::grant::Labels;
use model::id::{PersonId, RequestId};
use model::people::{Person, Role};

use crate::error::{conflict, invalid, not_found};
use crate::notify::{Said, tell_of_comment};
use crate::store::audit::{Deed, record};
use crate::store::{comments as rows, people, requests};
use crate::{Engine, Result};

/// Whoever has a part in a request can speak about it.
const MAY_SPEAK: [Role; 3] = [Role::Requester, Role::Approver, Role::Operator];

/// The same words of the same person are taken once within so many seconds: a form may be sent twice.
const TWICE: i64 = 60;

impl Engine {
    /// Adds a comment, and tells who is named in it and who is waited for. Nothing that was said is ever changed.
    ///
    /// # Errors
    /// When it is no text, cannot be said as things stand, or not by this person.
    pub async fn say(&self, by: &Person, id: &RequestId, saying: Saying, text: &str) -> Result<()> {
        let labels = self.labels_seen(by, id).await?;
        may_speak(by, &labels).map_err(conflict)?;
        let needs_words = !matches!(saying, Saying::Settled { .. });
        let text = if needs_words || !text.trim().is_empty() {
            clean(text).map_err(|problem| invalid("text", problem.to_string()))?
        } else {
            String::new()
        };
        let at = self.now();
        let mut tx = self.store().write().await?;
        let head = requests::hold_head(&mut tx, id).await?.ok_or_else(|| not_found("this request"))?;
        let before = rows::of(&mut tx, id).await?;
        if let Some(last) = before.last()
            && (&last.by, last.saying, &last.text) == (&by.id, saying, &text)
            && at.since(last.at) < TWICE * 1000
        {
            return Ok(());
        }
        let thread = Thread { comments: &before, requester: &head.by, requester_name: &head.by_name };
        thread.may_say(&by.id, saying, head.is_open).map_err(|problem| conflict(problem.to_string()))?;
        let people = people::all(&mut tx).await?;
        let can_be_told =
            |name: &str| people.iter().any(|person| person.name == name && person.id != by.id && person.sees(&labels));
        let told = mentioned(&text, can_be_told);
        let named: Vec<&PersonId> =
            people.iter().filter(|person| told.contains(&person.name)).map(|person| &person.id).collect();
        let number = before.last().map_or(1, |last| last.number + 1);
        let comment = Comment { number, by: by.id.clone(), by_name: by.name.clone(), at, saying, text, told };
        rows::insert(&mut tx, id, &comment, &named).await?;
        // Whoever speaks has read what was said before.
        rows::seen(&mut tx, id, &by.id, at).await?;
        let deed = Deed { who: &by.name, what: deed(saying), subject: id.as_str(), detail: detail(&comment) };
        record(&mut tx, at, deed).await?;
        let asker = asker(saying, &before);
        tell_of_comment(&mut tx, &Said { request: id, head: &head, comment: &comment, asker, people: &people }).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(())
    }

    /// This person has read what names them on this request, and has nothing to say about it.
    pub async fn mentions_seen(&self, by: &Person, id: &RequestId) -> Result<()> {
        let mut tx = self.store().write().await?;
        rows::seen(&mut tx, id, &by.id, self.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Comments that name this person and that they have not dealt with, newest first.
    pub async fn mentions(&self, of: &Person) -> Result<Vec<Mention>> {
        let seen = self.seen_by(of).await?;
        let mut mentions = Vec::new();
        for (request, number) in self.store().unseen_mentions(&of.id).await? {
            let Some(head) = self.store().request_head(&request).await? else { continue };
            // Somebody may have lost sight of it since.
            if !seen.includes(&head.settings.id) {
                continue;
            }
            let comments = self.store().comments(&request).await?;
            let Some(comment) = comments.into_iter().find(|comment| comment.number == number) else { continue };
            let (procedure, environment_name) = (head.procedure, head.settings.name);
            mentions.push(Mention { request, procedure, environment_name, comment });
        }
        Ok(mentions)
    }
}

/// Whether this person may say something; otherwise why not, in words.
pub(crate) fn may_speak(by: &Person, labels: &Labels) -> std::result::Result<(), String> {
    if MAY_SPEAK.iter().any(|role| by.may_at(*role, labels)) {
        return Ok(());
    }
    let roles: Vec<&str> = MAY_SPEAK.iter().map(|role| role.word()).collect();
    Err(format!("this needs one of the roles {}", roles.join(", ")))
}

/// Whose question is answered.
fn asker(saying: Saying, before: &[Comment]) -> Option<&PersonId> {
    let Saying::Answer { question } = saying else { return None };
    before.iter().find(|comment| comment.number == question).map(|comment| &comment.by)
}

const fn deed(saying: Saying) -> &'static str {
    match saying {
        Saying::Remark => "request.commented",
        Saying::Question => "request.question_asked",
        Saying::Answer { .. } => "request.question_answered",
        Saying::Settled { .. } => "request.question_settled",
    }
}

/// The whole comment: what was said can be held against the log.
fn detail(comment: &Comment) -> String {
    let about = match comment.saying {
        Saying::Remark | Saying::Question => String::new(),
        Saying::Answer { question } | Saying::Settled { question } => format!(" to question {question}"),
    };
    let told = if comment.told.is_empty() { String::new() } else { format!(" (told: {})", names(&comment.told)) };
    format!("comment {}{about}{told}: {}", comment.number, comment.text)
}

fn names(told: &BTreeSet<String>) -> String {
    told.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
