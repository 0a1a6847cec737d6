//! The pages of `app`, rendered here, and the server functions behind them.
//!
//! Both get the same context: the engine, who is asking, and the nonce of this answer.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Extensions, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::nonce::Nonce;
use leptos::prelude::provide_context;
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, generate_route_list, handle_server_fns_with_context, render_app_async_with_context,
};

use model::refusal::Refusal;

use super::backend::AuthSession;
use super::{Web, refusal};

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
    let context = context(&web, request.extensions());
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
    let (context, assets) = (context(&web, extensions), web.assets.clone());
    let status = refusal::status(&refusal);
    let context = move || {
        context();
        provide_context(app::UploadRefused(refusal.clone()));
    };
    let mut page = Request::new(Body::empty());
    *page.uri_mut() = Uri::from_static("/replay");
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
    let context = context(&web, request.extensions());
    handle_server_fns_with_context(context, request).await.into_response()
}

fn context(web: &Web, extensions: &Extensions) -> impl Fn() + Clone + Send + Sync + 'static {
    let engine = web.engine.clone();
    let person = extensions.get::<AuthSession>().and_then(|auth| auth.user.as_ref()).map(|user| user.person.clone());
    let nonce = extensions.get::<Nonce>().cloned().unwrap_or_default();
    move || {
        provide_context(engine.clone());
        provide_context(app::Caller(person.clone()));
        provide_context(nonce.clone());
    }
}
