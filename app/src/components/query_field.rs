//! Fields of a form whose answers stand in the address: without WASM the browser sends it by itself, and the address can be
//! given to somebody.

use leptos::prelude::*;

/// One of several words, or all of them.
pub fn query_select(
    name: &'static str,
    label: &'static str,
    choices: Vec<AnyView>,
    problem: Option<String>,
) -> AnyView {
    let about = format!("{name}-about");
    let is_wrong = problem.is_some().then_some("true");
    view! {
        <div class="field">
            <label class="label" for=name>{label}</label>
            <select class="input" id=name name=name aria-invalid=is_wrong aria-describedby=about.clone()>{choices}</select>
            {wrong(about, problem)}
        </div>
    }
    .into_any()
}

/// A word to choose.
pub fn query_choice(value: String, words: String, selected: bool) -> AnyView {
    view! { <option value=value selected=selected>{words}</option> }.into_any()
}

/// What somebody types; `list` names the `<datalist>` with what there is to choose from.
pub fn query_input(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    value: String,
    list: Option<&'static str>,
    problem: Option<String>,
) -> AnyView {
    let about = format!("{name}-about");
    let is_wrong = problem.is_some().then_some("true");
    view! {
        <div class="field">
            <label class="label" for=name>{label}</label>
            <input class="input" id=name name=name type=kind value=value list=list autocomplete="off" maxlength="200"
                aria-invalid=is_wrong aria-describedby=about.clone()/>
            {wrong(about, problem)}
        </div>
    }
    .into_any()
}

/// What is wrong with a field; what cannot be read is left out.
fn wrong(about: String, problem: Option<String>) -> AnyView {
    view! { <p id=about class="field-error empty:hidden">{problem}</p> }.into_any()
}
