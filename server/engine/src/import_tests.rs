//! Promises of export and import, on both databases.

use model::audit::AuditFilter;
use model::environment::{Environment, PlatformSettings};
use model::import::{Effect, ImportPreview, SecretKind};
use model::people::{Person, Role};
use model::secret::SecretRef;

use crate::environment_file::read_environment;
use crate::testing::{Fresh, on_both};
use crate::{Engine, EnvironmentDraft, ImportConsent, ImportError};

const EXAMPLE: &str = include_str!("../../environment.example.toml");
const CLUSTER: &str = include_str!("../../environment.open-vstorage.example.toml");
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJq0nsfF0PZ2RtMgzqTgn/UUZ3pZKxDzHPVdgDyMxnDS";

struct Office {
    engine: Engine,
    ada: Person,
    _fresh: Fresh,
}

impl Office {
    /// Frankfurt, whose secret key is sealed, and Ghent.
    async fn open(fresh: Fresh) -> Self {
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let office = Self { engine: fresh.engine.clone(), ada, _fresh: fresh };
        let id = office.engine.seal_secret(None, "hunter2".to_owned()).await.unwrap();
        let mut frankfurt = draft(EXAMPLE);
        let PlatformSettings::CloudStack(cloud) = &mut frankfurt.platform else { panic!("it is no cloud") };
        cloud.secret_key = SecretRef::Sealed(id);
        for draft in [frankfurt, draft(CLUSTER)] {
            office.engine.add_environment(None, draft).await.unwrap();
        }
        office
    }

    async fn export(&self) -> String {
        self.engine.export_environments(Some(&self.ada)).await.unwrap()
    }

    async fn preview(&self, text: &str) -> ImportPreview {
        self.engine.preview_import(text).await.unwrap()
    }

    /// As somebody who has just seen what it would do.
    async fn import(&self, text: &str, secrets: &[&str]) -> Result<ImportPreview, ImportError> {
        let seen = self.preview(text).await.seen();
        let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        self.engine.import_environments(Some(&self.ada), text, ImportConsent { seen, secrets }).await
    }

    async fn here(&self) -> Vec<Environment> {
        self.engine.environments().await.unwrap()
    }

    async fn named(&self, name: &str) -> Environment {
        self.here().await.into_iter().find(|environment| environment.name == name).unwrap()
    }

    /// Everything on record, newest first.
    async fn told(&self) -> Vec<String> {
        let entries = self.engine.store().audit(&AuditFilter::default()).await.unwrap();
        entries.into_iter().map(|entry| format!("{} {} {}", entry.who, entry.what, entry.detail)).collect()
    }
}

fn draft(text: &str) -> EnvironmentDraft {
    read_environment(text).unwrap()
}

/// What is wrong, in words.
fn words(result: Result<ImportPreview, ImportError>) -> String {
    result.unwrap_err().to_string()
}

on_both! {
    async fn the_import_of_ones_own_export_changes_nothing(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let (text, before) = (office.export().await, office.here().await);
        let preview = office.preview(&text).await;
        assert!(preview.environments.iter().all(|line| line.effect == Effect::Unchanged), "{preview:?}");
        assert!(preview.asked.is_empty() && preview.others.is_empty(), "{preview:?}");
        let told = office.told().await;
        office.import(&text, &[]).await.unwrap();
        assert_eq!(office.here().await, before);
        assert_eq!(office.told().await, told, "something is on record although nothing was done");
        assert!(told[0].starts_with("ada environments.exported 2 environments"), "{told:?}");
    }
}

on_both! {
    async fn no_secret_is_in_the_file_and_one_that_was_sealed_elsewhere_is_asked_for(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let text = office.export().await;
        assert!(!text.contains("hunter2"), "{text}");
        // As in another Drydock: nothing is known of it here.
        office.engine.remove_environment(None, &office.named("Frankfurt").await.id).await.unwrap();
        let preview = office.preview(&text).await;
        let [asked] = preview.asked.as_slice() else { panic!("{preview:?}") };
        assert_eq!((asked.environment.as_str(), asked.kind), ("Frankfurt", SecretKind::Line));
        assert_eq!(asked.fields, ["secret_key"]);
        let before = office.here().await;
        for typed in [&[][..], &[" "][..]] {
            let refused = words(office.import(&text, typed).await);
            assert!(refused.contains("environment Frankfurt, secret_key: it was sealed elsewhere"), "{refused}");
            assert_eq!(office.here().await, before);
        }
        office.import(&text, &["hunter3"]).await.unwrap();
        let PlatformSettings::CloudStack(cloud) = office.named("Frankfurt").await.platform else { panic!("no cloud") };
        let secret = office.engine.secret("secret_key", &cloud.secret_key).await.unwrap();
        assert_eq!(secret.expose(), "hunter3");
        let told = office.told().await.join("\n");
        assert!(told.contains("ada secret.sealed") && !told.contains("hunter"), "{told}");
    }
}

on_both! {
    async fn a_mistake_anywhere_changes_nothing_anywhere_and_all_are_told(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let before = office.here().await;
        let good = office.export().await.replace("\"Ghent\"", "\"Antwerp\"");
        let bad = good.replace("https://cloud.example.org:8443/client/api", "cloud.example.org");
        let bad = bad.replace("client_id = \"drydock\"", "client_id = \"dry:dock\"");
        let told = match office.engine.preview_import(&bad).await {
            Err(ImportError::Wrong(problems)) => problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("environment Frankfurt, endpoint: "), "{told:?}");
        assert!(told[1].starts_with("environment Antwerp, client_id: "), "{told:?}");
        let consent = ImportConsent { seen: office.preview(&good).await.seen(), secrets: Vec::new() };
        assert!(office.engine.import_environments(Some(&office.ada), &bad, consent).await.is_err());
        assert_eq!(office.here().await, before);
        let twice = good.replace("\"Antwerp\"", "\"Frankfurt\"");
        let refused = words(office.engine.preview_import(&twice).await);
        assert!(refused.contains("environment Frankfurt, name: it is in the file twice"), "{refused}");
    }
}

on_both! {
    async fn an_import_is_done_as_it_was_seen_or_not_at_all(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let text = office.export().await.replace("\"customer-facing\"", "\"internal\"");
        let preview = office.preview(&text).await;
        let [line, other] = preview.environments.as_slice() else { panic!("{preview:?}") };
        let Effect::Change(changes) = &line.effect else { panic!("{preview:?}") };
        let told: Vec<_> = changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!((line.name.as_str(), told, &other.effect), ("Frankfurt", vec!["labels"], &Effect::Unchanged));

        // Somebody changes something in between.
        let frankfurt = office.named("Frankfurt").await;
        let between = EnvironmentDraft {
            name: frankfurt.name.clone(),
            labels: ["other".to_owned()].into(),
            risk: frankfurt.risk,
            platform: frankfurt.platform.clone(),
        };
        office.engine.change_environment(None, &frankfurt.id, between).await.unwrap();
        let changed = office.here().await;
        let consent = ImportConsent { seen: preview.seen(), secrets: Vec::new() };
        let outdated = office.engine.import_environments(Some(&office.ada), &text, consent).await.unwrap_err();
        let ImportError::Outdated(now) = outdated else { panic!("{outdated:?}") };
        assert_eq!(office.here().await, changed);

        let consent = ImportConsent { seen: now.seen(), secrets: Vec::new() };
        office.engine.import_environments(Some(&office.ada), &text, consent).await.unwrap();
        let after = office.named("Frankfurt").await;
        assert_eq!(after.labels, ["eu".to_owned(), "internal".to_owned()].into());
        assert_eq!(after.id, frankfurt.id, "what was known under the old settings is lost");
        assert_eq!(after.platform, frankfurt.platform, "the sealed key is lost");
        let told = office.told().await;
        assert_eq!(told[0], "ada environments.imported 0 created, 1 changed, 1 unchanged");
        assert_eq!(told[1], "ada environment.changed Frankfurt");
    }
}

on_both! {
    async fn a_host_key_of_the_file_is_shown_and_on_record_and_a_file_without_one_takes_none_away(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let without = office.export().await;
        // The first one is of Frankfurt's first host.
        let with = without.replacen("elevate = ", &format!("host_key = \"{KEY}\"\nelevate = "), 1);
        let preview = office.preview(&with).await;
        let Effect::Change(changes) = &preview.environments[0].effect else { panic!("{preview:?}") };
        assert!(changes[0].after.as_ref().unwrap().starts_with("ssh-ed25519 SHA256:"), "{changes:?}");
        office.import(&with, &[]).await.unwrap();
        let told = office.told().await;
        assert!(told.iter().any(|told| told.starts_with("ada host_key.accepted SHA256:")), "{told:?}");
        assert!(office.named("Frankfurt").await.hosts()[0].access.host_key.is_some());

        assert_eq!(office.preview(&without).await.environments[0].effect, Effect::Unchanged);
        let moved = without.replacen("10.0.0.11", "10.0.0.77", 1);
        office.import(&moved, &[]).await.unwrap();
        assert!(office.named("Frankfurt").await.hosts()[0].access.host_key.is_none(), "another machine is trusted");
    }
}

on_both! {
    async fn an_environment_stays_of_its_platform(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.engine.remove_environment(None, &office.named("Frankfurt").await.id).await.unwrap();
        let text = office.export().await.replace("\"Ghent\"", "\"Frankfurt\"");
        office.import(&text, &[]).await.unwrap();
        office.engine.remove_environment(None, &office.named("Frankfurt").await.id).await.unwrap();
        office.engine.add_environment(None, draft(EXAMPLE)).await.unwrap();
        let refused = words(office.engine.preview_import(&text).await);
        assert!(refused.contains("environment Frankfurt, platform: Apache CloudStack of that name is here"), "{refused}");
    }
}
