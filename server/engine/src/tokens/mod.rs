//! What programs show instead of a password: scoped, expiring, and never worth more than whoever made it.

#[cfg(test)]
mod tests;

use model::grant::Grants;
use model::id::TokenId;
use model::people::Person;
use model::time::Timestamp;
use model::token::{LONGEST_TOKEN_DAYS, TokenUse, TokenView};
use sha2::{Digest, Sha256};
use sqlx::{Any, Transaction};

use crate::error::{invalid, not_found};
use crate::secrets::random_token;
use crate::store::audit::{Deed, record};
use crate::store::tokens::{self, TokenRow};
use crate::{Engine, Result};

/// How each begins, so that one that has leaked is found by who looks for it.
const PREFIX: &str = "drydock_";

/// The last use is written only once in this many milliseconds.
const WRITE_AGAIN_AFTER: i64 = 60_000;

/// A token somebody wants.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What to call it.
    pub name: String,
    /// What it may do, and where: nothing that its owner may not. Nothing chosen: it looks wherever its owner looks now.
    pub roles: Grants,
    /// Whether it only looks, whatever its roles.
    pub read_only: bool,
    /// How long it is good.
    pub days: u32,
}

/// Whoever came with a token.
#[derive(Debug, Clone)]
pub struct TokenHolder {
    /// Its owner, with the token's roles in place of their own.
    pub person: Person,
    /// Whether it only looks.
    pub read_only: bool,
}

impl Engine {
    /// Makes a token; it is known to nobody but the caller afterwards.
    pub async fn create_token(&self, by: &Person, new: NewToken) -> Result<String> {
        let name = new.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
            return Err(invalid("name", "1 to 60 characters are needed, to recognise it by"));
        }
        if !(1..=LONGEST_TOKEN_DAYS).contains(&new.days) {
            return Err(invalid("days", format!("1 to {LONGEST_TOKEN_DAYS} are allowed")));
        }
        if let Some(grant) = new.roles.iter().find(|grant| !by.roles.cover(grant)) {
            return Err(invalid("roles", format!("you are not {grant} yourself")));
        }
        let roles = if new.roles.is_empty() { by.roles.only_looking() } else { new.roles };
        let text = format!("{PREFIX}{}", random_token());
        let now = self.now();
        let view = TokenView {
            id: TokenId::new(uuid::Uuid::now_v7().to_string())?,
            name,
            roles,
            read_only: new.read_only,
            created: now,
            expires: now.plus_seconds(i64::from(new.days) * 86_400),
            used: None,
        };
        let detail = format!("{}: {}, until {}", view.name, scope(&view), view.expires);
        let row = TokenRow { person: by.id.clone(), view };
        let mut tx = self.store().write().await?;
        tokens::insert(&mut tx, &row, &hash(&text)).await?;
        let subject = row.view.id.as_str();
        record(&mut tx, now, Deed { who: &by.name, what: "token.created", subject, detail }).await?;
        tx.commit().await?;
        Ok(text)
    }

    /// Somebody's own tokens.
    pub async fn tokens(&self, by: &Person) -> Result<Vec<TokenView>> {
        tokens::of(self.store().reader(), &by.id).await
    }

    /// Lets one of one's own tokens count no more.
    pub async fn revoke_token(&self, by: &Person, id: &TokenId) -> Result<()> {
        let token = self.tokens(by).await?.into_iter().find(|token| token.id == *id);
        let token = token.ok_or_else(|| not_found("this token"))?;
        let mut tx = self.store().write().await?;
        if !tokens::revoke(&mut tx, &by.id, id, self.now()).await? {
            return Err(not_found("this token"));
        }
        let (what, subject) = ("token.revoked", id.as_str());
        record(&mut tx, self.now(), Deed { who: &by.name, what, subject, detail: token.name }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who comes with this token, if it is good: not expired, not revoked, and its owner may still do all that it may.
    /// `from` is the client's address.
    pub async fn authenticate_token(&self, text: &str, from: &str) -> Result<Option<TokenHolder>> {
        self.authenticate_token_at(text, from, self.now()).await
    }

    async fn authenticate_token_at(&self, text: &str, from: &str, at: Timestamp) -> Result<Option<TokenHolder>> {
        let Some(row) = self.store().token(&hash(text), at).await? else { return Ok(None) };
        let owner = self.store().person(&row.person).await?.map(|row| row.person);
        let Some(owner) = owner.filter(|owner| covers(owner, &row.view)) else { return Ok(None) };
        self.note_token_use(&owner, &row.view, from, at).await?;
        Ok(Some(TokenHolder { person: Person { roles: row.view.roles, ..owner }, read_only: row.view.read_only }))
    }

    async fn note_token_use(&self, owner: &Person, token: &TokenView, from: &str, at: Timestamp) -> Result<()> {
        let is_elsewhere = token.used.as_ref().is_none_or(|used| used.from != from);
        if !is_elsewhere && token.used.as_ref().is_some_and(|used| at.since(used.at) < WRITE_AGAIN_AFTER) {
            return Ok(());
        }
        let mut tx = self.store().write().await?;
        tokens::note_use(&mut tx, &token.id, &TokenUse { at, from: from.to_owned() }).await?;
        if is_elsewhere {
            let (what, subject, detail) = ("token.used", token.id.as_str(), format!("{}, from {from}", token.name));
            record(&mut tx, at, Deed { who: &owner.name, what, subject, detail }).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Revokes for good what somebody may not do any more: a role that comes back does not bring its tokens back.
pub(crate) async fn revoke_uncovered(tx: &mut Transaction<'static, Any>, owner: &Person, at: Timestamp) -> Result<()> {
    for token in tokens::of(&mut **tx, &owner.id).await? {
        if !covers(owner, &token) && tokens::revoke(tx, &owner.id, &token.id, at).await? {
            let detail = format!("{}: {} may not do all that it may any more", token.name, owner.name);
            let subject = token.id.as_str();
            record(tx, at, Deed { who: "drydock", what: "token.revoked", subject, detail }).await?;
        }
    }
    Ok(())
}

fn covers(owner: &Person, token: &TokenView) -> bool {
    owner.may_log_in() && token.roles.iter().all(|grant| owner.roles.cover(grant))
}

fn scope(token: &TokenView) -> String {
    let roles = token.roles.words();
    if token.read_only { format!("{roles}, read only") } else { roles }
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
