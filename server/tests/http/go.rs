//! Going anywhere by a few letters: who finds what, without a script; and whether single keys count.

use axum::http::StatusCode;
use axum::http::header::{COOKIE, SET_COOKIE};
use model::environment::Environment;
use model::export::Export;
use model::id::EnvironmentId;
use model::people::Role;

use crate::events::settings;
use crate::records::{history, run_of};
use crate::support::Server;

/// A request that nobody has decided on yet.
const OPEN: &str = "2e7293a0-d168-46f3-bc29-000000000001";

/// One with the label `berlin` and a run that is over, one with `paris` and an open request.
struct World {
    server: Server,
    export: Export,
    berlin: EnvironmentId,
    paris: EnvironmentId,
}

impl World {
    async fn start() -> Self {
        let (server, export) = (Server::start().await, Export::read(&history("job-fails")).unwrap());
        run_of(&server, &export).await;
        let paris = EnvironmentId::new("2e7293a0-d168-46f3-bc29-000000000002").unwrap();
        let world = Self { server, berlin: export.head.environment.clone(), paris, export };
        let url = format!("sqlite://{}", world.server.folder.path().join("drydock.db").display());
        let pool = sqlx::AnyPool::connect(&url).await.unwrap();
        for (id, name, label) in [(&world.berlin, "Nebelmeer", "berlin"), (&world.paris, "Lichtung", "paris")] {
            let mut one: Environment = serde_json::from_str(&settings(id.as_str())).unwrap();
            (one.name, one.labels) = (name.to_owned(), [label.to_owned()].into());
            sqlx::query(
                "insert into environment (id, name, settings) values ($1, $2, $3)
                 on conflict (id) do update set name = excluded.name, settings = excluded.settings",
            )
            .bind(id.as_str())
            .bind(name)
            .bind(serde_json::to_string(&one).unwrap())
            .execute(&pool)
            .await
            .unwrap();
        }
        sqlx::query(
            "insert into request (id, environment, procedure, settings, plan, digest, prechecks, by_id, reason, at, state)
             select $1, $2, procedure, settings, plan, digest, prechecks, by_id, reason, at, 'open' from request",
        )
        .bind(OPEN)
        .bind(world.paris.as_str())
        .execute(&pool)
        .await
        .unwrap();
        pool.close().await;
        world
    }

    /// The addresses that somebody with these grants finds in this page.
    async fn finds(&self, name: &str, grants: &str, query: &str) -> Vec<String> {
        self.server.granted(name, grants.parse().unwrap()).await;
        let page = self.server.entered(name).await.get(&format!("/go?q={query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let (_, answers) = page.body.split_once("data-answers").unwrap();
        let (answers, _) = answers.split_once("</main>").unwrap();
        let links = answers.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        links.map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn everybody_finds_what_they_see_and_the_buttons_that_they_may_press() {
    let world = World::start().await;
    let (berlin, paris) = (format!("/environments/{}", world.berlin), format!("/environments/{}", world.paris));
    let (run, request) = (format!("/runs/{}", world.export.head.run), format!("/requests/{OPEN}"));
    let restart = |environment: &str| format!("{environment}/restart");
    let settings = format!("{berlin}/settings");
    let all = [&berlin, &paris, &run, &request, &restart(&berlin), &restart(&paris), &settings].map(ToOwned::to_owned);
    for (name, grants, expected) in [
        ("vera", "viewer", vec![&berlin, &paris, &run, &request]),
        ("berta", "viewer@berlin", vec![&berlin, &run]),
        ("paul", "requester@paris", vec![&paris, &request, &all[5]]),
        ("rosa", "requester@paris viewer@berlin", vec![&berlin, &paris, &run, &request, &all[5]]),
        ("ada", "admin", all.iter().collect()),
        ("nora", "", vec![]),
    ] {
        // Every one of them has an `e`.
        let found = world.finds(name, grants, "e").await;
        for address in &all {
            let is_hers = expected.contains(&address);
            assert_eq!(found.contains(address), is_hers, "{name}, who is {grants:?}, and {address}: {found:?}");
        }
        for page in ["/people", "/audit", "/notifications"] {
            assert!(grants == "admin" || !found.contains(&page.to_owned()), "{name} finds {page}");
        }
    }
}

#[tokio::test]
async fn the_page_answers_a_plain_form_and_shows_what_was_typed_as_text() {
    let world = World::start().await;
    let mut vera = world.server.logged_in("vera", &[Role::Viewer]).await;
    let page = vera.get("/go?q=nebel").await.body;
    let form = page.split("<form").find(|form| form.contains("action=\"/go\"")).unwrap();
    assert!(
        form.contains("method=\"get\"") && form.contains("name=\"q\"") && form.contains("value=\"nebel\""),
        "{form}"
    );
    assert!(page.contains("places fit.") || page.contains("1 place fits."), "{page}");
    assert!(page.contains("Nebelmeer"), "{page}");
    let none = vera.get("/go?q=nebel+lichtung").await.body;
    assert!(none.contains("Nothing fits.") && none.contains("/history?text=nebel%20lichtung"), "{none}");
    let typed = vera.get("/go?q=%3Cscript%3Ealert(1)%3C/script%3E").await.body;
    assert!(!typed.contains("<script>alert"), "{typed}");
}

#[tokio::test]
async fn single_keys_count_until_somebody_turns_them_off_in_this_browser() {
    let server = Server::start().await;
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    let (on, off) = ("data-single-keys=\"on\"", "data-single-keys=\"off\"");
    let page = vera.get("/").await.body;
    assert!(page.contains(on) && page.contains("data-keys=\"g i\""), "{page}");
    assert!(vera.get("/keys").await.body.contains("Single keys count, except while you type."));

    let answer = vera.post("/api/choose_single_keys", &[("keys", "off")]).await;
    let cookies = answer.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let chosen =
        cookies.filter_map(|cookie| cookie.split(';').next()).find(|cookie| cookie.starts_with("keys=")).unwrap();
    assert_eq!(chosen, "keys=off");
    let page = vera.get_with("/", &[(COOKIE, chosen)]).await.body;
    assert!(page.contains(off) && !page.contains(on), "{page}");
    let page = vera.get_with("/", &[(COOKIE, "keys=nonsense")]).await.body;
    assert!(page.contains(on), "{page}");
    let wrong = vera.post("/api/choose_single_keys", &[("keys", "sometimes")]).await;
    assert!(!wrong.status.is_success(), "{}", wrong.body);
    assert!(!server.browser().get("/login").await.body.contains("data-single-keys"), "a stranger has no shortcuts");
}
