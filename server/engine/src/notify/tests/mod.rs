//! Promises of notifications, on both databases, with receivers that are really there.

mod mail;
mod people;
mod webhook;

use std::collections::BTreeSet;
use std::time::Duration;

use model::id::{PersonId, TargetId};
use model::notification::{Channel, Format, MailSecurity, MailServer, NotificationSettings, Occasion, TargetState};
use model::people::{Person, Role};
use model::request::Request;
use model::secret::SecretRef;

use super::receivers::{Hook, MailBox};
use crate::executor::testing::open_request;
use crate::testing::{Fresh, QUICK};
use crate::{DeliveryPace, Engine, Pace};

pub const DRYDOCK: &str = "https://drydock.example:8443";
pub const SIGNED_WITH: &str = "signing-key-MARK";

/// Whoever asks, whoever agrees, whoever looks after targets.
pub struct Office {
    pub engine: Engine,
    pub rita: Person,
    pub paul: Person,
    pub ada: Person,
    pub fresh: Fresh,
}

impl Office {
    /// Nobody delivers yet.
    pub async fn closed(fresh: Fresh) -> Self {
        let rita = fresh.person("rita", &[Role::Requester]).await;
        let paul = fresh.person("paul", &[Role::Approver]).await;
        let ada = fresh.person("ada", &[Role::Admin]).await;
        let engine = fresh.engine.clone();
        engine.link_to(DRYDOCK);
        Self { engine, rita, paul, ada, fresh }
    }

    pub async fn open(fresh: Fresh) -> Self {
        let office = Self::closed(fresh).await;
        office.engine.deliver_notifications();
        office
    }

    /// Another server on the same database, or another life of the same.
    pub async fn another(&self, instance: &str, delivery: DeliveryPace) -> Engine {
        // Each has its own folder for SSH.
        let data_dir = self.fresh.settings.data_dir.join(uuid::Uuid::new_v4().to_string());
        let settings = crate::Settings { instance: instance.to_owned(), data_dir, ..self.fresh.settings.clone() };
        let engine = Engine::open_with(settings, Pace { delivery, ..QUICK }).await.unwrap();
        engine.link_to(DRYDOCK);
        engine
    }

    fn file(&self, name: &str, text: &str) -> SecretRef {
        let path = self.fresh.settings.data_dir.join(name);
        std::fs::write(&path, text).unwrap();
        SecretRef::File(path.display().to_string())
    }

    /// A webhook that is told of everything everywhere.
    pub async fn hook(&self, hook: &Hook) -> TargetId {
        let channel = Channel::Post {
            address: self.file(&format!("hook-{}", hook.address.port()), &hook.url()),
            shown: String::new(),
            format: Format::Signed { key: self.file("signed-with", SIGNED_WITH) },
        };
        self.engine.add_target(&self.ada, None, channel, Occasion::ALL.into()).await.unwrap()
    }

    /// Mails go there.
    pub async fn mail_through(&self, mailbox: &MailBox) {
        let server = MailServer {
            host: mailbox.address.ip().to_string(),
            port: mailbox.address.port(),
            security: MailSecurity::None,
            user: "ada".to_owned(),
            password: Some(self.file("mail-password", "mail-pass-MARK")),
            from: "drydock@example.org".to_owned(),
            ca_file: String::new(),
        };
        let settings = NotificationSettings { mail: Some(server), ..NotificationSettings::default() };
        self.engine.save_notification_settings(&self.ada, settings).await.unwrap();
    }

    /// This person wants to know everything.
    pub async fn wants_all(&self, person: &Person) {
        let to = format!("{}@example.org", person.name);
        self.engine.set_own_target(person, &to, Occasion::ALL.into()).await.unwrap();
    }

    pub async fn ask(&self) -> Request {
        let request = open_request(&self.engine, self.rita.clone()).await;
        self.engine.0.post.wake();
        request
    }

    pub async fn states(&self) -> Vec<TargetState> {
        self.engine.store().target_states().await.unwrap()
    }

    /// Waits until that holds of the only target.
    pub async fn until(&self, what: &str, holds: impl Fn(&TargetState) -> bool) -> TargetState {
        let looking = async {
            loop {
                let states = self.states().await;
                if let Some(state) = states.into_iter().next().filter(&holds) {
                    return state;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        match tokio::time::timeout(Duration::from_secs(60), looking).await {
            Ok(state) => state,
            Err(_) => panic!("{what} never held: {:#?}", self.states().await),
        }
    }

    pub async fn audit(&self, what: &str) -> usize {
        let all = self.engine.audit(&model::audit::AuditFilter::default()).await.unwrap();
        all.iter().filter(|entry| entry.what == what).count()
    }
}

pub fn only(person: &Person) -> BTreeSet<PersonId> {
    [person.id.clone()].into()
}
