//! What exists on the server only: the way to the engine, the HTML around the pages, and reading forms that hold secrets.

mod desk;
pub mod environment_draft;
pub mod notification_draft;
mod respond;
mod shell;
mod trouble;

pub use desk::{
    Caller, Desk, PROOF_WANTED, StepUp, any_person, anybody, caller, desk, desk_at, field, person_desk, person_desk_at,
    proven_desk_at, refused, this_session,
};
pub use respond::{go_to, remember_single_keys, remember_theme, remembered_single_keys};
pub use shell::{Assets, Module, shell};
pub use trouble::trouble;
