//! Promises of comments, questions and mentions, on both databases.

use model::audit::AuditFilter;
use model::comment::{Comment, OpenQuestion, Saying};
use model::people::{Person, Role};
use model::request::{Decision, Request, RequestWait};
use model::view::RequestView;

use crate::Engine;
use crate::executor::testing::open_request;
use crate::testing::{Fresh, on_both};

const NONE: [i64; 0] = [];

struct Office {
    engine: Engine,
    rita: Person,
    paul: Person,
    vera: Person,
    request: Request,
    _fresh: Fresh,
}

impl Office {
    async fn open(fresh: Fresh) -> Self {
        let rita = fresh.person("rita", &[Role::Requester, Role::Operator]).await;
        let paul = fresh.person("paul", &[Role::Approver, Role::Operator]).await;
        let vera = fresh.person("vera", &[Role::Viewer]).await;
        let request = open_request(&fresh.engine, rita.clone()).await;
        Self { engine: fresh.engine.clone(), rita, paul, vera, request, _fresh: fresh }
    }

    async fn say(&self, by: &Person, saying: Saying, text: &str) -> crate::Result<()> {
        self.engine.say(by, &self.request.id, saying, text).await
    }

    async fn refused(&self, by: &Person, saying: Saying, text: &str) -> String {
        self.say(by, saying, text).await.unwrap_err().to_string()
    }

    async fn view(&self) -> RequestView {
        self.engine.request(&self.paul, &self.request.id).await.unwrap()
    }

    async fn questions(&self) -> Vec<OpenQuestion> {
        let question = |wait| match wait {
            RequestWait::Question(question) => Some(question),
            _ => None,
        };
        self.view().await.waits.into_iter().filter_map(question).collect()
    }

    async fn mentions_of(&self, person: &Person) -> Vec<i64> {
        self.engine.mentions(person).await.unwrap().iter().map(|mention| mention.comment.number).collect()
    }

    async fn approve(&self) {
        let (id, digest) = (&self.request.id, &self.request.digest);
        self.engine.decide(&self.paul, id, digest, Decision::Approve, "").await.unwrap();
    }
}

on_both! {
    async fn what_was_said_is_kept_in_order_and_stands_in_the_audit_log(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.say(&office.rita, Saying::Remark, " first\r\nsecond line ").await.unwrap();
        office.say(&office.paul, Saying::Question, "why <b>now</b>?").await.unwrap();
        office.say(&office.rita, Saying::Answer { question: 2 }, "the window").await.unwrap();
        let said: Vec<(i64, String, String)> =
            office.view().await.comments.into_iter().map(|one| (one.number, one.by_name, one.text)).collect();
        let expected = [(1, "rita", "first\nsecond line"), (2, "paul", "why <b>now</b>?"), (3, "rita", "the window")];
        assert_eq!(said, expected.map(|(number, by, text)| (number, by.to_owned(), text.to_owned())));
        let audit = office.engine.audit(&AuditFilter::default()).await.unwrap();
        let detail = |what: &str| audit.iter().find(|entry| entry.what == what).map(|entry| entry.detail.as_str());
        assert_eq!(detail("request.commented"), Some("comment 1: first\nsecond line"));
        assert_eq!(detail("request.question_asked"), Some("comment 2: why <b>now</b>?"));
        assert_eq!(detail("request.question_answered"), Some("comment 3 to question 2: the window"));
    }
}

on_both! {
    async fn a_form_that_is_sent_twice_says_it_once(fresh: Fresh) {
        let office = Office::open(fresh).await;
        for _ in 0..2 {
            office.say(&office.rita, Saying::Remark, "ready").await.unwrap();
        }
        assert_eq!(office.view().await.comments.len(), 1);
        office.say(&office.paul, Saying::Remark, "ready").await.unwrap();
        office.say(&office.rita, Saying::Remark, "ready").await.unwrap();
        assert_eq!(office.view().await.comments.len(), 3, "the same words of another are another comment");
    }
}

on_both! {
    async fn several_who_speak_at_once_each_get_a_number(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let (rita, paul) = (&office.rita, &office.paul);
        let (a, b, c, d) = tokio::join!(
            office.say(rita, Saying::Remark, "a"),
            office.say(paul, Saying::Remark, "b"),
            office.say(rita, Saying::Question, "c"),
            office.say(paul, Saying::Question, "d"),
        );
        for said in [a, b, c, d] {
            said.unwrap();
        }
        let numbers: Vec<i64> = office.view().await.comments.iter().map(|comment| comment.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
    }
}

on_both! {
    async fn an_open_question_says_who_asks_whom_since_when_and_goes_with_the_answer(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.say(&office.paul, Saying::Question, "does that stop the phones?").await.unwrap();
        let asked: Comment = office.view().await.comments.remove(0);
        let questions = office.questions().await;
        assert_eq!(questions, [OpenQuestion { number: 1, by: "paul".into(), since: asked.at, of: ["rita".into()].into() }]);
        let line = office.engine.open_requests(&office.rita).await.unwrap().remove(0);
        assert_eq!(line.questions, questions, "the requester's inbox does not know it");
        office.say(&office.rita, Saying::Answer { question: 1 }, "no").await.unwrap();
        assert_eq!(office.questions().await, []);
        assert!(office.refused(&office.paul, Saying::Settled { question: 1 }, "").await.contains("is closed"));
        office.say(&office.paul, Saying::Question, "and the doors?").await.unwrap();
        office.say(&office.paul, Saying::Settled { question: 3 }, "").await.unwrap();
        assert_eq!(office.questions().await, []);
    }
}

on_both! {
    async fn who_has_a_question_open_may_approve_and_the_start_does_not_wait_for_it(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.say(&office.paul, Saying::Question, "is it late?").await.unwrap();
        office.approve().await;
        let view = office.view().await;
        assert_eq!(view.waits.len(), 2, "{:?}", view.waits);
        office.engine.create_run(&office.paul, &office.request.id, &office.request.digest).await.unwrap();
        assert_eq!(office.view().await.waits, [], "a request that is closed waits for nothing");
        assert!(office.refused(&office.paul, Saying::Question, "and now?").await.contains("is closed"));
        office.say(&office.rita, Saying::Answer { question: 1 }, "it was").await.unwrap();
        office.say(&office.rita, Saying::Remark, "it runs").await.unwrap();
        let run = match office.view().await.request.state {
            model::request::RequestState::Started { run } => run,
            state => panic!("{state:?}"),
        };
        assert_eq!(office.engine.run(&office.vera, &run).await.unwrap().comments.len(), 3);
    }
}

on_both! {
    async fn who_is_named_finds_it_until_they_have_spoken_decided_or_read_it(fresh: Fresh) {
        let office = Office::open(fresh).await;
        let (rita, paul, vera) = (&office.rita, &office.paul, &office.vera);
        office.say(rita, Saying::Remark, "@paul, @vera and @nobody-else: look. @rita").await.unwrap();
        let told = office.view().await.comments.remove(0).told;
        assert_eq!(told.into_iter().collect::<Vec<_>>(), ["paul", "vera"], "who is told");
        for person in [paul, vera] {
            assert_eq!(office.mentions_of(person).await, [1]);
        }
        assert_eq!(office.mentions_of(rita).await, NONE);
        assert!(office.view().await.is_mentioned);
        office.say(paul, Saying::Remark, "I see").await.unwrap();
        assert_eq!(office.mentions_of(paul).await, NONE);
        office.engine.mentions_seen(vera, &office.request.id).await.unwrap();
        assert_eq!(office.mentions_of(vera).await, NONE);
        office.say(rita, Saying::Remark, "@paul again").await.unwrap();
        assert_eq!(office.mentions_of(paul).await, [3]);
        office.approve().await;
        assert_eq!(office.mentions_of(paul).await, NONE);
    }
}

on_both! {
    async fn who_cannot_log_in_is_not_told(fresh: Fresh) {
        let office = Office::open(fresh).await;
        office.engine.set_disabled(None, &office.vera.id, true).await.unwrap();
        office.say(&office.rita, Saying::Remark, "@vera @paul").await.unwrap();
        assert_eq!(office.view().await.comments[0].told, ["paul".to_owned()].into());
    }
}

on_both! {
    async fn who_only_looks_does_not_speak_and_nothing_is_kept_of_what_was_refused(fresh: Fresh) {
        let office = Office::open(fresh).await;
        assert!(office.refused(&office.vera, Saying::Remark, "hello").await.contains("requester, approver, operator"));
        for (text, why) in [(" \n ", "say something"), ("a\u{0}", "only text"), ("a\u{202e}b", "only text")] {
            assert!(office.refused(&office.rita, Saying::Remark, text).await.contains(why), "{text:?}");
        }
        let long = "x".repeat(model::comment::LONGEST + 1);
        assert!(office.refused(&office.rita, Saying::Remark, &long).await.contains("4000"));
        office.say(&office.paul, Saying::Question, "whose?").await.unwrap();
        assert!(office.refused(&office.rita, Saying::Settled { question: 1 }, "").await.contains("only paul"));
        assert!(office.refused(&office.rita, Saying::Answer { question: 9 }, "x").await.contains("9 is no question"));
        assert_eq!(office.view().await.comments.len(), 1);
        assert!(office.engine.request(&office.vera, &office.request.id).await.unwrap().may_comment.is_err());
    }
}
