//! Which role each server function needs: the table is the promise, and a function that is not in it fails the test.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use model::people::Role;

use crate::support::{Browser, Server};

const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";
const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

struct Function {
    name: &'static str,
    needed: Role,
    /// Something it can read: what it needs is only looked at after that.
    form: &'static [(&'static str, &'static str)],
}

const fn function(name: &'static str, needed: Role, form: &'static [(&'static str, &'static str)]) -> Function {
    Function { name, needed, form }
}

const ENVIRONMENT: (&str, &str) = ("environment", ID);
const REQUEST: (&str, &str) = ("request", ID);
const RUN: (&str, &str) = ("run", ID);
const PERSON: (&str, &str) = ("person", ID);
const DIGEST_FIELD: (&str, &str) = ("digest", DIGEST);
const REASON: (&str, &str) = ("reason", "because");
const PASSWORD: (&str, &str) = ("password", "a new long password");

const FUNCTIONS: [Function; 28] = [
    function("load_viewer", Role::Viewer, &[]),
    function("choose_theme", Role::Viewer, &[("theme", "dark")]),
    function("load_cards", Role::Viewer, &[]),
    function("load_card", Role::Viewer, &[ENVIRONMENT]),
    function("look_again", Role::Viewer, &[ENVIRONMENT]),
    function("load_settings", Role::Admin, &[ENVIRONMENT]),
    function("add_environment", Role::Admin, &[("form[name]", "x")]),
    function("change_environment", Role::Admin, &[ENVIRONMENT, ("form[name]", "x")]),
    function("remove_environment", Role::Admin, &[ENVIRONMENT]),
    function("test_connection", Role::Admin, &[ENVIRONMENT]),
    function(
        "accept_host_key",
        Role::Admin,
        &[
            ENVIRONMENT,
            ("host", "ms1"),
            ("of", "host"),
            ("key[algorithm]", "ssh-ed25519"),
            ("key[key]", "AAAA"),
            ("key[fingerprint]", "SHA256:x"),
        ],
    ),
    function("load_people", Role::Admin, &[]),
    function("add_person", Role::Admin, &[("name", "eve"), PASSWORD, ("roles[0]", "admin")]),
    function("set_roles", Role::Admin, &[PERSON, ("roles[0]", "admin")]),
    function("set_disabled", Role::Admin, &[PERSON, ("disabled", "true")]),
    function("set_password", Role::Admin, &[PERSON, PASSWORD]),
    function(
        "prepare_restart",
        Role::Requester,
        &[ENVIRONMENT, ("inputs[mode]", "native"), ("inputs[parallel_routers]", "1")],
    ),
    function("load_request", Role::Viewer, &[REQUEST]),
    function("load_open_requests", Role::Viewer, &[]),
    function("approve_request", Role::Approver, &[REQUEST, DIGEST_FIELD]),
    function("deny_request", Role::Approver, &[REQUEST, DIGEST_FIELD, REASON]),
    function("withdraw_request", Role::Requester, &[REQUEST]),
    function("start_run", Role::Operator, &[REQUEST, DIGEST_FIELD]),
    function("load_run", Role::Viewer, &[RUN]),
    function("load_output", Role::Viewer, &[RUN]),
    function("abort_run", Role::Operator, &[RUN, REASON]),
    function("load_history", Role::Viewer, &[("filter[text]", "")]),
    function("load_audit", Role::Admin, &[]),
];

fn table() -> BTreeMap<String, Function> {
    FUNCTIONS.into_iter().map(|function| (format!("/api/{}", function.name), function)).collect()
}

#[test]
fn every_server_function_declares_its_role_here() {
    let mut registered: Vec<&str> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    registered.sort_unstable();
    let declared = table();
    assert_eq!(registered, declared.keys().collect::<Vec<_>>());
}

async fn call(browser: &mut Browser, path: &str, function: &Function) -> (StatusCode, String) {
    let answer = browser.post(path, function.form).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_viewer_is_refused_by_every_function_that_needs_more() {
    let server = Server::start().await;
    let mut viewer = server.logged_in("vera", &[Role::Viewer]).await;
    for (path, function) in table() {
        let (status, body) = call(&mut viewer, &path, &function).await;
        if function.needed == Role::Viewer {
            assert_ne!(status, StatusCode::FORBIDDEN, "{path} refuses a viewer: {body}");
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{path}: {body}");
        } else {
            assert_eq!(status, StatusCode::FORBIDDEN, "{path} lets a viewer in: {body}");
            assert!(body.contains(function.needed.word()), "{path} does not say what is missing: {body}");
        }
    }
}

#[tokio::test]
async fn no_other_role_replaces_the_one_that_is_needed() {
    let server = Server::start().await;
    for needed in [Role::Requester, Role::Approver, Role::Operator, Role::Admin] {
        let others: Vec<Role> = Role::ALL.into_iter().filter(|role| *role != needed && *role != Role::Admin).collect();
        let mut browser = server.logged_in(&format!("no-{needed}"), &others).await;
        for (path, function) in table().into_iter().filter(|(_, function)| function.needed == needed) {
            let (status, body) = call(&mut browser, &path, &function).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path} lets somebody in without {needed}: {body}");
        }
    }
}

#[tokio::test]
async fn an_admin_is_refused_by_none() {
    let server = Server::start().await;
    server.person("last-admin", &[Role::Admin]).await;
    let mut admin = server.logged_in("ada", &[Role::Admin]).await;
    for (path, function) in table() {
        let (status, body) = call(&mut admin, &path, &function).await;
        assert_ne!(status, StatusCode::FORBIDDEN, "{path} refuses an admin: {body}");
    }
}
