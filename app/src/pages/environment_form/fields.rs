//! The fields of an environment.

use leptos::either::Either;
use leptos::prelude::*;
use model::environment::{Platform, RiskClass};

use super::host_fields::HostFields;
use crate::api::environment_form::{EnvironmentForm, HostRow};
use crate::components::{Group, SecretInput, TextField};
use crate::error::ApiError;

/// All fields, with `rows` rows for hosts.
#[component]
pub fn Fields(form: EnvironmentForm, rows: usize, refusal: Signal<Option<ApiError>>) -> impl IntoView {
    let (title, hint) = match form.platform {
        Platform::OpenVstorage => {
            ("Nodes", "StorageRouters and pure storage nodes; what each is for is found by looking.")
        }
        Platform::CloudStack | Platform::Cloudify => ("Management hosts", ""),
    };
    let mut hosts = form.hosts.clone();
    hosts.resize_with(rows.max(hosts.len()), HostRow::default);
    let first = hosts.len();
    let hosts: Vec<_> = hosts.into_iter().enumerate().map(|(at, row)| view! { <HostFields at row refusal/> }).collect();
    let more_rows = format!("?platform={}&rows={}", form.platform.word(), first + 1);
    let more = RwSignal::new(0_usize);
    let add = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        more.update(|more| *more += 1);
    };
    view! {
        <input type="hidden" name="form[platform]" value=form.platform.word()/>
        {about(&form, refusal)}
        {api(form, refusal)}
        <div class="stack" role="group" aria-label=title>
            <h2>{title}</h2>
            <p class="hint">{hint} " Reached over SSH. A row without name and address is left out."</p>
            {hosts}
            <For each=move || first..first + more.get() key=|at| *at let:at>
                <HostFields at row=HostRow::default() refusal/>
            </For>
            // Without WASM a link that begins the form anew.
            <div><a class="btn" href=more_rows on:click=add>"Add a host"</a></div>
        </div>
    }
}

fn about(form: &EnvironmentForm, refusal: Signal<Option<ApiError>>) -> impl IntoView + use<> {
    let risks: Vec<_> = [RiskClass::Production, RiskClass::Staging, RiskClass::Test]
        .into_iter()
        .map(|risk| view! { <option value=risk.to_string() selected=risk == form.risk>{risk.to_string()}</option> })
        .collect();
    let (name, labels) = (form.name.clone(), form.labels.clone());
    view! {
        <Group title="What it is">
            <div class="grid gap-4 sm:grid-cols-2">
                <TextField name="form[name]" label="Name" value=name required=true field="name" refusal/>
                <TextField name="form[labels]" label="Labels" value=labels hint="Separated by commas." field="labels" refusal/>
            </div>
            <div class="field max-w-xs">
                <label class="label" for="risk">"How bad would it be if it went wrong here?"</label>
                <select class="input" id="risk" name="form[risk]">{risks}</select>
            </div>
        </Group>
    }
}

fn api(form: EnvironmentForm, refusal: Signal<Option<ApiError>>) -> impl IntoView {
    let (title, example, about_certificate) = match form.platform {
        Platform::OpenVstorage => (
            "Open vStorage",
            "For example https://10.100.199.151/api/: one master, the others are found by asking.",
            "SHA-256 in hexadecimal of every master, separated by blanks: each has made its own.",
        ),
        Platform::CloudStack | Platform::Cloudify => (
            "CloudStack",
            "For example https://cloud.example:8443/client/api",
            "SHA-256 in hexadecimal, only where the certificate is self-signed.",
        ),
    };
    let endpoint = form.endpoint.clone();
    let certificate = form.certificate_sha256.clone();
    let credentials = match form.platform {
        Platform::OpenVstorage => Either::Left(client(form, refusal)),
        Platform::CloudStack | Platform::Cloudify => Either::Right(keys(form, refusal)),
    };
    view! {
        <Group title>
            <TextField name="form[endpoint]" label="API endpoint" value=endpoint required=true hint=example field="endpoint" refusal/>
            <TextField name="form[certificate_sha256]" label="Certificate fingerprint" value=certificate
                hint=about_certificate field="certificate_sha256" refusal/>
            {credentials}
        </Group>
    }
}

fn client(form: EnvironmentForm, refusal: Signal<Option<ApiError>>) -> impl IntoView {
    view! {
        <TextField name="form[client_id]" label="Client id" value=form.client_id required=true field="client_id" refusal
            hint="Of an OAuth2 client with the client-credentials grant: Administration > User Management > Clients."/>
        <SecretInput name="form[client_secret]" label="Client secret" field="client_secret" value=form.client_secret refusal/>
    }
}

fn keys(form: EnvironmentForm, refusal: Signal<Option<ApiError>>) -> impl IntoView {
    let for_script = !form.integration_address.is_empty();
    view! {
        <SecretInput name="form[api_key]" label="API key of a root admin" field="api_key" value=form.api_key refusal/>
        <SecretInput name="form[secret_key]" label="Secret key of that pair" field="secret_key" value=form.secret_key refusal/>
        <details class="disclosure" open=for_script>
            <summary>"Only for the vendor's script"</summary>
            <div class="stack">
                <TextField name="form[integration_address]" label="Address of the integration API" value=form.integration_address
                    hint="As a management host reaches itself, for example 127.0.0.1. Empty: 127.0.0.1." field="integration_address" refusal/>
                <SecretInput name="form[database_password]" label="Database password" field="database_password"
                    value=form.database_password refusal
                    hint="Only where db.properties holds it as ENC(…). Otherwise it is read on the host; leave this empty."/>
            </div>
        </details>
    }
}
