//! The server for mail, and when a wait is too long.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::notification::{MailSecurity, NotificationSettings};

use crate::api::notification_form::MailForm;
use crate::api::notifications::SaveMailServer;
use crate::components::{SecretInput, TextField, refusal_of};

/// The form.
pub fn form(settings: &NotificationSettings, save: ServerAction<SaveMailServer>) -> AnyView {
    let form = MailForm::of(settings);
    let refusal = refusal_of(save);
    let ways: Vec<_> = MailSecurity::ALL
        .into_iter()
        .map(|way| view! { <option value=way.word() selected=way == form.security>{words(way)}</option> })
        .collect();
    view! {
        <section class="card max-w-3xl">
            <div class="card-head"><h2>"Mail server and waits"</h2></div>
            <div class="card-body">
                <ActionForm action=save attr:class="form" attr:data-guard="">
                    <div class="grid gap-4 sm:grid-cols-2">
                        <TextField name="form[host]" label="Mail server" value=form.host field="host" refusal hint="Name or address. Empty: no mail is sent."/>
                        <TextField name="form[port]" label="Port" kind="number" value=form.port field="port" refusal/>
                        <div class="field">
                            <label class="label" for="security">"Encryption"</label>
                            <select class="input" id="security" name="form[security]">{ways}</select>
                        </div>
                        <TextField name="form[from]" label="Sender" value=form.from field="from" refusal hint="An address, such as drydock@example.org."/>
                        <TextField name="form[user]" label="User" value=form.user field="user" refusal hint="Empty: without a login."/>
                        <TextField name="form[ca_file]" label="File of authorities" value=form.ca_file field="ca_file" refusal
                            hint="A PEM file on this server, for a certificate of your own. Empty: those that browsers trust."/>
                    </div>
                    <SecretInput name="form[password]" label="Password" field="password" value=form.password refusal/>
                    <TextField name="form[waiting_minutes]" label="A wait for people is too long after so many minutes" kind="number"
                        value=form.waiting_minutes field="waiting_minutes" refusal/>
                    <div><button class="btn btn-primary" type="submit">"Save"</button></div>
                </ActionForm>
            </div>
        </section>
    }
    .into_any()
}

const fn words(way: MailSecurity) -> &'static str {
    match way {
        MailSecurity::StartTls => "STARTTLS (587 as a rule)",
        MailSecurity::Tls => "TLS (465 as a rule)",
        MailSecurity::None => "none, for a relay on this machine",
    }
}
