//! One's own second factor: what stands on the account, and what is shown once while it is set up.
//!
//! The server crate handles the forms, because what they answer must not be shown again.

use leptos::prelude::*;
use model::people::SecondFactor;
use model::refusal::Refusal;

use crate::components::{Copyable, Moment, Notice, Page, PageHead, RefusalNotice, TextField};
use crate::error::ApiError;
use crate::look::Look;

/// A QR code: the outline of its dark squares, in a square of that many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrOutline {
    pub size: i32,
    pub path: String,
}

/// What a form was answered with; in the context of the one page that says so.
#[derive(Clone)]
pub enum SecondFactorStep {
    /// The key for the app.
    Key { text: String, qr: Option<QrOutline> },
    /// The code was not made with that key.
    WrongCode(Refusal),
    /// For who loses the app.
    RecoveryCodes(Vec<String>),
    /// On the account.
    Refused(Refusal),
}

/// What a form on the account was just refused with, if this page answers one.
pub fn just_refused() -> Signal<Option<ApiError>> {
    Signal::stored(match use_context::<SecondFactorStep>() {
        Some(SecondFactorStep::Refused(refused)) => Some(ApiError(refused)),
        _ => None,
    })
}

/// The card on the account.
pub fn second_factor_card(state: SecondFactor, refused: Signal<Option<ApiError>>) -> AnyView {
    let body = match state {
        SecondFactor::None | SecondFactor::Begun => set_up(refused),
        SecondFactor::Active { since, codes_left } => view! {
            <p>"On since " <Moment at=since/> ". Logging in asks for a code of your authenticator app."</p>
            {codes_left_view(codes_left)}
            <details class="disclosure">
                <summary>"Make new recovery codes"</summary>
                {code_form("/account/second-factor/codes", "codes-code", "Make new codes", "btn", refused)}
            </details>
            <details class="disclosure">
                <summary>"Switch it off"</summary>
                {code_form("/account/second-factor/off", "off-code", "Switch off", "btn btn-danger", refused)}
            </details>
        }
        .into_any(),
    };
    view! {
        <section class="card max-w-3xl" id="second-factor">
            <div class="card-head"><h2>"Second factor"</h2></div>
            <div class="card-body">
                <RefusalNotice refusal=refused/>
                {body}
            </div>
        </section>
    }
    .into_any()
}

fn set_up(refused: Signal<Option<ApiError>>) -> AnyView {
    view! {
        <p>"Off. With it, whoever has learned your password cannot log in without the app on your phone."</p>
        <form class="form" method="post" action="/account/second-factor">
            <TextField name="password" label="Your password" kind="password" autocomplete="current-password" required=true
                hint="All your other sessions end when it is set up." field="password" refusal=refused/>
            <div><button class="btn btn-primary" type="submit">"Set up"</button></div>
        </form>
    }
    .into_any()
}

fn codes_left_view(left: i64) -> AnyView {
    match left {
        0 => view! {
            <Notice look=Look::warning("No recovery code left")>"Make new ones, or losing the app means asking an admin."</Notice>
        }
        .into_any(),
        1 => view! { <p>"1 recovery code is left."</p> }.into_any(),
        left => view! { <p>{format!("{left} recovery codes are left.")}</p> }.into_any(),
    }
}

fn code_form(
    address: &'static str,
    id: &'static str,
    button: &'static str,
    classes: &'static str,
    refusal: Signal<Option<ApiError>>,
) -> AnyView {
    view! {
        <form class="form" method="post" action=address>
            <TextField name="code" id label="Code" autocomplete="one-time-code" required=true
                hint="Six digits of your app, or a recovery code." field="code" refusal/>
            <div><button class=classes type="submit">{button}</button></div>
        </form>
    }
    .into_any()
}

/// What is shown once.
#[component]
pub fn SecondFactorPage() -> AnyView {
    let body = match use_context::<SecondFactorStep>() {
        Some(SecondFactorStep::Key { text, qr }) => key_view(text, qr),
        Some(SecondFactorStep::RecoveryCodes(codes)) => recovery_view(codes),
        Some(SecondFactorStep::WrongCode(refused) | SecondFactorStep::Refused(refused)) => {
            confirm(Some(ApiError(refused)))
        }
        None => confirm(None),
    };
    view! {
        <Page title="Second factor">
            <PageHead title="Second factor" crumbs=vec![("/account".to_owned(), "Your account".to_owned())]/>
            {body}
        </Page>
    }
    .into_any()
}

fn key_view(text: String, qr: Option<QrOutline>) -> AnyView {
    let groups: Vec<&str> = text.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    let groups = groups.join(" ");
    view! {
        <section class="card max-w-3xl">
            <div class="card-head"><h2>"Give the key to your app"</h2></div>
            <div class="card-body">
                <p>"Scan this with an authenticator app, or type the key. It is shown this once."</p>
                {qr.map(qr_view)}
                <p>"Key:"</p>
                <Copyable what="the key"><p class="mono" id="key">{groups}</p></Copyable>
                <p class="hint">"For apps that ask: time-based, SHA-1, six digits, 30 seconds."</p>
            </div>
        </section>
        {confirm(None)}
    }
    .into_any()
}

/// Dark on light in both colour schemes: not every app reads the reverse. Four squares of margin, as the standard wants.
fn qr_view(QrOutline { size, path }: QrOutline) -> AnyView {
    let (whole, area) = (size + 8, format!("-4 -4 {0} {0}", size + 8));
    view! {
        <svg role="img" aria-label="QR code with the key" width="232" height="232" viewBox=area shape-rendering="crispEdges">
            <rect x="-4" y="-4" width=whole.to_string() height=whole.to_string() fill="#ffffff"/>
            <path d=path fill="#000000"/>
        </svg>
    }
    .into_any()
}

fn confirm(refused: Option<ApiError>) -> AnyView {
    let refused = Signal::stored(refused);
    view! {
        <section class="card max-w-3xl">
            <div class="card-head"><h2>"Prove that the app has it"</h2></div>
            <div class="card-body">
                <RefusalNotice refusal=refused/>
                <form class="form" method="post" action="/account/second-factor/confirm">
                    <TextField name="code" label="Code" autocomplete="one-time-code" required=true
                        hint="The six digits that the app shows now. Only then is it asked for." field="code" refusal=refused/>
                    <div><button class="btn btn-primary" type="submit">"Switch on"</button></div>
                </form>
                <p class="hint">"The app does not have the key? " <a class="link" href="/account">"Begin again"</a> " with a new one."</p>
            </div>
        </section>
    }
    .into_any()
}

fn recovery_view(codes: Vec<String>) -> AnyView {
    let rows: Vec<_> = codes.into_iter().map(|code| view! { <li class="mono">{code}</li> }).collect();
    view! {
        <section class="card max-w-3xl">
            <div class="card-head"><h2>"Recovery codes"</h2></div>
            <div class="card-body">
                <Notice look=Look::warning("Keep them now")>"They are shown this once. Print them, or put them where you keep passwords, and not on the phone with the app."</Notice>
                <p>"Each logs you in once in place of a code of the app. Earlier ones do not work any more."</p>
                <Copyable what="all codes"><ul class="stack-tight" id="recovery-codes">{rows}</ul></Copyable>
                <div><a class="btn btn-primary" href="/account">"I have kept them"</a></div>
            </div>
        </section>
    }
    .into_any()
}
