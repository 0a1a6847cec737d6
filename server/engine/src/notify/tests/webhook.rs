//! Webhooks: signed, after an outage once each, by one of several servers, and nothing of their address anywhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac};
use model::notification::{Channel, Format, Occasion};
use model::people::Role;
use model::secret::SecretRef;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{DRYDOCK, Office, SIGNED_WITH};
use crate::executor::testing::open_request;
use crate::notify::receivers::{Hook, Mood, Posted};
use crate::store::deliveries::Due;
use crate::testing::{Fresh, On, QUICK, on_both};
use crate::{DeliveryPace, Engine, Settings};

/// As a receiver would that has only read the standard.
#[track_caller]
fn check_signature(posted: &Posted) {
    let header = |name: &str| posted.headers.get(name).unwrap_or_else(|| panic!("no {name}: {posted:?}"));
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let mut mac = Hmac::<Sha256>::new_from_slice(SIGNED_WITH.as_bytes()).unwrap();
    mac.update(format!("{id}.{at}.{}", posted.body).as_bytes());
    let given = header("webhook-signature").strip_prefix("v1,").unwrap();
    mac.verify_slice(&BASE64.decode(given).unwrap()).unwrap();
    assert_eq!(header("idempotency-key"), id);
    assert!(at.parse::<i64>().unwrap() > 1_700_000_000);
}

fn ids(posted: &[Posted]) -> Vec<String> {
    posted.iter().map(|posted| posted.headers["webhook-id"].clone()).collect()
}

#[track_caller]
fn assert_once_each(posted: &[Posted], count: usize) {
    let ids = ids(posted);
    assert_eq!(ids.len(), count, "{ids:#?}");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), count, "{ids:#?}");
}

on_both! {
    async fn a_webhook_is_told_once_signed_and_with_a_link(fresh: Fresh) {
        let (office, hook) = (Office::open(fresh).await, Hook::open().await);
        office.hook(&hook).await;
        let request = office.ask().await;
        let posted = hook.until(1).await;
        check_signature(&posted[0]);
        let told: serde_json::Value = serde_json::from_str(&posted[0].body).unwrap();
        assert_eq!(told["type"], "approval_needed");
        assert_eq!(told["link"], format!("{DRYDOCK}/requests/{}", request.id));
        assert_eq!(told["environment"]["name"], "tiny");
        assert_eq!(told["says"], "rita asks for it. It needs 1 of the approvers.");
        let state = office.until("the delivery", |state| state.delivered_count == 1).await;
        assert_eq!((state.waiting, state.failing, state.given_up), (0, None, 0));
        assert_eq!(state.target.channel.to_string(), format!("webhook http://{}", hook.address));
    }
}

on_both! {
    async fn what_waits_during_an_outage_comes_once_each_and_in_order(fresh: Fresh) {
        let (office, hook) = (Office::open(fresh).await, Hook::open().await);
        office.hook(&hook).await;
        hook.close().await;
        let mut requests = Vec::new();
        for _ in 0..5 {
            requests.push(office.ask().await.id);
        }
        let state = office.until("the failure", |state| state.failing.as_ref().is_some_and(|failing| failing.tries > 1)).await;
        assert_eq!((state.waiting, state.delivered), (5, None));
        let failing = state.failing.unwrap();
        assert!(failing.why.contains("cannot be reached") && failing.next.is_some(), "{failing:?}");
        hook.reopen().await;
        office.until("all deliveries", |state| state.delivered_count == 5 && state.waiting == 0).await;
        let posted = hook.taken();
        assert_once_each(&posted, 5);
        for (posted, request) in posted.iter().zip(requests) {
            assert!(posted.body.contains(request.as_str()), "not in the order in which it happened");
        }
    }
}

on_both! {
    async fn a_message_that_is_refused_for_itself_does_not_hold_up_the_others(fresh: Fresh) {
        let (office, hook) = (Office::closed(fresh).await, Hook::open().await);
        office.hook(&hook).await;
        let hour = std::time::Duration::from_secs(3600);
        let patient = office.another("test", DeliveryPace { first: hour, slowest: hour, ..QUICK.delivery }).await;
        patient.deliver_notifications();
        hook.be(Mood::Refuses(413));
        office.ask().await;
        office.until("the refusal", |state| state.failing.is_some()).await;
        hook.be(Mood::Takes);
        let other = office.ask().await.id;
        let posted = hook.until(1).await;
        assert!(posted[0].body.contains(other.as_str()), "{posted:?}");
        let state = office.until("the delivery", |state| state.delivered_count == 1).await;
        assert_eq!((state.waiting, state.failing.map(|failing| failing.tries)), (1, Some(1)));
        patient.shutdown().await;
    }
}

on_both! {
    async fn a_refusal_is_tried_again_and_the_token_of_the_address_stands_nowhere(fresh: Fresh) {
        let (office, hook) = (Office::open(fresh).await, Hook::open().await);
        let target = office.hook(&hook).await;
        hook.be(Mood::Refuses(503));
        office.ask().await;
        let state = office.until("the failure", |state| state.failing.is_some()).await;
        let why = state.failing.clone().unwrap().why;
        assert!(why.contains("status 503: nothing is known of POST"), "{why}");
        let refused = office.engine.test_target(&office.ada, &target).await.unwrap_err().to_string();
        hook.be(Mood::Takes);
        office.until("the delivery", |state| state.delivered_count == 1).await;
        assert_once_each(&hook.taken(), 1);
        let said = office.engine.test_target(&office.ada, &target).await.unwrap();
        assert!(said.starts_with("status 200"), "{said}");
        let audit = office.engine.audit(&model::audit::AuditFilter::default()).await.unwrap();
        let everything = format!("{state:?} {refused} {said} {audit:?}");
        for secret in ["T0KEN-OF-HOOK", "k3y-of-hook", SIGNED_WITH] {
            assert!(!everything.contains(secret), "{secret}: {everything}");
        }
    }
}

on_both! {
    async fn one_that_hangs_is_left_in_time_and_the_other_is_not_kept_waiting(fresh: Fresh) {
        let office = Office::closed(fresh).await;
        let (hanging, hook) = (Hook::open().await, Hook::open().await);
        office.hook(&hanging).await;
        office.hook(&hook).await;
        hanging.be(Mood::Hangs);
        office.ask().await;
        let pace = DeliveryPace { patience: std::time::Duration::from_millis(300), ..QUICK.delivery };
        let hurried = office.another("test", pace).await;
        hurried.deliver_notifications();
        hook.until(1).await;
        let states = office.states().await;
        assert_eq!(states.iter().map(|state| state.waiting + state.delivered_count).sum::<i64>(), 2);
        hanging.be(Mood::Takes);
        hanging.until(1).await;
        hurried.shutdown().await;
    }
}

on_both! {
    async fn a_server_that_is_killed_before_or_while_it_delivers_loses_nothing(fresh: Fresh) {
        let (office, hook) = (Office::closed(fresh).await, Hook::open().await);
        office.hook(&hook).await;
        // Nobody ever delivers in this life; of one message the delivery was begun.
        office.ask().await;
        let due: Vec<Due> = office.engine.store().due(office.engine.now()).await.unwrap();
        assert!(office.engine.store().claim_delivery(&due[0], "test").await.unwrap().is_some());
        office.ask().await;
        let next_life = office.another("test", QUICK.delivery).await;
        next_life.deliver_notifications();
        office.until("both deliveries", |state| state.delivered_count == 2).await;
        assert_once_each(&hook.taken(), 2);
        next_life.shutdown().await;
    }
}

on_both! {
    async fn telling_the_same_again_tells_nobody_twice(fresh: Fresh) {
        let (office, hook) = (Office::open(fresh).await, Hook::open().await);
        office.hook(&hook).await;
        let request = office.ask().await;
        for _ in 0..3 {
            // Any change of a rule looks again at who is needed.
            office.engine.set_roles(None, &office.rita.id, [Role::Requester].into()).await.unwrap();
        }
        office.ask().await;
        office.until("both deliveries", |state| state.delivered_count == 2).await;
        assert_once_each(&hook.taken(), 2);
        assert_eq!(hook.taken().iter().filter(|posted| posted.body.contains(request.id.as_str())).count(), 1);
    }
}

/// Several servers need PostgreSQL.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_one_delivers_and_the_other_takes_over_what_it_began() {
    use crate::testing::{Fresh, On};
    let Some(fresh) = Fresh::on(On::Postgres).await else {
        eprintln!("skipped: DRYDOCK_TEST_POSTGRES is not set");
        return;
    };
    let (office, hook) = (Office::closed(fresh).await, Hook::open().await);
    office.hook(&hook).await;
    let rita = office.rita.clone();
    open_request(&office.engine, rita.clone()).await;
    let due = office.engine.store().due(office.engine.now()).await.unwrap();
    // A third one took this one, and was killed.
    assert!(office.engine.store().claim_delivery(&due[0], "gone").await.unwrap().is_some());
    let other = office.another("other", QUICK.delivery).await;
    office.engine.deliver_notifications();
    other.deliver_notifications();
    for _ in 0..30 {
        open_request(&office.engine, rita.clone()).await;
        office.engine.0.post.wake();
        other.0.post.wake();
    }
    office.until("all deliveries", |state| state.delivered_count == 31).await;
    assert_once_each(&hook.taken(), 31);
    other.shutdown().await;
}

/// A web server with a certificate of its own authority: its address, and that authority as a file.
async fn secure(folder: &Path) -> (String, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let text = BASE64.encode(certificate.der());
    let ca_file = folder.join("ca.pem");
    std::fs::write(&ca_file, format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let tls = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who does not trust the certificate leaves here.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 8192]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    (address, ca_file)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_a_house_of_its_own_authority_is_trusted_when_the_configuration_names_that() {
    let office = Office::closed(Fresh::on(On::Sqlite).await.unwrap()).await;
    let (address, ca_file) = secure(&office.fresh.settings.data_dir).await;
    let channel = |engine: &Engine| {
        let file = engine.0.settings.data_dir.join("address");
        std::fs::create_dir_all(&engine.0.settings.data_dir).unwrap();
        std::fs::write(&file, &address).unwrap();
        let address = SecretRef::File(file.display().to_string());
        Channel::Post { address, shown: String::new(), format: Format::Slack }
    };
    let add = async |engine: &Engine| {
        engine.add_target(&office.ada, None, channel(engine), [Occasion::Failed].into()).await.unwrap()
    };
    let target = add(&office.engine).await;
    let why = office.engine.test_target(&office.ada, &target).await.unwrap_err().to_string();
    assert!(why.contains("it is not trusted"), "{why}");
    // Each has its own folder for SSH.
    let data_dir = office.fresh.settings.data_dir.join("another");
    let with = |ca_file: PathBuf| Settings {
        webhook_ca_file: Some(ca_file),
        data_dir: data_dir.clone(),
        ..office.fresh.settings.clone()
    };
    let trusting = Engine::open_with(with(ca_file), QUICK).await.unwrap();
    let said = trusting.test_target(&office.ada, &target).await.unwrap();
    assert!(said.contains("status 200"), "{said}");
    let lost = Engine::open_with(with("/no/such.pem".into()), QUICK).await.unwrap_err().to_string();
    assert!(lost.contains("webhook_ca_file") && lost.contains("/no/such.pem"), "{lost}");
}
