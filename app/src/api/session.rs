//! Who is looking, and in which colours.

use leptos::prelude::*;
use model::people::Person;

use crate::error::Answer;
use crate::theme::Theme;

/// Who is logged in, if anybody is.
#[server(endpoint = "load_viewer")]
pub async fn load_viewer() -> Answer<Option<Person>> {
    Ok(crate::server::caller())
}

/// Remembers the chosen colours in this browser.
#[server(endpoint = "choose_theme")]
pub async fn choose_theme(theme: Theme) -> Answer<Theme> {
    crate::server::desk(model::people::Role::Viewer)?;
    crate::server::remember_theme(theme);
    Ok(theme)
}
