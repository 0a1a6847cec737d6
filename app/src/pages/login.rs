//! The login page. The server crate handles the form itself.

use leptos::prelude::*;

use super::params::query;
use crate::components::{Notice, Page, PageHead, TextField};
use crate::look::Look;

/// Name and password.
#[component]
pub fn Login() -> AnyView {
    let next = query("next");
    let error = query("error");
    view! {
        <Page title="Log in">
            <div class="page-narrow w-full mx-auto stack">
                <PageHead title="Log in"/>
                <div role="alert" class="empty:hidden">{move || problem(&error.get())}</div>
                <form class="form card card-body" method="post" action="/login">
                    <input type="hidden" name="next" value=move || next.get()/>
                    <TextField name="name" label="Name" autocomplete="username" required=true/>
                    <TextField name="password" label="Password" kind="password" autocomplete="current-password" required=true/>
                    <button class="btn btn-primary" type="submit">"Log in"</button>
                </form>
            </div>
        </Page>
    }.into_any()
}

fn problem(error: &str) -> Option<impl IntoView + use<>> {
    let words = match error {
        "" => return None,
        "wrong" => "The name or the password is wrong.",
        "locked" => "There were too many attempts. Wait a minute, then try again.",
        "expired" => "The session has expired. Log in again.",
        _ => "That did not work. Try again.",
    };
    Some(view! { <Notice look=Look::warning("Not logged in")>{words}</Notice> })
}
