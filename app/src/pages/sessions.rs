//! Where one is logged in, on the account.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::session::SessionView;

use crate::api::session::{EndOtherSessions, EndSession, load_sessions};
use crate::components::{Badge, Moment, RefusalNotice, data_of, loaded, refusal_of};
use crate::look::Look;

/// The card.
#[component]
pub fn Sessions() -> AnyView {
    let (one, others) = (ServerAction::<EndSession>::new(), ServerAction::<EndOtherSessions>::new());
    let sessions = data_of(|| (), |()| load_sessions());
    view! {
        <section class="card max-w-3xl" id="sessions">
            <div class="card-head"><h2>"Where you are logged in"</h2></div>
            <div class="card-body">
                <RefusalNotice refusal=refusal_of(one)/>
                <RefusalNotice refusal=refusal_of(others)/>
                {loaded(sessions, move |sessions| show(sessions, one, others))}
            </div>
        </section>
    }
    .into_any()
}

fn show(sessions: Vec<SessionView>, one: ServerAction<EndSession>, others: ServerAction<EndOtherSessions>) -> AnyView {
    let has_others = sessions.iter().any(|session| !session.is_this);
    let rows: Vec<_> = sessions.into_iter().map(|session| row(session, one)).collect();
    view! {
        <div class="table-wrap">
            <table class="table table-cards">
                <caption>"One you do not know? End it, and set a new password."</caption>
                <thead><tr><th>"Browser"</th><th>"From"</th><th>"Last used"</th><th>"Logged in"</th><td></td></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {has_others.then(|| view! {
            <ActionForm action=others><button class="btn" type="submit">"End all others"</button></ActionForm>
        })}
    }
    .into_any()
}

fn row(session: SessionView, one: ServerAction<EndSession>) -> AnyView {
    let end = if session.is_this {
        view! { <Badge look=Look::ok("This one")/> }.into_any()
    } else {
        let about = format!("End the session in {} from {}", session.browser, session.address);
        view! {
            <ActionForm action=one>
                <input type="hidden" name="session" value=session.id.to_string()/>
                <button class="btn btn-small" type="submit" aria-label=about>"End"</button>
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <tr>
            <td data-label="Browser">{session.browser}</td>
            <td data-label="From">{session.address}</td>
            <td data-label="Last used"><Moment at=session.seen/></td>
            <td data-label="Logged in"><Moment at=session.begun/></td>
            <td>{end}</td>
        </tr>
    }
    .into_any()
}
