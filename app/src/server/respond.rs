//! What a server function says besides its answer: status, cookie, where to go next.

use http::header::{ACCEPT, COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use model::refusal::Refusal;

use crate::shortcuts::SingleKeys;
use crate::theme::Theme;

/// Sends the browser to another page, with or without WASM.
pub fn go_to(path: &str) {
    leptos_axum::redirect(path);
}

/// Gives the response the status of the refusal.
///
/// Not for a plain form: its response is a redirect back to the page, which then shows the refusal.
pub(super) fn set_status(refusal: &Refusal) {
    let (Some(request), Some(response)) = (use_context::<Parts>(), use_context::<ResponseOptions>()) else { return };
    let wants_html = request.headers.get(ACCEPT).is_some_and(|accept| contains(accept, "text/html"));
    if request.method == Method::POST && wants_html {
        return;
    }
    response.set_status(match refusal {
        Refusal::NotLoggedIn => StatusCode::UNAUTHORIZED,
        Refusal::Forbidden { .. } => StatusCode::FORBIDDEN,
        Refusal::NotFound { .. } => StatusCode::NOT_FOUND,
        Refusal::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Conflict { .. } => StatusCode::CONFLICT,
        Refusal::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    });
}

/// Says a word in a header of the response.
pub(super) fn say(name: HeaderName, word: &'static str) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(name, HeaderValue::from_static(word));
    }
}

fn contains(value: &HeaderValue, word: &str) -> bool {
    value.to_str().is_ok_and(|value| value.contains(word))
}

/// How long a browser keeps what was chosen, in seconds: a year.
const KEPT: u32 = 31_536_000;

const THEME: &str = "theme";
const SINGLE_KEYS: &str = "keys";

/// Stores the chosen colours in the browser.
pub fn remember_theme(theme: Theme) {
    remember(THEME, theme.word());
}

/// Stores in the browser whether single keys count.
pub fn remember_single_keys(keys: SingleKeys) {
    remember(SINGLE_KEYS, keys.word());
}

/// The colours this browser has chosen before.
pub(super) fn remembered_theme() -> Theme {
    remembered(THEME, Theme::from_word)
}

/// What this browser has chosen before.
pub fn remembered_single_keys() -> SingleKeys {
    remembered(SINGLE_KEYS, SingleKeys::from_word)
}

fn remember(name: &str, word: &str) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let cookie = format!("{name}={word}; Path=/; Max-Age={KEPT}; SameSite=Lax; HttpOnly");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.append_header(SET_COOKIE, cookie);
    }
}

fn remembered<T: Default>(name: &str, read: impl Fn(&str) -> Option<T>) -> T {
    let Some(request) = use_context::<Parts>() else { return T::default() };
    let cookies = request.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(known, _)| *known == name).find_map(|(_, word)| read(word)).unwrap_or_default()
}
