//! Rows of who signs in at a provider.

use model::id::PersonId;
use sqlx::{Any, Executor, Row, Transaction};

use super::Store;
use crate::Result;

/// Who that is, if they were here before.
pub async fn person(tx: &mut Transaction<'static, Any>, issuer: &str, subject: &str) -> Result<Option<PersonId>> {
    let id: Option<String> = sqlx::query_scalar("select person from identity where issuer = $1 and subject = $2")
        .bind(issuer)
        .bind(subject)
        .fetch_optional(&mut **tx)
        .await?;
    id.map(|id| Ok(PersonId::new(id)?)).transpose()
}

/// Remembers who that is.
pub async fn insert(tx: &mut Transaction<'static, Any>, issuer: &str, subject: &str, person: &PersonId) -> Result<()> {
    sqlx::query("insert into identity (issuer, subject, person) values ($1, $2, $3)")
        .bind(issuer)
        .bind(subject)
        .bind(person.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// At which issuer somebody signs in; `None` when they have a password here.
pub async fn issuer<'e>(from: impl Executor<'e, Database = Any>, person: &PersonId) -> Result<Option<String>> {
    let issuer = sqlx::query_scalar("select issuer from identity where person = $1").bind(person.as_str());
    Ok(issuer.fetch_optional(from).await?)
}

impl Store {
    /// Everybody who signs in at a provider, and at which.
    pub async fn identities(&self) -> Result<Vec<(PersonId, String)>> {
        let rows = sqlx::query("select person, issuer from identity").fetch_all(self.reader()).await?;
        rows.iter().map(|row| Ok((PersonId::new(row.try_get::<String, _>(0)?)?, row.try_get(1)?))).collect()
    }
}
