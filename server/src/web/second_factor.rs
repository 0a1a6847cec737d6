//! Setting up and switching off one's second factor.
//!
//! Plain forms, handled here because what they show is shown once: it stands in the answer to the form and nowhere else.

use app::SecondFactorStep;
use axum::extract::{Form, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use engine::{EngineError, NewToken};
use leptos::prelude::provide_context;
use model::people::{Person, Proof};
use model::refusal::Refusal;
use model::time::Timestamp;
use serde::Deserialize;
use tracing::warn;

use super::backend::AuthSession;
use super::client::Visitor;
use super::{Web, login, pages, qr, refusal, sessions};

/// Where what is shown once is shown.
const PAGE: &str = "/account/second-factor";

/// Somebody's form with a password or a code, and what is needed to answer it.
pub struct Attempt {
    web: Web,
    extensions: Extensions,
    headers: HeaderMap,
    by: Person,
    visitor: Visitor,
    from: String,
    /// When they have shown last that it is they.
    proven: Option<Timestamp>,
}

impl FromRequestParts<Web> for Attempt {
    type Rejection = Response;

    /// Counts it, as a login.
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let auth = parts.extensions.get::<AuthSession>();
        let known = auth.and_then(|auth| Some((auth.session.clone(), auth.user.clone()?)));
        let (session, account) = known.ok_or_else(|| refusal::respond(&Refusal::NotLoggedIn))?;
        let visitor = Visitor::of(&parts.headers, &parts.extensions, web);
        let from = visitor.address;
        if !web.throttle.allows(from, &account.person.name) {
            warn!(%from, "Too many attempts at passwords or codes");
            let problem = "there were too many attempts; wait a minute, then try again".to_owned();
            let mut answer = refusal::explain(&Refusal::Conflict { problem }, "/account");
            *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            return Err(answer);
        }
        let proven = sessions::proven(&session, &account.person).await;
        Ok(Self {
            web: web.clone(),
            extensions: parts.extensions.clone(),
            headers: parts.headers.clone(),
            by: account.person,
            visitor,
            from: from.to_string(),
            proven,
        })
    }
}

impl Attempt {
    /// The page with something on it that is shown once.
    async fn show(self, step: SecondFactorStep) -> Response {
        let status = match &step {
            SecondFactorStep::Refused(problem) | SecondFactorStep::WrongCode(problem) => refusal::status(problem),
            SecondFactorStep::Key { .. } | SecondFactorStep::RecoveryCodes(_) => StatusCode::OK,
        };
        let path = if matches!(step, SecondFactorStep::Refused(_)) { "/account" } else { PAGE };
        self.answer(path, status, step).await
    }

    /// A page with something in its context that only this answer has.
    pub async fn answer<T: Clone + Send + Sync + 'static>(
        self,
        path: &'static str,
        status: StatusCode,
        shown: T,
    ) -> Response {
        let context = move || provide_context(shown.clone());
        pages::show(self.web, &self.extensions, &self.headers, path, status, context).await
    }

    /// Takes what was shown to prove that it is really they.
    pub async fn prove(&self, shown: &str) -> Result<(), EngineError> {
        if self.web.engine.proof_of(&self.by).await? == Proof::Provider {
            let lasts = self.web.config.step_up.lasts.saturating_mul(1000);
            let is_fresh = self.proven.is_some_and(|proven| sessions::now().since(proven) <= lasts);
            let problem = "show first that it is you: sign in at your provider once more".to_owned();
            return if is_fresh { Ok(()) } else { Err(Refusal::Conflict { problem }.into()) };
        }
        self.web.engine.prove(&self.by, shown, &self.from).await
    }

    /// Makes a token for this person.
    pub async fn create_token(&self, new: NewToken) -> Result<String, EngineError> {
        self.web.engine.create_token(&self.by, new).await
    }

    async fn refused(self, error: EngineError) -> Response {
        self.show(SecondFactorStep::Refused(error.refusal())).await
    }
}

/// The sessions of this person have ended; this one goes on under a new id.
async fn go_on(auth: &mut AuthSession, attempt: &Attempt) -> Result<(), Response> {
    match auth.backend.account(&attempt.by.id).await {
        Ok(Some(account)) => login::begin(auth, &account, &attempt.visitor).await,
        Ok(None) => Err(Redirect::to("/login").into_response()),
        Err(error) => Err(login::unavailable(&error)),
    }
}

/// The form for who has only a password so far.
#[derive(Deserialize)]
pub struct PasswordForm {
    password: String,
}

/// `POST /account/second-factor`: makes a key, and shows it.
pub async fn begin(attempt: Attempt, Form(form): Form<PasswordForm>) -> Response {
    match attempt.web.engine.begin_second_factor(&attempt.by, &form.password, &attempt.from).await {
        Ok(key) => attempt.show(SecondFactorStep::Key { text: key.text, qr: qr::outline(&key.link) }).await,
        Err(error) => attempt.refused(error).await,
    }
}

/// A form with a code.
#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
}

/// `POST /account/second-factor/confirm`: the key counts from now on; shows the recovery codes.
pub async fn confirm(attempt: Attempt, mut auth: AuthSession, Form(form): Form<CodeForm>) -> Response {
    match attempt.web.engine.confirm_second_factor(&attempt.by, &form.code).await {
        Ok(codes) => match go_on(&mut auth, &attempt).await {
            Ok(()) => attempt.show(SecondFactorStep::RecoveryCodes(codes)).await,
            Err(failed) => failed,
        },
        Err(error) => match error.refusal() {
            // The key is not shown again: the app has it by now, or one begins again.
            wrong @ Refusal::Invalid { .. } => attempt.show(SecondFactorStep::WrongCode(wrong)).await,
            refusal => attempt.show(SecondFactorStep::Refused(refusal)).await,
        },
    }
}

/// `POST /account/second-factor/codes`: makes new recovery codes, and shows them.
pub async fn renew_codes(attempt: Attempt, Form(form): Form<CodeForm>) -> Response {
    match attempt.web.engine.renew_recovery_codes(&attempt.by, &form.code, &attempt.from).await {
        Ok(codes) => attempt.show(SecondFactorStep::RecoveryCodes(codes)).await,
        Err(error) => attempt.refused(error).await,
    }
}

/// `POST /account/second-factor/off`
pub async fn switch_off(attempt: Attempt, mut auth: AuthSession, Form(form): Form<CodeForm>) -> Response {
    match attempt.web.engine.switch_second_factor_off(&attempt.by, &form.code, &attempt.from).await {
        Ok(()) => match go_on(&mut auth, &attempt).await {
            Ok(()) => Redirect::to("/account").into_response(),
            Err(failed) => failed,
        },
        Err(error) => attempt.refused(error).await,
    }
}
