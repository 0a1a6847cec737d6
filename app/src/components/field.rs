//! Form fields with label, hint and what is wrong with them.

use leptos::prelude::*;

use crate::error::ApiError;

/// One line of text.
#[component]
pub fn TextField(
    /// As in the form data.
    #[prop(into)]
    name: String,
    #[prop(into)] label: String,
    /// Unique on the page; the name where none is given.
    #[prop(optional, into)]
    id: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: String,
    /// `text`, `password`, `number` or `url`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional, into)] autocomplete: String,
    #[prop(optional)] required: bool,
    /// What a refusal calls this field.
    #[prop(optional, into)]
    field: String,
    #[prop(optional, into)] refusal: Signal<Option<ApiError>>,
) -> impl IntoView {
    let called = (!field.is_empty()).then(|| field.clone());
    let problem = Memo::new(move |_| refusal.get().and_then(|refused| refused.about(&field).map(str::to_owned)));
    let id = if id.is_empty() { name.clone() } else { id };
    let about = format!("{id}-about");
    view! {
        <div class="field" data-field=called>
            <label class="label" for=id.clone()>{label}</label>
            <input
                class="input"
                id=id
                name=name
                type=kind
                value=value
                required=required
                autocomplete=if autocomplete.is_empty() { "off".to_owned() } else { autocomplete }
                aria-describedby=about.clone()
                aria-invalid=move || problem.get().is_some().then_some("true")
            />
            <div id=about data-about="">
                {(!hint.is_empty()).then(|| view! { <p class="hint">{hint}</p> })}
                {move || problem.get().map(|problem| view! { <p class="field-error">{problem}</p> })}
            </div>
        </div>
    }
}

/// A checkbox or radio button with its text.
#[component]
pub fn Choice(
    /// `checkbox` or `radio`.
    kind: &'static str,
    #[prop(into)] name: String,
    #[prop(into)] value: String,
    #[prop(optional)] checked: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <label class="choice">
            <input type=kind name=name value=value checked=checked/>
            <span>{children()}</span>
        </label>
    }
}

/// Why somebody does what they do.
#[component]
pub fn ReasonField(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    #[prop(into)] label: String,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{label}</label>
            <input class="input" id=id name="reason" type="text" maxlength="500" autocomplete="off" required=required/>
        </div>
    }
}

/// What stands in a `<textarea>`. The crate that renders pages writes the text of this element as it is, so that `</textarea>`
/// in it would end the field, and what follows would be part of the page.
pub fn in_textarea(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_cannot_end_its_field() {
        let typed = in_textarea("a && b</textarea><script>");
        let page = Owner::new().with(|| view! { <textarea>{typed}</textarea> }.to_html());
        assert_eq!(page, "<textarea>a &amp;&amp; b&lt;/textarea>&lt;script></textarea>");
    }
}
