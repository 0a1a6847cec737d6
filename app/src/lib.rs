//! The pages of Drydock: Leptos components, and the server functions behind them.
//!
//! Compiled twice. With `ssr` it renders every page on the server, complete and usable without WASM; with `hydrate` it
//! becomes the WASM that brings the [`islands`] of a page to life. The browser half knows `model` and nothing else of ours.

#![recursion_limit = "512"]

pub mod api;
mod clock;
mod components;
mod error;
mod islands;
mod live;
mod look;
mod looks;
mod pages;
mod routes;
#[cfg(feature = "ssr")]
mod server;
mod shortcuts;
mod summary;
mod theme;

pub use components::{Platforms, SignInAt};
pub use error::{Answer, ApiError};
pub use pages::{ImportShown, NewTokenShown, ProofAsked, QrOutline, SecondFactorStep, UploadRefused};
pub use routes::App;
#[cfg(feature = "ssr")]
pub use server::{Assets, Caller, Module, PROOF_WANTED, StepUp, shell};

/// Prepares the browser for the islands of a page; the page then wakes each of them.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
