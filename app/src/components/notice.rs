//! Something the viewer must not miss.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::words::capitalised;

use super::Icon;
use crate::error::ApiError;
use crate::look::Look;

/// A framed message: sign and title in the look's colour, then the text.
///
/// Its children keep their type: islands show it, and erased types weigh three times as much in WASM.
#[component]
pub fn Notice<C: IntoView + 'static>(look: Look, children: TypedChildren<C>) -> impl IntoView {
    let children = children.into_inner();
    // A title that is a sentence of its own leads on without a colon.
    let title = if look.word.ends_with('.') { look.word } else { look.word + ":" };
    view! {
        <div class=look.tone.notice_classes()>
            <span class="notice-title mt-0.5"><Icon sign=look.sign/></span>
            <div class="min-w-0"><span class="notice-title">{title}</span> " " {children()}</div>
        </div>
    }
}

/// What the last click was refused with, if it was.
#[component]
pub fn RefusalNotice(refusal: Signal<Option<ApiError>>) -> impl IntoView {
    view! {
        <div role="alert" class="empty:hidden">
            {move || {
                let refused = refusal.get()?;
                Some(view! { <Notice look=Look::failed("Not done")>{capitalised(&refused.to_string())}</Notice> })
            }}
        </div>
    }
}

/// What a form with `data-keep` was refused with: by the server when the page was rendered, or later in the browser.
#[component]
pub fn KeptRefusal(refused: Option<ApiError>) -> impl IntoView {
    let words = refused.as_ref().map(|refused| capitalised(&refused.to_string()));
    let is_none = words.is_none();
    view! {
        <div role="alert">
            <div data-refused="" hidden=is_none>
                <Notice look=Look::failed("Not done")><span data-words="">{words}</span></Notice>
            </div>
        </div>
    }
}

/// What an action was refused with, if it was.
pub fn refusal_of<S>(action: ServerAction<S>) -> Signal<Option<ApiError>>
where
    S: ServerFn<Error = ApiError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    Signal::derive(move || action.value().with(|value| value.as_ref()?.as_ref().err().cloned()))
}
