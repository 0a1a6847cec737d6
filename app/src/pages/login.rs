//! The login page. The server crate handles the form itself.

use leptos::prelude::*;

use super::params::query;
use crate::components::{Notice, Page, PageHead, SignInAt, TextField};
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
                {move || if step.get() == "code" {
                    code_form(next.get())
                } else {
                    view! { {at_provider(&next.get())} {password_form(next.get())} }.into_any()
                }}
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

/// A link: a form would not be let go to another site.
fn at_provider(next: &str) -> Option<AnyView> {
    let SignInAt(name) = use_context::<SignInAt>()?;
    let next: String = form_value(next);
    let href = format!("/login/provider?next={next}");
    Some(view! {
        <div class="card card-body"><a class="btn btn-primary" rel="external" href=href>{format!("Sign in with {name}")}</a></div>
    }
    .into_any())
}

/// As it stands in an address.
fn form_value(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
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
        "provider" => "Signing in at the provider did not work: its answer was not good, or came too late. Try again.",
        "no_provider" => "The provider does not answer. Try again in a minute, or log in with a password.",
        "disabled" => "You may not log in any more. Ask an admin.",
        "expired" => "The session has expired. Log in again.",
        _ => "That did not work. Try again.",
    };
    Some(view! { <Notice look=Look::warning("Not logged in")>{words}</Notice> })
}
