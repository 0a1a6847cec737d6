//! A whole story over the lab: what is told of a request and its run, and that nothing secret is in it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lab::LabConfig;
use model::event::Outcome;
use model::notification::{Channel, Format, Occasion};
use model::people::{Person, Role};
use model::secret::SecretRef;
use support::{Story, assert_outcome, native};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Longer than any of it may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps what is posted.
async fn hook() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/services/hook-token-MARK", listener.local_addr().unwrap());
    let kept = Arc::new(Mutex::new(Vec::new()));
    let all = kept.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = String::new();
            let is_whole = |text: &str| {
                text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                    let length = head
                        .lines()
                        .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                    length.is_some_and(|length: usize| body.len() >= length)
                })
            };
            while !is_whole(&request) {
                let mut bytes = [0; 4096];
                let length = stream.read(&mut bytes).await.unwrap();
                request.push_str(&String::from_utf8_lossy(&bytes[..length]));
            }
            // Without its first line, which has the token: that is how it gets there.
            all.lock().unwrap().push(request.split_once("\r\n").unwrap().1.to_owned());
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").await;
        }
    });
    (address, kept)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_and_its_run_are_told_in_three_formats_without_anything_secret() {
    let story = Story::begin(LabConfig::default()).await;
    let ada: Person = {
        let new =
            engine::NewPerson { name: "ada".into(), password: "a long password".into(), roles: [Role::Admin].into() };
        story.engine.add_person(None, new).await.unwrap()
    };
    let (address, kept) = hook().await;
    let seal =
        async |text: &str| SecretRef::Sealed(story.engine.seal_secret(Some(&ada), text.to_owned()).await.unwrap());
    for format in [Format::Signed { key: seal("signing-key-MARK").await }, Format::Slack, Format::Teams] {
        let channel = Channel::Post { address: seal(&address).await, shown: String::new(), format };
        story.engine.add_target(&ada, Some(story.environment.clone()), channel, Occasion::ALL.into()).await.unwrap();
    }
    story.engine.link_to("https://drydock.example");
    story.engine.resume().await.unwrap();
    let run = story.run(native()).await;
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    let begun = Instant::now();
    while kept.lock().unwrap().len() < 6 {
        assert!(begun.elapsed() < PATIENCE, "{:#?}", kept.lock().unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let posted = kept.lock().unwrap().clone();
    assert_eq!(posted.iter().filter(|post| post.contains(&format!("https://drydock.example/runs/{run}"))).count(), 3);
    assert_eq!(posted.iter().filter(|post| post.contains("https://drydock.example/requests/")).count(), 3);
    let view = story.engine.notifications_view().await.unwrap();
    let everything = format!("{posted:?} {view:?}");
    for secret in ["MARK", story.lab.api_key(), story.lab.secret_key()] {
        assert!(!everything.contains(secret), "{secret}: {everything}");
    }
    story.finish().await;
}
