//! What a plain form of this page was refused with before it came back. With WASM each form shows its own.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::api::verbs::{
    AbortRun, AgreeAbort, AgreeVerdict, AskVerdict, DropAbort, DropVerdict, ExtendHold, ExtendStep, PauseRun,
    ResumeRun, RetryStep,
};
use crate::components::{RefusalNotice, refusal_of};
use crate::error::ApiError;

/// One place for all verbs.
pub fn refusals() -> AnyView {
    [
        refused::<PauseRun>(),
        refused::<ResumeRun>(),
        refused::<AbortRun>(),
        refused::<AgreeAbort>(),
        refused::<DropAbort>(),
        refused::<RetryStep>(),
        refused::<AskVerdict>(),
        refused::<AgreeVerdict>(),
        refused::<DropVerdict>(),
        refused::<ExtendStep>(),
        refused::<ExtendHold>(),
    ]
    .into_iter()
    .flatten()
    .map(|refusal| view! { <RefusalNotice refusal=Signal::stored(Some(refusal))/> })
    .collect_view()
    .into_any()
}

/// The page is rendered anew after a plain form, so nothing has to be followed.
fn refused<S>() -> Option<ApiError>
where
    S: ServerFn<Error = ApiError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    refusal_of(ServerAction::<S>::new()).get_untracked()
}
