//! All environments as a file, and such a file read in again.

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ORIGIN};
use axum::http::{Method, StatusCode};
use engine::read_environment;
use model::environment::{Environment, PlatformSettings};
use model::people::Role;
use model::secret::SecretRef;

use crate::support::{Answer, Browser, OWN, Server};

const PREVIEW: &str = "/environments/import";
const APPLY: &str = "/environments/import/apply";
const BORDER: &str = "a-border-that-is-in-no-file";

/// A server with Frankfurt, whose secret key is sealed, and Ghent.
async fn furnished() -> Server {
    let server = Server::start().await;
    let id = server.engine.seal_secret(None, "hunter2".to_owned()).await.unwrap();
    let mut frankfurt = read_environment(include_str!("../../environment.example.toml")).unwrap();
    let PlatformSettings::CloudStack(cloud) = &mut frankfurt.platform else { panic!("it is no cloud") };
    cloud.secret_key = SecretRef::Sealed(id);
    let ghent = read_environment(include_str!("../../environment.open-vstorage.example.toml")).unwrap();
    for draft in [frankfurt, ghent] {
        server.engine.add_environment(None, draft).await.unwrap();
    }
    server
}

async fn here(server: &Server) -> Vec<Environment> {
    server.engine.environments().await.unwrap()
}

async fn forget(server: &Server, name: &str) {
    let found = here(server).await.into_iter().find(|environment| environment.name == name).unwrap();
    server.engine.remove_environment(None, &found.id).await.unwrap();
}

async fn export(browser: &mut Browser) -> String {
    let file = browser.get("/environments/export").await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.body);
    file.body
}

/// Sends a form with a file, as a browser does.
async fn send(browser: &mut Browser, path: &str, fields: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        let file = if *name == "file" { "; filename=\"some.toml\"" } else { "" };
        let head = format!("--{BORDER}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BORDER}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={BORDER}");
    let headers = [(ORIGIN, OWN), (CONTENT_TYPE, kind.as_str())];
    browser.send(Method::POST, path, &headers, Body::from(body)).await
}

async fn preview(browser: &mut Browser, text: &str) -> Answer {
    send(browser, PREVIEW, &[("file", text.as_bytes())]).await
}

/// What the page says that was seen.
fn seen(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"seen\" value=\"").unwrap_or_else(|| panic!("{}", page.body));
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn only_an_admin_exports_previews_and_imports() {
    let server = furnished().await;
    let before = here(&server).await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    let text = export(&mut ada).await.replace("\"Ghent\"", "\"Antwerp\"");
    let seen = seen(&preview(&mut ada, &text).await);

    let others: Vec<Role> = Role::ALL.into_iter().filter(|role| *role != Role::Admin).collect();
    let mut otto = server.logged_in("otto", &others).await;
    let answers = [
        otto.get("/environments/export").await,
        preview(&mut otto, &text).await,
        send(&mut otto, APPLY, &[("text", text.as_bytes()), ("seen", seen.as_bytes())]).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
        assert!(answer.body.contains("admin") && !answer.body.contains("Frankfurt"), "{}", answer.body);
    }
    let page = otto.get(PREVIEW).await.body;
    assert!(page.contains("Not for you") && !page.contains("multipart/form-data"), "{page}");

    let mut stranger = server.browser();
    for answer in [stranger.get("/environments/export").await, preview(&mut stranger, &text).await] {
        assert!(answer.status.is_redirection() && answer.location().starts_with("/login"), "{}", answer.body);
    }
    // Nor from another site.
    let headers = [(ORIGIN, "https://evil.example"), (CONTENT_TYPE, "multipart/form-data; boundary=x")];
    let foreign = ada.send(Method::POST, APPLY, &headers, Body::empty()).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(here(&server).await, before);
}

#[tokio::test]
async fn the_file_holds_everything_but_secrets_and_imports_as_unchanged() {
    let server = furnished().await;
    let before = here(&server).await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    let file = ada.get("/environments/export").await;
    assert_eq!(file.header(CONTENT_TYPE), "application/toml");
    assert_eq!(file.header(CONTENT_DISPOSITION), "attachment; filename=\"drydock-environments.toml\"");
    let text = file.body;
    for held in ["version = 1", "Frankfurt", "Ghent", "jump.example.org", "/etc/drydock/frankfurt-api-key", "sealed = "]
    {
        assert!(text.contains(held), "{held}: {text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
    let PlatformSettings::CloudStack(cloud) = &before[0].platform else { panic!("it is no cloud") };
    let SecretRef::Sealed(id) = &cloud.secret_key else { panic!("it is not sealed") };
    assert!(!text.contains(id.as_str()), "where it lies in this database is of no use elsewhere: {text}");

    let page = preview(&mut ada, &text).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("0 created, 0 changed, 2 unchanged"), "{}", page.body);
    assert!(page.body.contains("Nothing to do") && !page.body.contains(APPLY), "{}", page.body);
    // As a browser sends what was pasted, and without a file.
    let pasted = text.replace('\n', "\r\n");
    let page = send(&mut ada, PREVIEW, &[("file", b""), ("text", pasted.as_bytes())]).await;
    assert!(page.body.contains("0 created, 0 changed, 2 unchanged"), "{}", page.body);
    assert_eq!(here(&server).await, before);
}

#[tokio::test]
async fn what_is_wrong_is_told_by_environment_and_field_and_changes_nothing() {
    let server = furnished().await;
    let before = here(&server).await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    let good = export(&mut ada).await.replace("\"Ghent\"", "\"Antwerp\"");
    let seen = seen(&preview(&mut ada, &good).await);
    let cases = [
        (good.replace("client_id = \"drydock\"", "client_id = \"dry:dock\""), "environment Antwerp, client_id: "),
        (good.replace("port = 22", "port = 99999"), "environment Frankfurt, port: "),
        (good.replace("vm_deadline", "vm_dead"), "vm_dead"),
        (good.replace("version = 1", "version = 9"), "version"),
        (good.replace("[[environment]]", "[[environment"), "line "),
        ("hello".to_owned(), "line 1"),
    ];
    for (text, named) in cases {
        assert_ne!(text, good);
        for answer in [
            preview(&mut ada, &text).await,
            send(&mut ada, APPLY, &[("text", text.as_bytes()), ("seen", seen.as_bytes())]).await,
        ] {
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{named}: {}", answer.body);
            assert!(answer.body.contains(named), "{named}: {}", answer.body);
        }
    }
    let kept = preview(&mut ada, "hello <b>there</b>").await.body;
    assert!(kept.contains("hello &lt;b>there&lt;/b>"), "what was sent is not there to be corrected: {kept}");
    let large = vec![b'#'; 600 * 1024];
    let no_text: &[u8] = &[0xff, 0xfe];
    let forms = [
        (vec![("file", large.as_slice())], StatusCode::PAYLOAD_TOO_LARGE),
        (vec![("file", no_text)], StatusCode::UNPROCESSABLE_ENTITY),
        (Vec::new(), StatusCode::UNPROCESSABLE_ENTITY),
    ];
    for (form, status) in forms {
        let answer = send(&mut ada, PREVIEW, &form).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains("Nothing was changed"), "{}", answer.body);
    }
    assert_eq!(here(&server).await, before);
}

#[tokio::test]
async fn what_was_sealed_elsewhere_is_typed_and_then_all_of_it_is_imported_at_once() {
    let server = furnished().await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    let text = export(&mut ada).await.replace("risk = \"production\"", "risk = \"staging\"");
    forget(&server, "Frankfurt").await;
    let before = here(&server).await;

    let page = preview(&mut ada, &text).await;
    assert!(page.body.contains("1 created, 1 changed, 0 unchanged"), "{}", page.body);
    assert!(page.body.contains("secret_key of Frankfurt") && page.body.contains("name=\"secret\""), "{}", page.body);
    let seen = seen(&page);
    let form = [("text", text.as_bytes()), ("seen", seen.as_bytes())];
    let without = send(&mut ada, APPLY, &form).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", without.body);
    assert!(without.body.contains("environment Frankfurt, secret_key"), "{}", without.body);
    assert!(without.body.contains("name=\"secret\""), "nothing can be typed any more: {}", without.body);
    assert_eq!(here(&server).await, before);

    let with = [form.as_slice(), &[("secret", b"hunter3".as_slice())]].concat();
    let done = send(&mut ada, APPLY, &with).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let told = ada.get(done.location()).await.body;
    assert!(told.contains("1 created, 1 changed, 0 unchanged") && !told.contains("hunter3"), "{told}");
    let names: Vec<String> = here(&server).await.into_iter().map(|environment| environment.name).collect();
    assert_eq!(names, ["Frankfurt", "Ghent"]);
    let audit = ada.get("/audit").await.body;
    for what in ["environments.imported", "environments.exported", "environment.added", "environment.changed"] {
        assert!(audit.contains(what), "{what}: {audit}");
    }
    assert!(!audit.contains("hunter3"), "{audit}");
    assert!(preview(&mut ada, &text).await.body.contains("0 created, 0 changed, 2 unchanged"));
}

#[tokio::test]
async fn an_import_that_nobody_has_seen_like_this_is_shown_instead_of_done() {
    let server = furnished().await;
    let before = here(&server).await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    let text = export(&mut ada).await.replace("\"Ghent\"", "\"Antwerp\"");
    for seen in ["", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] {
        let answer = send(&mut ada, APPLY, &[("text", text.as_bytes()), ("seen", seen.as_bytes())]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
        assert!(answer.body.contains("1 created, 0 changed, 1 unchanged"), "{}", answer.body);
        assert!(answer.body.contains("something has changed since"), "{}", answer.body);
    }
    assert_eq!(here(&server).await, before);
}
