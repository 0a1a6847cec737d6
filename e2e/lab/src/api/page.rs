//! Pages of lists (dossier 3.6).

use super::error::ApiError;
use super::params::Params;
use crate::json::{Fields, Json};

/// The part of a list that was asked for, in its envelope. An empty list is `{}`.
pub(crate) fn page(item: &str, all: Vec<Fields>, params: &Params, limit: &str) -> Result<Fields, ApiError> {
    let limit: i64 = limit.parse().unwrap_or(500);
    let total = all.len();
    let (skip, take) = window(params, limit)?;
    let shown: Vec<Json> = all.into_iter().skip(skip).take(take).map(Json::Object).collect();
    if total == 0 {
        return Ok(Fields::new());
    }
    let count = Fields::new().with("count", total as i64);
    // Beyond the last page there is a count and no array.
    Ok(if shown.is_empty() { count } else { count.with(item, shown) })
}

fn window(params: &Params, limit: i64) -> Result<(usize, usize), ApiError> {
    let (page, size) = match (params.number("page")?, params.number("pagesize")?) {
        (None, None) => return Ok((0, usize::try_from(limit).unwrap_or(usize::MAX))),
        (None, Some(-1)) if limit == -1 => return Ok((0, usize::MAX)),
        (Some(page), Some(size)) => (page, size),
        (Some(_), None) | (None, Some(_)) => {
            let text = "\"page\" and \"pagesize\" parameters must be specified together";
            return Err(ApiError::parameter(text));
        }
    };
    if size > limit && limit != -1 {
        let text = format!("Page size can't exceed max allowed page size value: {limit}");
        return Err(ApiError::parameter(text));
    }
    match (usize::try_from(page - 1), usize::try_from(size)) {
        (Ok(before), Ok(size)) if size > 0 => Ok((before.saturating_mul(size), size)),
        _ => Err(ApiError::parameter(format!("Invalid page {page} or page size {size}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str, items: usize) -> Result<String, u16> {
        let all = (0..items as i64).map(|n| Fields::new().with("n", n));
        page("x", all.collect(), &Params::parse(&[query]), "3")
            .map(|fields| serde_json::to_string(&fields).unwrap())
            .map_err(|error| error.status)
    }

    #[test]
    fn an_empty_list_is_an_empty_object() {
        assert_eq!(ask("", 0), Ok("{}".into()));
        assert_eq!(ask("page=1&pagesize=3", 0), Ok("{}".into()));
    }

    #[test]
    fn without_a_page_the_list_is_silently_cut_at_the_default_size() {
        assert_eq!(ask("", 5), Ok(r#"{"count":5,"x":[{"n":0},{"n":1},{"n":2}]}"#.into()));
    }

    #[test]
    fn pages_are_counted_from_one_and_end_without_an_array() {
        assert_eq!(ask("page=2&pagesize=3", 5), Ok(r#"{"count":5,"x":[{"n":3},{"n":4}]}"#.into()));
        assert_eq!(ask("page=3&pagesize=3", 5), Ok(r#"{"count":5}"#.into()));
    }

    #[test]
    fn half_a_page_and_too_large_a_page_are_parameter_errors() {
        for query in ["page=1", "pagesize=2", "page=1&pagesize=4", "page=0&pagesize=2"] {
            assert_eq!(ask(query, 5), Err(431), "{query}");
        }
        assert_eq!(ask("pagesize=-1", 5), Err(431));
    }
}
