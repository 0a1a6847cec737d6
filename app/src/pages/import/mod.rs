//! Environments from a file: first what it would do, then that.
//!
//! The server crate takes the forms, because a file is no form that server functions read. Everything works without WASM.

mod preview;

use leptos::prelude::*;
use model::import::{Effects, ImportPreview, ImportProblem};
use model::people::Role;
use model::refusal::Refusal;

use super::params::query;
use crate::api::session::load_viewer;
use crate::components::{Group, Notice, Page, PageHead, data_of, in_textarea, loaded};
use crate::error::Answer;
use crate::look::Look;

/// What was made of a file that was just sent; in the context of the page that shows it.
#[derive(Debug, Clone)]
pub enum ImportShown {
    /// It cannot be imported.
    Wrong {
        /// As it was sent, to be corrected.
        text: String,
        /// What is wrong in it.
        problems: Vec<ImportProblem>,
    },
    /// What it would do.
    Preview {
        /// As it was sent.
        text: String,
        /// What it would do.
        preview: ImportPreview,
        /// Why that was not done, if it was asked for.
        not_done: Vec<String>,
    },
}

/// The form, and what was made of it.
#[component]
pub fn ImportEnvironments() -> AnyView {
    let shown = use_context::<ImportShown>();
    let admin = data_of(|| (), |()| only_admins());
    let done = done();
    view! {
        <Page title="Import environments">
            <PageHead title="Import environments" crumbs=vec![("/".to_owned(), "Updates".to_owned())]/>
            {loaded(admin, move |()| content(shown.clone(), done))}
        </Page>
    }
    .into_any()
}

async fn only_admins() -> Answer<()> {
    let viewer = load_viewer().await?.ok_or(Refusal::NotLoggedIn)?;
    if viewer.may(Role::Admin) { Ok(()) } else { Err(Refusal::Forbidden { any_of: vec![Role::Admin] }.into()) }
}

fn content(shown: Option<ImportShown>, done: Option<Effects>) -> AnyView {
    match shown {
        None => view! { {done.map(told)} {form(String::new())} }.into_any(),
        Some(ImportShown::Wrong { text, problems }) => {
            let problems = problems.iter().map(ToString::to_string).collect();
            view! { {not_done(problems)} {form(text)} }.into_any()
        }
        Some(ImportShown::Preview { text, preview, not_done: problems }) => view! {
            {(!problems.is_empty()).then(|| not_done(problems))}
            {preview::show(&preview, &text)}
            <details class="disclosure">
                <summary>"Change the file, or choose another one"</summary>
                {form(text)}
            </details>
        }
        .into_any(),
    }
}

/// `?created=&changed=&unchanged=`: what the last import has done.
fn done() -> Option<Effects> {
    let number = |name| query(name).get_untracked().parse::<usize>().ok();
    Some(Effects { created: number("created")?, changed: number("changed")?, unchanged: number("unchanged")? })
}

fn told(done: Effects) -> AnyView {
    view! {
        <div role="status">
            <Notice look=Look::ok("Imported")>
                {done.to_string()} ". " <a class="link" href="/">"To Updates"</a>
                ": an environment that nobody has looked at says there what comes next."
            </Notice>
        </div>
    }
    .into_any()
}

fn not_done(problems: Vec<String>) -> AnyView {
    let problems: Vec<_> = problems.into_iter().map(|problem| view! { <li>{problem}</li> }).collect();
    view! {
        <div role="alert">
            <Notice look=Look::failed("Nothing was changed")><ul class="stack-tight">{problems}</ul></Notice>
        </div>
    }
    .into_any()
}

fn form(text: String) -> AnyView {
    view! {
        <form class="form max-w-5xl" method="post" action="/environments/import" enctype="multipart/form-data" data-guard="">
            <Group title="The file">
                <div class="field">
                    <label class="label" for="file">"A file"</label>
                    <input class="input" id="file" name="file" type="file" accept=".toml,application/toml" aria-describedby="file-about"/>
                    <p class="hint" id="file-about">
                        "What an export has written ("
                        <a class="link" href="/environments/export" rel="external" download="drydock-environments.toml">"export all environments"</a>
                        "). It holds no secret, only where each is. At most 512 kB."
                    </p>
                </div>
                <div class="field">
                    <label class="label" for="text">"Or what is in it"</label>
                    <textarea class="input mono" id="text" name="text" rows="14" spellcheck="false" autocomplete="off"
                        placeholder="version = 1" aria-describedby="text-about">{in_textarea(&text)}</textarea>
                    <p class="hint" id="text-about">"A file that is chosen counts before what stands here."</p>
                </div>
            </Group>
            <div class="cluster">
                <button class="btn btn-primary" type="submit" data-busy="Reading …">"Show what it would do"</button>
                <span class="hint">"Nothing is changed before you have seen that. Environments that are not in the file stay as they are."</span>
            </div>
        </form>
    }
    .into_any()
}
