//! The page of History: what is found, where it leads, and what becomes of an address that makes no sense.

use axum::http::StatusCode;
use model::export::Export;
use model::people::Role;

use crate::records::{history, printed, run_of};
use crate::support::Server;

#[tokio::test]
async fn what_was_found_is_marked_and_leads_to_its_place_in_the_log() {
    let server = Server::start().await;
    let mut export = Export::read(&history("job-fails")).unwrap();
    for number in 1..=60 {
        let text = if number == 50 { "the <b>Disk</b> is full\n".to_owned() } else { format!("line {number}\n") };
        export.events.push(printed(&export, &text));
    }
    run_of(&server, &export).await;
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    let waiting = vera.get("/history?find=disk").await.body;
    assert!(waiting.contains("The output of 1 run is not searchable yet"), "{waiting}");
    server.engine.read_all_runs().await.unwrap();
    let page = vera.get("/history?find=disk").await.body;
    assert!(page.contains("<mark>Disk</mark>") && page.contains("&lt;b&gt;"), "{page}");
    assert!(page.contains("That is all there is"), "{page}");
    let start = page.find("/log?").unwrap();
    let link = page[start..].split(['"', '#']).next().unwrap().replace("&amp;", "&");
    let log = vera.get(&format!("/runs/{}{link}", export.head.run)).await.body;
    assert!(log.contains("id=\"found\"") && log.contains("<mark>Disk</mark>"), "{log}");
    assert!(log.contains("line 49") && log.contains("line 60") && !log.contains(">line 1<"), "{log}");
    let none = vera.get("/history?find=disc").await.body;
    assert!(none.contains("Nothing was found"), "{none}");
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_told_so_and_shows_what_it_can() {
    let server = Server::start().await;
    run_of(&server, &Export::read(&history("job-fails")).unwrap()).await;
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    for (query, told) in [
        ("environment=x", "is no environment"),
        ("platform=windows", "is no platform"),
        ("procedure=dance", "is no procedure"),
        ("outcome=great", "is no outcome"),
        ("from=yesterday", "is no day"),
        ("until=2026-02-30", "is no day"),
        ("before=1700000000000", "is no place in the list"),
        ("place=x", "is no place in what was found"),
        ("find=-%3E", "a letter or a digit is needed"),
    ] {
        let page = vera.get(&format!("/history?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(page.body.contains(told), "{query}: {}", page.body);
        assert!(page.body.contains("by <") || page.body.contains("starter"), "{query} shows no runs: {}", page.body);
    }
    let long = format!("/history?find={}", "x".repeat(300));
    for address in [
        "/history?find=%00%FF&place=-9",
        "/history?from=9999-12-31&until=0001-01-01",
        "/history?by=%25&text=%25_",
        "/history/compare",
        "/history/compare?a=x&b=y",
        "/history/compare?run=2e7293a0-d168-46f3-bc29-262ddbf22474",
        long.as_str(),
    ] {
        let page = vera.get(address).await;
        assert!(page.status.as_u16() < 500, "{address}: {}", page.status);
    }
    let one = vera.get("/history/compare?run=2e7293a0-d168-46f3-bc29-262ddbf22474").await.body;
    assert!(one.contains("1 were chosen") || one.contains("choose two runs"), "{one}");
}

#[tokio::test]
async fn a_run_beside_itself_is_alike_in_every_step() {
    let server = Server::start().await;
    let export = Export::read(&history("all-well")).unwrap();
    run_of(&server, &export).await;
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    let run = &export.head.run;
    let page = vera.get(&format!("/history/compare?a={run}&b={run}")).await.body;
    assert!(page.contains("ended alike") && page.contains("as long"), "{page}");
}
