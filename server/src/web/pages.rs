//! The pages of `app`, rendered here, and the server functions behind them.
//!
//! Both get the same context: the engine, who is asking, and the nonce of this answer.

use std::sync::LazyLock;

use app::{Caller, SignInAt};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::COOKIE;
use axum::http::{Extensions, HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use engine::TokenHolder;
use leptos::nonce::Nonce;
use leptos::prelude::provide_context;
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, generate_route_list, handle_server_fns_with_context, render_app_async_with_context,
};

use model::refusal::Refusal;

use super::backend::AuthSession;
use super::{Web, refusal, sessions};

/// A route for every page that `app` knows.
pub fn routes() -> Router<Web> {
    Router::new().leptos_routes_with_handler(LISTED.clone(), page)
}

/// Listed once, before anything is served: while Leptos lists the routes, whatever is fetched for a page that is rendered
/// elsewhere in this process is never answered (leptos issue 4773).
static LISTED: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(app::App));

/// One page, complete, so that it works without WASM.
pub async fn page(State(web): State<Web>, request: Request) -> Response {
    if is_late_setup(&web, request.uri()).await {
        return Redirect::to("/login").into_response();
    }
    let extensions = request.extensions();
    let context = context(&web, extensions, caller(extensions).await);
    let assets = web.assets.clone();
    render_app_async_with_context(context, move || app::shell(assets.clone()))(request).await
}

/// The first admin is made once; afterwards the form would lead nowhere. What it said last is still shown.
async fn is_late_setup(web: &Web, uri: &Uri) -> bool {
    uri.path() == "/setup"
        && !uri.query().is_some_and(|query| query.contains("error="))
        && matches!(web.engine.setup_token().await, Ok(None))
}

/// The page that a file was sent from, saying why it was not taken.
pub async fn upload_refused(web: Web, extensions: &Extensions, refusal: Refusal) -> Response {
    let status = refusal::status(&refusal);
    let more = move || provide_context(app::UploadRefused(refusal.clone()));
    show(web, extensions, &HeaderMap::new(), "/replay", status, more).await
}

/// A page as the answer to a form, with something in its context that only this answer has.
pub async fn show(
    web: Web,
    extensions: &Extensions,
    headers: &HeaderMap,
    path: &'static str,
    status: StatusCode,
    more: impl Fn() + Clone + Send + Sync + 'static,
) -> Response {
    let (context, assets) = (context(&web, extensions, caller(extensions).await), web.assets.clone());
    let context = move || {
        context();
        more();
    };
    let mut page = Request::new(Body::empty());
    *page.uri_mut() = Uri::from_static(path);
    // The chosen colours are among them.
    page.headers_mut().extend(headers.get_all(COOKIE).iter().map(|cookie| (COOKIE, cookie.clone())));
    let mut response = render_app_async_with_context(context, move || app::shell(assets.clone()))(page).await;
    *response.status_mut() = status;
    response
}

/// A path that no page has.
pub async fn no_page(web: State<Web>, request: Request) -> Response {
    let mut response = page(web, request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// `/api/…`: the functions that pages call. Which role each needs is said at its beginning (`app::server::desk`).
pub async fn server_function(State(web): State<Web>, request: Request) -> Response {
    let extensions = request.extensions();
    let context = context(&web, extensions, caller(extensions).await);
    handle_server_fns_with_context(context, request).await.into_response()
}

fn context(web: &Web, extensions: &Extensions, caller: Caller) -> impl Fn() + Clone + Send + Sync + 'static {
    let engine = web.engine.clone();
    let (step_up, platforms) = (web.config.step_up, web.config.platforms);
    let nonce = extensions.get::<Nonce>().cloned().unwrap_or_default();
    let sign_in_at = web.provider.as_ref().map(|provider| SignInAt(provider.name().to_owned()));
    move || {
        if let Some(at) = sign_in_at.clone() {
            provide_context(at);
        }
        provide_context(engine.clone());
        provide_context(caller.clone());
        provide_context(step_up);
        provide_context(platforms);
        provide_context(nonce.clone());
    }
}

async fn caller(extensions: &Extensions) -> Caller {
    if let Some(holder) = extensions.get::<TokenHolder>() {
        return Caller { person: Some(holder.person.clone()), by_token: true, ..Caller::nobody() };
    }
    let auth = extensions.get::<AuthSession>();
    let Some((auth, account)) = auth.and_then(|auth| Some((auth, auth.user.as_ref()?))) else {
        return Caller::nobody();
    };
    Caller {
        person: Some(account.person.clone()),
        session: sessions::name(&auth.session),
        proven: sessions::proven(&auth.session, &account.person).await,
        by_token: false,
    }
}
