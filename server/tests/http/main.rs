//! Promises of the HTTP side, kept against the real router, the real engine and a database in a temporary folder.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archives;
mod assets;
mod audit;
mod comments;
mod declared;
mod events;
mod evidence;
mod first_use;
mod forms;
mod functions;
mod glass;
mod go;
mod guard;
mod headers;
mod health;
mod history;
mod import;
mod labels;
mod log;
mod login;
mod notifications;
mod picture;
mod proof;
mod records;
mod second_factor;
mod sessions;
mod setup;
mod support;
mod tokens;
mod updates;
