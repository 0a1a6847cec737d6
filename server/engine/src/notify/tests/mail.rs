//! Mail: over a server that really speaks SMTP, refuses, hangs, and dies after it has taken the text.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{DRYDOCK, Office};
use crate::DeliveryPace;
use crate::notify::receivers::{MailBox, Mood};
use crate::testing::{QUICK, on_both};

on_both! {
    async fn a_mail_says_what_and_where_and_nothing_secret(fresh: Fresh) {
        let (office, mailbox) = (Office::open(fresh).await, MailBox::open().await);
        office.mail_through(&mailbox).await;
        office.wants_all(&office.paul).await;
        let request = office.ask().await;
        let mail = mailbox.until(1).await.remove(0);
        assert_eq!(mail.to, "paul@example.org");
        assert_eq!(mail.header("Subject"), "Approval needed: Restart System VMs on tiny");
        assert_eq!(mail.header("From"), "drydock@example.org");
        assert!(mail.header("Message-ID").ends_with("@drydock.example>"), "{}", mail.data);
        let event = mail.header("Drydock-Event");
        assert!(event.starts_with(&format!("request-{}-", request.id)), "{event}");
        let link = format!("{DRYDOCK}/requests/{}", request.id);
        let whole = mail.data.replace("=\r\n", "");
        assert!(whole.matches(&link).count() >= 2, "in the text and in the HTML: {whole}");
        assert!(!whole.contains("MARK"), "{whole}");
        let said = office.engine.test_own_target(&office.paul).await.unwrap();
        assert!(said.contains("250") && said.contains("taken as 4711"), "{said}");
    }
}

on_both! {
    async fn whatever_keeps_a_mail_from_being_handed_over_it_comes_once(fresh: Fresh) {
        let (office, mailbox) = (Office::closed(fresh).await, MailBox::open().await);
        let pace = DeliveryPace { patience: Duration::from_millis(700), ..QUICK.delivery };
        let engine = office.another("test", pace).await;
        engine.deliver_notifications();
        office.wants_all(&office.paul).await;
        office.ask().await;
        let state = office.until("no server", |state| state.failing.is_some()).await;
        assert!(state.failing.unwrap().why.contains("no mail server is named"));
        mailbox.close().await;
        office.mail_through(&mailbox).await;
        let why = |part: &'static str| move |state: &model::notification::TargetState| {
            state.failing.as_ref().is_some_and(|failing| failing.why.contains(part))
        };
        office.until("a refused connection", why("cannot be reached")).await;
        mailbox.be(Mood::Hangs);
        mailbox.reopen().await;
        office.until("a server that hangs", why("no answer within")).await;
        mailbox.be(Mood::Refuses(451));
        // From here on with all the time it needs.
        engine.shutdown().await;
        office.engine.deliver_notifications();
        office.until("a refusal for now", why("451")).await;
        mailbox.be(Mood::Refuses(550));
        office.until("a refusal", why("refused the recipient: permanent error (550)")).await;
        assert_eq!(mailbox.taken(), []);
        mailbox.be(Mood::Takes);
        office.until("the delivery", |state| state.delivered_count == 1).await;
        assert_eq!(mailbox.taken().len(), 1);
    }
}

on_both! {
    async fn a_mail_that_may_have_been_taken_is_sent_again_under_the_same_id(fresh: Fresh) {
        let (office, mailbox) = (Office::open(fresh).await, MailBox::open().await);
        office.mail_through(&mailbox).await;
        mailbox.be(Mood::Dies);
        office.wants_all(&office.paul).await;
        office.ask().await;
        mailbox.until(2).await;
        let state = office.states().await.remove(0);
        assert!(state.failing.unwrap().why.contains("which it may have taken"));
        mailbox.be(Mood::Takes);
        office.until("the delivery", |state| state.delivered_count == 1).await;
        let ids: BTreeSet<String> = mailbox.taken().iter().map(|mail| mail.header("Message-ID")).collect();
        assert_eq!(ids.len(), 1, "a reader's program cannot tell that it is the same: {ids:?}");
    }
}

on_both! {
    async fn a_wrong_password_is_said_and_not_shown(fresh: Fresh) {
        let (office, mailbox) = (Office::open(fresh).await, MailBox::open().await);
        office.mail_through(&mailbox).await;
        std::fs::write(office.fresh.settings.data_dir.join("mail-password"), "wrong-MARK").unwrap();
        office.wants_all(&office.paul).await;
        let refused = office.engine.test_own_target(&office.paul).await.unwrap_err().to_string();
        assert!(refused.contains("refused the login") && refused.contains("535"), "{refused}");
        assert!(!refused.contains("MARK"), "{refused}");
    }
}
