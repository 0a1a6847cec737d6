//! Where a secret is: in a file, in a variable, or typed here and sealed.

use leptos::either::Either;
use leptos::prelude::*;

use crate::api::environment_form::{SecretField, SecretPlace};
use crate::error::ApiError;

/// Asks for a place and, by place, for a path, a name or the secret itself.
///
/// The style sheet shows the input that belongs to the chosen place; only that one counts.
#[component]
pub fn SecretInput(
    /// Beginning of the names in the form data, such as `form[api_key]`.
    #[prop(into)]
    name: String,
    #[prop(into)] label: String,
    /// What a refusal calls this field.
    #[prop(into)]
    field: String,
    value: SecretField,
    /// Several lines, such as a private key.
    #[prop(optional)]
    long: bool,
    /// Nothing can have been sealed before.
    #[prop(optional)]
    fresh: bool,
    #[prop(optional, into)] hint: String,
    #[prop(into)] refusal: Signal<Option<ApiError>>,
) -> impl IntoView {
    let called = field.clone();
    let problem = Memo::new(move |_| refusal.get().and_then(|refused| refused.about(&field).map(str::to_owned)));
    let kept = if value.place == SecretPlace::Sealed && !fresh { "sealed before; leave empty to keep it" } else { "" };
    let typed = format!("{name}[typed]");
    let typed_input = if long {
        Either::Left(view! {
            <textarea class="input mono" id=typed.clone() name=typed.clone() placeholder=kept autocomplete="off" spellcheck="false"></textarea>
        })
    } else {
        Either::Right(view! {
            <input class="input" type="password" id=typed.clone() name=typed.clone() placeholder=kept autocomplete="new-password"/>
        })
    };
    view! {
        <fieldset class="field secret" data-field=called>
            <legend class="label">{label}</legend>
            {(!hint.is_empty()).then(|| view! { <p class="hint">{hint}</p> })}
            <div class="grid gap-2 sm:grid-cols-3">
                <select class="input" name=format!("{name}[place]") aria-label="Where the secret is">
                    {option("file", "in a file", value.place == SecretPlace::File)}
                    {option("variable", "in an environment variable", value.place == SecretPlace::Variable)}
                    {option("sealed", "typed here, sealed in the database", value.place == SecretPlace::Sealed)}
                </select>
                <div class="secret-at sm:col-span-2">
                    <input class="input mono" name=format!("{name}[at]") value=value.at autocomplete="off"
                        aria-label="Path of the file, or name of the variable" placeholder="path or variable name"/>
                </div>
                <div class="secret-typed sm:col-span-2">
                    <label class="hint" for=typed>"The secret, if it is typed here"</label>
                    {typed_input}
                </div>
            </div>
            {move || problem.get().map(|problem| view! { <p class="field-error">{problem}</p> })}
        </fieldset>
    }
}

fn option(value: &'static str, words: &'static str, selected: bool) -> impl IntoView {
    view! { <option value=value selected=selected>{words}</option> }
}
