//! What may have been received, what is trusted, and what is repeated.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use remote::http::{Fingerprint, Http, HttpError, HttpOptions, HttpRequest, Retry, Trust};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server that deals with each connection by the next of these answers; it counts requests.
struct Server {
    url: String,
    requests: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Server {
    /// An empty answer closes the connection after the request was read.
    async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = std::sync::Arc::<std::sync::Mutex<Vec<String>>>::default();
        let seen = requests.clone();
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = head(&mut stream).await;
                seen.lock().unwrap().push(request);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

async fn head(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(text).unwrap()
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn http() -> Http {
    Http::new(&HttpOptions::default()).unwrap()
}

const QUICK: Retry =
    Retry { attempts: 3, first_pause: Duration::from_millis(1), longest_pause: Duration::from_millis(10) };

#[tokio::test]
async fn any_status_is_an_answer_with_its_headers() {
    let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let server = Server::start(vec![answer("431 Bad", date, "no"), answer("302 Found", "Location: /\r\n", "")]).await;
    let first = http().send(&HttpRequest::get(&server.url)).await.unwrap();
    assert_eq!((first.status, first.text(), first.date_unix_ms()), (431, "no".to_owned(), Some(784_111_777_000)));
    // A redirect is shown, not followed.
    let second = http().send(&HttpRequest::post(&server.url).body("text/plain", "x")).await.unwrap();
    assert_eq!((second.status, server.requests()), (302, 2));
}

#[tokio::test]
async fn what_was_not_sent_is_told_from_what_may_have_been() {
    let closed = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let check = |url: String| async move { http().send(&HttpRequest::post(url)).await.unwrap_err() };
    let error = check(format!("http://{closed}/x?secret=1")).await;
    assert!(matches!(error, HttpError::NotSent { .. }) && !error.may_have_acted(), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    let error = check("http://no-such-host.invalid/".to_owned()).await;
    assert!(matches!(error, HttpError::NotSent { .. }), "{error}");
    let error = check("not an address".to_owned()).await;
    assert!(matches!(error, HttpError::Invalid { .. }), "{error}");

    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this";
    for broken in ["", "HTTP/1.1 200", cut] {
        let server = Server::start(vec![broken.to_owned(), answer("200 OK", "", "")]).await;
        let error = check(format!("{}/?secret=1", server.url)).await;
        assert!(matches!(error, HttpError::MaybeSent { .. }) && error.may_have_acted(), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert_eq!(server.requests(), 1, "it was sent once");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_may_have_acted() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let options = HttpOptions { timeout: Duration::from_millis(200), ..HttpOptions::default() };
    let request = HttpRequest::post(format!("http://{}", silent.local_addr().unwrap()));
    let error = Http::new(&options).unwrap().send(&request).await.unwrap_err();
    assert!(matches!(error, HttpError::MaybeSent { .. }), "{error}");
}

#[tokio::test]
async fn an_answer_is_read_up_to_the_limit() {
    let server = Server::start(vec![answer("200 OK", "", "0123456789"), answer("200 OK", "", "0123456789a")]).await;
    let options = HttpOptions { max_bytes: 10, ..HttpOptions::default() };
    let http = Http::new(&options).unwrap();
    assert_eq!(http.send(&HttpRequest::get(&server.url)).await.unwrap().text(), "0123456789");
    let error = http.send(&HttpRequest::get(&server.url)).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { limit: 10, .. }), "{error}");
}

#[tokio::test]
async fn a_read_is_repeated_and_nothing_else() {
    let answers = vec![String::new(), answer("429 Slow", "Retry-After: 0\r\n", ""), answer("200 OK", "", "ok")];
    let server = Server::start(answers).await;
    let made = std::sync::atomic::AtomicU32::new(0);
    let make = || {
        made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        HttpRequest::get(&server.url)
    };
    let last = http().get_with_retry(make, QUICK).await.unwrap();
    assert_eq!((last.text(), server.requests(), made.into_inner()), ("ok".to_owned(), 3, 3));

    let server = Server::start(vec![answer("429 Slow", "Retry-After: 3600\r\n", "")]).await;
    let told = http().get_with_retry(|| HttpRequest::get(&server.url), QUICK).await.unwrap();
    assert_eq!((told.status, told.header("retry-after")), (429, Some("3600")));

    let server = Server::start(vec![answer("401 No", "", "")]).await;
    assert_eq!(http().get_with_retry(|| HttpRequest::get(&server.url), QUICK).await.unwrap().status, 401);
    let error = http().get_with_retry(|| HttpRequest::post(&server.url), QUICK).await.unwrap_err();
    assert!(matches!(error, HttpError::Invalid { .. }), "{error}");
}

/// A real TLS server with a certificate of its own.
struct Tls {
    process: Child,
    dir: tempfile::TempDir,
    port: u16,
}

impl Tls {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("names"), "subjectAltName=DNS:localhost").unwrap();
        for step in [
            "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca -days 2 -subj /CN=authority",
            "req -newkey rsa:2048 -nodes -keyout key -out request -subj /CN=server",
            "x509 -req -in request -CA ca -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert",
        ] {
            openssl(dir.path(), step);
        }
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut server = Command::new("openssl");
        server.args(["s_server", "-quiet", "-www", "-key", "key", "-cert", "cert", "-accept"]);
        server.arg(format!("127.0.0.1:{port}")).current_dir(dir.path());
        let process = server.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
        Self { process, dir, port }
    }

    fn fingerprint(&self) -> String {
        let told = openssl(self.dir.path(), "x509 -in cert -noout -fingerprint -sha256");
        told.trim().split_once('=').unwrap().1.to_owned()
    }

    async fn ask(&self, host: &str, trust: Trust) -> Result<u16, HttpError> {
        let http = Http::new(&HttpOptions { trust, ..HttpOptions::default() })?;
        let answer = http.send(&HttpRequest::get(format!("https://{host}:{}/", self.port))).await?;
        Ok(answer.status)
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn openssl(dir: &Path, arguments: &str) -> String {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_certificate_is_trusted_by_its_pin_or_its_authority_and_not_otherwise() {
    let server = Tls::start().await;
    let pin = Fingerprint::parse(&server.fingerprint()).unwrap();
    assert_eq!(pin.to_string(), server.fingerprint());
    assert_eq!(server.ask("127.0.0.1", Trust::Pinned(vec![pin])).await.unwrap(), 200);
    let file = server.dir.path().join("ca");
    assert_eq!(server.ask("localhost", Trust::CaFile(file.clone())).await.unwrap(), 200);

    let wrong = Fingerprint::parse(&"ab".repeat(32)).unwrap();
    let error = server.ask("127.0.0.1", Trust::Pinned(vec![wrong])).await.unwrap_err();
    assert!(matches!(error, HttpError::Tls { .. }), "{error}");
    assert!(error.to_string().contains(&server.fingerprint()), "{error}");
    for (host, trust) in [("localhost", Trust::Public), ("127.0.0.1", Trust::CaFile(file))] {
        let error = server.ask(host, trust).await.unwrap_err();
        assert!(matches!(error, HttpError::Tls { .. }) && !error.may_have_acted(), "{error}");
        assert!(error.to_string().contains(&server.fingerprint()), "{error}");
    }
    assert!(server.ask("localhost", Trust::CaFile("/dev/null".into())).await.is_err());
    assert!(Fingerprint::parse("ab:cd").is_err());
}
