//! Ending a run: what that does, why, and then it is recorded. A plain form: the page comes back with the run as it is then.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::run::Phase;
use model::view::RunView;

use crate::api::runs::AbortRun;
use crate::components::ReasonField;
use crate::live::LiveRun;

/// Shown while there is something to end.
pub fn abort(view: &RunView, live: LiveRun) -> AnyView {
    let can =
        Memo::new(move |_| live.state.with(|state| state.abort.is_none() && !matches!(state.phase, Phase::Over(_))));
    let id = view.line.id.to_string();
    let may = view.may_abort.clone();
    view! {
        {move || can.get().then(|| match &may {
            Ok(()) => form(id.clone()),
            Err(why) => {
                let why = why.clone();
                view! { <p class="hint">{format!("You cannot abort this run: {why}")}</p> }.into_any()
            }
        })}
        <noscript>
            <p class="hint">"Without JavaScript this page does not follow the run. " <a class="link" href="">"Look again"</a></p>
        </noscript>
    }
    .into_any()
}

fn form(id: String) -> AnyView {
    view! {
        <details class="disclosure">
            <summary>"Abort this run"</summary>
            <div class="card card-body max-w-3xl">
                <p>
                    "What is under way is stopped: a script is ended, a job of the cloud is waited for because it cannot be called back. "
                    "A VM that was stopped is started again. Then what was opened is closed. No new step begins."
                </p>
                <form class="stack-tight" method="post" action=AbortRun::url()>
                    <input type="hidden" name="run" value=id/>
                    <ReasonField id="abort-reason" label="Why" required=true/>
                    <div>
                        <button class="btn btn-danger" type="submit" data-busy="Recording …">"Abort the run"</button>
                    </div>
                </form>
            </div>
        </details>
    }
    .into_any()
}
