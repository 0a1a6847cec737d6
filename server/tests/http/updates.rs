//! The page of Updates with a few environments and with many: the same facts, found by plain links and a plain form.

use axum::http::StatusCode;
use model::environment::Environment;
use model::people::Role;

use crate::events::settings;
use crate::support::Server;

/// So many environments called `cloud 1` and so on; every third has the label `berlin`.
async fn environments(server: &Server, count: usize) {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", server.folder.path().join("drydock.db").display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    for number in 1..=count {
        let id = format!("2e7293a0-d168-46f3-bc29-262ddbf2{number:04}");
        let mut one: Environment = serde_json::from_str(&settings(&id)).unwrap();
        one.name = format!("cloud {number}");
        one.labels.extend((number % 3 == 0).then(|| "berlin".to_owned()));
        sqlx::query("insert into environment (id, name, settings) values ($1, $2, $3)")
            .bind(&id)
            .bind(&one.name)
            .bind(serde_json::to_string(&one).unwrap())
            .execute(&pool)
            .await
            .unwrap();
    }
    pool.close().await;
}

#[tokio::test]
async fn few_environments_are_cards_and_many_are_lines_with_the_same_facts() {
    let server = Server::start().await;
    let mut rosa = server.logged_in("rosa", &[Role::Requester]).await;
    environments(&server, 3).await;
    let few = rosa.get("/").await.body;
    assert!(few.contains("3 environments:") && few.contains("3 with something unknown"), "{few}");
    assert!(few.contains("<article") && !few.contains("name=\"state\""), "three need no filter: {few}");

    let server = Server::start().await;
    let mut rosa = server.logged_in("rosa", &[Role::Requester]).await;
    environments(&server, 60).await;
    let many = rosa.get("/").await.body;
    assert!(many.contains("60 environments:") && !many.contains("<article"), "{many}");
    for number in [1, 60] {
        let id = format!("2e7293a0-d168-46f3-bc29-262ddbf2{number:04}");
        assert!(many.contains(&format!("id=\"environment-{id}\"")), "cloud {number} has no place of its own");
        assert!(many.contains(&format!("href=\"/environments/{id}/restart\"")), "cloud {number} has no button");
    }
    assert_eq!(many.matches("Nobody has looked yet").count(), 60);
    assert_eq!(many.matches("action=\"/api/look_again\"").count(), 60);

    for (query, fitting) in [
        ("label=berlin", 20),
        ("text=CLOUD%201", 11),
        ("platform=cloudify", 0),
        ("state=unknown&label=berlin&order=oldest", 20),
        ("state=pending", 0),
    ] {
        let page = rosa.get(&format!("/?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(page.body.contains(&format!("{fitting} of 60 environments fit.")), "{query}: {}", page.body);
    }
    for (query, told) in
        [("state=great", "is no state"), ("platform=windows", "is no platform"), ("order=x", "is no order")]
    {
        let page = rosa.get(&format!("/?{query}")).await;
        assert!(page.status == StatusCode::OK && page.body.contains(told), "{query}: {}", page.body);
        assert!(page.body.contains("cloud 60"), "{query}: what can be read counts");
    }
}
