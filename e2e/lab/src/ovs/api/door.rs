//! nginx on one master: open while the cluster says so, with the API or a 502 behind it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::call::Call;
use super::cluster::Front;
use super::error::{Body, Refusal};
use super::fault::Trouble;
use super::respond::{Reply, respond};
use super::shared::{Received, Shared};
use crate::nginx::Nginx;
use crate::tls::{Peer, TlsListener};

/// How often the cluster is asked whether nginx still runs, and a task whether it has ended.
const LOOK: Duration = Duration::from_millis(20);
/// Of Ubuntu 14.04.
const NGINX: Nginx = Nginx("nginx/1.4.6 (Ubuntu)");
const LARGEST_BODY: usize = 1 << 20;

/// One master's nginx.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) shared: Arc<Shared>,
    pub(super) master: IpAddr,
    pub(super) address: SocketAddr,
    pub(super) tls: Arc<ServerConfig>,
}

/// What a handler needs.
#[derive(Clone)]
struct Site {
    shared: Arc<Shared>,
    master: IpAddr,
    /// nginx stops.
    closing: CancellationToken,
}

impl Door {
    /// Opens and closes until the lab stops. The first listener is bound already, if nginx runs at all.
    pub(super) async fn keep(self, mut first: Option<TcpListener>) {
        let stop = self.shared.stop.clone();
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
        stop.run_until_cancelled(work).await;
    }

    async fn bind(&self) -> Option<TcpListener> {
        let bound = TcpListener::bind(self.address).await;
        bound.inspect_err(|error| tracing::warn!(address = %self.address, %error, "nginx cannot listen")).ok()
    }

    fn is_shut(&self) -> bool {
        self.shared.cluster.front(self.master) == Front::Refused
    }

    async fn serve(&self, listener: TcpListener) {
        let Ok(listener) = TlsListener::new(listener, Arc::clone(&self.tls)) else {
            return;
        };
        let closing = self.shared.stop.child_token();
        let site = Site { shared: Arc::clone(&self.shared), master: self.master, closing: closing.clone() };
        let service = Router::new().fallback(handle).with_state(site).into_make_service_with_connect_info::<Peer>();
        let served = axum::serve(listener, service).with_graceful_shutdown(closing.clone().cancelled_owned());
        let watched = async {
            while !self.is_shut() {
                tokio::time::sleep(LOOK).await;
            }
            closing.cancel();
        };
        // Serving ends without an error in any case.
        let _ = tokio::join!(served.into_future(), watched);
    }
}

async fn handle(State(site): State<Site>, ConnectInfo(peer): ConnectInfo<Peer>, request: Request) -> Response {
    let closing = site.closing.clone();
    match closing.run_until_cancelled(answer(&site, &peer, request)).await {
        Some(response) => response,
        None => {
            peer.cut.now();
            NGINX.bad_gateway()
        }
    }
}

async fn answer(site: &Site, peer: &Peer, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or_else(|| head.uri.path().to_owned(), ToString::to_string);
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let call = Call {
        client: peer.ip,
        method: head.method.clone(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        accept: text(&head.headers, &header::ACCEPT),
        authorization: text(&head.headers, &header::AUTHORIZATION),
        content_type: text(&head.headers, &header::CONTENT_TYPE),
        body: body.to_vec(),
    };
    let response = dispatch(site, peer, &call).await;
    site.shared.state().received.push(Received {
        master: site.master,
        client: peer.ip,
        method: call.method.to_string(),
        target,
        status: response.status().as_u16(),
    });
    response
}

async fn dispatch(site: &Site, peer: &Peer, call: &Call) -> Response {
    match site.shared.cluster.front(site.master) {
        Front::Refused => {
            peer.cut.now();
            return NGINX.bad_gateway();
        }
        // What is not the API are files, which nginx serves without it.
        Front::Serving | Front::BadGateway if !call.path.starts_with("/api/") => {
            return NGINX.files(&call.path, "Open vStorage");
        }
        Front::BadGateway => return NGINX.bad_gateway(),
        Front::Serving => {}
    }
    let trouble = site.shared.state().faults.strike(&call.path);
    let reply = respond(&site.shared, site.master, call, trouble);
    if trouble == Some(Trouble::ReplyLost) {
        peer.cut.now();
    }
    match reply {
        Ok(Reply::Json(value)) => json(StatusCode::OK, value.to_string(), &call.method),
        Ok(Reply::Moved(to)) => (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, to)]).into_response(),
        Ok(Reply::Await(id)) => awaited(&site.shared, &id, &call.method).await,
        Err(refusal) => refused(refusal, &call.method),
    }
}

/// Blocks until the task is done, as the real one does. An id that nobody knows is never done.
async fn awaited(shared: &Shared, id: &str, method: &Method) -> Response {
    loop {
        match shared.state().tasks.result(id) {
            Some(Ok(value)) => return json(StatusCode::OK, value.to_string(), method),
            Some(Err(text)) => return refused(Refusal::internal(text), method),
            None => {}
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn refused(refusal: Refusal, method: &Method) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match refusal.body {
        Body::Json(value) => json(status, value.to_string(), method),
        Body::Html(text) => (status, [(header::CONTENT_TYPE, "text/html")], text).into_response(),
        Body::Empty => status.into_response(),
    }
}

fn json(status: StatusCode, text: String, method: &Method) -> Response {
    let body = if method == Method::HEAD { HttpBody::empty() } else { HttpBody::from(text) };
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}
