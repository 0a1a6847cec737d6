//! The HTML document around the pages.

use http::request::Parts;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use super::respond::remembered_theme;
use crate::App;

/// URL paths of what the build has made, for example `/assets/pages-0123456789abcdef.js`.
/// Empty after a plain `cargo build`: the pages then work as plain HTML.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    /// What most pages load.
    pub pages: Module,
    /// What pages with any other island than `Pulse` load in its place.
    pub live: Module,
    /// The style sheet.
    pub css: String,
}

/// A module of the browser half.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// What loads the WASM.
    pub js: String,
    /// The WASM.
    pub wasm: String,
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
                {(!assets.pages.js.is_empty()).then(|| hydration(&assets))}
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

/// Loads the module that has the islands of the page and wakes them, each by the name of its function. The digits behind
/// the name depend on the compiler that made the WASM; the name before them is what counts.
const WAKE: &str = "
const plain = name => name.replace(/_\\d+$/, '');
const islands = [...document.querySelectorAll('leptos-island')];
const [js, wasm] = islands.every(island => plain(island.dataset.component) === 'Pulse') ? pages : live;
import(js).then(m => m.default({ module_or_path: wasm }).then(() => {
    m.hydrate();
    const functions = new Map(Object.keys(m).map(name => [plain(name), m[name]]));
    for (const island of islands) functions.get(plain(island.dataset.component))(island);
}));";

fn hydration(assets: &Assets) -> impl IntoView + use<> {
    let Assets { pages, live, .. } = assets;
    let script =
        format!("const pages = [{:?}, {:?}], live = [{:?}, {:?}];{WAKE}", pages.js, pages.wasm, live.js, live.wasm);
    let path = use_context::<Parts>().map(|request| request.uri.path().to_owned()).unwrap_or_default();
    let Module { js, wasm } = if expects_more(&path) { live.clone() } else { pages.clone() };
    view! {
        <link rel="modulepreload" href=js/>
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script type="module" nonce=use_nonce()>{script}</script>
    }
}

/// Whether the page at this path has an island that only the larger module knows. A guess, so that the browser fetches
/// early what it will need: what it loads is decided by the islands that are there.
fn expects_more(path: &str) -> bool {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    matches!(parts.as_slice(), ["runs", _] | ["environments", _, "snapshots", "upload"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_and_an_upload_are_expected_to_need_the_larger_module() {
        assert!(expects_more("/runs/0199") && expects_more("/environments/ovs/snapshots/upload"));
        for path in ["/", "/runs/0199/log", "/history", "/environments/ovs/snapshots"] {
            assert!(!expects_more(path), "{path}");
        }
    }
}
