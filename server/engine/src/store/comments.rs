//! Rows of what people say about requests.

use std::collections::{BTreeMap, BTreeSet};

use model::comment::{Comment, Saying};
use model::id::{PersonId, RequestId};
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Row, Transaction};

use super::Store;
use crate::{EngineError, Result};

/// How many comments in which somebody is named are shown at once.
const MENTIONS: i64 = 100;

/// What was said about a request, oldest first.
pub async fn of(from: &mut AnyConnection, request: &RequestId) -> Result<Vec<Comment>> {
    let rows = sqlx::query(
        "select c.number, c.by_id, p.name, c.at, c.kind, c.question, c.body
         from request_comment c join person p on p.id = c.by_id where c.request = $1 order by c.number",
    )
    .bind(request.as_str())
    .fetch_all(&mut *from)
    .await?;
    let told = sqlx::query(
        "select m.number, p.name from comment_mention m join person p on p.id = m.person where m.request = $1",
    )
    .bind(request.as_str())
    .fetch_all(&mut *from)
    .await?;
    let mut names: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for row in &told {
        names.entry(row.try_get(0)?).or_default().insert(row.try_get(1)?);
    }
    rows.iter().map(|row| read(row, request, &mut names)).collect()
}

/// Adds a comment, and who is named in it. The caller holds the request's row, so that numbers are given one by one.
pub async fn insert(
    tx: &mut Transaction<'static, Any>,
    request: &RequestId,
    comment: &Comment,
    named: &[&PersonId],
) -> Result<()> {
    let (kind, question) = written(comment.saying);
    sqlx::query(
        "insert into request_comment (request, number, by_id, at, kind, question, body)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(request.as_str())
    .bind(comment.number)
    .bind(comment.by.as_str())
    .bind(comment.at.0)
    .bind(kind)
    .bind(question)
    .bind(&comment.text)
    .execute(&mut **tx)
    .await?;
    for person in named {
        sqlx::query("insert into comment_mention (request, number, person) values ($1, $2, $3)")
            .bind(request.as_str())
            .bind(comment.number)
            .bind(person.as_str())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// This person has dealt with every comment on this request that names them; how many there were.
pub async fn seen(
    tx: &mut Transaction<'static, Any>,
    request: &RequestId,
    person: &PersonId,
    at: Timestamp,
) -> Result<u64> {
    let seen =
        sqlx::query("update comment_mention set seen_at = $3 where request = $1 and person = $2 and seen_at is null");
    Ok(seen.bind(request.as_str()).bind(person.as_str()).bind(at.0).execute(&mut **tx).await?.rows_affected())
}

impl Store {
    /// What was said about a request, oldest first.
    pub async fn comments(&self, request: &RequestId) -> Result<Vec<Comment>> {
        let mut connection = self.reader().acquire().await?;
        of(&mut connection, request).await
    }

    /// Where this person is named and has not dealt with it, newest first: request and number of the comment.
    pub async fn unseen_mentions(&self, person: &PersonId) -> Result<Vec<(RequestId, i64)>> {
        let rows = sqlx::query(
            "select m.request, m.number from comment_mention m
             join request_comment c on c.request = m.request and c.number = m.number
             where m.person = $1 and m.seen_at is null order by c.at desc, m.number desc limit $2",
        )
        .bind(person.as_str())
        .bind(MENTIONS)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|row| Ok((RequestId::new(row.try_get::<String, _>(0)?)?, row.try_get(1)?))).collect()
    }

    /// Whether this person is named on that request and has not dealt with it.
    pub async fn is_mentioned(&self, request: &RequestId, person: &PersonId) -> Result<bool> {
        let count: i64 = sqlx::query_scalar(
            "select count(*) from comment_mention where request = $1 and person = $2 and seen_at is null",
        )
        .bind(request.as_str())
        .bind(person.as_str())
        .fetch_one(self.reader())
        .await?;
        Ok(count > 0)
    }
}

const fn written(saying: Saying) -> (&'static str, Option<i64>) {
    match saying {
        Saying::Remark => ("remark", None),
        Saying::Question => ("question", None),
        Saying::Answer { question } => ("answer", Some(question)),
        Saying::Settled { question } => ("settled", Some(question)),
    }
}

fn read(row: &AnyRow, request: &RequestId, names: &mut BTreeMap<i64, BTreeSet<String>>) -> Result<Comment> {
    let number: i64 = row.try_get(0)?;
    let (kind, question): (String, Option<i64>) = (row.try_get(4)?, row.try_get(5)?);
    let saying = match (kind.as_str(), question) {
        ("remark", None) => Saying::Remark,
        ("question", None) => Saying::Question,
        ("answer", Some(question)) => Saying::Answer { question },
        ("settled", Some(question)) => Saying::Settled { question },
        (other, _) => return Err(EngineError::damaged("request", request.as_str(), format!("comment {other:?}"))),
    };
    Ok(Comment {
        number,
        by: PersonId::new(row.try_get::<String, _>(1)?)?,
        by_name: row.try_get(2)?,
        at: Timestamp(row.try_get(3)?),
        saying,
        text: row.try_get(6)?,
        told: names.remove(&number).unwrap_or_default(),
    })
}
