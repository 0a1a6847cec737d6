//! The fields of an environment.

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

/// The parts are lists, and not a view for each platform: every shape of a view is code that the browser loads.
fn api(form: EnvironmentForm, refusal: Signal<Option<ApiError>>) -> impl IntoView {
    let is_cloud = form.platform == Platform::CloudStack;
    let for_script = !form.integration_address.is_empty();
    let (title, texts, secrets) = if is_cloud {
        let texts = vec![
            ("endpoint", "API endpoint", form.endpoint, "For example https://cloud.example:8443/client/api"),
            (
                "certificate_sha256",
                "Certificate fingerprint",
                form.certificate_sha256,
                "SHA-256 in hexadecimal, only where the certificate is self-signed.",
            ),
        ];
        let secrets = vec![
            ("api_key", "API key of a root admin", form.api_key),
            ("secret_key", "Secret key of that pair", form.secret_key),
        ];
        ("CloudStack", texts, secrets)
    } else {
        let texts = vec![
            (
                "endpoint",
                "API endpoint",
                form.endpoint,
                "For example https://10.100.199.151/api/: one master, the others are found by asking.",
            ),
            (
                "certificate_sha256",
                "Certificate fingerprints",
                form.certificate_sha256,
                "SHA-256 in hexadecimal of every master, separated by blanks: each has made its own.",
            ),
            (
                "client_id",
                "Client id",
                form.client_id,
                "Of an OAuth2 client with the client-credentials grant: Administration > User Management > Clients.",
            ),
        ];
        ("Open vStorage", texts, vec![("client_secret", "Client secret", form.client_secret)])
    };
    let texts: Vec<_> = texts
        .into_iter()
        .map(|(field, label, value, hint)| {
            // A certificate that a public authority has signed needs no fingerprint.
            let required = field != "certificate_sha256";
            view! { <TextField name=format!("form[{field}]") label value hint required field refusal/> }
        })
        .collect();
    let secrets: Vec<_> = secrets
        .into_iter()
        .map(|(field, label, value)| view! { <SecretInput name=format!("form[{field}]") label field value refusal/> })
        .collect();
    view! {
        <Group title>
            {texts}
            {secrets}
            <details class="disclosure" open=for_script hidden=!is_cloud>
                <summary>"Only for the vendor's script"</summary>
                <div class="stack">
                    <TextField name="form[integration_address]" label="Address of the integration API" value=form.integration_address
                        hint="As a management host reaches itself, for example 127.0.0.1. Empty: 127.0.0.1." field="integration_address" refusal/>
                    <SecretInput name="form[database_password]" label="Database password" field="database_password"
                        value=form.database_password refusal
                        hint="Only where db.properties holds it as ENC(…). Otherwise it is read on the host; leave this empty."/>
                </div>
            </details>
        </Group>
    }
}
