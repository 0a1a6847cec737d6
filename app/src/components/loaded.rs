//! What every page does with what the server has to say: wait, show, or say why not.

use std::future::Future;

use leptos::prelude::*;
use model::refusal::Refusal;
use model::words::capitalised;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Heading, Notice, Place};
use crate::error::{Answer, ApiError};
use crate::look::Look;

/// Data of a page, fetched on the server before anything is sent.
pub fn data_of<S, T, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> F + Send + Sync + 'static,
) -> Resource<Answer<T>>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = Answer<T>> + Send + 'static,
{
    Resource::new(source, fetch)
}

/// Shows the data, or why there is none.
pub fn loaded<T>(data: Resource<Answer<T>>, show: impl Fn(T) -> AnyView + Send + Sync + Clone + 'static) -> AnyView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    let place = Place::another();
    view! {
        <Transition fallback=waiting>
            {move || {
                let show = show.clone();
                let heading = use_context::<Heading>();
                Suspend::new(async move {
                    match data.await {
                        Ok(value) => show(value),
                        Err(refused) => Heading::above(heading, place, refused_view(&refused)),
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}

/// Until the data is there.
pub fn waiting() -> AnyView {
    view! { <p class="text-muted" role="status">"Loading …"</p> }.into_any()
}

/// Why there is none.
pub fn refused_view(refused: &ApiError) -> AnyView {
    let words = capitalised(&refused.to_string());
    match &refused.0 {
        Refusal::NotLoggedIn => view! {
            <Notice look=Look::warning("Logged out")>
                <a class="link" href="/login" rel="external">"Log in again"</a>
            </Notice>
        }
        .into_any(),
        Refusal::Forbidden { .. } => view! { <Notice look=Look::warning("Not for you")>{words}</Notice> }.into_any(),
        Refusal::NotFound { .. } => view! {
            <Notice look=Look::unknown("Not found")>{words} ". " <a class="link" href="/">"Go to Updates"</a></Notice>
        }
        .into_any(),
        Refusal::Invalid { .. } | Refusal::Conflict { .. } | Refusal::Unavailable { .. } | Refusal::Internal { .. } => {
            view! { <Notice look=Look::failed("Cannot be shown")>{words}</Notice> }.into_any()
        }
    }
}
