//! The login page. The server crate handles the form itself.

use leptos::prelude::*;

use super::params::query;
use crate::components::{Notice, Page, PageHead, TextField};
use crate::look::Look;

/// Name and password; then a code, from who has a second factor.
#[component]
pub fn Login() -> AnyView {
    let next = query("next");
    let error = query("error");
    let step = query("step");
    view! {
        <Page title="Log in">
            <div class="page-narrow w-full mx-auto stack">
                <PageHead title="Log in"/>
                <div role="alert" class="empty:hidden">{move || problem(&error.get())}</div>
                {move || if step.get() == "code" { code_form(next.get()) } else { password_form(next.get()) }}
            </div>
        </Page>
    }
    .into_any()
}

fn password_form(next: String) -> AnyView {
    view! {
        <form class="form card card-body" method="post" action="/login">
            <input type="hidden" name="next" value=next/>
            <TextField name="name" label="Name" autocomplete="username" required=true/>
            <TextField name="password" label="Password" kind="password" autocomplete="current-password" required=true/>
            <button class="btn btn-primary" type="submit">"Log in"</button>
        </form>
    }
    .into_any()
}

fn code_form(next: String) -> AnyView {
    view! {
        <form class="form card card-body" method="post" action="/login/code">
            <input type="hidden" name="next" value=next/>
            <p>"The password was right. Now the code that your authenticator app shows for Drydock."</p>
            <TextField name="code" label="Code" autocomplete="one-time-code" required=true
                hint="Six digits. Without the app: one of your recovery codes. Without those: an admin can take the second factor away."/>
            <button class="btn btn-primary" type="submit">"Log in"</button>
            <p><a class="link" href="/login">"Log in as somebody else"</a></p>
        </form>
    }
    .into_any()
}

fn problem(error: &str) -> Option<impl IntoView + use<>> {
    let words = match error {
        "" => return None,
        "wrong" => "The name or the password is wrong.",
        "wrong_code" => "The code is wrong, or was used before. Wait for the next one.",
        "locked" => "There were too many attempts. Wait a minute, then try again.",
        "expired" => "The session has expired. Log in again.",
        _ => "That did not work. Try again.",
    };
    Some(view! { <Notice look=Look::warning("Not logged in")>{words}</Notice> })
}
