//! Who is looking, in which colours, and where else.

use leptos::prelude::*;
use model::id::SessionId;
use model::people::{Person, Proof};
use model::session::SessionView;

use crate::error::Answer;
use crate::shortcuts::SingleKeys;
use crate::theme::Theme;

/// Who is logged in, if anybody is.
#[server(endpoint = "load_viewer")]
pub async fn load_viewer() -> Answer<Option<Person>> {
    Ok(crate::server::caller())
}

/// Remembers the chosen colours in this browser.
#[server(endpoint = "choose_theme")]
pub async fn choose_theme(theme: Theme) -> Answer<Theme> {
    crate::server::anybody()?;
    crate::server::remember_theme(theme);
    Ok(theme)
}

/// Whether single keys count in this browser.
#[server(endpoint = "load_single_keys")]
pub async fn load_single_keys() -> Answer<SingleKeys> {
    crate::server::anybody()?;
    Ok(crate::server::remembered_single_keys())
}

/// Remembers in this browser whether single keys count.
#[server(endpoint = "choose_single_keys")]
pub async fn choose_single_keys(keys: SingleKeys) -> Answer<SingleKeys> {
    crate::server::anybody()?;
    crate::server::remember_single_keys(keys);
    Ok(keys)
}

/// Where one is logged in.
#[server(endpoint = "load_sessions")]
pub async fn load_sessions() -> Answer<Vec<SessionView>> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.sessions(&desk.by, crate::server::this_session().as_ref()).await?)
}

/// Ends one of one's own sessions.
#[server(endpoint = "end_session")]
pub async fn end_session(session: SessionId) -> Answer<()> {
    let desk = crate::server::any_person()?;
    Ok(desk.engine.end_session(&desk.by, &session).await?)
}

/// Ends all of one's own sessions but this one.
#[server(endpoint = "end_other_sessions")]
pub async fn end_other_sessions() -> Answer<()> {
    let desk = crate::server::any_person()?;
    let this = crate::server::this_session().ok_or(model::refusal::Refusal::NotLoggedIn);
    Ok(desk.engine.end_other_sessions(&desk.by, &this.map_err(crate::server::refused)?).await?)
}

/// What one has to show before one does what cannot be taken back, if anything.
#[server(endpoint = "load_wanted_proof")]
pub async fn load_wanted_proof() -> Answer<Option<Proof>> {
    crate::server::anybody()?.wanted_proof().await
}
