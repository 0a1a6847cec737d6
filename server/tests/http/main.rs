//! Promises of the HTTP side, kept against the real router, the real engine and a database in a temporary folder.

mod assets;
mod events;
mod functions;
mod guard;
mod headers;
mod health;
mod login;
mod setup;
mod support;
