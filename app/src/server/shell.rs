//! The HTML document around the pages.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use super::respond::remembered_theme;
use crate::App;

/// URL paths of what the build has made, for example `/assets/app-0123456789abcdef.js`.
/// Empty after a plain `cargo build`: the pages then work as plain HTML.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    /// The module that loads the WASM.
    pub js: String,
    /// The WASM.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
}

/// A whole document.
pub fn shell(assets: Assets) -> impl IntoView {
    let theme = remembered_theme();
    provide_context(theme);
    // What the server has loaded for a page stays with the server: only islands need any of it, and they carry it along.
    if let Some(page) = Owner::current_shared_context() {
        page.set_is_hydrating(false);
    }
    view! {
        <!DOCTYPE html>
        <html lang="en" class=theme.html_class()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href=ICON/>
                {(!assets.css.is_empty()).then(|| view! { <link rel="stylesheet" href=assets.css.clone()/> })}
                {(!assets.js.is_empty()).then(|| hydration(&assets))}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// A dock with a ship in it, drawn here so that no page asks for `/favicon.ico` without need.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath \
    d='M2 6v7h12V6M5 9h6l-1 2H6z' fill='none' stroke='%232f50c1' stroke-width='1.8'/%3E%3C/svg%3E";

/// Loads the WASM and wakes the islands, each by the name of its function. The digits behind the name depend on the
/// compiler that made the WASM; the name before them is what counts.
const WAKE: &str = "m => m.default({ module_or_path: wasm }).then(() => {
    m.hydrate();
    const plain = name => name.replace(/_\\d+$/, '');
    const functions = new Map(Object.keys(m).map(name => [plain(name), m[name]]));
    for (const island of document.querySelectorAll('leptos-island')) functions.get(plain(island.dataset.component))(island);
})";

fn hydration(assets: &Assets) -> impl IntoView + use<> {
    let script = format!("const wasm = {:?}; import({:?}).then({WAKE});", assets.wasm, assets.js);
    view! {
        <link rel="modulepreload" href=assets.js.clone()/>
        <link rel="preload" href=assets.wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script type="module" nonce=use_nonce()>{script}</script>
    }
}
