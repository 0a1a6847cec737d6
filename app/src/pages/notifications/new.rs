//! The form of a place: of a new one, and of one that is changed.

use std::collections::BTreeSet;

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::notification::{NotificationsView, Occasion};

use super::occasion_boxes;
use crate::api::notification_form::{ChannelChoice, TargetForm};
use crate::api::notifications::{AddTarget, ChangeTarget, load_notifications};
use crate::components::{Choice, Page, PageHead, RefusalNotice, SecretInput, TextField, data_of, loaded, refusal_of};
use crate::error::ApiError;

/// The page of a new one.
#[component]
pub fn NewTarget() -> AnyView {
    let add = ServerAction::<AddTarget>::new();
    let view = data_of(|| (), |()| load_notifications());
    view! {
        <Page title="New place">
            <RefusalNotice refusal=refusal_of(add)/>
            {loaded(view, move |view| {
                let chosen = Occasion::ALL.into_iter().filter(|occasion| *occasion != Occasion::Finished).collect();
                let fields = fields(&view, TargetForm::new(), &chosen, true, refusal_of(add));
                let form = view! {
                    <ActionForm action=add attr:class="form" attr:data-guard="">
                        {fields}
                        <div><button class="btn btn-primary" type="submit">"Add"</button></div>
                    </ActionForm>
                };
                card("New place", form.into_any())
            })}
        </Page>
    }
    .into_any()
}

/// The page on which one is changed (`?target=`).
#[component]
pub fn ChangePlace() -> AnyView {
    let change = ServerAction::<ChangeTarget>::new();
    let query = use_query_map();
    let view = data_of(|| (), |()| load_notifications());
    view! {
        <Page title="Change a place">
            <RefusalNotice refusal=refusal_of(change)/>
            {loaded(view, move |view| {
                let id = query.with_untracked(|query| query.get("target")).unwrap_or_default();
                let Some(state) = view.targets.iter().find(|state| state.target.id.as_str() == id) else {
                    return card("Change a place", view! { <p>"There is no such place any more."</p> }.into_any());
                };
                let form = TargetForm::of(&state.target);
                let fields = fields(&view, form, &state.target.occasions, false, refusal_of(change));
                let form = view! {
                    <ActionForm action=change attr:class="form" attr:data-guard="">
                        <input type="hidden" name="target" value=id/>
                        {fields}
                        <div><button class="btn btn-primary" type="submit">"Save"</button></div>
                    </ActionForm>
                };
                card("Change a place", form.into_any())
            })}
        </Page>
    }
    .into_any()
}

fn card(title: &'static str, form: AnyView) -> AnyView {
    view! {
        <PageHead title=title crumbs=vec![("/notifications".to_owned(), "Notifications".to_owned())]/>
        <section class="card max-w-3xl"><div class="card-body">{form}</div></section>
    }
    .into_any()
}

fn fields(
    view: &NotificationsView,
    form: TargetForm,
    chosen: &BTreeSet<Occasion>,
    fresh: bool,
    refusal: Signal<Option<ApiError>>,
) -> AnyView {
    let environments: Vec<_> = view
        .environments
        .iter()
        .map(|(id, name)| {
            let id = id.to_string();
            view! { <option selected=id == form.of value=id.clone()>{name.clone()}</option> }
        })
        .collect();
    let channels: Vec<_> = ChannelChoice::ALL
        .into_iter()
        .map(|channel| {
            let checked = channel == form.channel;
            view! { <Choice kind="radio" name="form[channel]" value=channel.word() checked>{channel.title()}</Choice> }
        })
        .collect();
    let (label, hint) = if fresh {
        ("Mail: the addresses", "Several are separated by commas; each becomes a place of its own.")
    } else {
        ("Mail: the address", "One; another one is another place.")
    };
    view! {
        <div class="field">
            <label class="label" for="of">"Of which environment"</label>
            <select class="input" id="of" name="form[of]"><option value="">"all of them"</option>{environments}</select>
        </div>
        <fieldset class="field"><legend class="label">"How"</legend>{channels}</fieldset>
        <TextField name="form[to]" label=label field="to" value=form.to refusal hint=hint/>
        <SecretInput name="form[address]" label="Webhook, Slack, Teams: the address" field="address" value=form.address fresh refusal
            hint="https://… Whoever knows it can post there, so it is kept like a secret."/>
        <SecretInput name="form[key]" label="Webhook: what messages are signed with" field="key" value=form.key fresh refusal
            hint="HMAC-SHA256 as Standard Webhooks have it. A key that begins with whsec_ is Base64."/>
        {occasion_boxes(|occasion| chosen.contains(&occasion), |occasion| occasion.meaning().to_owned())}
    }
    .into_any()
}
