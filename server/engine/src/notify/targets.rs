//! Who looks after the targets: admins after those of environments, everybody after their own.

use std::collections::BTreeSet;

use model::environment::Environment;
use model::id::{EnvironmentId, NotificationId, RunId, TargetId};
use model::notification::{
    AccountView, Channel, Format, MailServer, Notification, NotificationSettings, NotificationTarget,
    NotificationsView, Occasion, Subject, TargetOf, Tested,
};
use model::people::Person;
use model::procedure::Procedure;
use remote::check_mail_address;
use sqlx::{Any, Transaction};

use crate::error::{conflict, invalid, not_found};
use crate::store::audit::{Deed, record};
use crate::store::notifications::{self, own, save_settings, save_target, target};
use crate::{Engine, Result, webhook};

/// Milliseconds between two test messages to somebody's own address.
const BETWEEN_TESTS: i64 = 10_000;

/// Longer waits are no waits but holidays: a week.
const LONGEST_WAIT: u32 = 7 * 24 * 60;

impl Engine {
    /// Every target with how it stands, and what holds for all.
    pub async fn notifications_view(&self) -> Result<NotificationsView> {
        let environments = self.store().environments().await?;
        Ok(NotificationsView {
            targets: self.store().target_states().await?,
            environments: environments.into_iter().map(|Environment { id, name, .. }| (id, name)).collect(),
            settings: notifications::settings(self.store().reader()).await?,
        })
    }

    /// Replaces what holds for all targets.
    pub async fn save_notification_settings(&self, by: &Person, settings: NotificationSettings) -> Result<()> {
        if !(1..=LONGEST_WAIT).contains(&settings.waiting_minutes) {
            return Err(invalid("waiting_minutes", format!("1 to {LONGEST_WAIT} minutes are possible")));
        }
        if let Some(server) = &settings.mail {
            check_server(server)?;
        }
        let detail = match &settings.mail {
            Some(server) => {
                format!("mail through {}:{}, waits of {} min", server.host, server.port, settings.waiting_minutes)
            }
            None => format!("no mail, waits of {} min", settings.waiting_minutes),
        };
        let mut tx = self.store().write().await?;
        save_settings(&mut tx, &settings).await?;
        let deed = Deed { who: &by.name, what: "notification.settings_changed", subject: "", detail };
        record(&mut tx, self.now(), deed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What holds for all targets.
    pub async fn notification_settings(&self) -> Result<NotificationSettings> {
        notifications::settings(self.store().reader()).await
    }

    /// Adds a target of an admin's. What may be shown of an address is found out here.
    pub async fn add_target(
        &self,
        by: &Person,
        of: Option<EnvironmentId>,
        channel: Channel,
        occasions: BTreeSet<Occasion>,
    ) -> Result<TargetId> {
        let target = self.described(of, channel, occasions).await?;
        let mut tx = self.store().write().await?;
        save_target(&mut tx, &target).await?;
        self.tell_target(&mut tx, by, "notification.target_added", &target).await?;
        tx.commit().await?;
        Ok(target.id)
    }

    /// A target of an admin's, for the form that changes it.
    pub async fn shared_target(&self, id: &TargetId) -> Result<NotificationTarget> {
        let found = target(self.store().reader(), id).await?.ok_or_else(|| not_found("this target"))?;
        is_shared(&found)?;
        Ok(found)
    }

    /// Changes a target of an admin's. What it was still to be told goes to where it leads from then on.
    pub async fn change_target(
        &self,
        by: &Person,
        id: &TargetId,
        of: Option<EnvironmentId>,
        channel: Channel,
        occasions: BTreeSet<Occasion>,
    ) -> Result<()> {
        let changed = NotificationTarget { id: id.clone(), ..self.described(of, channel, occasions).await? };
        let mut tx = self.store().write().await?;
        is_shared(&target(&mut *tx, id).await?.ok_or_else(|| not_found("this target"))?)?;
        save_target(&mut tx, &changed).await?;
        self.tell_target(&mut tx, by, "notification.target_changed", &changed).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(())
    }

    /// A new target of an admin's, not yet stored.
    async fn described(
        &self,
        of: Option<EnvironmentId>,
        channel: Channel,
        occasions: BTreeSet<Occasion>,
    ) -> Result<NotificationTarget> {
        let of = match of {
            Some(id) => TargetOf::Environment(self.environment(&id).await?.id),
            None => TargetOf::Everywhere,
        };
        let channel = self.checked(channel).await?;
        if occasions.is_empty() {
            return Err(invalid("occasions", "choose at least one"));
        }
        Ok(NotificationTarget { id: new_id()?, of, channel, occasions })
    }

    /// Removes a target of an admin's. Removing what is gone is no error.
    pub async fn remove_target(&self, by: &Person, id: &TargetId) -> Result<()> {
        let mut tx = self.store().write().await?;
        let Some(target) = target(&mut *tx, id).await? else { return Ok(()) };
        is_shared(&target)?;
        notifications::remove_target(&mut tx, id, self.now()).await?;
        self.tell_target(&mut tx, by, "notification.target_removed", &target).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(())
    }

    /// Sends a test message at once; what the other side said.
    pub async fn test_target(&self, by: &Person, id: &TargetId) -> Result<String> {
        let found = target(self.store().reader(), id).await?.ok_or_else(|| not_found("this target"))?;
        self.test(by, &found).await
    }

    /// Somebody's own account.
    pub async fn account(&self, person: &Person) -> Result<AccountView> {
        let own = match own(self.store().reader(), &person.id).await? {
            Some(target) => Some(self.store().state_of(target, person.name.clone()).await?),
            None => None,
        };
        let has_mail = notifications::settings(self.store().reader()).await?.mail.is_some();
        let second_factor = self.second_factor(&person.id).await?;
        let issuer = self.issuer_of(person).await?;
        Ok(AccountView { person: person.clone(), issuer, second_factor, own, has_mail })
    }

    /// Sets where somebody is told, and of what. An empty address: nowhere.
    pub async fn set_own_target(&self, by: &Person, to: &str, occasions: BTreeSet<Occasion>) -> Result<()> {
        let to = to.trim();
        let mut tx = self.store().write().await?;
        let before = own(&mut *tx, &by.id).await?;
        if to.is_empty() {
            if let Some(before) = before {
                notifications::remove_target(&mut tx, &before.id, self.now()).await?;
                self.tell_target(&mut tx, by, "notification.target_removed", &before).await?;
            }
        } else {
            let channel = self.checked(Channel::Mail { to: to.to_owned() }).await?;
            let id = before.map_or_else(new_id, |before| Ok(before.id))?;
            let target = NotificationTarget { id, of: TargetOf::Person(by.id.clone()), channel, occasions };
            save_target(&mut tx, &target).await?;
            self.tell_target(&mut tx, by, "notification.target_set", &target).await?;
        }
        tx.commit().await?;
        self.0.post.wake();
        Ok(())
    }

    /// Sends a test message to somebody's own address; what the mail server said.
    pub async fn test_own_target(&self, by: &Person) -> Result<String> {
        let found = own(self.store().reader(), &by.id).await?;
        let found = found.ok_or_else(|| conflict("save an address first"))?;
        let last = self.store().tested(&found.id).await?;
        // The address may be anybody's: nobody is to be flooded from here.
        if last.is_some_and(|last| self.now().since(last.at) < BETWEEN_TESTS) {
            return Err(conflict("a test message was sent a moment ago: wait ten seconds"));
        }
        self.test(by, &found).await
    }

    async fn test(&self, by: &Person, target: &NotificationTarget) -> Result<String> {
        let http = webhook::client(self.0.pace.delivery.patience, self.0.settings.webhook_ca_file.as_deref());
        let http = http.map_err(|error| conflict(error.to_string()))?;
        let told = self.test_message(by)?;
        let answer = self.deliver(&http, target, &told).await.map_err(|error| error.to_string());
        let (taken, said) = match &answer {
            Ok(said) => (true, said.clone()),
            Err(why) => (false, why.clone()),
        };
        let at = self.now();
        let mut tx = self.store().write().await?;
        notifications::tested(&mut tx, &target.id, &Tested { at, taken, said }).await?;
        let detail = format!("{}: {}", target.channel, if taken { "taken" } else { "not taken" });
        let deed = Deed { who: &by.name, what: "notification.tested", subject: target.id.as_str(), detail };
        record(&mut tx, at, deed).await?;
        tx.commit().await?;
        answer.map_err(|why| conflict(format!("the test message to {} was not taken: {why}", target.channel)))
    }

    fn test_message(&self, by: &Person) -> Result<Notification> {
        let nowhere = uuid::Uuid::nil().to_string();
        Ok(Notification {
            id: NotificationId::new(format!("test-{}", uuid::Uuid::now_v7()))?,
            occasion: Occasion::Finished,
            at: self.now(),
            environment: EnvironmentId::new(nowhere.clone())?,
            environment_name: "no environment (a test)".to_owned(),
            procedure: Procedure::RestartSystemVms,
            subject: Subject::Run(RunId::new(nowhere)?),
            by: by.name.clone(),
            says: format!("This is a test message that {} has asked for. Nothing has happened.", by.name),
        })
    }

    /// What can be sent over, with what may be shown of it.
    async fn checked(&self, channel: Channel) -> Result<Channel> {
        match channel {
            Channel::Mail { to } => {
                check_mail_address(&to).map_err(|why| invalid("to", format!("{to:?} is no mail address: {why}")))?;
                Ok(Channel::Mail { to })
            }
            Channel::Post { address, format, .. } => {
                if let Format::Signed { key } = &format {
                    self.secret("key", key).await?;
                }
                let shown = self.webhook(&address).await?.to_string();
                Ok(Channel::Post { address, shown, format })
            }
        }
    }

    async fn tell_target(
        &self,
        tx: &mut Transaction<'static, Any>,
        by: &Person,
        what: &'static str,
        target: &NotificationTarget,
    ) -> Result<()> {
        let occasions = target.occasions.iter().map(|occasion| occasion.word()).collect::<Vec<_>>().join(", ");
        let detail = format!("{}: {occasions}", target.channel);
        record(tx, self.now(), Deed { who: &by.name, what, subject: target.id.as_str(), detail }).await
    }
}

fn is_shared(target: &NotificationTarget) -> Result<()> {
    match target.of {
        TargetOf::Person(_) => Err(conflict("this is a person's own: only they can change it")),
        TargetOf::Everywhere | TargetOf::Environment(_) => Ok(()),
    }
}

fn new_id() -> Result<TargetId> {
    Ok(TargetId::new(uuid::Uuid::now_v7().to_string())?)
}

fn check_server(server: &MailServer) -> Result<()> {
    let is_host =
        !server.host.is_empty() && server.host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:_".contains(c));
    if !is_host {
        return Err(invalid("host", "the name or address of a mail server is expected"));
    }
    if server.port == 0 {
        return Err(invalid("port", "1 to 65535, as a rule 587, 465 or 25"));
    }
    check_mail_address(&server.from)
        .map_err(|why| invalid("from", format!("{:?} is no mail address: {why}", server.from)))?;
    match (&server.user, &server.password) {
        (user, None) if !user.is_empty() => Err(invalid("password", "the user needs one")),
        (user, Some(_)) if user.is_empty() => Err(invalid("user", "the password needs a user")),
        _ => Ok(()),
    }
}
