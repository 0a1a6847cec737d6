//! Choosing a file. The server crate takes it, because it is no form that server functions read.

use leptos::prelude::*;
use model::record::ReplayLine;
use model::refusal::Refusal;

use crate::api::records::load_replays;
use crate::components::{Moment, Page, PageHead, RefusalNotice, data_of, loaded};
use crate::error::ApiError;

/// Why a file that was just sent was not taken; in the context of the page that says so.
#[derive(Debug, Clone)]
pub struct UploadRefused(pub Refusal);

/// The form, and what was opened before.
#[component]
pub fn Replays() -> AnyView {
    let refused = use_context::<UploadRefused>().map(|refused| ApiError(refused.0));
    let replays = data_of(|| (), |()| load_replays());
    view! {
        <Page title="Replay">
            <PageHead title="Replay a file" crumbs=vec![("/history".to_owned(), "History".to_owned())]/>
            <RefusalNotice refusal=Signal::stored(refused)/>
            <div class="split">
                {form()}
                {loaded(replays, show)}
            </div>
        </Page>
    }
    .into_any()
}

fn form() -> AnyView {
    view! {
        <form class="card" method="post" action="/replay" enctype="multipart/form-data">
            <div class="card-body">
                <p>"A run's page has an export: a file with the plan and every event. Opened here, it is checked from the first \
                    line to the last, and can be gone through event by event. Nothing is carried out."</p>
                <div class="field">
                    <label class="label" for="file">"Exported run"</label>
                    <input class="input" id="file" name="file" type="file" accept=".jsonl,application/x-ndjson" required=true aria-describedby="file-about"/>
                    <p class="hint" id="file-about">"At most 32 MB. Only you and admins see it. The last ten are kept for a week."</p>
                </div>
                <div><button class="btn btn-primary" type="submit" data-busy="Checking …">"Open the file"</button></div>
            </div>
        </form>
    }
    .into_any()
}

fn show(replays: Vec<ReplayLine>) -> AnyView {
    let is_empty = replays.is_empty();
    let rows: Vec<_> = replays
        .into_iter()
        .map(|one| {
            view! {
                <li class="stack-tight">
                    <a class="link font-medium" href=format!("/replay/{}", one.id)>{one.title}</a>
                    <span class="hint">{format!("opened by {}, ", one.by)} <Moment at=one.at/></span>
                </li>
            }
        })
        .collect();
    view! {
        <section class="card">
            <div class="card-head"><h2>"Opened before"</h2></div>
            <div class="card-body">
                {is_empty.then(|| view! { <p class="hint">"No file is open."</p> })}
                {(!is_empty).then(|| view! { <ul class="stack">{rows}</ul> })}
            </div>
        </section>
    }
    .into_any()
}
