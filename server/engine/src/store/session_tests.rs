//! Promises of sessions, on SQLite and on PostgreSQL alike.

use model::audit::AuditFilter;
use model::id::SessionId;
use model::people::{Person, Role};
use model::refusal::Refusal;
use model::session::SessionView;
use model::time::Timestamp;

use crate::testing::on_both;
use crate::{EngineError, StoredSession, Visit};

fn session(letter: &str, expires: Timestamp, visit: Option<Visit>) -> StoredSession {
    StoredSession { id: SessionId::new(letter.repeat(64)).unwrap(), data: vec![0, 255, 7], expires, visit }
}

fn visit(person: &Person, seen: Timestamp) -> Option<Visit> {
    let (address, agent) = ("192.0.2.1".to_owned(), "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0".to_owned());
    Some(Visit { person: person.id.clone(), begun: Timestamp(7), seen, address, agent })
}

on_both! {
    async fn sessions_end_when_they_expire(fresh: Fresh) {
        let engine = &fresh.engine;
        let later = engine.now().plus_seconds(60);
        let half = session("a", later, None);
        assert!(engine.create_session(&half).await.unwrap());
        assert!(!engine.create_session(&half).await.unwrap(), "an id was given out twice");
        assert_eq!(engine.load_session(&half.id).await.unwrap().unwrap().data, [0, 255, 7]);
        engine.save_session(&session("a", engine.now().plus_seconds(-1), None)).await.unwrap();
        assert!(engine.load_session(&half.id).await.unwrap().is_none());
    }
}

on_both! {
    async fn people_see_and_end_their_own_sessions_and_no_others(fresh: Fresh) {
        let engine = &fresh.engine;
        let (anna, berta) = (fresh.person("anna", &[]).await, fresh.person("berta", &[]).await);
        let later = engine.now().plus_seconds(60);
        for (letter, seen) in [("a", 10), ("b", 30), ("c", 20)] {
            engine.create_session(&session(letter, later, visit(&anna, Timestamp(seen)))).await.unwrap();
        }
        engine.create_session(&session("d", later, visit(&berta, Timestamp(40)))).await.unwrap();
        engine.create_session(&session("e", later, None)).await.unwrap();
        engine.create_session(&session("f", engine.now().plus_seconds(-1), visit(&anna, Timestamp(50)))).await.unwrap();
        let id = |letter: &str| SessionId::new(letter.repeat(64)).unwrap();
        let letters = |sessions: &[SessionView]| sessions.iter().map(|one| one.id.as_str()[..1].to_owned()).collect::<String>();

        let seen = engine.sessions(&anna, Some(&id("c"))).await.unwrap();
        assert_eq!(letters(&seen), "bca", "used last first, neither expired nor somebody else's");
        assert_eq!(seen.iter().filter(|one| one.is_this).map(|one| one.id.clone()).collect::<Vec<_>>(), [id("c")]);
        assert_eq!((seen[0].browser.as_str(), seen[0].address.as_str()), ("Firefox on Linux", "192.0.2.1"));
        assert_eq!((seen[0].begun, seen[0].seen), (Timestamp(7), Timestamp(30)));

        for foreign in ["d", "e", "9"] {
            let refused = engine.end_session(&anna, &id(foreign)).await.unwrap_err();
            assert!(matches!(refused, EngineError::Refused(Refusal::NotFound { .. })), "{foreign}: {refused}");
        }
        engine.end_session(&anna, &id("b")).await.unwrap();
        engine.create_session(&session("0", later, visit(&anna, Timestamp(60)))).await.unwrap();
        engine.end_other_sessions(&anna, &id("c")).await.unwrap();
        assert_eq!(letters(&engine.sessions(&anna, None).await.unwrap()), "c");
        assert_eq!(letters(&engine.sessions(&berta, None).await.unwrap()), "d");
        assert!(engine.load_session(&id("e")).await.unwrap().is_some());

        engine.save_session(&session("b", later, visit(&anna, Timestamp(70)))).await.unwrap();
        assert!(engine.load_session(&id("b")).await.unwrap().is_none(), "a page that was still loading brings a session back");
        let audit = engine.audit(&AuditFilter::default()).await.unwrap();
        let ended = audit.iter().filter(|entry| entry.what == "session.ended" && entry.who == "anna");
        let said: Vec<&str> = ended.map(|entry| entry.detail.as_str()).collect();
        assert_eq!(said, ["all but the one that asked: 2", "Firefox on Linux, last used from 192.0.2.1"]);
    }
}

on_both! {
    async fn whatever_ends_sessions_leaves_none_and_makes_those_under_way_worthless(fresh: Fresh) {
        let engine = &fresh.engine;
        let (ada, anna) = (fresh.person("ada", &[Role::Admin]).await, fresh.person("anna", &[]).await);
        let later = engine.now().plus_seconds(60);
        let mut binding = engine.person_for_session(&anna.id).await.unwrap().unwrap().1;
        for (number, letter) in ["a", "b", "c"].into_iter().enumerate() {
            engine.create_session(&session(letter, later, visit(&anna, Timestamp(10)))).await.unwrap();
            assert_eq!(engine.people_view().await.unwrap().people[1].sessions, 1);
            match number {
                0 => engine.end_all_sessions(Some(&ada), &anna.id).await.unwrap(),
                1 => engine.set_password(None, &anna.id, "another password").await.unwrap(),
                _ => engine.set_roles(None, &anna.id, [Role::Operator].into()).await.unwrap(),
            }
            assert_eq!(engine.sessions(&anna, None).await.unwrap(), []);
            let now = engine.person_for_session(&anna.id).await.unwrap().unwrap().1;
            assert_ne!(binding, now, "a session that is just being written is worth something");
            binding = now;
        }
        let audit = engine.audit(&AuditFilter::default()).await.unwrap();
        let entry = audit.iter().find(|entry| entry.what == "person.logged_out").unwrap();
        assert_eq!((entry.who.as_str(), entry.detail.as_str()), ("ada", "anna"));
    }
}
