//! The pages of Drydock: Leptos components, and the server functions behind them.
//!
//! Compiled twice. With `ssr` it renders every page on the server, complete and usable without WASM; with `hydrate` it
//! becomes the WASM that takes the page over in the browser. The browser half knows `model` and nothing else of ours.

pub mod api;
mod clock;
mod components;
mod error;
mod live;
mod look;
mod looks;
mod pages;
mod probe_words;
mod routes;
#[cfg(feature = "ssr")]
mod server;
mod summary;
mod theme;

pub use error::{Answer, ApiError};
pub use routes::App;
#[cfg(feature = "ssr")]
pub use server::{Assets, Caller, shell};

/// Takes over the page that the server has rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(App);
}
