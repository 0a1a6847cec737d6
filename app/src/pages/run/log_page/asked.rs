//! What the address of the whole log asks for, and the addresses that its links lead to.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::printed::{LogAsked, LogPlace};

use crate::pages::params::{Problem, taken};

/// The words of the query.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub after: Memo<String>,
    pub before: Memo<String>,
    pub at: Memo<String>,
    pub go: Memo<String>,
    pub error: Memo<String>,
    pub step: Memo<String>,
    pub host: Memo<String>,
    pub find: Memo<String>,
    pub wrap: Memo<String>,
}

/// Whether long lines go on below.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wrap {
    #[default]
    Yes,
    No,
}

/// What the address asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub log: LogAsked,
    pub wrap: Wrap,
    /// As they were typed, for the fields.
    pub go: String,
    pub find: String,
    /// What of it cannot be read.
    pub problems: Vec<Problem>,
}

impl Words {
    pub fn read(self) -> Asked {
        let (go, find) = (self.go.get(), self.find.get());
        let mut problems = Vec::new();
        let number = |word: Memo<String>| word.get().parse::<i64>().ok();
        let place = number(self.at).map(LogPlace::At);
        let place = place.or_else(|| number(self.after).map(LogPlace::After));
        let place = place.or_else(|| match self.before.get().as_str() {
            "end" => Some(LogPlace::End),
            number => number.parse().ok().map(LogPlace::Before),
        });
        let place = place.or_else(|| self.error.get().parse().ok().map(LogPlace::Error));
        let wrong = "is neither a time such as 02:14 or 2026-01-31 02:14:05 nor a part such as 50%";
        let go_to = taken(go.trim(), |word| word.parse().ok(), "go", wrong, &mut problems);
        let sought = match find.trim() {
            "" => None,
            typed => typed.parse().map_err(|why| problems.push(("find", format!("{why}")))).ok(),
        };
        Asked {
            log: LogAsked {
                place: place.or(go_to).unwrap_or_default(),
                step: self.step.get().parse().ok(),
                host: self.host.get().parse().ok(),
                find: sought,
            },
            wrap: if self.wrap.get() == "no" { Wrap::No } else { Wrap::Yes },
            go,
            find,
            problems,
        }
    }
}

impl Asked {
    /// The same with another place.
    fn to(&self, name: &'static str, place: &str, with_find: bool) -> String {
        let mut query = ParamsMap::new();
        query.insert(name, place.to_owned());
        if let Some(step) = &self.log.step {
            query.insert("step", step.to_string());
        }
        if let Some(host) = &self.log.host {
            query.insert("host", host.to_string());
        }
        if let Some(find) = self.log.find.as_ref().filter(|_| with_find) {
            query.insert("find", find.typed().to_owned());
        }
        if self.wrap == Wrap::No {
            query.insert("wrap", "no".to_owned());
        }
        query.to_query_string()
    }

    pub fn beginning(&self) -> String {
        self.to("after", "0", false)
    }

    pub fn end(&self) -> String {
        self.to("before", "end", false)
    }

    pub fn after(&self, seq: i64) -> String {
        self.to("after", &seq.to_string(), false)
    }

    pub fn before(&self, seq: i64) -> String {
        self.to("before", &seq.to_string(), false)
    }

    pub fn part(&self, part: u8) -> String {
        self.to("go", &format!("{part}%"), false)
    }

    pub fn error(&self, number: u32) -> String {
        format!("{}#found", self.to("error", &number.to_string(), false))
    }

    /// A place where what is looked for stands.
    pub fn at(&self, seq: i64) -> String {
        format!("{}#found", self.to("at", &seq.to_string(), true))
    }

    /// `None` when that was looked through already.
    pub fn find_from_beginning(&self) -> Option<String> {
        (self.log.place != LogPlace::Beginning).then(|| self.to("after", "0", true))
    }

    /// Without the step.
    pub fn of_all_steps(&self) -> String {
        let log = LogAsked { step: None, ..self.log.clone() };
        Self { log, ..self.clone() }.beginning()
    }

    /// What is wrong with a field.
    pub fn problem(&self, field: &str) -> Option<String> {
        self.problems.iter().find(|(name, _)| *name == field).map(|(_, problem)| problem.clone())
    }
}
