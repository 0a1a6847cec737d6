//! Showing again that it is oneself (step-up), around the server functions.
//!
//! A function that needs it says so with a header. A program is told; to a person the same form is sent back, with all that
//! was typed and one more field. What stands in that field is taken out here, and no function ever sees it.

use app::{PROOF_WANTED, ProofAsked};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, REFERER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::TokenHolder;
use form_urlencoded::Serializer;
use leptos::prelude::provide_context;
use model::refusal::Refusal;
use tracing::warn;

use super::backend::{Account, AuthSession};
use super::client::Visitor;
use super::guard::{referer, wants_html};
use super::login::{not_kept, way_back};
use super::{BODY_LIMIT, Web, pages, refusal, sessions};

/// A form, without what is only meant for here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Form {
    fields: Vec<(String, String)>,
    /// What was shown.
    proof: Option<String>,
    /// The page that it was on.
    back: Option<String>,
}

impl Form {
    fn read(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body).into_owned() {
            match name.as_str() {
                "proof" => form.proof = Some(value),
                "back" => form.back = Some(value),
                _ => form.fields.push((name, value)),
            }
        }
        form
    }

    fn body(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }
}

/// Takes what was shown out of the form, and asks for it where a function needs it.
pub async fn ask(
    State(web): State<Web>,
    auth: AuthSession,
    visitor: Visitor,
    request: Request,
    next: Next,
) -> Response {
    let is_program = request.extensions().get::<TokenHolder>().is_some();
    let account = auth.user.clone().filter(|_| is_form(&request) && !is_program);
    let Some(account) = account else { return next.run(request).await };
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let form = Form::read(&body);
    // Only what we have changed is written anew.
    let is_ours = form.proof.is_some() || form.back.is_some();
    let body = if is_ours { form.body().into_bytes().into() } else { body };
    if is_ours {
        if let Some(back) = &form.back {
            go_back_to(back, &mut parts.headers);
        }
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    if let Some(shown) = &form.proof
        && let Err(refused) = take(&web, &auth, &account, &visitor, shown).await
    {
        return match refused {
            NotTaken::Wrong(problem) if wants_html(&parts.headers) => {
                asked_again(web, &parts, &account, form, Some(problem)).await
            }
            NotTaken::Wrong(problem) => refusal::respond(&problem),
            NotTaken::Failed(answer) => answer,
        };
    }
    let answer = next.run(Request::from_parts(parts.clone(), Body::from(body))).await;
    if answer.headers().contains_key(PROOF_WANTED) && wants_html(&parts.headers) {
        return asked_again(web, &parts, &account, form, None).await;
    }
    answer
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    *request.method() == Method::POST && kind.starts_with("application/x-www-form-urlencoded")
}

/// After a plain form the browser is sent to the page that it says it comes from: that is the first one, not ours.
fn go_back_to(back: &str, headers: &mut HeaderMap) {
    let from: Option<Uri> = headers.get(REFERER).and_then(|referer| referer.to_str().ok()?.parse().ok());
    let (Some(scheme), Some(authority)) = (from.as_ref().and_then(Uri::scheme), from.as_ref().and_then(Uri::authority))
    else {
        return;
    };
    if let Ok(back) = HeaderValue::from_str(&format!("{scheme}://{authority}{}", way_back(back))) {
        headers.insert(REFERER, back);
    }
}

/// Why what was shown did not help.
enum NotTaken {
    Wrong(Refusal),
    Failed(Response),
}

async fn take(
    web: &Web,
    auth: &AuthSession,
    account: &Account,
    visitor: &Visitor,
    shown: &str,
) -> Result<(), NotTaken> {
    let (person, from) = (&account.person, visitor.address);
    if !web.throttle.allows(from, &person.name) {
        warn!(%from, "Too many attempts at passwords or codes");
        let problem = "there were too many attempts; wait a minute, then try again".to_owned();
        return Err(NotTaken::Wrong(Refusal::Conflict { problem }));
    }
    let shown = web.engine.prove(person, shown, &from.to_string()).await;
    shown.map_err(|error| NotTaken::Wrong(error.refusal()))?;
    let noted = sessions::note_proof(&auth.session, person, visitor).await;
    noted.map_err(|error| NotTaken::Failed(not_kept(&error)))
}

/// The form once more, with everything that was typed into it.
async fn asked_again(web: Web, parts: &Parts, account: &Account, form: Form, problem: Option<Refusal>) -> Response {
    let proof = match web.engine.proof_of(&account.person).await {
        Ok(proof) => proof,
        Err(error) => return refusal::respond(&error.refusal()),
    };
    let back = form.back.or_else(|| referer(&parts.headers)).unwrap_or_default();
    let asked = ProofAsked {
        proof,
        action: parts.uri.path().to_owned(),
        back: way_back(&back).to_owned(),
        fields: form.fields,
        problem: problem.map(|problem| problem.to_string()),
    };
    let more = move || provide_context(asked.clone());
    pages::show(web, &parts.extensions, &parts.headers, "/account/proof", StatusCode::FORBIDDEN, more).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_goes_on_and_what_was_shown_does_not() {
        let form = Form::read(b"request=1&proof=123456&reason=a%26b+%C3%BC&roles%5B0%5D=admin&back=%2Frequests%2F1");
        assert_eq!(form.body(), "request=1&reason=a%26b+%C3%BC&roles%5B0%5D=admin");
        assert_eq!((form.proof.as_deref(), form.back.as_deref()), (Some("123456"), Some("/requests/1")));
    }

    #[test]
    fn nobody_is_sent_elsewhere_afterwards() {
        for (back, expected) in [("/runs/1?a=b", "/runs/1?a=b"), ("//evil.example", "/"), ("https://evil.example", "/")]
        {
            let mut headers = HeaderMap::new();
            headers.insert(REFERER, HeaderValue::from_static("https://drydock.example/api/approve_request"));
            go_back_to(back, &mut headers);
            assert_eq!(headers.get(REFERER).unwrap(), &format!("https://drydock.example{expected}"), "{back}");
        }
    }
}
