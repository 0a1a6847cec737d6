//! The form of a new place.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::notification::{NotificationsView, Occasion};

use super::occasion_boxes;
use crate::api::environment_form::{SecretField, SecretPlace};
use crate::api::notification_form::ChannelChoice;
use crate::api::notifications::{AddTarget, load_notifications};
use crate::components::{Choice, Page, PageHead, RefusalNotice, SecretInput, TextField, data_of, loaded, refusal_of};

/// The page.
#[component]
pub fn NewTarget() -> AnyView {
    let add = ServerAction::<AddTarget>::new();
    let view = data_of(|| (), |()| load_notifications());
    view! {
        <Page title="New place">
            <RefusalNotice refusal=refusal_of(add)/>
            {loaded(view, move |view| show(&view, add))}
        </Page>
    }
    .into_any()
}

fn show(view: &NotificationsView, add: ServerAction<AddTarget>) -> AnyView {
    let refusal = refusal_of(add);
    let environments: Vec<_> = view
        .environments
        .iter()
        .map(|(id, name)| view! { <option value=id.to_string()>{name.clone()}</option> })
        .collect();
    let channels: Vec<_> = ChannelChoice::ALL
        .into_iter()
        .map(|channel| {
            let checked = channel == ChannelChoice::default();
            view! { <Choice kind="radio" name="form[channel]" value=channel.word() checked>{channel.title()}</Choice> }
        })
        .collect();
    let sealed = || SecretField { place: SecretPlace::Sealed, ..SecretField::default() };
    view! {
        <PageHead title="New place" crumbs=vec![("/notifications".to_owned(), "Notifications".to_owned())]/>
        <section class="card max-w-3xl">
            <div class="card-body">
                <ActionForm action=add attr:class="form">
                    <div class="field">
                        <label class="label" for="of">"Of which environment"</label>
                        <select class="input" id="of" name="form[of]"><option value="">"all of them"</option>{environments}</select>
                    </div>
                    <fieldset class="field"><legend class="label">"How"</legend>{channels}</fieldset>
                    <TextField name="form[to]" label="Mail: the addresses" field="to" refusal
                        hint="Several are separated by commas; each becomes a place of its own."/>
                    <SecretInput name="form[address]" label="Webhook, Slack, Teams: the address" field="address" value=sealed() fresh=true refusal
                        hint="https://… Whoever knows it can post there, so it is kept like a secret."/>
                    <SecretInput name="form[key]" label="Webhook: what messages are signed with" field="key" value=sealed() fresh=true refusal
                        hint="HMAC-SHA256 as Standard Webhooks have it. A key that begins with whsec_ is Base64."/>
                    {occasion_boxes(|occasion| occasion != Occasion::Finished, |occasion| occasion.meaning().to_owned())}
                    <div><button class="btn btn-primary" type="submit">"Add"</button></div>
                </ActionForm>
            </div>
        </section>
    }
    .into_any()
}
