//! Promises about who comes from a provider, on both databases.

use std::collections::BTreeSet;

use model::people::{Proof, Role};
use remote::oidc::Claimed;

use crate::testing::on_both;

fn claimed(subject: &str, name: Option<&str>) -> Claimed {
    Claimed {
        issuer: "https://login.example.org".to_owned(),
        subject: subject.to_owned(),
        name: name.map(str::to_owned),
        groups: BTreeSet::new(),
        auth_time: None,
    }
}

on_both! {
    async fn somebody_is_who_the_subject_says_and_never_who_a_name_says(fresh: Fresh) {
        let engine = &fresh.engine;
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let enter = async |subject: &str, name: Option<&str>| {
            engine.enter(&claimed(subject, name), [Role::Viewer].into(), "test").await.unwrap().unwrap()
        };
        let other = enter("1", Some("ada")).await;
        assert_eq!((other.name.as_str(), other.id == ada.id), ("ada.2", false));
        assert_eq!(enter("1", Some("somebody else by now")).await.id, other.id);
        assert_eq!(enter("1", None).await.name, "ada.2");
        assert_eq!(enter("2", Some("ada")).await.name, "ada.3");
        assert_eq!(enter("3", Some("Jörg Müller <j@example.org>")).await.name, "J-rg-M-ller--j@example.org-");
        // These names mean something in the audit log.
        assert_eq!(enter("4", Some("nobody")).await.name, "nobody.2");
        assert_eq!(enter("5", Some(" ")).await.name, "somebody");
        assert_eq!(engine.people().await.unwrap().iter().find(|person| person.id == ada.id), Some(&ada));
        let elsewhere = Claimed { issuer: "https://evil.example".to_owned(), ..claimed("1", Some("ada")) };
        let stranger = engine.enter(&elsewhere, [Role::Viewer].into(), "test").await.unwrap().unwrap();
        assert_ne!(stranger.id, other.id, "the same subject of another issuer is somebody else");
    }
}

on_both! {
    async fn what_the_groups_give_no_more_is_gone_with_sessions_and_tokens(fresh: Fresh) {
        let engine = &fresh.engine;
        let who = claimed("1", Some("dora"));
        let dora = engine.enter(&who, "viewer operator@berlin".parse().unwrap(), "test").await.unwrap().unwrap();
        let wish = crate::NewToken {
            name: "t".into(),
            roles: "operator@berlin".parse().unwrap(),
            read_only: false,
            days: 1,
        };
        let token = engine.create_token(&dora, wish).await.unwrap();
        let (_, before) = engine.person_for_session(&dora.id).await.unwrap().unwrap();
        let same = engine.enter(&who, "viewer operator@berlin".parse().unwrap(), "test").await.unwrap().unwrap();
        assert_eq!(same.roles, dora.roles);
        assert_eq!(engine.person_for_session(&dora.id).await.unwrap().unwrap().1, before, "nothing has changed");
        assert!(engine.authenticate_token(&token, "test").await.unwrap().is_some());
        let less = engine.enter(&who, [Role::Viewer].into(), "test").await.unwrap().unwrap();
        assert_eq!(less.roles, [Role::Viewer].into());
        assert_ne!(engine.person_for_session(&dora.id).await.unwrap().unwrap().1, before, "old sessions go on");
        assert!(engine.authenticate_token(&token, "test").await.unwrap().is_none());
    }
}

on_both! {
    async fn who_comes_from_a_provider_has_no_password_and_gets_no_roles_by_hand(fresh: Fresh) {
        let engine = &fresh.engine;
        let who = claimed("1", Some("dora"));
        let dora = engine.enter(&who, [Role::Viewer].into(), "test").await.unwrap().unwrap();
        for guess in ["", "nobody has this password", "a long password"] {
            assert!(engine.authenticate("dora", guess, "test").await.unwrap().is_none(), "{guess:?} opens it");
        }
        assert_eq!(engine.proof_of(&dora).await.unwrap(), Proof::Provider);
        assert!(engine.prove(&dora, "", "test").await.is_err());
        assert!(engine.set_password(None, &dora.id, "a long password").await.is_err());
        assert!(engine.set_roles(None, &dora.id, [Role::Admin].into()).await.is_err());
        assert!(engine.begin_second_factor(&dora, "", "test").await.is_err());
        engine.set_disabled(None, &dora.id, true).await.unwrap();
        assert_eq!(engine.enter(&who, [Role::Admin].into(), "test").await.unwrap(), None);
        engine.set_disabled(None, &dora.id, false).await.unwrap();
        assert!(engine.enter(&who, [Role::Viewer].into(), "test").await.unwrap().is_some());
    }
}
