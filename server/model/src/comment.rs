//! What people say about a request: a thread beside the plan, to which only is added. Pure; page and engine ask the same
//! rules.
//!
//! A question is a comment that waits for an answer, and says so on the request's page. It keeps nobody from agreeing and
//! nothing from starting: see [`RequestWait::bars_start`](crate::request::RequestWait::bars_start).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::PersonId;
use crate::time::Timestamp;

/// How many characters a comment may have.
pub const LONGEST: usize = 4000;

/// Something that somebody has said about a request. It is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Counts up from 1 within the request.
    pub number: i64,
    /// Who.
    pub by: PersonId,
    /// Login name.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
    /// What it is for.
    #[serde(flatten)]
    pub saying: Saying,
    /// In their own words: plain text, with line breaks. Empty only where a question is closed without any.
    pub text: String,
    /// Login names of those who are named in it and were told.
    pub told: BTreeSet<String>,
}

/// What a comment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Saying {
    /// It only says something.
    Remark,
    /// It waits for an answer.
    Question,
    /// It answers a question.
    Answer {
        /// Number of the question.
        question: i64,
    },
    /// Who has asked is content with what was said.
    Settled {
        /// Number of the question.
        question: i64,
    },
}

/// Something that cannot be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsayable {
    /// There is nothing in it.
    #[error("say something")]
    Empty,
    /// It is too long.
    #[error("at most {LONGEST} characters are allowed; these are {0}")]
    TooLong(usize),
    /// It holds something that is no text.
    #[error("only text and line breaks are allowed")]
    NoText,
    /// Nothing waits for an answer.
    #[error("this request is closed, so nothing waits for an answer: write a comment instead")]
    Closed,
    /// It is no question.
    #[error("comment {0} is no question")]
    NoQuestion(i64),
    /// It has been answered.
    #[error("question {0} is closed: write a comment, or ask again")]
    Answered(i64),
    /// It is somebody else's.
    #[error("only {0} can say that this answers the question")]
    NotYours(String),
}

/// A comment as it is kept: line breaks are one character each, and nothing stands before or after it.
///
/// # Errors
/// When there is nothing in it, or too much, or what is no text.
pub fn clean(text: &str) -> Result<String, Unsayable> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    let text = text.trim();
    if text.is_empty() {
        return Err(Unsayable::Empty);
    }
    let length = text.chars().count();
    if length > LONGEST {
        return Err(Unsayable::TooLong(length));
    }
    if text.chars().any(|c| (c.is_control() && c != '\n') || turns_around(c)) {
        return Err(Unsayable::NoText);
    }
    Ok(text.to_owned())
}

/// What makes other text read backwards: a quoted command would look like another one.
const fn turns_around(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A part of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it stands.
    Text(&'a str),
    /// `@` and the login name of somebody there is.
    Mention(&'a str),
}

/// A comment, and where in it somebody of these names is mentioned: `@name`, at the beginning of a word. An address of mail
/// mentions nobody, and a full stop behind a name does not belong to it.
#[must_use]
pub fn pieces<'a>(text: &'a str, is_name: impl Fn(&str) -> bool) -> Vec<Piece<'a>> {
    let mut found = Vec::new();
    let (mut from, mut before) = (0, None);
    for (at, c) in text.char_indices() {
        let begins_a_word = !before.is_some_and(is_name_char);
        before = Some(c);
        if c != '@' || at < from || !begins_a_word {
            continue;
        }
        let Some(name) = name_at(&text[at + 1..], &is_name) else { continue };
        if from < at {
            found.push(Piece::Text(&text[from..at]));
        }
        from = at + 1 + name.len();
        found.push(Piece::Mention(&text[at..from]));
    }
    if from < text.len() {
        found.push(Piece::Text(&text[from..]));
    }
    found
}

/// The longest name that the text begins with: what may end a sentence may also end a name.
fn name_at(text: &str, is_name: impl Fn(&str) -> bool) -> Option<&str> {
    let end = text.find(|c| !is_name_char(c)).unwrap_or(text.len());
    let mut word = &text[..end];
    while !word.is_empty() && !is_name(word) {
        word = word.strip_suffix(['.', '-', '_', '@'])?;
    }
    (!word.is_empty()).then_some(word)
}

/// What login names are made of.
const fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@')
}

/// The names that a comment mentions.
#[must_use]
pub fn mentioned(text: &str, is_name: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let name = |piece| match piece {
        Piece::Mention(mention) => Some(mention[1..].to_owned()),
        Piece::Text(_) => None,
    };
    pieces(text, is_name).into_iter().filter_map(name).collect()
}

/// A question that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenQuestion {
    /// Number of the comment.
    pub number: i64,
    /// Login name of who asks.
    pub by: String,
    /// Since when it waits.
    pub since: Timestamp,
    /// Login names of those whose answer is waited for: who asked for the request, and who is named in the question.
    pub of: BTreeSet<String>,
}

/// A thread, and whose request it is about.
#[derive(Debug, Clone, Copy)]
pub struct Thread<'a> {
    /// Oldest first.
    pub comments: &'a [Comment],
    /// Who asks for the plan to be run.
    pub requester: &'a PersonId,
    /// Login name.
    pub requester_name: &'a str,
}

impl Thread<'_> {
    /// Questions that wait, oldest first. An answer of the requester closes one, unless it is the requester's own; whoever
    /// has asked can close it at any time. What others answer helps, and leaves it open.
    #[must_use]
    pub fn open_questions(&self) -> Vec<OpenQuestion> {
        let is_open = |comment: &&Comment| comment.saying == Saying::Question && !self.is_closed(comment);
        let open = |question: &Comment| OpenQuestion {
            number: question.number,
            by: question.by_name.clone(),
            since: question.at,
            of: question
                .told
                .iter()
                .map(String::as_str)
                .chain([self.requester_name])
                .filter(|name| *name != question.by_name)
                .map(str::to_owned)
                .collect(),
        };
        self.comments.iter().filter(is_open).map(open).collect()
    }

    fn is_closed(&self, question: &Comment) -> bool {
        self.comments.iter().any(|later| match later.saying {
            Saying::Answer { question: of } => {
                of == question.number && later.by == *self.requester && question.by != *self.requester
            }
            Saying::Settled { question: of } => of == question.number && later.by == question.by,
            Saying::Remark | Saying::Question => false,
        })
    }

    /// Whether this person can say that now; roles are looked at elsewhere.
    ///
    /// # Errors
    /// Why not.
    pub fn may_say(&self, by: &PersonId, saying: Saying, is_open: bool) -> Result<(), Unsayable> {
        let number = match saying {
            Saying::Remark => return Ok(()),
            Saying::Question => return if is_open { Ok(()) } else { Err(Unsayable::Closed) },
            Saying::Answer { question } | Saying::Settled { question } => question,
        };
        let is_it = |comment: &&Comment| comment.number == number && comment.saying == Saying::Question;
        let question = self.comments.iter().find(is_it).ok_or(Unsayable::NoQuestion(number))?;
        if self.is_closed(question) {
            return Err(Unsayable::Answered(number));
        }
        if matches!(saying, Saying::Settled { .. }) && question.by != *by {
            return Err(Unsayable::NotYours(question.by_name.clone()));
        }
        Ok(())
    }
}

/// Something in which somebody is named, and which they have not dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// In which request.
    pub request: crate::id::RequestId,
    /// What it asks for.
    pub procedure: crate::procedure::Procedure,
    /// Name of the environment.
    pub environment_name: String,
    /// What was said.
    pub comment: Comment,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn person(name: &str) -> PersonId {
        let digits = name.bytes().fold(0_u32, |sum, byte| sum * 31 + u32::from(byte));
        PersonId::new(format!("2e7293a0-d168-46f3-bc29-0000{digits:08x}")).unwrap()
    }

    fn said(number: i64, by: &str, saying: Saying, told: &[&str]) -> Comment {
        let told = told.iter().map(|name| (*name).to_owned()).collect();
        Comment { number, by: person(by), by_name: by.into(), at: Timestamp(number), saying, text: "x".into(), told }
    }

    fn thread<T>(comments: &[Comment], read: impl FnOnce(Thread<'_>) -> T) -> T {
        read(Thread { comments, requester: &person("rita"), requester_name: "rita" })
    }

    fn open(comments: &[Comment]) -> Vec<i64> {
        thread(comments, |thread| thread.open_questions().iter().map(|question| question.number).collect())
    }

    const NONE: [i64; 0] = [];

    const fn answer(question: i64) -> Saying {
        Saying::Answer { question }
    }

    const fn settled(question: i64) -> Saying {
        Saying::Settled { question }
    }

    #[test]
    fn a_question_waits_until_the_requester_answers_or_who_asked_is_content() {
        let asked = said(1, "paul", Saying::Question, &[]);
        assert_eq!(open(std::slice::from_ref(&asked)), [1]);
        assert_eq!(open(&[asked.clone(), said(2, "rita", Saying::Remark, &[])]), [1], "a remark answers nothing");
        assert_eq!(open(&[asked.clone(), said(2, "olaf", answer(1), &[])]), [1], "only who must answer closes it");
        assert_eq!(open(&[asked.clone(), said(2, "rita", answer(1), &[])]), NONE);
        assert_eq!(open(&[asked.clone(), said(2, "paul", settled(1), &[])]), NONE);
        assert_eq!(open(&[asked.clone(), said(2, "olaf", settled(1), &[])]), [1], "it is not theirs to close");
        let again = said(3, "paul", Saying::Question, &[]);
        assert_eq!(open(&[asked, said(2, "rita", answer(1), &[]), again]), [3]);
    }

    #[test]
    fn the_requesters_own_question_is_closed_by_the_requester_alone() {
        let asked = said(1, "rita", Saying::Question, &["paul"]);
        assert_eq!(open(&[asked.clone(), said(2, "paul", answer(1), &[])]), [1]);
        assert_eq!(open(&[asked.clone(), said(2, "rita", answer(1), &[])]), [1], "more words are no answer");
        assert_eq!(open(&[asked, said(2, "rita", settled(1), &[])]), NONE);
    }

    #[test]
    fn a_question_says_whose_answer_it_waits_for() {
        let of = |comment: Comment| {
            let all = thread(&[comment], |thread| thread.open_questions().remove(0).of);
            all.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(said(1, "paul", Saying::Question, &[])), "rita");
        assert_eq!(of(said(1, "paul", Saying::Question, &["olaf", "paul"])), "olaf rita");
        assert_eq!(of(said(1, "rita", Saying::Question, &["olaf"])), "olaf");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_reason() {
        let asked = said(1, "paul", Saying::Question, &[]);
        let closed = said(2, "rita", answer(1), &[]);
        let may = |by: &str, saying, is_open, all: &[Comment]| {
            thread(all, |thread| thread.may_say(&person(by), saying, is_open)).map_err(|error| error.to_string())
        };
        let open = std::slice::from_ref(&asked);
        assert!(may("rita", Saying::Question, true, &[]).is_ok());
        assert!(may("rita", Saying::Question, false, &[]).unwrap_err().contains("closed"));
        assert!(may("rita", Saying::Remark, false, &[]).is_ok());
        assert!(may("olaf", answer(1), true, open).is_ok());
        assert!(may("olaf", answer(1), false, open).is_ok(), "an answer may come after the start");
        assert!(may("olaf", answer(7), true, open).unwrap_err().contains("7 is no question"));
        assert!(may("olaf", settled(1), true, open).unwrap_err().contains("only paul"));
        let both = [asked, closed];
        assert!(may("paul", settled(1), true, &both).unwrap_err().contains("is closed"));
        assert!(may("paul", answer(2), true, &both).unwrap_err().contains("no question"));
    }

    #[test]
    fn people_are_mentioned_by_their_names_and_addresses_mention_nobody() {
        let names = ["paul", "p.anna", "paul@example.org", "x-1"];
        let found = |text: &str| {
            let all = mentioned(text, |name| names.contains(&name));
            all.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("@paul, is that right?"), "paul");
        assert_eq!(found("ask @paul. Or (@p.anna)!"), "p.anna paul");
        assert_eq!(found("@paul@example.org."), "paul@example.org");
        assert_eq!(found("@paul@elsewhere.org"), "", "nobody is called that");
        assert_eq!(found("mail to me@paul"), "");
        assert_eq!(found("@pauline @ @@ @Paul"), "");
        assert_eq!(found("@x-1\n@x-1-"), "x-1");
        assert_eq!(found("ö@paul ü"), "paul", "no login name holds such a letter");
    }

    #[test]
    fn text_is_kept_as_it_was_written_and_what_is_no_text_is_refused() {
        assert_eq!(clean("  a\r\n b\rc\td \n").unwrap(), "a\n b\nc d");
        assert_eq!(clean(" \n\t "), Err(Unsayable::Empty));
        assert_eq!(clean(&"ä".repeat(LONGEST)).unwrap().chars().count(), LONGEST);
        assert_eq!(clean(&"ä".repeat(LONGEST + 1)), Err(Unsayable::TooLong(LONGEST + 1)));
        for bad in ["a\u{0}b", "a\u{1b}[2J", "rm \u{202e}fr", "\u{2066}x"] {
            assert_eq!(clean(bad), Err(Unsayable::NoText), "{bad:?}");
        }
        assert!(clean("<script>alert(1)</script> & \"quotes\" 日本").is_ok(), "it is shown as text");
    }

    proptest! {
        #[test]
        fn the_pieces_of_a_comment_are_the_comment(text in "[@a-c. \u{e4}\n-]{0,40}") {
            let names = ["a", "ab", "a.b", "c-"];
            let all = pieces(&text, |name| names.contains(&name));
            let whole: String = all.iter().map(|piece| match piece { Piece::Text(text) | Piece::Mention(text) => *text }).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
