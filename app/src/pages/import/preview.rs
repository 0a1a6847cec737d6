//! What an import would do, setting by setting, and the button that does it.

use leptos::either::Either;
use leptos::prelude::*;
use model::import::{AskedSecret, Effect, ImportLine, ImportPreview, SecretKind, SettingChange};

use crate::components::{Badge, Column, Group, Notice, Table};
use crate::look::Look;

/// Everything that would change, and what has to be typed for it.
pub(super) fn show(preview: &ImportPreview, text: &str) -> AnyView {
    let effects = preview.effects();
    let lines: Vec<_> = preview.environments.iter().map(line).collect();
    let others = (!preview.others.is_empty()).then(|| {
        let words = format!("Not in the file, and stay as they are: {}.", preview.others.join(", "));
        view! { <p class="hint">{words}</p> }
    });
    let apply = if effects.is_nothing() {
        view! { <Notice look=Look::ok("Nothing to do")>"Everything is as the file says."</Notice> }.into_any()
    } else {
        apply_form(preview, text)
    };
    view! {
        <section class="stack" aria-label="What the import would do">
            <h2>"What the import would do"</h2>
            <p>{format!("{effects}. ")} "All of it is done, or nothing."</p>
            {host_keys(preview)}
            {lines}
            {others}
        </section>
        {apply}
    }
    .into_any()
}

fn line(line: &ImportLine) -> AnyView {
    let (look, body) = match &line.effect {
        Effect::Create(settings) => (Look::to_come("New"), Some(created(settings))),
        Effect::Change(changes) => (Look::warning("Changed"), Some(table(changes))),
        Effect::Unchanged => (Look::ok("Unchanged"), None),
    };
    let card_classes = look.tone.card_classes();
    let (name, platform) = (line.name.clone(), line.platform.to_string());
    view! {
        <article class=card_classes aria-label=name.clone()>
            <div class="card-head">
                <h3>{name.clone()}</h3>
                <span class="cluster"><span class="text-muted">{platform}</span> <Badge look/></span>
            </div>
            {body.map(|body| view! { <div class="card-body">{body}</div> })}
        </article>
    }
    .into_any()
}

fn created(settings: &[SettingChange]) -> AnyView {
    let rows: Vec<_> = settings
        .iter()
        .map(|setting| {
            let value = setting.after.clone().unwrap_or_default();
            view! { <dt class="mono">{setting.field.clone()}</dt> <dd>{value}</dd> }
        })
        .collect();
    view! {
        <details class="disclosure">
            <summary>{format!("All {} settings", settings.len())}</summary>
            <dl class="facts">{rows}</dl>
        </details>
    }
    .into_any()
}

fn table(changes: &[SettingChange]) -> AnyView {
    let words = |value: &Option<String>| match value {
        Some(value) => Either::Left(value.clone()),
        None => Either::Right(view! { <span class="text-muted">"not set"</span> }),
    };
    let rows: Vec<_> = changes
        .iter()
        .map(|change| {
            view! {
                <tr>
                    <td data-label="Setting" class="mono">{change.field.clone()}</td>
                    <td data-label="Now">{words(&change.before)}</td>
                    <td data-label="After the import">{words(&change.after)}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <Table label="Settings that change" rows whole=true
            columns=vec![
                Column::Ordered("Setting"), Column::Ordered("Now"), Column::Ordered("After the import"),
            ]/>
    }
    .into_any()
}

/// A key that is in the file is trusted from then on, so whoever imports it is the one who has compared it.
fn host_keys(preview: &ImportPreview) -> Option<AnyView> {
    let changes = preview.environments.iter().flat_map(|line| match &line.effect {
        Effect::Create(changes) | Effect::Change(changes) => changes.as_slice(),
        Effect::Unchanged => &[],
    });
    let pinned = changes.filter(|change| change.field.ends_with(".host_key") && change.after.is_some());
    let pinned: Vec<_> = pinned
        .map(|change| view! { <li class="mono">{format!("{} {}", change.field, change.after.clone().unwrap_or_default())}</li> })
        .collect();
    (!pinned.is_empty()).then(|| {
        view! {
            <Notice look=Look::warning("Host keys")>
                "With the import these keys are accepted, and nobody is asked again. Compare them with what the hosts print "
                "(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), unless the file comes from a Drydock that you trust."
                <ul class="stack-tight">{pinned}</ul>
            </Notice>
        }
        .into_any()
    })
}

fn apply_form(preview: &ImportPreview, text: &str) -> AnyView {
    let effects = preview.effects();
    let asked: Vec<_> = preview.asked.iter().enumerate().map(|(number, one)| secret(number, one)).collect();
    let asked = (!asked.is_empty()).then(|| {
        view! {
            <Group title="Secrets that were sealed elsewhere">
                <p class="hint">"The file cannot tell them. They are sealed in this Drydock's database."</p>
                {asked}
            </Group>
        }
    });
    view! {
        <form class="form max-w-5xl" method="post" action="/environments/import/apply" enctype="multipart/form-data" data-guard="">
            <input type="hidden" name="text" value=text.to_owned()/>
            <input type="hidden" name="seen" value=preview.seen()/>
            {asked}
            <div>
                <button class="btn btn-primary" type="submit" data-busy="Importing …">
                    {format!("Import: create {}, change {}", effects.created, effects.changed)}
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn secret(number: usize, asked: &AskedSecret) -> AnyView {
    let id = format!("secret-{number}");
    let label = format!("{} of {}", asked.name, asked.environment);
    let about = (asked.fields != [asked.name.clone()]).then(|| format!("For {}.", asked.fields.join(", ")));
    let input = match asked.kind {
        SecretKind::PrivateKey => Either::Left(view! {
            <textarea class="input mono" id=id.clone() name="secret" autocomplete="off" spellcheck="false" required=true></textarea>
        }),
        SecretKind::Line => Either::Right(view! {
            <input class="input" type="password" id=id.clone() name="secret" autocomplete="new-password" required=true/>
        }),
    };
    view! {
        <div class="field">
            <label class="label" for=id>{label}</label>
            {input}
            {about.map(|about| view! { <p class="hint">{about}</p> })}
        </div>
    }
    .into_any()
}
