//! Server functions: verbs, one engine call long, each with the role it needs in its first line.

pub mod audit;
pub mod comments;
pub mod environment_form;
pub mod environments;
pub mod history;
pub mod landmarks;
pub mod migration_form;
pub mod notification_form;
pub mod notifications;
pub mod people;
pub mod policies;
pub mod policy_form;
pub mod records;
pub mod requests;
pub mod restart_form;
pub mod runs;
pub mod session;
pub mod snapshots;
pub mod tokens;
pub mod update_form;
pub mod verbs;
