//! Promises about copies, on SQLite and on PostgreSQL alike, with a host that is a directory.

use model::audit::AuditFilter;
use model::environment::Elevate;
use model::secret::SecretRef;
use remote::{Fault, LocalRemote, Verb};

use super::*;
use crate::executor::testing::started_run;
use crate::testing::{Fresh, on_both};

const PATH: &str = "/opt/OpenvStorage/ovs/lib/update.py";
/// A file that no text is, and longer than one part.
const SCRIPT: &str = "echo '640 ovs ovs'; printf 'password=tr0ub4dor\\n\\377\\000\\n'; head -c 200000 /dev/zero";

fn contents() -> Vec<u8> {
    [b"password=tr0ub4dor\n\xff\x00\n".to_vec(), vec![0; 200_000]].concat()
}

fn host() -> HostName {
    HostName::new("node1").unwrap()
}

fn download(script: &str, bytes: &[u8]) -> Download {
    let files = vec![FileCopy { path: PATH.to_owned(), sha256: sum(bytes) }];
    Download { host: host(), elevate: Elevate::No, script: script.to_owned(), files }
}

fn access() -> HostAccess {
    HostAccess {
        name: "node1".to_owned(),
        address: "node1".to_owned(),
        port: 22,
        user: "nobody".to_owned(),
        identity: "/dev/null".into(),
        host_key: Vec::new(),
        jump: None,
        elevate: remote::Elevate::No,
    }
}

fn make_key(fresh: &Fresh, byte: u8) {
    std::fs::write(&fresh.settings.key_file, [byte; 32]).unwrap();
}

async fn environment(fresh: &Fresh) -> EnvironmentId {
    let run = started_run(&fresh.engine).await;
    fresh.engine.store().run_line(&run).await.unwrap().unwrap().environment
}

#[track_caller]
fn holds(answer: &Answer) {
    assert!(matches!(answer, Answer::Holds { .. }), "{answer:?}");
}

on_both! {
    async fn a_copy_is_read_off_its_host_sealed_and_never_in_the_database_in_clear(fresh: Fresh) {
        make_key(&fresh, 7);
        let (engine, id, remote) = (&fresh.engine, environment(&fresh).await, LocalRemote::new().unwrap());
        let wanted = download(SCRIPT, &contents());
        assert!(matches!(engine.look_at_copies(&id, &host(), &wanted.files).await, Answer::NotYet { .. }));
        engine.download(&id, &remote, &access(), &wanted).await.unwrap();
        holds(&engine.look_at_copies(&id, &host(), &wanted.files).await);

        let stored = engine.copy_store(&id).await.unwrap().has;
        assert_eq!(stored.len(), 1);
        assert_eq!((stored[0].file.path.as_str(), stored[0].copy.rights.to_string().as_str()), (PATH, "640 ovs ovs"));
        // As the step gets them that brings the copy back: one line each, short enough for a variable.
        let mut back = Vec::new();
        for part in &stored[0].copy.parts {
            let text = engine.secret("COPY", &SecretRef::Sealed(part.clone())).await.unwrap();
            assert!(text.expose().len() < 128 << 10);
            back.extend(STANDARD.decode(text.expose()).unwrap());
        }
        assert_eq!((back, stored[0].copy.parts.len()), (contents(), 3));
        let clear = [b"tr0ub4dor".to_vec(), STANDARD.encode(&contents()[..18]).into_bytes()];
        for row in engine.store().all_sealed().await.unwrap() {
            let sealed = row.sealed;
            assert!(clear.iter().all(|clear| !sealed.windows(clear.len()).any(|bytes| bytes == clear.as_slice())));
        }
        let audit = engine.audit(&AuditFilter::default()).await.unwrap();
        assert!(audit.iter().any(|entry| entry.what == "copy.sealed" && entry.detail.contains(PATH)), "{audit:?}");
    }
}

on_both! {
    async fn a_copy_that_is_sealed_is_not_read_again_and_one_of_another_key_is_replaced(fresh: Fresh) {
        make_key(&fresh, 7);
        let (engine, id, remote) = (&fresh.engine, environment(&fresh).await, LocalRemote::new().unwrap());
        let wanted = download(SCRIPT, &contents());
        engine.download(&id, &remote, &access(), &wanted).await.unwrap();
        let first = engine.copy_store(&id).await.unwrap().has;
        remote.inject("node1", Verb::Read, Fault::NoConnection);
        engine.download(&id, &remote, &access(), &wanted).await.unwrap();
        let again = engine.copy_store(&id).await.unwrap().has;
        assert_eq!((&again[0].copy, again.len()), (&first[0].copy, 1));
        assert!(again[0].at >= first[0].at, "which of several copies is the latest is not known");

        make_key(&fresh, 8);
        assert!(matches!(engine.look_at_copies(&id, &host(), &wanted.files).await, Answer::NotYet { .. }));
        let away = engine.download(&id, &remote, &access(), &wanted).await.unwrap_err();
        assert!(matches!(away, NotSealed::NotNow(_)), "{away:?}");
        engine.download(&id, &remote, &access(), &wanted).await.unwrap();
        holds(&engine.look_at_copies(&id, &host(), &wanted.files).await);
        assert_eq!(engine.store().all_sealed().await.unwrap().len(), 3, "parts of the old copy are left");
    }
}

on_both! {
    async fn what_cannot_be_sealed_is_refused_with_its_name_and_nothing_of_it_is_told(fresh: Fresh) {
        let (engine, id, remote) = (&fresh.engine, environment(&fresh).await, LocalRemote::new().unwrap());
        let refused = async |script: &str, bytes: &[u8]| {
            match engine.download(&id, &remote, &access(), &download(script, bytes)).await {
                Err(NotSealed::Refused(words)) => words,
                other => panic!("{other:?}"),
            }
        };
        let words = refused(SCRIPT, &contents()).await;
        assert!(words.contains("key"), "{words}");
        let why = engine.copy_store(&id).await.unwrap().refuses.unwrap();
        assert!(why.contains(&fresh.settings.key_file.display().to_string()), "{why}");
        assert!(!fresh.settings.key_file.exists(), "a key was made that nobody knows of");

        make_key(&fresh, 7);
        assert_eq!(engine.copy_store(&id).await.unwrap().refuses, None);
        let large = refused("echo '640 ovs ovs'; head -c 400000 /dev/zero", &[0; 400_000]).await;
        assert!(large.contains(PATH) && large.contains("node1") && large.contains("262144"), "{large}");
        let said = refused("echo secret words; echo 'it has 400000 bytes' >&2; exit 66", b"").await;
        assert!(said.contains(PATH) && said.contains("it has 400000 bytes") && !said.contains("secret words"), "{said}");
        let other = refused("echo '640 ovs ovs'; echo other", &contents()).await;
        assert!(other.contains("is not what it was"), "{other}");
        assert_eq!(engine.copy_store(&id).await.unwrap().has, []);
    }
}
