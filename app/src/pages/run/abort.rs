//! Ending a run: what that does, why, and then it is recorded. A plain form: the page comes back with the run as it is then.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::id::RunId;
use model::run::Phase;

use crate::api::runs::AbortRun;
use crate::live::LiveRun;

/// Shown while there is something to end.
pub fn abort(run: &RunId, may: Result<(), String>, live: LiveRun) -> impl IntoView + use<> {
    let can =
        Memo::new(move |_| live.state.with(|state| state.abort.is_none() && !matches!(state.phase, Phase::Over(_))));
    let run = run.to_string();
    let barred = may.clone().err();
    view! {
        {move || (can.get() && may.is_ok()).then(|| form(run.clone()))}
        {move || barred.clone().filter(|_| can.get()).map(|why| view! {
            <p class="hint">{format!("You cannot abort this run: {why}")}</p>
        })}
        <noscript>
            <p class="hint">"Without JavaScript this page does not follow the run. " <a class="link" href="">"Look again"</a></p>
        </noscript>
    }
}

fn form(run: String) -> impl IntoView {
    view! {
        <details class="disclosure">
            <summary class="btn px-4">"Abort this run"</summary>
            <div class="card card-body max-w-3xl">
                <p>
                    "What is under way is stopped: a script is ended, a job of the cloud is waited for because it cannot be called back. "
                    "A VM that was stopped is started again. Then what was opened is closed. No new step begins."
                </p>
                <form class="stack-tight" method="post" action=AbortRun::url()>
                    <input type="hidden" name="run" value=run/>
                    <div class="field">
                        <label class="label" for="abort-reason">"Why"</label>
                        <input class="input" id="abort-reason" name="reason" type="text" maxlength="500" autocomplete="off" required=true/>
                    </div>
                    <div>
                        <button class="btn btn-danger" type="submit" data-busy="Recording …">"Abort the run"</button>
                    </div>
                </form>
            </div>
        </details>
    }
}
