//! What is asked for stands in the address, so that it can be sent to somebody. Days are days of UTC.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::environment::Platform;
use model::id::RunId;
use model::procedure::Procedure;
use model::search::Query;
use model::time::Timestamp;
use model::view::{Ending, HistoryChoices, HistoryFilter};

use crate::components::{query_choice, query_input, query_select};
use crate::pages::params::{Problem, taken};

const DAY: i64 = 24 * 3600;

/// What an address asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    pub filter: HistoryFilter,
    /// What is looked for in output, as it was typed; empty: nothing.
    pub find: String,
    /// From which place on it is looked for.
    pub from_place: Option<i64>,
    /// What of the address cannot be read: which field, and what is wrong. The rest of it counts.
    pub problems: Vec<Problem>,
}

/// Reads an address.
pub fn read(query: &ParamsMap) -> Asked {
    let word = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
    let mut problems = Vec::new();
    let environment =
        taken(&word("environment"), |word| word.parse().ok(), "environment", "is no environment", &mut problems);
    let known = |word: &str| Platform::ALL.into_iter().find(|one| one.word() == word);
    let platform = taken(&word("platform"), known, "platform", "is no platform", &mut problems);
    let known = |word: &str| Procedure::ALL.into_iter().find(|one| one.word() == word);
    let procedure = taken(&word("procedure"), known, "procedure", "is no procedure", &mut problems);
    let outcome =
        taken(&word("outcome"), |word| word.parse::<Ending>().ok(), "outcome", "is no outcome", &mut problems);
    let day = "is no day: write one as 2026-01-31";
    let from = taken(&word("from"), Timestamp::of_day, "from", day, &mut problems);
    // The day itself is meant, too.
    let until = taken(&word("until"), Timestamp::of_day, "until", day, &mut problems).map(|day| day.plus_seconds(DAY));
    let before =
        taken(&word("before"), |word| word.parse::<RunId>().ok(), "before", "is no place in the list", &mut problems);
    let from_place =
        taken(&word("place"), |word| word.parse().ok(), "place", "is no place in what was found", &mut problems);
    let find = word("find");
    if let Some(problem) = Some(&find).filter(|find| !find.is_empty()).and_then(|find| find.parse::<Query>().err()) {
        problems.push(("find", problem.to_string()));
    }
    let filter = HistoryFilter {
        environment,
        platform,
        procedure,
        outcome,
        by: word("by"),
        text: word("text"),
        from,
        until,
        before,
    };
    if from.zip(until).is_some_and(|(from, until)| from >= until) {
        problems.push(("until", "is before the first day, so nothing fits".to_owned()));
    }
    Asked { filter, find, from_place, problems }
}

impl Asked {
    /// What to look for, if it can be.
    pub fn query(&self) -> Option<Query> {
        self.find.parse().ok()
    }

    fn problem(&self, field: &str) -> Option<String> {
        self.problems.iter().find(|(about, _)| *about == field).map(|(_, problem)| problem.clone())
    }

    /// The address that asks for it.
    pub fn address(&self) -> String {
        let mut query = ParamsMap::new();
        let mut put = |name: &'static str, value: String| {
            if !value.is_empty() {
                query.insert(name, value);
            }
        };
        let filter = &self.filter;
        put("environment", filter.environment.as_ref().map(ToString::to_string).unwrap_or_default());
        put("platform", filter.platform.map(|one| one.word().to_owned()).unwrap_or_default());
        put("procedure", filter.procedure.map(|one| one.word().to_owned()).unwrap_or_default());
        put("outcome", filter.outcome.map(|one| one.word().to_owned()).unwrap_or_default());
        put("by", filter.by.clone());
        put("text", filter.text.clone());
        put("from", first_day(filter));
        put("until", last_day(filter));
        put("find", self.find.clone());
        put("before", filter.before.as_ref().map(ToString::to_string).unwrap_or_default());
        put("place", self.from_place.map(|place| place.to_string()).unwrap_or_default());
        format!("/history{}", query.to_query_string())
    }
}

fn first_day(filter: &HistoryFilter) -> String {
    filter.from.map(Timestamp::day).unwrap_or_default()
}

fn last_day(filter: &HistoryFilter) -> String {
    filter.until.map(|end| end.plus_seconds(-DAY).day()).unwrap_or_default()
}

/// The form; without WASM the browser sends it by itself.
pub fn form(asked: &Asked, choices: &HistoryChoices) -> AnyView {
    let filter = &asked.filter;
    let environments = choices
        .environments
        .iter()
        .map(|(id, name)| query_choice(id.to_string(), name.clone(), filter.environment.as_ref() == Some(id)));
    let platforms = Platform::ALL
        .into_iter()
        .map(|one| query_choice(one.word().to_owned(), one.to_string(), filter.platform == Some(one)));
    let procedures = Procedure::ALL
        .into_iter()
        .map(|one| query_choice(one.word().to_owned(), one.to_string(), filter.procedure == Some(one)));
    let outcomes = Ending::ALL
        .into_iter()
        .map(|one| query_choice(one.word().to_owned(), words(one).to_owned(), filter.outcome == Some(one)));
    let people: Vec<_> = choices.people.iter().cloned().map(|name| view! { <option value=name></option> }).collect();
    let is_all = !filter.is_narrow() && asked.find.is_empty();
    let lost: Vec<_> = ["before", "place"].into_iter().filter_map(|field| asked.problem(field)).collect();
    view! {
        {lost.into_iter().map(|problem| view! { <p class="field-error">{problem} ": this is the first page"</p> }).collect::<Vec<_>>()}
        <form class="grid gap-3 items-end grid-cols-2 lg:grid-cols-4" method="get" action="/history" role="search">
            {select(asked, "platform", "Platform", platforms.collect())}
            {select(asked, "environment", "Environment", environments.collect())}
            {select(asked, "procedure", "Procedure", procedures.collect())}
            {select(asked, "outcome", "Outcome", outcomes.collect())}
            {field(asked, "from", "From (day, UTC)", "date", first_day(filter))}
            {field(asked, "until", "To (day, UTC)", "date", last_day(filter))}
            {field(asked, "by", "Started by", "text", filter.by.clone())}
            {field(asked, "text", "Text in name, starter or number", "search", filter.text.clone())}
            <div class="col-span-2">{field(asked, "find", "Text in output", "search", asked.find.clone())}</div>
            <div class="cluster col-span-2">
                <button class="btn" type="submit">"Show"</button>
                {(!is_all).then(|| view! { <a class="btn btn-quiet" href="/history">"Show all"</a> })}
            </div>
            <datalist id="people">{people}</datalist>
        </form>
    }
    .into_any()
}

const fn words(ending: Ending) -> &'static str {
    use model::event::Outcome;
    match ending {
        Ending::Running => "still running",
        Ending::Ended(Outcome::Succeeded) => "succeeded",
        Ending::Ended(Outcome::WithErrors) => "done with errors",
        Ending::Ended(Outcome::Incomplete) => "done in part",
        Ending::Ended(Outcome::Failed) => "failed",
        Ending::Ended(Outcome::Aborted) => "aborted",
    }
}

fn select(asked: &Asked, name: &'static str, label: &'static str, choices: Vec<AnyView>) -> AnyView {
    let all = query_choice(String::new(), "all".to_owned(), false);
    query_select(name, label, std::iter::once(all).chain(choices).collect(), asked.problem(name))
}

fn field(asked: &Asked, name: &'static str, label: &'static str, kind: &'static str, value: String) -> AnyView {
    query_input(name, label, kind, value, (name == "by").then_some("people"), asked.problem(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use model::event::Outcome;

    fn map(pairs: &[(&'static str, &str)]) -> ParamsMap {
        let mut map = ParamsMap::new();
        for (name, value) in pairs {
            map.insert(*name, (*value).to_owned());
        }
        map
    }

    #[test]
    fn the_address_of_what_is_asked_for_asks_for_it() {
        let id = "2e7293a0-d168-46f3-bc29-262ddbf22474";
        let asked = Asked {
            filter: HistoryFilter {
                environment: id.parse().ok(),
                platform: Some(Platform::CloudStack),
                procedure: Some(Procedure::RestartSystemVms),
                outcome: Some(Ending::Ended(Outcome::WithErrors)),
                by: "ada".to_owned(),
                text: "a & b".to_owned(),
                from: Timestamp::of_day("2026-02-28"),
                until: Timestamp::of_day("2026-03-02"),
                before: id.parse().ok(),
            },
            find: "disk full".to_owned(),
            from_place: Some(17),
            problems: Vec::new(),
        };
        let address = asked.address();
        let (_, query) = address.split_once('?').unwrap();
        let codes = [("%20", " "), ("%26", "&"), ("%2D", "-"), ("%5F", "_")];
        let mut map = ParamsMap::new();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let value = codes.iter().fold(value.to_owned(), |value, (code, letter)| value.replace(code, letter));
            map.insert(name.to_owned(), value);
        }
        assert_eq!(map.get("until").as_deref(), Some("2026-03-01"), "the last day is meant, too");
        assert_eq!(read(&map), asked);
        assert_eq!(Asked::default().address(), "/history");
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_counts() {
        let asked = read(&map(&[
            ("environment", "x"),
            ("platform", "windows"),
            ("outcome", "great"),
            ("from", "yesterday"),
            ("until", "2026-02-30"),
            ("before", "1700000000000"),
            ("place", "x"),
            ("find", "->"),
            ("by", "ada"),
        ]));
        let fields: Vec<&str> = asked.problems.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["environment", "platform", "outcome", "from", "until", "before", "place", "find"]);
        assert_eq!(asked.filter, HistoryFilter { by: "ada".to_owned(), ..HistoryFilter::default() });
        assert!(asked.query().is_none());
    }
}
