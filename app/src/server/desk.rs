//! The one way from a server function to the engine.
//!
//! [`Engine`] is in the context, but its type is private to this module as far as `app` is concerned: every server
//! function begins with `desk(Role::…)?` (or `desk_any`) and thereby declares who may use it. One that does not cannot reach the engine.

use std::fmt::Display;
use std::str::FromStr;

use engine::{Engine, EngineError};
use leptos::prelude::use_context;
use model::id::{EnvironmentId, RequestId};
use model::people::{Person, Role};
use model::procedure::Inputs;
use model::refusal::Refusal;
use model::request::Why;
use model::verb::Verb;

use super::respond::{go_to, set_status};
use crate::error::{Answer, ApiError};

/// Who is logged in, as the server found out from the session.
#[derive(Debug, Clone)]
pub struct Caller(pub Option<Person>);

/// Somebody who may do what was declared, and the engine to do it with.
#[derive(Debug)]
pub struct Desk {
    /// Carries out what is asked.
    pub engine: Engine,
    /// Who asks.
    pub by: Person,
}

impl Desk {
    /// Looks at the environment, makes the plan, and goes to the request.
    ///
    /// # Errors
    /// No plan can be made of it, or nobody could ever approve it.
    pub async fn make_request(&self, environment: &EnvironmentId, inputs: Inputs, why: Why) -> Answer<RequestId> {
        let request = self.engine.prepare(&self.by, environment, inputs, why).await?;
        go_to(&format!("/requests/{request}"));
        Ok(request)
    }

    /// Does something to a run under way; when it takes effect, in words.
    ///
    /// # Errors
    /// There is no such run, or it cannot be done as things stand.
    pub async fn intervene(self, run: &str, verb: Verb, reason: &str) -> Answer<String> {
        let run = field("run", run)?;
        Ok(self.engine.intervene(&self.by, &run, &verb, reason).await?)
    }
}

/// Lets in who has the role.
///
/// # Errors
/// Nobody is logged in, or the role is missing.
pub fn desk(needed: Role) -> Result<Desk, ApiError> {
    desk_any(&[needed])
}

/// Lets in who has one of the roles.
///
/// # Errors
/// Nobody is logged in, or all of the roles are missing.
pub fn desk_any(any_of: &[Role]) -> Result<Desk, ApiError> {
    let by = caller().ok_or(Refusal::NotLoggedIn).map_err(refused)?;
    if !any_of.iter().any(|role| by.may(*role)) {
        return Err(refused(Refusal::Forbidden { any_of: any_of.to_vec() }));
    }
    let engine = use_context::<Engine>().ok_or_else(|| {
        refused(Refusal::Unavailable { problem: "this server was started without its engine".to_owned() })
    })?;
    Ok(Desk { engine, by })
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
    use_context::<Caller>().and_then(|caller| caller.0)
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
