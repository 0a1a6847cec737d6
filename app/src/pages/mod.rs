//! One module per page.

mod audit;
mod connection;
mod environment;
pub mod environment_form;
mod history;
mod inbox;
mod login;
mod not_found;
mod params;
mod people;
mod person_row;
mod record;
mod rehearsal;
mod replay;
mod request;
mod restart;
pub mod run;
mod setup;
mod updates;

pub use audit::Audit;
pub use connection::Connection;
pub use environment::EnvironmentPage;
pub use environment_form::{EnvironmentSettings, NewEnvironment};
pub use history::History;
pub use inbox::Inbox;
pub use login::Login;
pub use not_found::NotFound;
pub use people::People;
pub use rehearsal::RehearsalPage;
pub use replay::{ReplayPage, ReplayPlan, Replays, UploadRefused};
pub use request::RequestPage;
pub use restart::Restart;
pub use run::{RunLog, RunPage, RunReplay};
pub use setup::Setup;
pub use updates::Updates;
