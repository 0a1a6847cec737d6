//! Who is told: those whom it concerns, each once, and nobody who has gone.

use model::comment::Saying;
use model::environment::Environment;
use model::id::{GroupName, PolicyId};
use model::notification::Occasion;
use model::people::{Person, Role};
use model::policy::{Asked, Need, Policy, Scope, Standing, Starter, Voters};
use model::request::RequestWait;
use model::time::Timestamp;

use super::{DRYDOCK, Office, only};
use crate::new_policy_id;
use crate::notify::receivers::{Hook, MailBox, Mailed};
use crate::notify::settings_changed;
use crate::store::environments;
use crate::testing::on_both;

fn told(mails: &[Mailed], subject: &str) -> Vec<String> {
    let of = mails.iter().filter(|mail| mail.header("Subject").starts_with(subject));
    let mut to: Vec<String> = of.map(|mail| mail.to.replace("@example.org", "")).collect();
    to.sort();
    to
}

fn policy(needs: Vec<Need>) -> Policy {
    Policy {
        id: PolicyId::new(new_policy_id()).unwrap(),
        name: "house rule".into(),
        version: 0,
        scope: Scope::default(),
        needs,
        starter: Starter::default(),
        denials: 1,
        approval_lasts: None,
        reason: Asked::default(),
        ticket: Asked::default(),
        calendar: None,
        glass: None,
        gates: vec![],
    }
}

on_both! {
    async fn those_are_told_who_can_still_agree_and_whoever_comes_to_it_later(fresh: Fresh) {
        let (office, mailbox) = (Office::open(fresh).await, MailBox::open().await);
        office.mail_through(&mailbox).await;
        let (engine, ada) = (&office.engine, &office.ada);
        let vera = office.fresh.person("vera", &[Role::Viewer]).await;
        let anna = office.fresh.person("anna", &[Role::Approver]).await;
        for person in [&office.rita, &office.paul, &vera, &anna] {
            office.wants_all(person).await;
        }
        let storage = GroupName::new("storage").unwrap();
        engine.save_group(ada, storage.clone(), only(&office.paul)).await.unwrap();
        engine.save_policy(ada, policy(vec![Need { from: Voters::Group(storage.clone()), count: 1 }])).await.unwrap();
        let request = office.ask().await;
        mailbox.until(1).await;
        assert_eq!(told(&mailbox.taken(), "Approval needed"), ["paul"], "only the group is asked");
        engine.save_group(ada, storage, [office.paul.id.clone(), anna.id.clone()].into()).await.unwrap();
        mailbox.until(2).await;
        assert_eq!(told(&mailbox.taken(), "Approval needed"), ["anna", "paul"]);
        // An hour later everybody who can end the wait is reminded, and whoever asked; once.
        for hours in [1, 2, 3] {
            engine.tell_of_long_waits(Timestamp(request.at.0 + hours * 3_600_000 + 1)).await.unwrap();
        }
        engine.0.post.wake();
        mailbox.until(5).await;
        assert_eq!(told(&mailbox.taken(), "Waiting for people"), ["anna", "paul", "rita"]);
        engine.shutdown().await;
        assert_eq!(mailbox.taken().len(), 5, "{:#?}", mailbox.taken());
    }
}

on_both! {
    async fn that_nobody_is_left_to_approve_is_told_each_time_it_comes_to_that(fresh: Fresh) {
        let (office, mailbox) = (Office::open(fresh).await, MailBox::open().await);
        office.mail_through(&mailbox).await;
        let engine = &office.engine;
        // An admin may approve, too: for this story it is up to the group.
        let storage = GroupName::new("storage").unwrap();
        engine.save_group(&office.ada, storage.clone(), only(&office.paul)).await.unwrap();
        engine.save_policy(&office.ada, policy(vec![Need { from: Voters::Group(storage), count: 1 }])).await.unwrap();
        office.ask().await;
        for person in [&office.rita, &office.paul, &office.ada] {
            office.wants_all(person).await;
        }
        engine.set_roles(None, &office.paul.id, [Role::Viewer].into()).await.unwrap();
        mailbox.until(2).await;
        assert_eq!(told(&mailbox.taken(), "Nobody is left to approve"), ["ada", "rita"]);
        // Another change of a rule is no news.
        engine.set_roles(None, &office.rita.id, [Role::Requester].into()).await.unwrap();
        engine.set_roles(None, &office.paul.id, [Role::Approver].into()).await.unwrap();
        mailbox.until(3).await;
        assert_eq!(told(&mailbox.taken(), "Approval needed"), ["paul"]);
        engine.set_disabled(None, &office.paul.id, true).await.unwrap();
        mailbox.until(5).await;
        engine.shutdown().await;
        assert_eq!(told(&mailbox.taken(), "Nobody is left to approve"), ["ada", "ada", "rita", "rita"]);
        assert_eq!(mailbox.taken().len(), 5);
    }
}

on_both! {
    async fn a_label_that_takes_away_the_last_who_could_agree_is_told_and_shown_until_it_is_back(fresh: Fresh) {
        let (office, mailbox) = (Office::open(fresh).await, MailBox::open().await);
        office.mail_through(&mailbox).await;
        let engine = &office.engine;
        let storage = GroupName::new("storage").unwrap();
        engine.save_group(&office.ada, storage.clone(), only(&office.paul)).await.unwrap();
        engine.save_policy(&office.ada, policy(vec![Need { from: Voters::Group(storage), count: 1 }])).await.unwrap();
        let request = office.ask().await;
        office.wants_all(&office.rita).await;
        let (without, mut with) = (request.settings.clone(), request.settings.clone());
        with.labels = ["berlin".to_owned()].into();
        let labelled = async |to: &Environment| {
            let mut tx = engine.store().write().await.unwrap();
            let rules = engine.hold_rules(&mut tx).await.unwrap();
            let before = environments::get(&mut tx, &to.id).await.unwrap().unwrap();
            assert!(environments::update(&mut tx, to).await.unwrap());
            settings_changed(&mut tx, &rules, (&before, to), engine.now()).await.unwrap();
            tx.commit().await.unwrap();
            engine.0.post.wake();
        };
        labelled(&with).await;
        engine.set_roles(None, &office.paul.id, "approver@berlin".parse().unwrap()).await.unwrap();
        let standing = async || engine.request_line(&request.id).await.unwrap().unwrap().standing;
        assert!(!matches!(standing().await, Standing::Impossible { .. }), "{:?}", standing().await);
        // A host key that is accepted, for example, takes nobody away.
        labelled(&with).await;
        labelled(&without).await;
        mailbox.until(1).await;
        assert!(matches!(standing().await, Standing::Impossible { .. }));
        let view = engine.request(&office.ada, &request.id).await.unwrap();
        assert!(view.waits.iter().any(|wait| matches!(wait, RequestWait::Nobody { .. } | RequestWait::Replan(_))), "{:?}", view.waits);
        engine.set_roles(None, &office.paul.id, [Role::Approver].into()).await.unwrap();
        assert!(!matches!(standing().await, Standing::Impossible { .. }), "it stays on the page though somebody is back");
        engine.shutdown().await;
        assert_eq!(told(&mailbox.taken(), "Nobody is left to approve"), ["rita"]);
    }
}

on_both! {
    async fn who_does_not_see_the_environment_is_told_nothing_of_it(fresh: Fresh) {
        let (office, mailbox) = (Office::open(fresh).await, MailBox::open().await);
        office.mail_through(&mailbox).await;
        let engine = &office.engine;
        let storage = GroupName::new("storage").unwrap();
        engine.save_group(&office.ada, storage.clone(), only(&office.paul)).await.unwrap();
        engine.save_policy(&office.ada, policy(vec![Need { from: Voters::Group(storage), count: 1 }])).await.unwrap();
        office.ask().await;
        for person in [&office.rita, &office.paul, &office.ada] {
            office.wants_all(person).await;
        }
        // Rita has asked for it, and sees only other environments by now.
        engine.set_roles(None, &office.rita.id, "requester@elsewhere".parse().unwrap()).await.unwrap();
        mailbox.until(1).await;
        engine.set_roles(None, &office.paul.id, "approver@elsewhere".parse().unwrap()).await.unwrap();
        mailbox.until(2).await;
        engine.shutdown().await;
        assert_eq!(told(&mailbox.taken(), "Approval needed"), ["paul"], "as long as paul was asked");
        assert_eq!(told(&mailbox.taken(), "Nobody is left to approve"), ["ada"]);
        assert_eq!(mailbox.taken().len(), 2, "{:#?}", mailbox.taken());
    }
}

on_both! {
    async fn who_is_gone_or_was_removed_is_not_told_any_more(fresh: Fresh) {
        let (office, mailbox, hook) = (Office::closed(fresh).await, MailBox::open().await, Hook::open().await);
        office.mail_through(&mailbox).await;
        office.wants_all(&office.paul).await;
        let target = office.hook(&hook).await;
        office.ask().await;
        office.engine.set_disabled(None, &office.paul.id, true).await.unwrap();
        office.engine.remove_target(&office.ada, &target).await.unwrap();
        office.engine.deliver_notifications();
        let state = office.until("giving up", |state| state.given_up == 1).await;
        assert_eq!(state.given_up_last.unwrap().why, "this person cannot log in any more");
        office.ask().await;
        office.engine.shutdown().await;
        assert_eq!((mailbox.taken().len(), hook.taken().len()), (0, 0));
    }
}

on_both! {
    async fn what_was_recorded_before_somebody_lost_sight_of_the_environment_is_not_sent_any_more(fresh: Fresh) {
        let (office, mailbox) = (Office::closed(fresh).await, MailBox::open().await);
        office.mail_through(&mailbox).await;
        office.wants_all(&office.paul).await;
        office.ask().await;
        let paul = &office.paul.id;
        office.engine.set_roles(None, paul, "approver@elsewhere".parse().unwrap()).await.unwrap();
        office.engine.deliver_notifications();
        let state = office.until("giving up", |state| state.given_up == 1).await;
        assert_eq!(state.given_up_last.unwrap().why, "this person does not see that environment any more");
        assert_eq!(office.audit("notification.given_up").await, 1);
        // What comes later, when they see it again, is told.
        office.engine.set_roles(None, paul, [Role::Approver].into()).await.unwrap();
        office.ask().await;
        mailbox.until(1).await;
        office.engine.shutdown().await;
        assert_eq!(mailbox.taken().len(), 1);
    }
}

on_both! {
    async fn what_cannot_be_delivered_for_days_is_given_up_and_stands_in_the_audit_log(fresh: Fresh) {
        let (office, hook) = (Office::closed(fresh).await, Hook::open().await);
        office.hook(&hook).await;
        hook.close().await;
        office.ask().await;
        let pace = crate::DeliveryPace { give_up: std::time::Duration::ZERO, ..crate::testing::QUICK.delivery };
        let engine = office.another("test", pace).await;
        engine.deliver_notifications();
        let state = office.until("giving up", |state| state.given_up == 1).await;
        assert!(state.given_up_last.unwrap().why.contains("cannot be reached"));
        assert_eq!(office.audit("notification.given_up").await, 1);
        hook.reopen().await;
        engine.shutdown().await;
        assert_eq!(hook.taken(), []);
    }
}

on_both! {
    async fn what_cannot_be_meant_is_refused_by_its_field(fresh: Fresh) {
        let office = Office::closed(fresh).await;
        for wrong in ["paul", "paul@", "paul@example.org, eve@example.org", "p@x\r\nBcc: e@x"] {
            let refused = office.engine.set_own_target(&office.paul, wrong, [].into()).await.unwrap_err();
            assert!(refused.to_string().contains("is no mail address"), "{refused}");
        }
        office.wants_all(&office.paul).await;
        let own = office.engine.account(&office.paul).await.unwrap().own.unwrap().target.id;
        assert!(office.engine.remove_target(&office.ada, &own).await.is_err(), "an admin has removed a person's own");
        office.engine.set_own_target(&office.paul, "", [].into()).await.unwrap();
        assert_eq!(office.engine.account(&office.paul).await.unwrap().own, None);
    }
}

on_both! {
    async fn who_is_named_or_asked_is_told_once_and_never_what_was_said(fresh: Fresh) {
        let (office, mailbox, hook) = (Office::open(fresh).await, MailBox::open().await, Hook::open().await);
        office.mail_through(&mailbox).await;
        office.hook(&hook).await;
        let (engine, anna) = (&office.engine, office.fresh.person("anna", &[Role::Approver]).await);
        let request = office.ask().await;
        for person in [&office.rita, &office.paul, &anna] {
            office.wants_all(person).await;
        }
        engine.set_own_target(&anna, "anna@example.org", [Occasion::Failed].into()).await.unwrap();
        let say = async |by: &Person, saying, text: &str| engine.say(by, &request.id, saying, text).await.unwrap();
        say(&office.rita, Saying::Remark, "@paul @anna @rita pass-MARK").await;
        mailbox.until(1).await;
        assert_eq!(told(&mailbox.taken(), "Named in a comment"), ["paul"], "anna does not want it, rita wrote it");
        say(&office.paul, Saying::Question, "pass-MARK?").await;
        mailbox.until(2).await;
        assert_eq!(told(&mailbox.taken(), "Question about a request"), ["rita"]);
        say(&office.rita, Saying::Answer { question: 2 }, "@paul: pass-MARK").await;
        mailbox.until(3).await;
        assert_eq!(told(&mailbox.taken(), "Named in a comment"), ["paul", "paul"], "who is named is told once");
        say(&office.paul, Saying::Question, "sure?").await;
        say(&office.rita, Saying::Answer { question: 4 }, "yes").await;
        mailbox.until(5).await;
        assert_eq!(told(&mailbox.taken(), "Question about a request"), ["paul", "rita", "rita"]);
        engine.shutdown().await;
        assert_eq!(mailbox.taken().len(), 5, "{:#?}", mailbox.taken());
        let page = format!("{DRYDOCK}/requests/{}", request.id);
        for mail in mailbox.taken() {
            assert!(mail.data.replace("=\r\n", "").contains(&page), "no deep link: {}", mail.data);
            assert!(!mail.data.contains("MARK"), "{}", mail.data);
        }
        assert!(hook.taken().iter().all(|posted| !posted.body.contains("MARK")), "the hook was told what was said");
    }
}
