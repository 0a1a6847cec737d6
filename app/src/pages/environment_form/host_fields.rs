//! One host in the form.

use leptos::prelude::*;
use model::environment::{Elevate, Platform};

use crate::api::environment_form::{HostRow, ManagerHost};
use crate::components::{Group, SecretInput, TextField};
use crate::error::ApiError;

/// Name, address, login, key, rights and jump host. `part` is what the row is for, where that is decided by its place.
#[component]
pub fn HostFields(
    /// Its number in the form data, from 0.
    at: String,
    /// Its number for people, from 1.
    number: String,
    row: HostRow,
    platform: Platform,
    part: Option<ManagerHost>,
    refusal: Signal<Option<ApiError>>,
) -> impl IntoView {
    let of = at.clone();
    let name = move |field: &str| format!("form[hosts][{of}][{field}]");
    let field = move |field: &str| format!("hosts[{at}].{field}");
    let title = match part {
        Some(part) => part.title().to_owned(),
        None if row.name.is_empty() => format!("Host {number}"),
        None => row.name.clone(),
    };
    let (address, user) = hints(platform);
    let has_jump = !row.jump_address.is_empty();
    view! {
        <Group title=title>
            <div class="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
                <TextField name=name("name") label="Name" value=row.name field=field("name") refusal/>
                <TextField name=name("address") label="Address" value=row.address hint=address field=field("address") refusal/>
                <TextField name=name("port") label="SSH port" value=row.port field=field("port") refusal/>
                <TextField name=name("user") label="SSH user" value=row.user hint=user field=field("user") refusal/>
            </div>
            <SecretInput name=name("key") label="Private key" field=field("key") value=row.key long=true refusal/>
            <div class="field max-w-xs">
                <label class="label" for=name("elevate")>"Root's rights"</label>
                <select class="input" id=name("elevate") name=name("elevate")>
                    <option value="sudo" selected=row.elevate == Elevate::Sudo>"with sudo -n"</option>
                    <option value="no" selected=row.elevate == Elevate::No>"not needed, the user is root"</option>
                </select>
            </div>
            <details class="disclosure" open=has_jump>
                <summary>"Jump host"</summary>
                <div class="stack">
                    <p class="hint">"Empty address: the host is reached directly."</p>
                    <div class="grid gap-4 sm:grid-cols-3">
                        <TextField name=name("jump_address") label="Address" value=row.jump_address field=field("jump_address") refusal/>
                        <TextField name=name("jump_port") label="SSH port" value=row.jump_port field=field("jump_port") refusal/>
                        <TextField name=name("jump_user") label="SSH user" value=row.jump_user field=field("jump_user") refusal/>
                    </div>
                    <SecretInput name=name("jump_key") label="Private key for the jump host" field=field("jump_key") value=row.jump_key
                        long=true refusal/>
                </div>
            </details>
        </Group>
    }
}

/// Of address and user, in the words of the platform.
const fn hints(platform: Platform) -> (&'static str, &'static str) {
    match platform {
        Platform::OpenVstorage => (
            "The IP that StorageRouters shows; of a pure storage node that of its ALBA node.",
            "root, as ovs itself logs in to its nodes.",
        ),
        Platform::CloudStack => {
            ("Of the Management Server itself, not of a balancer.", "Needs sudo -n for the vendor's script only.")
        }
        Platform::Cloudify => {
            ("Of the machine, as SSH reaches it.", "The ssh_user it was bootstrapped with, often centos.")
        }
    }
}
