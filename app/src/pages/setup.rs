//! The first admin, made once with the token from the server's log. The server crate handles the form itself.

use leptos::prelude::*;
use model::first_use::FirstStep;

use super::params::query;
use crate::components::{FirstUse, Notice, Page, PageHead, TextField};
use crate::look::Look;

/// Token, name and password.
#[component]
pub fn Setup() -> AnyView {
    let token = query("token");
    let error = query("error");
    view! {
        <Page title="Set up">
            <div class="page-narrow w-full mx-auto stack">
                <PageHead title="Set up Drydock"/>
                <FirstUse at=FirstStep::SignIn>
                    <p>"Make the first admin, who can then add everybody else. You are logged in at once, and add an environment."</p>
                </FirstUse>
                <div role="alert" class="empty:hidden">
                    {move || (!error.get().is_empty()).then(|| view! {
                        <Notice look=Look::failed("Not done")>{error.get()}</Notice>
                    })}
                </div>
                <form class="form card card-body" method="post" action="/setup">
                    {move || view! {
                        <TextField name="token" label="Setup token" value=token.get() required=true
                            hint="The server printed it when it started."/>
                    }}
                    <TextField name="name" label="Name" autocomplete="username" required=true/>
                    <TextField name="password" label="Password" kind="password" autocomplete="new-password" required=true
                        hint="At least 12 characters."/>
                    <button class="btn btn-primary" type="submit">"Make the first admin"</button>
                </form>
            </div>
        </Page>
    }.into_any()
}
