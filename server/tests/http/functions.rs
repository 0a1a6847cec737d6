//! Which role each server function needs: the functions are read from their sources, and each is tried over HTTP as every role
//! and as nobody.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::http::header::ORIGIN;
use model::grant::Grants;
use model::people::Role;
use model::refusal::Refusal;

use crate::declared::{Door, Form, Function, ID, OF_ENVIRONMENTS, form, functions};
use crate::support::{Browser, OWN, Server};

/// A function as the tests call it.
pub struct Tried {
    pub function: Function,
    /// Something it can read.
    pub form: Form,
}

/// All of them, by their paths.
pub fn table() -> BTreeMap<String, Tried> {
    let tried = |(name, function): (String, Function)| {
        let form = form(&name, &function);
        (format!("/api/{name}"), Tried { function, form })
    };
    functions().into_iter().map(tried).collect()
}

pub fn pairs(form: &Form) -> Vec<(&str, &str)> {
    form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

async fn call(browser: &mut Browser, path: &str, tried: &Tried) -> (StatusCode, String) {
    let answer = browser.post(path, &pairs(&tried.form)).await;
    (answer.status, answer.body)
}

#[test]
fn the_table_has_every_function_that_is_registered_and_no_other() {
    let mut registered: Vec<&str> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    registered.sort_unstable();
    assert_eq!(registered, table().keys().collect::<Vec<_>>());
}

#[test]
fn every_function_but_those_without_any_data_goes_through_a_door() {
    let without: Vec<String> =
        functions().into_iter().filter(|(_, function)| function.door == Door::Nothing).map(|(name, _)| name).collect();
    assert_eq!(without, ["load_viewer"], "a server function begins with one of the desks of app::server");
}

#[test]
fn what_belongs_to_an_environment_is_behind_a_door_that_asks_which() {
    for (name, function) in functions() {
        let about = |(name, of): &(String, String)| {
            let is_id = ["EnvironmentId", "RequestId", "RunId", "RehearsalId"].contains(&of.as_str());
            (is_id || OF_ENVIRONMENTS.contains(&name.as_str())).then(|| name.clone())
        };
        let Some(about) = function.parameters.iter().find_map(about) else { continue };
        match &function.door {
            Door::At(_, asked) => assert_eq!(*asked, about, "{name}"),
            // An admin's role counts everywhere or not at all.
            Door::Everywhere(any_of) => assert_eq!(*any_of, [Role::Admin], "{name}: use a door that asks where"),
            door => panic!("{name} lets in whoever does not see {about}: {door:?}"),
        }
    }
}

/// What the sources say, for who reads it, and so that a role that changes is seen in a review.
#[test]
fn the_roles_are_the_ones_that_were_agreed() {
    let words = |roles: &[Role]| roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(" or ");
    let mut told = String::new();
    for (name, function) in functions() {
        let door = match &function.door {
            Door::Nothing => "tells who is logged in".to_owned(),
            Door::Anybody => "anybody who is logged in".to_owned(),
            Door::Everywhere(any_of) => format!("{} everywhere", words(any_of)),
            Door::At(any_of, about) => format!("{} where the {about} is", words(any_of)),
        };
        told.push_str(&format!("{name}: {door}\n"));
    }
    expect_test::expect_file!["roles.txt"].assert_eq(&told);
}

#[tokio::test]
async fn every_function_lets_in_who_was_declared_and_nobody_else() {
    let server = Server::start().await;
    server.person("last-admin", &[Role::Admin]).await;
    let lone = Role::ALL.map(|role| vec![role]);
    let others = Role::ALL.map(|left_out| {
        Role::ALL.into_iter().filter(|role| *role != left_out && *role != Role::Admin).collect::<Vec<_>>()
    });
    for (number, roles) in [vec![]].into_iter().chain(lone).chain(others).enumerate() {
        let name = format!("p{number}");
        server.granted(&name, roles.iter().copied().collect()).await;
        let mut browser = server.entered(&name).await;
        for (path, tried) in table() {
            let (status, body) = call(&mut browser, &path, &tried).await;
            let is_in = tried.function.lets_in(&roles);
            assert_eq!(status != StatusCode::FORBIDDEN, is_in, "{path} as {roles:?}: {status} {body}");
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{path} as {roles:?}: {body}");
            if let (false, Door::Everywhere(any_of) | Door::At(any_of, _)) = (is_in, &tried.function.door) {
                assert!(any_of.iter().all(|role| body.contains(role.word())), "{path} does not say what is missing");
            }
        }
    }
}

#[tokio::test]
async fn nobody_is_let_in_by_any() {
    let server = Server::start().await;
    for (path, tried) in table() {
        let mut stranger = server.browser();
        let (status, body) = call(&mut stranger, &path, &tried).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}: {body}");
        stranger.cookie = Some(format!("drydock={ID}"));
        let (status, body) = call(&mut stranger, &path, &tried).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path} with a cookie that is none: {body}");
        let bearer = [(ORIGIN, OWN), (axum::http::header::AUTHORIZATION, "Bearer drydock_none")];
        let answer = server.browser().post_with(&path, &pairs(&tried.form), &bearer).await;
        let told_off = [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS].contains(&answer.status);
        assert!(told_off, "{path} with a token that is none: {}", answer.body);
    }
}

#[tokio::test]
async fn roles_that_count_for_a_label_open_nothing_that_belongs_to_the_whole_server() {
    let server = Server::start().await;
    let all: Grants = "viewer@berlin requester@berlin approver@berlin operator@berlin".parse().unwrap();
    server.granted("berta", all).await;
    let mut berta = server.entered("berta").await;
    for (path, tried) in table() {
        if matches!(tried.function.door, Door::Everywhere(_)) {
            let (status, body) = call(&mut berta, &path, &tried).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}: {body}");
        }
    }
    for path in ["/audit/export", "/audit/export?format=csv"] {
        assert_eq!(berta.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_field_that_cannot_be_read_is_named_with_what_is_allowed() {
    let server = Server::start().await;
    let export = crate::labels::story();
    crate::records::run_of(&server, &export).await;
    let (run, request) = (("run", export.head.run.as_str()), ("request", export.head.request.as_str()));
    let (step, reason) = (("step", "zone1/r-4-VM/reboot"), ("reason", "because"));
    let mut operator = server.logged_in("olaf", &[Role::Operator]).await;
    type Field<'a> = (&'a str, &'a str);
    let bad: [(&str, Vec<Field<'_>>, &str, &str); 9] = [
        ("pause_run", vec![("run", "../people")], "run", "UUID"),
        ("retry_step", vec![run, ("step", "a step; rm")], "step", "is not valid"),
        ("ask_verdict", vec![run, step, ("verdict", "forget"), reason], "verdict", "retry, skip and mark_done are"),
        ("ask_verdict", vec![run, step, ("verdict", "skip"), ("reason", " ")], "reason", "say why"),
        ("extend_step", vec![run, step, ("seconds", "soon")], "seconds", "between 1 and 86400"),
        ("extend_hold", vec![run, ("seconds", "-1")], "seconds", "between 1 and 86400"),
        ("agree_verdict", vec![run, ("step", "")], "step", "is not valid"),
        ("rehearse", vec![request, ("trouble", "rain"), step], "trouble", "drift are allowed, or nothing"),
        ("rehearse", vec![request, ("trouble", "fails"), ("step", "a step")], "step", "is not valid"),
    ];
    for (name, form, field, problem) in bad {
        let answer = operator.post(&format!("/api/{name}"), &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {form:?}: {}", answer.body);
        let refusal: Refusal = serde_json::from_str(&answer.body).unwrap();
        let Refusal::Invalid { field: named, problem: words } = refusal else { panic!("{name}: {refusal:?}") };
        assert_eq!(named, field, "{name}: {words}");
        assert!(words.contains(problem), "{name} does not say what is allowed: {words}");
    }
}

#[tokio::test]
async fn a_verb_on_a_run_that_does_not_exist_says_so_and_changes_nothing() {
    let server = Server::start().await;
    let mut operator = server.logged_in("olaf", &[Role::Operator]).await;
    for (path, tried) in table() {
        if matches!(&tried.function.door, Door::At(any_of, about) if about == "run" && any_of.contains(&Role::Operator))
        {
            let (status, body) = call(&mut operator, &path, &tried).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {body}");
        }
    }
}
