//! Roles that count for a label: what belongs to an environment without it does not exist, whichever way one asks for it.

use axum::body::Body;
use axum::http::header::{ACCEPT, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use model::export::Export;
use model::grant::Grants;
use model::id::{EnvironmentId, RehearsalId};
use model::people::Role;

use crate::declared::{Door, ID, OF_ENVIRONMENTS};
use crate::functions::{Tried, pairs, table};
use crate::records::{history, printed, run_of};
use crate::support::{Answer, Browser, OWN, Server};

/// A run that was recorded elsewhere, of an environment with the label `berlin` once [`World::start`] has written it.
pub fn story() -> Export {
    Export::read(&history("job-fails")).unwrap()
}

/// What nobody may find out who does not see the environment.
const NAME: &str = "Nebelmeer";

struct World {
    server: Server,
    export: Export,
    rehearsal: RehearsalId,
}

impl World {
    /// An environment `berlin` with a request, a run and a rehearsal.
    async fn start() -> Self {
        let (server, mut export) = (Server::start().await, story());
        server.person("last-admin", &[Role::Admin]).await;
        export.events.push(printed(&export, "the word is swordfish\n"));
        run_of(&server, &export).await;
        server.engine.read_all_runs().await.unwrap();
        let world = Self { rehearsal: rehearsed(&server, &export).await, server, export };
        world.label(&["berlin", "storage"]).await;
        world
    }

    /// Gives the environment these labels, as an admin does.
    async fn label(&self, labels: &[&str]) {
        let pool = sqlx::AnyPool::connect(&self.url()).await.unwrap();
        let id = self.environment();
        let text: String = sqlx::query_scalar("select settings from environment where id = $1")
            .bind(id.as_str())
            .fetch_one(&pool)
            .await
            .unwrap();
        let mut settings: model::environment::Environment = serde_json::from_str(&text).unwrap();
        settings.labels = labels.iter().map(|label| (*label).to_owned()).collect();
        settings.name = NAME.to_owned();
        sqlx::query("update environment set name = $2, settings = $3 where id = $1")
            .bind(id.as_str())
            .bind(NAME)
            .bind(serde_json::to_string(&settings).unwrap())
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.server.folder.path().join("drydock.db").display())
    }

    fn environment(&self) -> &EnvironmentId {
        &self.export.head.environment
    }

    /// Somebody with that text of grants.
    async fn enter(&self, name: &str, grants: &str) -> Browser {
        self.server.granted(name, grants.parse::<Grants>().unwrap()).await;
        self.server.entered(name).await
    }

    /// The id that a parameter of that name stands for here.
    fn id_of(&self, parameter: &str) -> &str {
        match parameter {
            "environment" => self.export.head.environment.as_str(),
            "request" => self.export.head.request.as_str(),
            "run" => self.export.head.run.as_str(),
            "rehearsal" => self.rehearsal.as_str(),
            other => panic!("say here which {other} belongs to the environment"),
        }
    }

    /// The same form about what is there.
    fn form<'f>(&'f self, tried: &'f Tried) -> Vec<(&'f str, &'f str)> {
        let real = |(name, value): (&'f str, &'f str)| {
            if OF_ENVIRONMENTS.contains(&name) { (name, self.id_of(name)) } else { (name, value) }
        };
        pairs(&tried.form).into_iter().map(real).collect()
    }
}

/// A rehearsal of the request. It needs no world outside.
async fn rehearsed(server: &Server, export: &Export) -> RehearsalId {
    let by = server.person("rehearser", &[Role::Requester]).await;
    server.engine.rehearse(&by, &export.head.request, None).await.unwrap()
}

/// All roles that there are for a label.
const ALL_OF_PARIS: &str = "viewer@paris requester@paris approver@paris operator@paris";
const ALL_OF_BERLIN: &str = "viewer@berlin requester@berlin approver@berlin operator@berlin";

fn seen(answer: &Answer) -> (StatusCode, &str, Option<&str>) {
    let length = answer.headers.get("content-length").and_then(|value| value.to_str().ok());
    (answer.status, &answer.body, length)
}

#[tokio::test]
async fn no_function_tells_whether_something_of_another_label_exists() {
    let world = World::start().await;
    let mut paula = world.enter("paula", ALL_OF_PARIS).await;
    let mut nora = world.enter("nora", "").await;
    let mut tried_so_many = 0;
    for (path, tried) in table() {
        let Door::At(any_of, _) = &tried.function.door else { continue };
        tried_so_many += 1;
        let real = paula.post(&path, &world.form(&tried)).await;
        let none = paula.post(&path, &pairs(&tried.form)).await;
        assert_eq!(seen(&real), seen(&none), "{path} tells them apart");
        // There is no admin of a label: whoever is none is refused before anything is looked up.
        let refused = if any_of == &[Role::Admin] { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND };
        assert_eq!(real.status, refused, "{path}: {}", real.body);
        assert!(!real.body.contains(NAME), "{path}: {}", real.body);
        // Who has no role at all learns as little.
        let real = nora.post(&path, &world.form(&tried)).await;
        let none = nora.post(&path, &pairs(&tried.form)).await;
        assert_eq!(seen(&real), seen(&none), "{path} tells them apart");
        assert_eq!(real.status, StatusCode::FORBIDDEN, "{path} needs one of {any_of:?}: {}", real.body);
    }
    assert!(tried_so_many >= 25, "only {tried_so_many} functions are about an environment");
}

#[tokio::test]
async fn every_function_finds_it_for_who_sees_the_label() {
    let world = World::start().await;
    let mut berta = world.enter("berta", ALL_OF_BERLIN).await;
    let mut ada = world.enter("ada", "admin").await;
    let mut found = 0;
    for (path, tried) in table() {
        if !matches!(tried.function.door, Door::At(..)) {
            continue;
        }
        let is_for_admins = matches!(&tried.function.door, Door::At(any_of, _) if any_of == &[Role::Admin]);
        let who = if is_for_admins { &mut ada } else { &mut berta };
        let answer = who.post(&path, &world.form(&tried)).await;
        assert_ne!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
        let is_missing = ["this environment", "this request", "this run", "this rehearsal"]
            .iter()
            .any(|what| answer.status == StatusCode::NOT_FOUND && answer.body.contains(what));
        assert!(!is_missing, "{path}: {}", answer.body);
        found += u32::from(answer.status == StatusCode::OK);
    }
    assert!(found >= 8, "only {found} functions answered");
}

#[tokio::test]
async fn who_only_sees_it_is_told_which_role_is_missing_there() {
    let world = World::start().await;
    let mut vera = world.enter("vera", "viewer@berlin requester@paris approver@paris operator@paris").await;
    for (path, tried) in table() {
        let Door::At(any_of, _) = &tried.function.door else { continue };
        let answer = vera.post(&path, &world.form(&tried)).await;
        let is_let_in = any_of.contains(&Role::Viewer);
        let asks_first = answer.headers.contains_key("x-drydock-proof");
        assert_eq!(answer.status == StatusCode::FORBIDDEN, !is_let_in && !asks_first, "{path}: {}", answer.body);
    }
}

/// Every route of the sources with a part that names something, with these ids in it.
fn routes(environment: &str, run: &str) -> Vec<String> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/mod.rs");
    let text = std::fs::read_to_string(source).unwrap();
    let addresses = text.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let named = addresses.filter(|address| address.contains('{') && !address.contains("{*"));
    let fill = |address: &str| {
        address
            .replace("{environment}", environment)
            .replace("{run}", run)
            .replace("{side}", "old")
            .replace("{snapshot}", "before_monday")
    };
    let filled: Vec<String> = named.map(fill).collect();
    assert!(filled.len() >= 5 && filled.iter().all(|address| !address.contains('{')), "{filled:?}");
    filled
}

/// Only its head: a live stream has no end.
async fn head(browser: &mut Browser, method: Method, address: &str) -> (StatusCode, HeaderMap) {
    let answer = browser.raw(method, address, &[(ORIGIN, OWN)], Body::empty()).await;
    (answer.status(), answer.headers().clone())
}

#[tokio::test]
async fn no_other_route_tells_whether_something_of_another_label_exists() {
    let world = World::start().await;
    let (mut paula, mut berta) = (world.enter("paula", ALL_OF_PARIS).await, world.enter("berta", ALL_OF_BERLIN).await);
    let real = routes(world.id_of("environment"), world.id_of("run"));
    let none = routes(ID, ID);
    let mut found = Vec::new();
    for (real, none) in real.into_iter().zip(none) {
        let method = Method::GET;
        let (status, headers) = head(&mut paula, method.clone(), &real).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{real}");
        let (_, others) = head(&mut paula, method, &none).await;
        assert_eq!(headers.get("content-length"), others.get("content-length"), "{real} tells them apart");
        if head(&mut berta, Method::GET, &real).await.0 == StatusCode::OK {
            found.push(real);
        }
    }
    assert_eq!(found.len(), 3, "events, export and evidence of the run are berta's to see: {found:?}");
}

#[tokio::test]
async fn no_list_and_no_page_shows_what_belongs_to_another_label() {
    let world = World::start().await;
    let (mut paula, mut berta) = (world.enter("paula", ALL_OF_PARIS).await, world.enter("berta", ALL_OF_BERLIN).await);
    let run = world.id_of("run");
    let search = [("filter[text]", NAME)];
    let lists: [(&str, &[(&str, &str)]); 7] = [
        ("load_history_view", &[("filter[text]", "")]),
        ("search_output", &[("filter[text]", ""), ("query", "swordfish")]),
        ("load_cards", &[]),
        ("load_history", &[("filter[text]", "")]),
        ("load_history", &search),
        ("load_policies", &[]),
        ("load_landmarks", &[]),
    ];
    for (list, form) in lists {
        let shown = berta.post(&format!("/api/{list}"), form).await;
        assert!(shown.status == StatusCode::OK && shown.body.contains(NAME), "{list}: {}", shown.body);
        let hidden = paula.post(&format!("/api/{list}"), form).await;
        assert_eq!(hidden.status, StatusCode::OK, "{list}: {}", hidden.body);
        assert!(!hidden.body.contains(NAME) && !hidden.body.contains(run), "{list}: {}", hidden.body);
    }
    let by_environment = [("filter[environment]", world.id_of("environment")), ("filter[text]", "")];
    assert_eq!(paula.post("/api/load_history", &by_environment).await.body, "[]");
    let (environment, request) = (world.id_of("environment"), world.id_of("request"));
    for (page, is_hers) in [
        ("/".to_owned(), false),
        ("/history".to_owned(), false),
        ("/history?find=swordfish".to_owned(), false),
        (format!("/history/compare?a={run}&b={run}"), false),
        ("/inbox".to_owned(), false),
        ("/go".to_owned(), false),
        ("/go?q=nebel".to_owned(), false),
        ("/policies".to_owned(), false),
        (format!("/environments/{environment}"), true),
        (format!("/environments/{environment}/restart"), true),
        (format!("/environments/{environment}/settings"), true),
        (format!("/requests/{request}"), true),
        (format!("/requests/{request}/plan"), true),
        (format!("/runs/{run}"), true),
        (format!("/runs/{run}/log"), true),
        (format!("/runs/{run}/picture"), true),
        (format!("/runs/{run}/replay"), true),
        (format!("/rehearsals/{}", world.rehearsal), true),
    ] {
        let shown = paula.get_with(&page, &[(ACCEPT, "text/html")]).await;
        assert!(!shown.body.contains(NAME), "{page} shows it");
        assert!(!is_hers || shown.status != StatusCode::OK, "{page} answers {}", shown.status);
    }
}

#[tokio::test]
async fn a_label_that_comes_or_goes_counts_at_once_for_everything_that_is_there() {
    let world = World::start().await;
    let (mut paula, mut berta) = (world.enter("paula", ALL_OF_PARIS).await, world.enter("berta", ALL_OF_BERLIN).await);
    let run = world.export.head.run.clone();
    let sees = async |browser: &mut Browser| browser.post("/api/load_run", &[("run", run.as_str())]).await.status;
    assert_eq!((sees(&mut paula).await, sees(&mut berta).await), (StatusCode::NOT_FOUND, StatusCode::OK));
    world.label(&["paris", "berlin"]).await;
    assert_eq!((sees(&mut paula).await, sees(&mut berta).await), (StatusCode::OK, StatusCode::OK));
    world.label(&["paris"]).await;
    assert_eq!((sees(&mut paula).await, sees(&mut berta).await), (StatusCode::OK, StatusCode::NOT_FOUND));
    world.label(&[]).await;
    assert_eq!((sees(&mut paula).await, sees(&mut berta).await), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    let mut vera = world.enter("vera", "viewer").await;
    assert_eq!(sees(&mut vera).await, StatusCode::OK, "who sees everything sees what has no label");
}

#[tokio::test]
async fn a_token_sees_no_more_labels_than_it_was_made_for() {
    let world = World::start().await;
    let both = "operator@berlin operator@paris requester@berlin".parse().unwrap();
    let olaf = world.server.granted("olaf", both).await;
    let token = async |roles: &str| {
        let new = engine::NewToken { name: "t".into(), roles: roles.parse().unwrap(), read_only: false, days: 1 };
        world.server.engine.create_token(&olaf, new).await
    };
    for wider in ["operator", "viewer", "requester@paris", "admin"] {
        assert!(token(wider).await.is_err(), "{wider} is more than olaf has");
    }
    let (paris, berlin, all) =
        (token("operator@paris").await.unwrap(), token("operator@berlin").await.unwrap(), token("").await.unwrap());
    let run = world.export.head.run.clone();
    let asked = async |token: &str, function: &str| {
        let bearer = [(axum::http::header::AUTHORIZATION, &*format!("Bearer {token}"))];
        world.server.browser().post_with(&format!("/api/{function}"), &[("run", run.as_str())], &bearer).await.status
    };
    assert_eq!(asked(&paris, "load_run").await, StatusCode::NOT_FOUND);
    assert_eq!(asked(&berlin, "load_run").await, StatusCode::OK);
    assert_eq!(asked(&all, "load_run").await, StatusCode::OK);
    assert_eq!(asked(&all, "pause_run").await, StatusCode::FORBIDDEN, "a token that only looks has paused a run");
    let narrower = "operator@paris".parse().unwrap();
    world.server.engine.set_roles(None, &olaf.id, narrower).await.unwrap();
    assert_eq!(asked(&berlin, "load_run").await, StatusCode::UNAUTHORIZED, "it outlived what its owner lost");
    assert_eq!(asked(&paris, "load_run").await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_of_people_grants_roles_for_a_label_with_a_plain_form() {
    let world = World::start().await;
    let mut ada = world.server.logged_in("ada", &[Role::Admin]).await;
    let person = world.server.granted("gerd", Grants::default()).await;
    let page = ada.get("/people").await.body;
    assert!(page.contains("value=\"operator@berlin\"") && !page.contains("admin@berlin"), "{page}");
    let form = [("person", person.id.as_str()), ("roles[]", "operator@berlin"), ("roles[]", "viewer@storage")];
    let html = [(ORIGIN, OWN), (ACCEPT, "text/html")];
    let saved = ada.post_with("/api/set_roles", &form, &html).await;
    assert!(saved.status.is_redirection(), "{}", saved.body);
    let people = world.server.engine.people().await.unwrap();
    let gerd = people.iter().find(|known| known.id == person.id).unwrap();
    assert_eq!(gerd.roles, "operator@berlin viewer@storage".parse().unwrap());
    for bad in ["admin@berlin", "king", "operator@a b"] {
        let form = [("person", person.id.as_str()), ("roles[]", bad)];
        let answer = ada.post("/api/set_roles", &form).await;
        assert!(!answer.status.is_success() && answer.body.contains("form"), "{bad}: {}", answer.body);
    }
    assert!(world.server.engine.people().await.unwrap().contains(&gerd.clone()), "a bad form has changed something");
}
