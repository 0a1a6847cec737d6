//! Which role each server function needs: the table is the promise, and a function that is not in it fails the test.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use model::people::Role;
use model::refusal::Refusal;

use crate::support::{Browser, Server};

const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";
const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub struct Function {
    name: &'static str,
    /// One of these is needed.
    any_of: &'static [Role],
    /// Something it can read: what it needs is only looked at after that.
    pub form: Form,
}

pub type Form = &'static [(&'static str, &'static str)];

const fn function(name: &'static str, any_of: &'static [Role], form: Form) -> Function {
    Function { name, any_of, form }
}

impl Function {
    /// Everybody who can log in may look.
    fn is_for_everybody(&self) -> bool {
        self.any_of.contains(&Role::Viewer)
    }
}

const VIEWER: &[Role] = &[Role::Viewer];
const REQUESTER: &[Role] = &[Role::Requester];
const APPROVER: &[Role] = &[Role::Approver];
const OPERATOR: &[Role] = &[Role::Operator];
const ADMIN: &[Role] = &[Role::Admin];
const OPERATOR_OR_APPROVER: &[Role] = &[Role::Operator, Role::Approver];
const ANY_WITH_A_PLAN: &[Role] = &[Role::Requester, Role::Approver, Role::Operator];

const ENVIRONMENT: (&str, &str) = ("environment", ID);
const REQUEST: (&str, &str) = ("request", ID);
const RUN: (&str, &str) = ("run", ID);
const STEP: (&str, &str) = ("step", "zone1/r-4-VM/reboot");
const PERSON: (&str, &str) = ("person", ID);
const DIGEST_FIELD: (&str, &str) = ("digest", DIGEST);
const REASON: (&str, &str) = ("reason", "because");
const PASSWORD: (&str, &str) = ("password", "a new long password");

const FUNCTIONS: [Function; 72] = [
    function("load_viewer", VIEWER, &[]),
    function("choose_theme", VIEWER, &[("theme", "dark")]),
    function("load_cards", VIEWER, &[]),
    function("load_card", VIEWER, &[ENVIRONMENT]),
    function("look_again", VIEWER, &[ENVIRONMENT]),
    function("load_settings", ADMIN, &[ENVIRONMENT]),
    function("add_environment", ADMIN, &[("form[name]", "x")]),
    function("change_environment", ADMIN, &[ENVIRONMENT, ("form[name]", "x")]),
    function("remove_environment", ADMIN, &[ENVIRONMENT]),
    function("test_connection", ADMIN, &[ENVIRONMENT]),
    function(
        "accept_host_key",
        ADMIN,
        &[
            ENVIRONMENT,
            ("host", "ms1"),
            ("of", "host"),
            ("key[algorithm]", "ssh-ed25519"),
            ("key[key]", "AAAA"),
            ("key[fingerprint]", "SHA256:x"),
        ],
    ),
    function("load_policies", VIEWER, &[]),
    function("preview_policy", ADMIN, &[("form[name]", "x")]),
    function("save_policy", ADMIN, &[("form[name]", "x")]),
    function("remove_policy", ADMIN, &[("policy", ID)]),
    function("save_group", ADMIN, &[("name", "storage")]),
    function("remove_group", ADMIN, &[("name", "storage")]),
    function("load_people", ADMIN, &[]),
    function("add_person", ADMIN, &[("name", "eve"), PASSWORD, ("roles[0]", "admin")]),
    function("set_roles", ADMIN, &[PERSON, ("roles[0]", "admin")]),
    function("set_disabled", ADMIN, &[PERSON, ("disabled", "true")]),
    function("set_password", ADMIN, &[PERSON, PASSWORD]),
    function("remove_second_factor", ADMIN, &[PERSON]),
    function("end_all_sessions", ADMIN, &[PERSON]),
    function("load_sessions", VIEWER, &[]),
    function("load_wanted_proof", VIEWER, &[]),
    function("load_tokens", VIEWER, &[]),
    function("revoke_token", VIEWER, &[("token", ID)]),
    function("end_session", VIEWER, &[("session", DIGEST)]),
    function("end_other_sessions", VIEWER, &[]),
    function(
        "prepare_restart",
        REQUESTER,
        &[ENVIRONMENT, ("inputs[mode]", "native"), ("inputs[parallel_routers]", "1")],
    ),
    function(
        "prepare_update",
        REQUESTER,
        &[ENVIRONMENT, ("inputs[which]", "framework"), ("inputs[mode]", "supervised")],
    ),
    function("prepare_migration", REQUESTER, &[ENVIRONMENT, ("inputs[snapshot]", "upgrade_snapshot")]),
    function("load_snapshots", VIEWER, &[ENVIRONMENT]),
    function(
        "prepare_snapshot",
        REQUESTER,
        &[ENVIRONMENT, ("inputs[on]", "old"), ("inputs[snapshot]", "before_monday")],
    ),
    function("prepare_upload", REQUESTER, &[ENVIRONMENT, ("inputs[on]", "new"), ("inputs[snapshot]", "before_monday")]),
    function("discard_upload", REQUESTER, &[ENVIRONMENT, ("snapshot", "before_monday")]),
    function("load_request", VIEWER, &[REQUEST]),
    function("load_open_requests", VIEWER, &[]),
    function("approve_request", APPROVER, &[REQUEST, DIGEST_FIELD]),
    function("deny_request", APPROVER, &[REQUEST, DIGEST_FIELD, REASON]),
    function("replan_request", REQUESTER, &[REQUEST]),
    function("withdraw_request", REQUESTER, &[REQUEST]),
    function("start_run", OPERATOR, &[REQUEST, DIGEST_FIELD]),
    function("load_run", VIEWER, &[RUN]),
    function("load_output", VIEWER, &[RUN]),
    function("pause_run", OPERATOR, &[RUN]),
    function("resume_run", OPERATOR, &[RUN]),
    function("abort_run", OPERATOR, &[RUN, REASON]),
    function("retry_step", OPERATOR, &[RUN, STEP]),
    function("ask_verdict", OPERATOR, &[RUN, STEP, ("verdict", "skip"), REASON]),
    function("agree_verdict", OPERATOR_OR_APPROVER, &[RUN, STEP]),
    function("drop_verdict", OPERATOR_OR_APPROVER, &[RUN, STEP]),
    function("extend_step", OPERATOR, &[RUN, STEP, ("seconds", "600")]),
    function("extend_hold", OPERATOR, &[RUN, ("seconds", "600")]),
    function("rehearse", ANY_WITH_A_PLAN, &[REQUEST, ("trouble", "fails"), STEP]),
    function("load_rehearsals", VIEWER, &[REQUEST]),
    function("load_rehearsal", VIEWER, &[("rehearsal", ID)]),
    function("load_run_record", VIEWER, &[RUN, ("until", "3")]),
    function("load_replays", VIEWER, &[]),
    function("load_replay", VIEWER, &[("replay", ID)]),
    function("load_replay_plan", VIEWER, &[("replay", ID)]),
    function("load_history", VIEWER, &[("filter[text]", "")]),
    function("load_audit", ADMIN, &[("filter[text]", "")]),
    function("load_notifications", ADMIN, &[]),
    function("add_target", ADMIN, &[("form[to]", "team@example.org"), ("occasions[0]", "failed")]),
    function("remove_target", ADMIN, &[("target", ID)]),
    function("test_target", ADMIN, &[("target", ID)]),
    function("save_mail_server", ADMIN, &[("form[host]", "mail.example.org")]),
    function("load_account", VIEWER, &[]),
    function("set_own_target", VIEWER, &[("to", "me@example.org"), ("occasions[0]", "failed")]),
    function("test_own_target", VIEWER, &[]),
];

/// All of them, by their paths.
pub fn table() -> BTreeMap<String, Function> {
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
        if function.is_for_everybody() {
            assert_ne!(status, StatusCode::FORBIDDEN, "{path} refuses a viewer: {body}");
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{path}: {body}");
        } else {
            assert_eq!(status, StatusCode::FORBIDDEN, "{path} lets a viewer in: {body}");
            for role in function.any_of {
                assert!(body.contains(role.word()), "{path} does not say what is missing: {body}");
            }
        }
    }
}

#[tokio::test]
async fn no_other_role_replaces_the_ones_that_are_needed() {
    let server = Server::start().await;
    let mut needs: Vec<&[Role]> = FUNCTIONS.iter().map(|function| function.any_of).collect();
    needs.sort_unstable();
    needs.dedup();
    for (number, needed) in needs.into_iter().filter(|needed| !needed.contains(&Role::Viewer)).enumerate() {
        let is_other = |role: &Role| !needed.contains(role) && *role != Role::Admin;
        let others: Vec<Role> = Role::ALL.into_iter().filter(is_other).collect();
        let mut browser = server.logged_in(&format!("other-{number}"), &others).await;
        for (path, function) in table().into_iter().filter(|(_, function)| function.any_of == needed) {
            let (status, body) = call(&mut browser, &path, &function).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path} lets somebody in without {needed:?}: {body}");
        }
    }
}

#[tokio::test]
async fn each_of_several_roles_is_enough() {
    let server = Server::start().await;
    for role in ANY_WITH_A_PLAN {
        let mut browser = server.logged_in(&format!("only-{role}"), &[*role]).await;
        for (path, function) in table().into_iter().filter(|(_, function)| function.any_of.contains(role)) {
            let (status, body) = call(&mut browser, &path, &function).await;
            assert_ne!(status, StatusCode::FORBIDDEN, "{path} refuses {role}: {body}");
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

#[tokio::test]
async fn a_field_that_cannot_be_read_is_named_with_what_is_allowed() {
    let server = Server::start().await;
    let mut operator = server.logged_in("olaf", OPERATOR).await;
    let bad: [(&str, Form, &str, &str); 9] = [
        ("pause_run", &[("run", "../people")], "run", "UUID"),
        ("retry_step", &[RUN, ("step", "a step; rm")], "step", "is not valid"),
        ("ask_verdict", &[RUN, STEP, ("verdict", "forget"), REASON], "verdict", "retry, skip and mark_done are"),
        ("ask_verdict", &[RUN, STEP, ("verdict", "skip"), ("reason", " ")], "reason", "say why"),
        ("extend_step", &[RUN, STEP, ("seconds", "soon")], "seconds", "between 1 and 86400"),
        ("extend_hold", &[RUN, ("seconds", "-1")], "seconds", "between 1 and 86400"),
        ("agree_verdict", &[RUN, ("step", "")], "step", "is not valid"),
        ("rehearse", &[REQUEST, ("trouble", "rain"), STEP], "trouble", "drift are allowed, or nothing"),
        ("rehearse", &[REQUEST, ("trouble", "fails"), ("step", "a step")], "step", "is not valid"),
    ];
    for (name, form, field, problem) in bad {
        let answer = operator.post(&format!("/api/{name}"), form).await;
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
    let mut operator = server.logged_in("olaf", OPERATOR).await;
    for (path, function) in table().into_iter().filter(|(_, function)| function.any_of.contains(&Role::Operator)) {
        if function.form.contains(&RUN) {
            let (status, body) = call(&mut operator, &path, &function).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {body}");
        }
    }
}
