//! The fields of an environment.

use leptos::prelude::*;
use model::environment::{Platform, RiskClass};

use super::host_fields::HostFields;
use crate::api::environment_form::{EnvironmentForm, HostRow, ManagerForm, ManagerHost, NewOn, SecretField};
use crate::components::{Group, SecretInput, TextField};
use crate::error::ApiError;

/// All fields, with `rows` rows for hosts.
#[component]
pub fn Fields(form: EnvironmentForm, rows: usize, refusal: Signal<Option<ApiError>>) -> impl IntoView {
    let platform = form.platform;
    let (title, hint) = match platform {
        Platform::OpenVstorage => (
            "Nodes",
            "Every StorageRouter (MASTER and EXTRA) and every pure storage node; what each is for is found by looking.",
        ),
        Platform::CloudStack => {
            ("Management hosts", "Every Management Server: the machines on which cloudstack-management runs.")
        }
        Platform::Cloudify => {
            ("Hosts", "The machines of the two managers, and the one on which cfy is run if there is one.")
        }
    };
    // Of Cloudify each row has its part.
    let parts: &[ManagerHost] = if platform == Platform::Cloudify { &ManagerHost::ALL } else { &[] };
    let rows = if parts.is_empty() { rows.max(form.hosts.len()) } else { parts.len() };
    let can_add = parts.is_empty();
    let mut hosts = form.hosts.clone();
    hosts.resize_with(rows, HostRow::default);
    let first = hosts.len();
    let hosts: Vec<_> = hosts
        .into_iter()
        .enumerate()
        .map(|(at, row)| {
            let (place, number) = (at.to_string(), (at + 1).to_string());
            view! { <HostFields at=place number row platform part=parts.get(at).copied() refusal/> }
        })
        .collect();
    let more_rows = format!("?platform={}&rows={}", form.platform.word(), first + 1);
    view! {
        <input type="hidden" name="form[platform]" value=form.platform.word()/>
        {about(&form, refusal)}
        {api(form, refusal)}
        <div class="stack" role="group" aria-label=title>
            <h2>{title}</h2>
            <p class="hint">{hint} " Reached over SSH. A row without name and address is left out."</p>
            {hosts}
            {can_add.then(|| view! {
                <template id="one-more-host">
                    <HostFields at="ROW_AT".to_owned() number="ROW_NUMBER".to_owned() row=HostRow::default() platform part=None refusal/>
                </template>
                // Without WASM a link that begins the form anew.
                <div><a class="btn" href=more_rows data-row="one-more-host" data-next=first.to_string()>"Add a host"</a></div>
            })}
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

/// Fields of one API: name in the form, name in a refusal, label, value, hint in the vendor's own words.
struct Section {
    title: &'static str,
    texts: Vec<(&'static str, &'static str, &'static str, String, &'static str)>,
    secrets: Vec<(&'static str, &'static str, &'static str, SecretField, &'static str)>,
}

fn api(mut form: EnvironmentForm, refusal: Signal<Option<ApiError>>) -> impl IntoView {
    let is_cloud = form.platform == Platform::CloudStack;
    let for_script = !form.integration_address.is_empty();
    let new_on = (form.platform == Platform::Cloudify).then_some(form.new_on);
    let (address, password) =
        (std::mem::take(&mut form.integration_address), std::mem::take(&mut form.database_password));
    let sections: Vec<_> = sections(form).into_iter().map(|section| view_of(section, refusal)).collect();
    view! {
        {sections}
        {new_on.map(where_the_new_one_comes)}
        <details class="disclosure" open=for_script hidden=!is_cloud>
            <summary>"Only for the vendor's script"</summary>
            <div class="stack">
                <TextField name="form[integration_address]" label="Address of the integration API" value=address
                    hint="Where integration.api.port answers as a Management Server reaches itself: what cloudstack-sysvmadm gets as -m. Empty: 127.0.0.1." field="integration_address" refusal/>
                <SecretInput name="form[database_password]" label="Database password" field="database_password"
                    value=password refusal
                    hint="Only where db.cloud.password in /etc/cloudstack/management/db.properties is ENC(…). Otherwise it is read there; leave this empty."/>
            </div>
        </details>
    }
}

fn view_of(section: Section, refusal: Signal<Option<ApiError>>) -> impl IntoView {
    let texts: Vec<_> = section
        .texts
        .into_iter()
        .map(|(name, field, label, value, hint)| {
            // A certificate that a public authority has signed needs no fingerprint, and 3.4.2 has no tenants.
            let required = !name.ends_with("[certificate_sha256]") && !name.ends_with("[tenant]");
            view! { <TextField name label value hint required field refusal/> }
        })
        .collect();
    let secrets: Vec<_> = section
        .secrets
        .into_iter()
        .map(|(name, field, label, value, hint)| view! { <SecretInput name label field value hint refusal/> })
        .collect();
    view! { <Group title=section.title>{texts} {secrets}</Group> }
}

fn where_the_new_one_comes(chosen: NewOn) -> impl IntoView {
    view! {
        <div class="field max-w-xl">
            <label class="label" for="form[new_on]">"Where the new manager comes"</label>
            <select class="input" id="form[new_on]" name="form[new_on]">
                <option value="another_host" selected=chosen == NewOn::AnotherHost>"on a host of its own: agents are migrated"</option>
                <option value="same_host" selected=chosen == NewOn::SameHost>"on the old manager's host: that one is torn down first"</option>
            </select>
        </div>
    }
}

fn sections(form: EnvironmentForm) -> Vec<Section> {
    match form.platform {
        Platform::CloudStack => vec![Section {
            title: "CloudStack",
            texts: vec![
                (
                    "form[endpoint]",
                    "endpoint",
                    "API endpoint",
                    form.endpoint,
                    "Where a Management Server, or the balancer in front of them, serves the API: https://cloud.example:8443/client/api",
                ),
                (
                    "form[certificate_sha256]",
                    "certificate_sha256",
                    "Certificate fingerprint",
                    form.certificate_sha256,
                    FINGERPRINT,
                ),
            ],
            secrets: vec![
                (
                    "form[api_key]",
                    "api_key",
                    "API key of a root admin",
                    form.api_key,
                    "CloudStack: Accounts > a user of a root admin's account > Generate keys. An account of its own shows in the \
                     event log who did what.",
                ),
                (
                    "form[secret_key]",
                    "secret_key",
                    "Secret key of that pair",
                    form.secret_key,
                    "Stands beside the API key. It signs every call, and is sent with none.",
                ),
            ],
        }],
        Platform::OpenVstorage => vec![Section {
            title: "Open vStorage",
            texts: vec![
                (
                    "form[endpoint]",
                    "endpoint",
                    "API endpoint",
                    form.endpoint,
                    "Of one node of the type MASTER, with the slash at the end: https://10.100.199.151/api/. The others are found by \
                     asking.",
                ),
                (
                    "form[certificate_sha256]",
                    "certificate_sha256",
                    "Certificate fingerprints",
                    form.certificate_sha256,
                    "SHA-256 in hexadecimal, without colons, of /opt/OpenvStorage/config/ssl/server.crt on every MASTER, separated \
                     by blanks: each has made its own.",
                ),
                (
                    "form[client_id]",
                    "client_id",
                    "Client id",
                    form.client_id,
                    "Of an OAuth2 client with the grant client_credentials and the scopes read, write and manage: Administration > \
                     User Management > Clients.",
                ),
            ],
            secrets: vec![(
                "form[client_secret]",
                "client_secret",
                "Client secret",
                form.client_secret,
                "Of that client. Tokens are asked for with both at /api/oauth2/token/.",
            )],
        }],
        Platform::Cloudify => vec![old_manager(form.old), new_manager(form.new)],
    }
}

const FINGERPRINT: &str = "SHA-256 in hexadecimal, without colons; only where the certificate is self-signed.";
const NEW_PASSWORD: &str = "That of the new manager as it was bootstrapped. The snapshot of a manager from 4.2 on brings the old one's along; both are needed.";
const REST: &str =
    "What cfy profiles use is told, as an address: http://10.0.0.5, or https:// where the REST port is 443.";
const ADMIN: &str =
    "The admin it was bootstrapped with, as in cfy profiles use -u: nobody else may restore a snapshot.";
const OLD_TENANT: &str = "What cfy profiles use gets as -t, usually default_tenant. 3.4.2 has none and ignores it.";
const ADMIN_PASSWORD: &str = "What cfy profiles use gets as -p, and 3.4.2 as CLOUDIFY_PASSWORD.";

fn old_manager(form: ManagerForm) -> Section {
    Section {
        title: "The old manager",
        texts: vec![
            ("form[old][endpoint]", "old.endpoint", "Address of REST", form.endpoint, REST),
            ("form[old][user]", "old.user", "Admin", form.user, ADMIN),
            ("form[old][tenant]", "old.tenant", "Tenant", form.tenant, OLD_TENANT),
            (
                "form[old][certificate_sha256]",
                "old.certificate_sha256",
                "Certificate fingerprint",
                form.certificate_sha256,
                FINGERPRINT,
            ),
        ],
        secrets: vec![("form[old][password]", "old.password", "The admin's password", form.password, ADMIN_PASSWORD)],
    }
}

fn new_manager(form: ManagerForm) -> Section {
    Section {
        title: "The new manager",
        texts: vec![
            (
                "form[new][endpoint]",
                "new.endpoint",
                "Address of REST",
                form.endpoint,
                "On the same host: the same address, perhaps with https.",
            ),
            ("form[new][user]", "new.user", "Admin", form.user, ADMIN),
            ("form[new][tenant]", "new.tenant", "Tenant", form.tenant, "What comes from 3.4.2 is restored into it."),
            (
                "form[new][certificate_sha256]",
                "new.certificate_sha256",
                "Certificate fingerprint",
                form.certificate_sha256,
                FINGERPRINT,
            ),
        ],
        secrets: vec![("form[new][password]", "new.password", "The admin's password", form.password, NEW_PASSWORD)],
    }
}
