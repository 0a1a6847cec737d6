//! What every page does with what the server has to say: wait, show, or say why not.

use std::future::Future;
use std::time::Duration;

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Notice;
use super::notice::capitalised;
use crate::error::{Answer, ApiError};
use crate::look::Look;
use model::refusal::Refusal;

/// Data of a page, fetched on the server for the first look and again whenever `source` changes.
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

/// Shows the data, or why there is none. Keeps the old view while newer data is on its way.
pub fn loaded<T>(data: Resource<Answer<T>>, show: impl Fn(T) -> AnyView + Send + Sync + Clone + 'static) -> AnyView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    view! {
        <Transition fallback=|| view! { <p class="text-muted" role="status">"Loading …"</p> }>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    match data.await {
                        Ok(value) => show(value),
                        Err(refused) => refused_view(&refused),
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}

fn refused_view(refused: &ApiError) -> AnyView {
    let words = capitalised(&refused.to_string());
    match &refused.0 {
        Refusal::NotLoggedIn => view! {
            <Notice look=Look::warning("Logged out")>
                <a class="link" href="/login" rel="external">"Log in again"</a>
            </Notice>
        }
        .into_any(),
        Refusal::Forbidden { .. } => view! { <Notice look=Look::warning("Not for you")>{words}</Notice> }.into_any(),
        Refusal::NotFound { .. } => view! { <Notice look=Look::unknown("Not found")>{words}</Notice> }.into_any(),
        Refusal::Invalid { .. } | Refusal::Conflict { .. } | Refusal::Unavailable { .. } | Refusal::Internal { .. } => {
            view! { <Notice look=Look::failed("Cannot be shown")>{words}</Notice> }.into_any()
        }
    }
}

/// Fetches the data again and again while the page is open in a browser.
pub fn refresh_every<T>(data: Resource<Answer<T>>, seconds: u64)
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    Effect::new(move || {
        let again = set_interval_with_handle(move || data.refetch(), Duration::from_secs(seconds));
        on_cleanup(move || {
            if let Ok(again) = again {
                again.clear();
            }
        });
    });
}
