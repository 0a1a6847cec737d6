//! The one way from a server function to the engine.
//!
//! [`Engine`] is in the context, but its type is private to this module as far as `app` is concerned: every server
//! function begins with one of the desks and thereby declares who may use it. One that does not cannot reach the engine.
//!
//! What belongs to an environment is behind [`desk_at`] and its like, which are told what it is about. Who asks another desk
//! about it by mistake keeps out everybody whose role does not count everywhere.

use std::fmt::Display;
use std::str::FromStr;

use engine::{Engine, EngineError, Place};
use http::HeaderName;
use leptos::prelude::use_context;
use model::id::{EnvironmentId, RequestId, RunId, SessionId};
use model::people::{Person, Proof, Role};
use model::procedure::Inputs;
use model::refusal::Refusal;
use model::request::Why;
use model::time::Timestamp;
use model::verb::Verb;

use super::respond::{go_to, say, set_status};
use crate::clock::now;
use crate::error::{Answer, ApiError};

/// Who is logged in, as the server found out from the session.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who, if anybody is.
    pub person: Option<Person>,
    /// Their session.
    pub session: Option<SessionId>,
    /// When they have shown last, in this session, that it is they.
    pub proven: Option<Timestamp>,
    /// Whether it is a program with a token of theirs.
    pub by_token: bool,
}

impl Caller {
    /// Nobody is logged in.
    #[must_use]
    pub const fn nobody() -> Self {
        Self { person: None, session: None, proven: None, by_token: false }
    }
}

/// Who has to show again that it is they, before they do what cannot be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepUp {
    /// How long it counts, in seconds.
    pub lasts: i64,
    /// Also those who have nothing but a password.
    pub of_everybody: bool,
}

/// The header of an answer to who has to show first that it is they: with what, in a word.
pub const PROOF_WANTED: HeaderName = HeaderName::from_static("x-drydock-proof");

/// Somebody who may do what was declared, and the engine to do it with.
#[derive(Debug)]
pub struct Desk {
    /// Carries out what is asked.
    pub engine: Engine,
    /// Who asks.
    pub by: Person,
}

impl Desk {
    /// Goes on with who has one of the roles in the environment to which something belongs.
    async fn at(self, any_of: &[Role], place: Place<'_>) -> Result<Self, ApiError> {
        let labels = self.engine.labels_seen(&self.by, place).await?;
        if any_of.iter().any(|role| self.by.may_at(*role, &labels)) { Ok(self) } else { Err(forbidden(any_of)) }
    }

    /// Looks at the environment, makes the plan, and goes to the request.
    ///
    /// # Errors
    /// No plan can be made of it, or nobody could ever approve it.
    pub async fn make_request(&self, environment: &EnvironmentId, inputs: Inputs, why: Why) -> Answer<RequestId> {
        let request = self.engine.prepare(&self.by, environment, inputs, why).await?;
        go_to(&format!("/requests/{request}"));
        Ok(request)
    }

    /// What this person has to show before they do what cannot be taken back; nothing if they just have, or are never asked.
    ///
    /// # Errors
    /// The database does not say.
    pub async fn wanted_proof(&self) -> Answer<Option<Proof>> {
        let rule = use_context::<StepUp>();
        let proven = use_context::<Caller>().and_then(|caller| caller.proven);
        let proof = self.engine.proof_of(&self.by).await?;
        let is_asked = proof != Proof::Password || rule.is_some_and(|rule| rule.of_everybody);
        let lasts = rule.map_or(0, |rule| rule.lasts.saturating_mul(1000));
        let is_fresh = proven.is_some_and(|proven| now().since(proven) <= lasts);
        Ok((is_asked && !is_fresh).then_some(proof))
    }

    /// Does something to a run under way; when it takes effect, in words.
    ///
    /// # Errors
    /// There is no such run, or it cannot be done as things stand.
    pub async fn intervene(self, run: &RunId, verb: Verb, reason: &str) -> Answer<String> {
        Ok(self.engine.intervene(&self.by, run, &verb, reason).await?)
    }
}

/// The header of an answer to a program that asks for what only a person does.
const PERSON_WANTED: HeaderName = HeaderName::from_static("x-drydock-person");

/// Lets in everybody who is logged in: for what concerns nobody else, and for lists of what they see, which the engine makes.
///
/// # Errors
/// Nobody is logged in.
pub fn anybody() -> Result<Desk, ApiError> {
    let by = caller().filter(Person::may_log_in).ok_or(Refusal::NotLoggedIn).map_err(refused)?;
    let engine = use_context::<Engine>().ok_or_else(|| {
        refused(Refusal::Unavailable { problem: "this server was started without its engine".to_owned() })
    })?;
    Ok(Desk { engine, by })
}

/// As [`anybody`], but no token of theirs.
///
/// # Errors
/// As [`anybody`]; or a program asks.
pub fn any_person() -> Result<Desk, ApiError> {
    no_program(anybody()?)
}

/// Lets in who has the role everywhere: for what belongs to no environment.
///
/// # Errors
/// Nobody is logged in, or the role is missing.
pub fn desk(needed: Role) -> Result<Desk, ApiError> {
    let desk = anybody()?;
    if desk.by.may(needed) { Ok(desk) } else { Err(forbidden(&[needed])) }
}

/// Lets in who has one of the roles in the environment to which something belongs. To who does not see that environment, the
/// something does not exist.
///
/// # Errors
/// Nobody is logged in, there is no such thing for them, or all of the roles are missing.
pub async fn desk_at(any_of: &[Role], place: impl Into<Place<'_>> + Send) -> Result<Desk, ApiError> {
    desk_somewhere(any_of)?.at(any_of, place.into()).await
}

/// Whoever has none of the roles anywhere is told that before anything is looked for.
fn desk_somewhere(any_of: &[Role]) -> Result<Desk, ApiError> {
    let desk = anybody()?;
    if any_of.iter().any(|role| desk.by.may_somewhere(*role)) { Ok(desk) } else { Err(forbidden(any_of)) }
}

fn forbidden(any_of: &[Role]) -> ApiError {
    refused(Refusal::Forbidden { any_of: any_of.to_vec() })
}

/// Lets in who has the role everywhere and is a person: no token of theirs does, whatever its roles.
///
/// # Errors
/// As [`desk`]; or a program asks.
pub fn person_desk(needed: Role) -> Result<Desk, ApiError> {
    no_program(desk(needed)?)
}

/// As [`desk_at`], and is a person.
///
/// # Errors
/// As [`desk_at`]; or a program asks.
pub async fn person_desk_at(any_of: &[Role], place: impl Into<Place<'_>> + Send) -> Result<Desk, ApiError> {
    no_program(desk_somewhere(any_of)?)?.at(any_of, place.into()).await
}

fn no_program(desk: Desk) -> Result<Desk, ApiError> {
    if use_context::<Caller>().is_some_and(|caller| caller.by_token) {
        say(PERSON_WANTED, "yes");
        let problem = "this is for a person who is logged in: a token does not do".to_owned();
        return Err(refused(Refusal::Conflict { problem }));
    }
    Ok(desk)
}

/// As [`person_desk_at`], and has just shown that it is they: for what cannot be taken back.
///
/// # Errors
/// As [`person_desk_at`]; or it was too long ago.
pub async fn proven_desk_at(any_of: &[Role], place: impl Into<Place<'_>> + Send) -> Result<Desk, ApiError> {
    let desk = no_program(desk_somewhere(any_of)?)?;
    let Some(proof) = desk.wanted_proof().await? else { return desk.at(any_of, place.into()).await };
    say(PROOF_WANTED, proof.word());
    let problem = match proof {
        Proof::Password => "show first that it is you: this needs your password again",
        Proof::Provider => "show first that it is you: sign in at your provider once more",
        Proof::Code => "show first that it is you: this needs a code of your app",
    };
    Err(refused(Refusal::Conflict { problem: problem.to_owned() }))
}

/// What stands in a field of a form.
///
/// # Errors
/// It cannot be read; the refusal names the field and says what is allowed.
pub fn field<T>(name: &str, text: &str) -> Result<T, ApiError>
where
    T: FromStr<Err: Display>,
{
    let invalid = |problem: T::Err| Refusal::Invalid { field: name.to_owned(), problem: problem.to_string() };
    text.trim().parse().map_err(|problem| refused(invalid(problem)))
}

/// Who is logged in, if anybody is.
#[must_use]
pub fn caller() -> Option<Person> {
    use_context::<Caller>().and_then(|caller| caller.person)
}

/// The session that asks, if there is one.
#[must_use]
pub fn this_session() -> Option<SessionId> {
    use_context::<Caller>().and_then(|caller| caller.session)
}

/// A refusal on its way to the page, with the status that belongs to it.
pub fn refused(refusal: Refusal) -> ApiError {
    set_status(&refusal);
    ApiError(refusal)
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        refused(error.refusal())
    }
}
