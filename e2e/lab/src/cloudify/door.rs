//! nginx on a manager: open while the machine runs, with REST or a 502 behind it.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::archive::Archive;
use super::auth;
use super::call::Call;
use super::download;
use super::error::Refusal;
use super::respond::{Admitted, Reply, admit, respond};
use super::route::{self, Endpoint};
use super::shared::{Front, Received, Shared};
use super::snapshot;
use crate::http;
use crate::line::Cut;
use crate::nginx::Nginx;
use crate::tls::TlsListener;

const NGINX: Nginx = Nginx("nginx/1.8.0");
/// How often it is asked whether the machine still runs.
const LOOK: Duration = Duration::from_millis(20);
/// Bodies other than archives are small.
const LARGEST_BODY: usize = 1 << 20;

/// A manager's nginx.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) shared: Arc<Shared>,
    pub(super) address: SocketAddr,
    /// If it speaks HTTPS.
    pub(super) tls: Option<Arc<ServerConfig>>,
}

/// What a handler needs.
#[derive(Clone)]
struct Site {
    shared: Arc<Shared>,
    /// The machine goes down.
    closing: CancellationToken,
}

/// A call's answer, and what is written down of the caller.
struct Answered {
    response: Response,
    user: Option<String>,
}

impl Door {
    /// Opens and closes until the lab stops. The first listener is bound already.
    pub(super) async fn keep(self, first: TcpListener) {
        let mut first = Some(first);
        let work = async {
            loop {
                let listener = match first.take() {
                    Some(listener) => Some(listener),
                    None if self.is_shut() => None,
                    None => self.bind().await,
                };
                match listener {
                    Some(listener) => self.serve(listener).await,
                    None => tokio::time::sleep(LOOK).await,
                }
            }
        };
        self.shared.stop.clone().run_until_cancelled(work).await;
    }

    async fn bind(&self) -> Option<TcpListener> {
        let bound = TcpListener::bind(self.address).await;
        bound.inspect_err(|error| tracing::warn!(address = %self.address, %error, "nginx cannot listen")).ok()
    }

    fn is_shut(&self) -> bool {
        self.shared.state().front() == Front::Refused
    }

    async fn serve(&self, listener: TcpListener) {
        let closing = self.shared.stop.child_token();
        let site = Site { shared: Arc::clone(&self.shared), closing: closing.clone() };
        let service = Router::new().fallback(handle).with_state(site).into_make_service_with_connect_info::<Cut>();
        let closed = closing.clone().cancelled_owned();
        let served = async {
            // Serving ends without an error in any case.
            match &self.tls {
                None => drop(axum::serve(http::Door(listener), service).with_graceful_shutdown(closed).await),
                Some(tls) => match TlsListener::new(listener, Arc::clone(tls)) {
                    Ok(listener) => drop(axum::serve(listener, service).with_graceful_shutdown(closed).await),
                    Err(error) => tracing::warn!(address = %self.address, %error, "nginx cannot listen"),
                },
            }
        };
        let watched = async {
            while !self.is_shut() {
                tokio::time::sleep(LOOK).await;
            }
            closing.cancel();
        };
        tokio::join!(served, watched);
    }
}

async fn handle(State(site): State<Site>, ConnectInfo(cut): ConnectInfo<Cut>, request: Request) -> Response {
    let closing = site.closing.clone();
    match closing.run_until_cancelled(answer(&site.shared, &cut, request)).await {
        Some(response) => response,
        None => {
            cut.now();
            NGINX.bad_gateway()
        }
    }
}

async fn answer(shared: &Arc<Shared>, cut: &Cut, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or_else(|| head.uri.path().to_owned(), ToString::to_string);
    let call = Call::new(&head);
    let (method, tenant) = (call.method.to_string(), call.tenant.clone());
    let is_chunked = head.headers.contains_key(header::TRANSFER_ENCODING);
    let Answered { response, user } = dispatch(shared, cut, call, body, is_chunked).await;
    let status = response.status().as_u16();
    shared.state().received.push(Received { user, tenant, method, target, status });
    response
}

async fn dispatch(shared: &Arc<Shared>, cut: &Cut, mut call: Call, body: Body, is_chunked: bool) -> Answered {
    let nobody = |response| Answered { response, user: None };
    let front = shared.state().front();
    if front == Front::Refused {
        cut.now();
        return nobody(NGINX.bad_gateway());
    }
    // What is not the API are files, which nginx serves without it.
    if !call.path.starts_with("/api/") {
        return nobody(NGINX.files(&call.path, "Cloudify"));
    }
    if let Some(response) = bad_answer(shared) {
        drain(body).await;
        return nobody(response);
    }
    if front == Front::BadGateway {
        drain(body).await;
        return nobody(NGINX.bad_gateway());
    }
    let Some(found) = route::find(&call.path, shared.config.release) else {
        drain(body).await;
        return nobody(refused(&Refusal::no_page()));
    };
    // The one question that is answered to everybody, and without the database (2.2).
    if found.endpoint == Endpoint::SnapshotStatus && call.method == Method::GET {
        return nobody(json(200, snapshot::status(shared).to_string()));
    }
    if shared.state().schema_moves {
        drain(body).await;
        return nobody(refused(&Refusal::internal("Internal error occurred in manager REST server")));
    }
    let user = match auth::identify(shared, &call) {
        Ok(user) => user,
        Err(refusal) => {
            drain(body).await;
            return nobody(refused(&refusal));
        }
    };
    let name = Some(user.name.clone());
    let reply = match admit(shared, found, &call, user) {
        Ok(admitted) => match &admitted.endpoint {
            Endpoint::Archive(id) if call.method == Method::PUT => {
                upload(shared, &admitted, id, &call, body, is_chunked).await
            }
            _ => match axum::body::to_bytes(body, LARGEST_BODY).await {
                Ok(bytes) => {
                    call.body = bytes.to_vec();
                    respond(shared, &admitted, &call)
                }
                Err(_) => Err(Refusal::bad_parameters("Request body is too large or broken")),
            },
        },
        Err(refusal) => {
            drain(body).await;
            Err(refusal)
        }
    };
    let response = match reply {
        Ok(reply) => told(shared, reply, call.from).await,
        Err(refusal) => refused(&refusal),
    };
    Answered { response, user: name }
}

/// What is answered to everything while a restore does badly (3.5).
fn bad_answer(shared: &Shared) -> Option<Response> {
    let mut state = shared.state();
    let since = state.restoring?.database_since?;
    if !state.faults.holds_database(since) {
        return None;
    }
    Some(match state.faults.bad_status() {
        502 => NGINX.bad_gateway(),
        401 => refused(&Refusal::wrong_password("admin")),
        404 => refused(&Refusal::not_found("Requested `Execution` was not found")),
        _ => refused(&Refusal::internal("Internal error occurred in manager REST server")),
    })
}

/// Takes an archive in, piece by piece.
async fn upload(
    shared: &Shared,
    admitted: &Admitted,
    id: &str,
    call: &Call,
    mut body: Body,
    is_chunked: bool,
) -> Result<Reply, Refusal> {
    if let Err(refusal) = snapshot::begin_upload(shared, &admitted.tenant, &admitted.user, id, call) {
        drain(body).await;
        return Err(refusal);
    }
    let broken = |error: std::io::Error| Refusal::internal(error.to_string());
    let mut file = Archive::receive().map_err(broken)?;
    while let Some(piece) = piece(&mut body).await {
        let piece = piece.map_err(|()| Refusal::internal("The upload broke off"))?;
        file.take(&piece).map_err(broken)?;
    }
    let archive = file.finish().map_err(broken)?;
    if archive.length == 0 && !is_chunked {
        return Err(Refusal::internal("Missing application archive in request body"));
    }
    snapshot::end_upload(shared, id, archive)
}

/// The next piece of a body.
async fn piece(body: &mut Body) -> Option<Result<Bytes, ()>> {
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
        match frame.map(|frame| frame.into_data()) {
            Ok(Ok(bytes)) => return Some(Ok(bytes)),
            // Trailers.
            Ok(Err(_)) => {}
            Err(_) => return Some(Err(())),
        }
    }
}

/// nginx takes a whole request in before REST sees any of it, so that a refusal never meets a client that still
/// sends.
async fn drain(mut body: Body) {
    while let Some(Ok(_)) = piece(&mut body).await {}
}

async fn told(shared: &Shared, reply: Reply, from: Option<u64>) -> Response {
    match reply {
        Reply::Json(status, value) => json(status, value.to_string()),
        Reply::NotModified => StatusCode::NOT_MODIFIED.into_response(),
        Reply::Download { id, archive } => match download::answer(shared, &id, archive, from).await {
            Ok(response) => response,
            Err(error) => refused(&Refusal::internal(error.to_string())),
        },
    }
}

fn refused(refusal: &Refusal) -> Response {
    json(refusal.status, refusal.body().to_string())
}

fn json(status: u16, text: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
