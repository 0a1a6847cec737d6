//! What an address says: ids in its path, words in its query.

use std::str::FromStr;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::id::InvalidId;
use model::refusal::Refusal;

use crate::error::{Answer, ApiError};

/// The `:id` of the path.
pub fn id_of_path<I>() -> Memo<Answer<I>>
where
    I: FromStr<Err = InvalidId> + PartialEq + Send + Sync + 'static,
{
    let params = use_params_map();
    Memo::new(move |_| {
        let text = params.with(|params| params.get("id").unwrap_or_default());
        text.parse().map_err(|_: InvalidId| not_there())
    })
}

/// On the server the response gets the status that belongs to it.
pub fn not_there() -> ApiError {
    let refusal = Refusal::NotFound { what: "what this address names".to_owned() };
    #[cfg(feature = "ssr")]
    return crate::server::refused(refusal);
    #[cfg(not(feature = "ssr"))]
    refusal.into()
}

/// A word of the query; empty when it is not there.
pub fn query(name: &'static str) -> Memo<String> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default()))
}

/// What of an address cannot be read: which field, and what is wrong. The rest of it counts.
pub type Problem = (&'static str, String);

/// What a word of the query stands for; a word that stands for nothing is a problem.
pub fn taken<T>(
    word: &str,
    read: impl Fn(&str) -> Option<T>,
    field: &'static str,
    wrong: &str,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    if word.is_empty() {
        return None;
    }
    let value = read(word);
    if value.is_none() {
        let shown: String = word.chars().take(40).collect();
        problems.push((field, format!("“{shown}” {wrong}")));
    }
    value
}
