//! Which environments are asked for stands in the address: `/?platform=cloud_stack&state=pending&label=berlin&text=…&order=…`.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::environment::Platform;
use model::view::EnvironmentCard;

use super::glance::{Order, State, Wanted};
use crate::components::{query_choice, query_input, query_select};
use crate::pages::params::{Problem, taken};

/// What an address asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    pub wanted: Wanted,
    /// What of the address cannot be read. The rest of it counts.
    pub problems: Vec<Problem>,
}

/// Reads an address.
pub fn read(query: &ParamsMap) -> Asked {
    let word = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
    let mut problems = Vec::new();
    let known = |word: &str| Platform::ALL.into_iter().find(|one| one.word() == word);
    let platform = taken(&word("platform"), known, "platform", "is no platform", &mut problems);
    let known = |word: &str| State::ALL.into_iter().find(|one| one.word() == word);
    let state = taken(&word("state"), known, "state", "is no state", &mut problems);
    let known = |word: &str| Order::ALL.into_iter().find(|one| one.word() == word);
    let order = taken(&word("order"), known, "order", "is no order", &mut problems).unwrap_or_default();
    let label = Some(word("label")).filter(|label| !label.is_empty());
    Asked { wanted: Wanted { text: word("text"), platform, label, state, order }, problems }
}

/// The address that shows those in one state.
pub fn address_of(state: State) -> String {
    format!("/?state={}", state.word())
}

/// The form; without WASM the browser sends it by itself.
pub fn form(asked: &Asked, cards: &[EnvironmentCard]) -> AnyView {
    let wanted = &asked.wanted;
    let labels: BTreeSet<&String> =
        cards.iter().flat_map(|card| &card.environment.labels).chain(&wanted.label).collect();
    let platforms = Platform::ALL
        .into_iter()
        .map(|one| query_choice(one.word().to_owned(), one.to_string(), wanted.platform == Some(one)));
    let labels = labels
        .into_iter()
        .map(|label| query_choice(label.clone(), label.clone(), wanted.label.as_ref() == Some(label)));
    let states = State::ALL
        .into_iter()
        .map(|one| query_choice(one.word().to_owned(), one.words().to_owned(), wanted.state == Some(one)));
    let orders = Order::ALL
        .into_iter()
        .map(|one| query_choice(one.word().to_owned(), one.words().to_owned(), wanted.order == one));
    let problem = |field: &str| {
        let found = asked.problems.iter().find(|(about, _)| *about == field);
        found.map(|(_, problem)| problem.clone())
    };
    let all = || query_choice(String::new(), "all".to_owned(), false);
    let with_all = |choices: Vec<AnyView>| std::iter::once(all()).chain(choices).collect();
    let is_changed = *wanted != Wanted::default();
    view! {
        <form class="grid gap-3 items-end grid-cols-2 lg:grid-cols-6" method="get" action="/" role="search">
            {query_input("text", "Name, label or risk", "search", wanted.text.clone(), None, None)}
            {query_select("platform", "Platform", with_all(platforms.collect()), problem("platform"))}
            {query_select("label", "Label", with_all(labels.collect()), None)}
            {query_select("state", "State", with_all(states.collect()), problem("state"))}
            {query_select("order", "Order", orders.collect(), problem("order"))}
            <div class="cluster">
                <button class="btn" type="submit">"Show"</button>
                {is_changed.then(|| view! { <a class="btn btn-quiet" href="/">"Show all"</a> })}
            </div>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &str)]) -> Asked {
        let mut map = ParamsMap::new();
        for (name, value) in pairs {
            map.insert(*name, (*value).to_owned());
        }
        read(&map)
    }

    #[test]
    fn an_address_asks_for_what_it_says_and_what_cannot_be_read_is_named() {
        let read = asked(&[("platform", "cloudify"), ("state", "pending"), ("label", "berlin"), ("order", "oldest")]);
        let wanted = Wanted {
            text: String::new(),
            platform: Some(Platform::Cloudify),
            label: Some("berlin".to_owned()),
            state: Some(State::Pending),
            order: Order::Oldest,
        };
        assert_eq!(read, Asked { wanted, problems: Vec::new() });
        let read = asked(&[("platform", "windows"), ("state", "great"), ("order", "x"), ("text", "a")]);
        let fields: Vec<&str> = read.problems.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["platform", "state", "order"]);
        assert_eq!(read.wanted, Wanted { text: "a".to_owned(), ..Wanted::default() });
    }

    #[test]
    fn the_links_of_the_summary_ask_for_the_state_that_they_count() {
        for state in State::ALL {
            let address = address_of(state);
            let (_, word) = address.split_once("?state=").unwrap_or_default();
            assert_eq!(asked(&[("state", word)]).wanted.state, Some(state), "{address}");
        }
    }
}
