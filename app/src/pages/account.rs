//! One's own account: who one is, and where one is told what.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::notification::{AccountView, Channel, Occasion};
use model::people::{Proof, SecondFactor};

use super::notifications::{occasion_boxes, standing, tested};
use super::second_factor::{just_refused, second_factor_card};
use super::sessions::Sessions;
use super::tokens::{Tokens, new_token, token_just_refused};
use crate::api::notifications::{SetOwnTarget, TestOwnTarget, load_account};
use crate::components::{Notice, Page, PageHead, RefusalNotice, TextField, data_of, loaded, refusal_of};
use crate::error::ApiError;
use crate::look::Look;

/// The page.
#[component]
pub fn Account() -> AnyView {
    let (save, test) = (ServerAction::<SetOwnTarget>::new(), ServerAction::<TestOwnTarget>::new());
    let (refused, token_refused) = (just_refused(), token_just_refused());
    let account = data_of(|| (), |()| load_account());
    view! {
        <Page title="Your account">
            <RefusalNotice refusal=refusal_of(save)/>
            <RefusalNotice refusal=refusal_of(test)/>
            {loaded(account, move |account| view! { {head(&account)} {door(&account, refused)} {by_mail(account, save, test)} }.into_any())}
            <Sessions/>
            <Tokens/>
            {loaded(account, move |account| new_token(&account.person, proof_of(&account), token_refused))}
        </Page>
    }
    .into_any()
}

fn head(account: &AccountView) -> AnyView {
    let roles = if account.person.roles.is_empty() {
        "You have no role yet, so you see no environment. An admin grants roles.".to_owned()
    } else {
        format!("Your roles: {}.", account.person.roles.words())
    };
    view! {
        <PageHead title=account.person.name.clone()/>
        <p class="text-muted">{roles}</p>
    }
    .into_any()
}

fn by_mail(account: AccountView, save: ServerAction<SetOwnTarget>, test: ServerAction<TestOwnTarget>) -> AnyView {
    let to = match account.own.as_ref().map(|own| &own.target.channel) {
        Some(Channel::Mail { to }) => to.clone(),
        Some(Channel::Post { .. }) | None => String::new(),
    };
    let chosen = account.own.as_ref().map(|own| own.target.occasions.clone());
    // At first everything but what is no trouble.
    let is_chosen = move |occasion: Occasion| {
        chosen.as_ref().map_or(occasion != Occasion::Finished, |chosen| chosen.contains(&occasion))
    };
    let own = account.own.map(|own| {
        view! {
            {standing(&own)}
            {tested(&own)}
            <ActionForm action=test>
                <button class="btn btn-small" type="submit">"Send a test message"</button>
            </ActionForm>
        }
    });
    view! {
        {(!account.has_mail).then(|| view! {
            <Notice look=Look::warning("No mail yet")>"An admin has not named a mail server. What you choose here counts from then on."</Notice>
        })}
        <section class="card max-w-3xl">
            <div class="card-head"><h2>"Told by mail"</h2></div>
            <div class="card-body">
                <ActionForm action=save attr:class="form">
                    <TextField name="to" label="Your mail address" value=to autocomplete="email" field="to" refusal=refusal_of(save)
                        hint="Empty: you are told nothing."/>
                    {occasion_boxes(is_chosen, |occasion| format!("{}, {}", occasion.meaning(), occasion.concerns()))}
                    <div><button class="btn btn-primary" type="submit">"Save"</button></div>
                </ActionForm>
                {own}
            </div>
        </section>
    }
    .into_any()
}

/// A second factor belongs to a password; who signs in at a provider has neither here.
fn door(account: &AccountView, refused: Signal<Option<ApiError>>) -> AnyView {
    match &account.issuer {
        None => second_factor_card(account.second_factor, refused),
        Some(issuer) => view! {
            <section class="card max-w-3xl" id="second-factor">
                <div class="card-head"><h2>"Signing in"</h2></div>
                <div class="card-body">
                    <p>{format!("You sign in at {issuer}. Your password, a second factor and the groups that give you roles are kept there.")}</p>
                </div>
            </section>
        }
        .into_any(),
    }
}

/// What this person shows to prove that it is they.
const fn proof_of(account: &AccountView) -> Proof {
    match account.second_factor {
        _ if account.issuer.is_some() => Proof::Provider,
        SecondFactor::Active { .. } => Proof::Code,
        SecondFactor::None | SecondFactor::Begun => Proof::Password,
    }
}
