//! What somebody shows besides the password: a code of an authenticator app, or one of ten recovery codes.
//!
//! Each code counts once. The key that the app has lies sealed in the database; of recovery codes only hashes do.

mod codes;
#[cfg(test)]
mod tests;

use std::fmt;

use model::id::{PersonId, SealedId};
use model::people::{Person, Proof, SecondFactor};
use model::time::Timestamp;
use sqlx::{Any, Transaction};

use crate::error::{conflict, invalid, not_found};
use crate::people::is_password;
use crate::store::audit::{Deed, record};
use crate::store::people::{end_sessions, get};
use crate::store::sealed;
use crate::store::second_factors::{self, FactorRow};
use crate::{Engine, EngineError, Result};

/// What an app is given, once.
#[derive(Clone)]
pub struct AppKey {
    /// For who cannot scan: Base32.
    pub text: String,
    /// What a QR code holds.
    pub link: String,
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppKey").finish_non_exhaustive()
    }
}

/// What a right code was.
enum Taken {
    FromApp,
    Recovery,
}

impl Engine {
    /// What somebody shows besides the password.
    pub async fn second_factor(&self, person: &PersonId) -> Result<SecondFactor> {
        let reader = self.store().reader();
        Ok(match second_factors::get(reader, person).await? {
            None => SecondFactor::None,
            Some(FactorRow { confirmed_at: None, .. }) => SecondFactor::Begun,
            Some(FactorRow { confirmed_at: Some(since), .. }) => {
                SecondFactor::Active { since, codes_left: second_factors::recovery_left(reader, person).await? }
            }
        })
    }

    /// Makes a key for somebody's app. It counts when [`Engine::confirm_second_factor`] has seen a code made with it.
    ///
    /// Asks for the password: who finds a screen unlocked must not make it theirs.
    pub async fn begin_second_factor(&self, by: &Person, password: &str, from: &str) -> Result<AppKey> {
        self.has_password(by, "a second factor is set up").await?;
        let row = self.store().person(&by.id).await?;
        if !is_password(password, row.as_ref()).await {
            self.note_wrong(by, "proof.failed", from, "wrong password, when a second factor was to be set up").await?;
            return Err(invalid("password", "it is wrong"));
        }
        let text = codes::new_key();
        let link = codes::link(&text, &by.name)
            .ok_or_else(|| EngineError::damaged("second_factor", by.id.as_str(), "no key could be made"))?;
        let (id, row) = (SealedId::new(uuid::Uuid::now_v7().to_string())?, self.seal(text.as_bytes(), true)?);
        let mut tx = self.store().write().await?;
        let before = second_factors::get(&mut *tx, &by.id).await?;
        sealed::insert(&mut tx, &id, &row).await?;
        if !second_factors::begin(&mut tx, &by.id, &id).await? {
            return Err(conflict("you have a second factor already: switch it off first"));
        }
        if let Some(before) = before {
            sealed::remove(&mut tx, &before.secret).await?;
        }
        tx.commit().await?;
        Ok(AppKey { text, link })
    }

    /// Lets the key count, because the app has made a code with it; recovery codes for who loses the app.
    ///
    /// Whoever was logged in without a code is so no more.
    pub async fn confirm_second_factor(&self, by: &Person, code: &str) -> Result<Vec<String>> {
        self.confirm_second_factor_at(by, code, self.now()).await
    }

    async fn confirm_second_factor_at(&self, by: &Person, code: &str, at: Timestamp) -> Result<Vec<String>> {
        let over = || conflict("this is over: begin again on your account");
        let factor = second_factors::get(self.store().reader(), &by.id).await?.ok_or_else(over)?;
        let step = self.step(by, &factor, &codes::tidied(code), at).await?;
        let step = step.ok_or_else(|| {
            invalid("code", "this is not the code of the key that was just shown. Is the clock of the phone right?")
        })?;
        let mut tx = self.store().write().await?;
        if !second_factors::confirm(&mut tx, &by.id, &factor.secret, at, step).await? {
            return Err(over());
        }
        let codes = give_recovery_codes(&mut tx, &by.id).await?;
        end_sessions(&mut tx, &by.id).await?;
        let detail = by.name.clone();
        record(&mut tx, at, Deed { who: &by.name, what: "second_factor.set_up", subject: by.id.as_str(), detail })
            .await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Takes a code of somebody whose password was right; who is logged in with it. `from` is the client's address.
    ///
    /// The password may have changed since, and the account may have been disabled: the caller asks
    /// [`Engine::person_for_session`].
    pub async fn authenticate_code(&self, person: &PersonId, code: &str, from: &str) -> Result<Option<Person>> {
        self.authenticate_code_at(person, code, from, self.now()).await
    }

    async fn authenticate_code_at(
        &self,
        person: &PersonId,
        code: &str,
        from: &str,
        at: Timestamp,
    ) -> Result<Option<Person>> {
        let row = self.store().person(person).await?;
        let Some(person) = row.map(|row| row.person).filter(|person| person.disabled_at.is_none()) else {
            return Ok(None);
        };
        let mut tx = self.store().write().await?;
        let Some(taken) = self.take(&mut tx, &person, code, at).await? else {
            drop(tx);
            self.note_wrong(&person, "login.failed", from, "wrong code").await?;
            return Ok(None);
        };
        let with = match taken {
            Taken::FromApp => "with a code".to_owned(),
            Taken::Recovery => {
                let left = second_factors::recovery_left(&mut *tx, &person.id).await?;
                format!("with a recovery code; {left} are left")
            }
        };
        let detail = format!("from {from}, {with}");
        record(&mut tx, at, Deed { who: &person.name, what: "login.succeeded", subject: "", detail }).await?;
        tx.commit().await?;
        Ok(Some(person))
    }

    /// What somebody shows to prove again that it is they.
    pub async fn proof_of(&self, person: &Person) -> Result<Proof> {
        if self.issuer_of(person).await?.is_some() {
            return Ok(Proof::Provider);
        }
        let has_codes = matches!(self.second_factor(&person.id).await?, SecondFactor::Active { .. });
        Ok(if has_codes { Proof::Code } else { Proof::Password })
    }

    /// Takes what somebody shows to prove again that it is they.
    pub async fn prove(&self, by: &Person, shown: &str, from: &str) -> Result<()> {
        let proof = self.proof_of(by).await?;
        let mut tx = match proof {
            Proof::Code => self.proven(by, shown, from, "it was asked for again").await?,
            Proof::Provider => return Err(conflict("sign in at the provider again to show that it is you")),
            Proof::Password => {
                let row = self.store().person(&by.id).await?;
                if !is_password(shown, row.as_ref()).await {
                    self.note_wrong(by, "proof.failed", from, "wrong password, when it was asked for again").await?;
                    return Err(invalid("password", "it is wrong"));
                }
                self.store().write().await?
            }
        };
        let detail = format!("from {from}, with a {}", proof.word());
        record(&mut tx, self.now(), Deed { who: &by.name, what: "proof.shown", subject: "", detail }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Replaces one's recovery codes.
    pub async fn renew_recovery_codes(&self, by: &Person, code: &str, from: &str) -> Result<Vec<String>> {
        let mut tx = self.proven(by, code, from, "recovery codes were to be made").await?;
        let codes = give_recovery_codes(&mut tx, &by.id).await?;
        let (what, detail) = ("second_factor.codes_made", by.name.clone());
        record(&mut tx, self.now(), Deed { who: &by.name, what, subject: by.id.as_str(), detail }).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Switches one's own second factor off.
    pub async fn switch_second_factor_off(&self, by: &Person, code: &str, from: &str) -> Result<()> {
        let mut tx = self.proven(by, code, from, "the second factor was to be switched off").await?;
        self.forget(&mut tx, &by.name, by, "").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes the second factor of somebody who has lost it away; their sessions end. `by` is `None` on the server's command line.
    pub async fn remove_second_factor(&self, by: Option<&Person>, id: &PersonId) -> Result<()> {
        if by.is_some_and(|by| by.id == *id) {
            // Otherwise who finds an admin's screen unlocked does not need the code.
            return Err(conflict("switch your own second factor off on your account, with a code"));
        }
        let mut tx = self.store().write().await?;
        let person = get(&mut tx, id).await?.ok_or_else(|| not_found("this person"))?.person;
        let who = by.map_or("drydock", |by| &by.name);
        self.forget(&mut tx, who, &person, " (they had lost it)").await?;
        tx.commit().await?;
        Ok(())
    }

    /// A transaction in which a code was taken: what needs it is done in there, or the code was not used.
    async fn proven(&self, by: &Person, code: &str, from: &str, when: &str) -> Result<Transaction<'static, Any>> {
        let mut tx = self.store().write().await?;
        if self.take(&mut tx, by, code, self.now()).await?.is_none() {
            drop(tx);
            self.note_wrong(by, "proof.failed", from, &format!("wrong code, when {when}")).await?;
            return Err(invalid("code", "it is not right, or was used before: wait for the next one"));
        }
        Ok(tx)
    }

    async fn forget(&self, tx: &mut Transaction<'static, Any>, who: &str, person: &Person, why: &str) -> Result<()> {
        if !second_factors::remove(tx, &person.id).await? {
            return Err(conflict(format!("{} has no second factor", person.name)));
        }
        end_sessions(tx, &person.id).await?;
        let (what, subject, detail) = ("second_factor.removed", person.id.as_str(), format!("{}{why}", person.name));
        record(tx, self.now(), Deed { who, what, subject, detail }).await
    }

    /// Uses a code up, if it is right.
    async fn take(
        &self,
        tx: &mut Transaction<'static, Any>,
        person: &Person,
        code: &str,
        at: Timestamp,
    ) -> Result<Option<Taken>> {
        let code = codes::tidied(code);
        let Some(factor) = second_factors::get(&mut **tx, &person.id).await? else { return Ok(None) };
        if !codes::is_of_app(&code) {
            let is_one = second_factors::take_recovery(tx, &person.id, &codes::recovery_hash(&code), at).await?;
            return Ok(is_one.then_some(Taken::Recovery));
        }
        let Some(step) = self.step(person, &factor, &code, at).await? else { return Ok(None) };
        let is_new = second_factors::take_step(tx, &person.id, &factor.secret, step).await?;
        Ok(is_new.then_some(Taken::FromApp))
    }

    /// Which step a code of the app belongs to.
    async fn step(&self, person: &Person, factor: &FactorRow, code: &str, at: Timestamp) -> Result<Option<i64>> {
        let damaged = |why: &str| EngineError::damaged("second_factor", person.id.as_str(), why);
        let row = self.store().sealed(&factor.secret).await?.ok_or_else(|| damaged("its key is gone"))?;
        let key = self.unseal(&row)?.ok_or_else(|| {
            conflict(format!(
                "the second factor of {} was sealed with another key file: an admin can restore that file or remove the second \
                 factor; a recovery code works meanwhile",
                person.name
            ))
        })?;
        let key = String::from_utf8(key).map_err(|_| damaged("its key is no text"))?;
        let app = codes::app(&key, &person.name).ok_or_else(|| damaged("its key is not valid"))?;
        Ok(codes::step_of(&app, code, at))
    }

    async fn note_wrong(&self, person: &Person, what: &'static str, from: &str, why: &str) -> Result<()> {
        let detail = format!("from {from}: {why}");
        self.record(Deed { who: &person.name, what, subject: "", detail }).await
    }
}

async fn give_recovery_codes(tx: &mut Transaction<'static, Any>, person: &PersonId) -> Result<Vec<String>> {
    let codes = codes::new_recovery_codes();
    let hashes: Vec<String> = codes.iter().map(|code| codes::recovery_hash(code)).collect();
    second_factors::set_recovery(tx, person, &hashes).await?;
    Ok(codes)
}
