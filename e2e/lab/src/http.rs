//! The HTTP side of the API: port 8080 and port 8096.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::serve::{IncomingStream, Listener};
use time::macros::format_description;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::api::params::Params;
use crate::api::{self, Answer, Call};
use crate::json::to_xml;
use crate::line::{Cut, Line};
use crate::platform::Platform;
use crate::truth::Path;
use crate::world::records::Phase;

/// Bodies of API calls are small.
const LARGEST_BODY: usize = 1 << 20;

#[derive(Clone)]
struct Endpoint {
    platform: Platform,
    server: usize,
}

/// Serves `/client/api` on port 8080 until told to stop.
pub(crate) async fn serve_signed(
    platform: &Platform,
    server: usize,
    listeners: Vec<TcpListener>,
    stop: &CancellationToken,
) {
    let endpoint = Endpoint { platform: platform.clone(), server };
    let router = Router::new()
        .route("/client/api", any(signed))
        .route("/client/", any(front_page))
        .route("/client", any(front_page))
        .with_state(endpoint);
    serve(router, listeners, stop).await;
}

/// Serves port 8096: any path, no signature.
pub(crate) async fn serve_integration(
    platform: &Platform,
    server: usize,
    listeners: Vec<TcpListener>,
    stop: &CancellationToken,
) {
    let endpoint = Endpoint { platform: platform.clone(), server };
    let router = Router::new().fallback(integration).with_state(endpoint);
    serve(router, listeners, stop).await;
}

/// Serves one set of routes on several addresses.
async fn serve(router: Router, listeners: Vec<TcpListener>, stop: &CancellationToken) {
    let mut servers = tokio::task::JoinSet::new();
    for listener in listeners {
        let service = router.clone().into_make_service_with_connect_info::<Cut>();
        let stop = stop.clone();
        servers.spawn(async move {
            let served = axum::serve(Door(listener), service);
            // Serving ends without an error in any case.
            let _ = served.with_graceful_shutdown(stop.cancelled_owned()).await;
        });
    }
    while servers.join_next().await.is_some() {}
}

async fn front_page(State(endpoint): State<Endpoint>) -> Response {
    if is_up(&endpoint) {
        ([(header::CONTENT_TYPE, "text/html")], "<title>CloudStack</title>").into_response()
    } else {
        not_up()
    }
}

async fn signed(State(endpoint): State<Endpoint>, ConnectInfo(cut): ConnectInfo<Cut>, request: Request) -> Response {
    if !is_up(&endpoint) {
        return not_up();
    }
    let Some(method) = method(&request) else {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    };
    let query = request.uri().query().unwrap_or_default().to_owned();
    let Ok(body) = axum::body::to_bytes(request.into_body(), LARGEST_BODY).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let params = Params::parse(&[&query, &String::from_utf8_lossy(&body)]);
    let mut response = respond(&endpoint, Path::Signed, method, params, &cut);
    let clock = {
        let world = endpoint.platform.world();
        endpoint.platform.server_clock(&world)
    };
    let date = clock.format(format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    ));
    if let Some(date) = date.ok().and_then(|date| date.parse().ok()) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

async fn integration(
    State(endpoint): State<Endpoint>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let Some(method) = method(&request) else {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    };
    // Parameters come from the query string only.
    let params = Params::parse(&[request.uri().query().unwrap_or_default()]);
    let mut response = respond(&endpoint, Path::Integration, method, params, &cut);
    // One request per connection.
    let close = header::HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

fn respond(endpoint: &Endpoint, by: Path, method: &'static str, params: Params, cut: &Cut) -> Response {
    let json = params.is("response", "json");
    let call = Call { server: endpoint.server, by, method, params };
    let Answer { status, body, lost } = api::answer(&endpoint.platform, &call);
    if lost {
        cut.now();
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (kind, text) = if json {
        let text = serde_json::to_string(&body).unwrap_or_default();
        ("application/json; charset=UTF-8", text)
    } else {
        ("text/xml; charset=UTF-8", to_xml(&body))
    };
    (status, [(header::CONTENT_TYPE, kind)], text).into_response()
}

fn method(request: &Request) -> Option<&'static str> {
    match *request.method() {
        Method::GET => Some("GET"),
        Method::POST => Some("POST"),
        _ => None,
    }
}

fn is_up(endpoint: &Endpoint) -> bool {
    let world = endpoint.platform.world();
    world.servers[endpoint.server].phase == Phase::Up
}

fn not_up() -> Response {
    let text = "<html><body><h2>HTTP ERROR 503 Service Unavailable</h2></body></html>";
    let head = [(header::CONTENT_TYPE, "text/html;charset=iso-8859-1")];
    (StatusCode::SERVICE_UNAVAILABLE, head, text).into_response()
}

impl Connected<IncomingStream<'_, Door>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().cut()
    }
}

/// A listener whose connections can be cut from within a handler.
pub(crate) struct Door(pub(crate) TcpListener);

impl Listener for Door {
    type Io = Line<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (Line::new(stream), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}
