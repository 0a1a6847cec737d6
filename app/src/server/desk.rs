//! The one way from a server function to the engine.
//!
//! [`Engine`] is in the context, but its type is private to this module as far as `app` is concerned: every server
//! function begins with `desk(Role::…)?` and thereby declares who may use it. One that does not cannot reach the engine.

use engine::{Engine, EngineError};
use leptos::prelude::use_context;
use model::people::{Person, Role};
use model::refusal::Refusal;

use super::respond::set_status;
use crate::error::ApiError;

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

/// Lets in who has the role.
///
/// # Errors
/// Nobody is logged in, or the role is missing.
pub fn desk(needed: Role) -> Result<Desk, ApiError> {
    let by = caller().ok_or(Refusal::NotLoggedIn).map_err(refused)?;
    if !by.may(needed) {
        return Err(refused(Refusal::Forbidden { needed }));
    }
    let engine = use_context::<Engine>().ok_or_else(|| {
        refused(Refusal::Unavailable { problem: "this server was started without its engine".to_owned() })
    })?;
    Ok(Desk { engine, by })
}

/// Who is logged in, if anybody is.
#[must_use]
pub fn caller() -> Option<Person> {
    use_context::<Caller>().and_then(|caller| caller.0)
}

/// A refusal on its way to the page, with the status that belongs to it.
pub(super) fn refused(refusal: Refusal) -> ApiError {
    set_status(&refusal);
    ApiError(refusal)
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        refused(error.refusal())
    }
}
