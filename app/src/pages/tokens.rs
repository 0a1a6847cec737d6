//! Tokens for programs, on the account; and the page that shows a new one, once.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::people::{Person, Proof, Role};
use model::refusal::Refusal;
use model::token::{LONGEST_TOKEN_DAYS, TokenView};

use crate::api::tokens::{RevokeToken, load_tokens};
use crate::clock::now;
use crate::components::{
    Badge, Choice, Column, Copyable, Moment, MomentAhead, Notice, Page, PageHead, ProofField, RefusalNotice, Table,
    TextField, data_of, loaded, refusal_of,
};
use crate::error::ApiError;
use crate::look::Look;

/// What a wish for a token was answered with; in the context of the one page that says so.
#[derive(Clone)]
pub enum NewTokenShown {
    /// The token.
    Token(String),
    /// On the account.
    Refused(Refusal),
}

/// The card of those that exist.
#[component]
pub fn Tokens() -> AnyView {
    let revoke = ServerAction::<RevokeToken>::new();
    let tokens = data_of(|| (), |()| load_tokens());
    view! {
        <section class="card max-w-3xl" id="tokens">
            <div class="card-head"><h2>"Tokens for programs"</h2></div>
            <div class="card-body">
                <p class="hint">"A program sends one as "<span class="mono">"Authorization: Bearer …"</span>". It does what you may, and no more than you chose; it never approves, skips or manages people."</p>
                <RefusalNotice refusal=refusal_of(revoke)/>
                {loaded(tokens, move |tokens| list(tokens, revoke))}
            </div>
        </section>
    }
    .into_any()
}

fn list(tokens: Vec<TokenView>, revoke: ServerAction<RevokeToken>) -> AnyView {
    if tokens.is_empty() {
        return view! { <p class="text-muted">"You have none."</p> }.into_any();
    }
    let rows: Vec<_> = tokens.into_iter().map(|token| row(token, revoke)).collect();
    view! {
        <Table label="Your tokens" rows
            columns=vec![
                Column::Plain("Token"), Column::Plain("May"), Column::Plain("Made"), Column::Plain("Good until"),
                Column::Plain("Last used"), Column::Plain("Do"),
            ]/>
    }
    .into_any()
}

fn row(token: TokenView, revoke: ServerAction<RevokeToken>) -> AnyView {
    let may = if token.read_only { format!("look, as {}", token.roles.words()) } else { token.roles.words() };
    let until = if token.expires <= now() {
        view! { <Badge look=Look::stopped("Expired")/> }.into_any()
    } else {
        view! { <MomentAhead at=token.expires/> }.into_any()
    };
    let used = match token.used {
        Some(used) => view! { <Moment at=used.at/> {format!(" from {}", used.from)} }.into_any(),
        None => view! { "never" }.into_any(),
    };
    let about = format!("Revoke {}", token.name);
    view! {
        <tr>
            <td data-label="Token">{token.name}</td>
            <td data-label="May">{may}</td>
            <td data-label="Made"><Moment at=token.created/></td>
            <td data-label="Good until">{until}</td>
            <td data-label="Last used"><span>{used}</span></td>
            <td>
                <ActionForm action=revoke>
                    <input type="hidden" name="token" value=token.id.to_string()/>
                    <button class="btn btn-small" type="submit" aria-label=about>"Revoke"</button>
                </ActionForm>
            </td>
        </tr>
    }
    .into_any()
}

/// What a wish on the account was just refused with, if this page answers one.
pub fn token_just_refused() -> Signal<Option<ApiError>> {
    Signal::stored(match use_context::<NewTokenShown>() {
        Some(NewTokenShown::Refused(refused)) => Some(ApiError(refused)),
        _ => None,
    })
}

/// The form for a new one, with the roles that this person has. To decide is for people only.
pub fn new_token(person: &Person, proof: Proof, refusal: Signal<Option<ApiError>>) -> AnyView {
    let grants = person.roles.covered();
    let boxes: Vec<_> = grants
        .iter()
        .filter(|grant| grant.role() != Role::Approver)
        .map(|grant| {
            let word = grant.to_string();
            view! { <Choice kind="checkbox" name="roles[]" value=word.clone()>{word}</Choice> }
        })
        .collect();
    view! {
        <section class="card max-w-3xl">
            <div class="card-head"><h2>"Make a token"</h2></div>
            <div class="card-body">
                <RefusalNotice refusal/>
                <form class="form" method="post" action="/account/tokens">
                    <TextField name="name" id="token-name" label="What it is for" required=true field="name" refusal/>
                    <TextField name="days" id="token-days" label="Good for so many days" kind="number" value="30" required=true
                        hint=format!("At most {LONGEST_TOKEN_DAYS}.") field="days" refusal/>
                    <fieldset class="field"><legend class="label">"What it may do"</legend>
                        <p class="hint">"Nothing chosen: it looks wherever you may look now."</p>
                        {boxes}
                        <Choice kind="checkbox" name="read_only" value="true">"Only look, whatever is chosen above"</Choice>
                    </fieldset>
                    <ProofField wanted=Some(proof) id="token-proof"/>
                    <div><button class="btn btn-primary" type="submit">"Make it"</button></div>
                </form>
            </div>
        </section>
    }
    .into_any()
}

/// A new token, once.
#[component]
pub fn NewTokenPage() -> AnyView {
    let body = match use_context::<NewTokenShown>() {
        Some(NewTokenShown::Token(token)) => view! {
            <Notice look=Look::warning("Copy it now")>"It is shown this once. Keep it where only the program can read it."</Notice>
            <Copyable what="the token"><p class="mono" id="token">{token}</p></Copyable>
            <p><a class="link" href="/account#tokens">"Back to your account"</a></p>
        }
        .into_any(),
        _ => view! { <p>"There is nothing to show here. " <a class="link" href="/account#tokens">"To your tokens"</a></p> }.into_any(),
    };
    view! {
        <Page title="New token">
            <PageHead title="New token" crumbs=vec![("/account".to_owned(), "Your account".to_owned())]/>
            {body}
        </Page>
    }
    .into_any()
}
