//! The filter stands in the address, so that it can be sent to somebody. Days are days of UTC.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::audit::AuditFilter;
use model::time::Timestamp;

const DAY: i64 = 24 * 3600;

/// What the address asks for.
pub fn read(query: &ParamsMap) -> AuditFilter {
    let word = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
    AuditFilter {
        who: word("who"),
        what: word("what"),
        subject: word("subject"),
        text: word("text"),
        from: Timestamp::of_day(&word("from")),
        // The day itself is meant, too.
        until: Timestamp::of_day(&word("until")).map(|day| day.plus_seconds(DAY)),
        before: word("before").parse().ok(),
    }
}

/// The address that asks for it.
pub fn address(filter: &AuditFilter) -> String {
    let mut query = ParamsMap::new();
    let mut put = |name: &'static str, value: String| {
        if !value.is_empty() {
            query.insert(name, value);
        }
    };
    put("who", filter.who.clone());
    put("what", filter.what.clone());
    put("subject", filter.subject.clone());
    put("text", filter.text.clone());
    put("from", first_day(filter));
    put("until", last_day(filter));
    put("before", filter.before.map(|seq| seq.to_string()).unwrap_or_default());
    format!("/audit{}", query.to_query_string())
}

fn first_day(filter: &AuditFilter) -> String {
    filter.from.map(Timestamp::day).unwrap_or_default()
}

fn last_day(filter: &AuditFilter) -> String {
    filter.until.map(|end| end.plus_seconds(-DAY).day()).unwrap_or_default()
}

/// The form; without WASM the browser sends it by itself.
pub fn form(filter: &AuditFilter) -> AnyView {
    let all = filter.is_narrow().then(|| view! { <a class="btn btn-quiet" href="/audit">"Show all"</a> });
    view! {
        <form class="grid gap-3 items-end grid-cols-2 lg:grid-cols-4" method="get" action="/audit" role="search">
            {field("who", "Who", "search", filter.who.clone())}
            {field("what", "What", "search", filter.what.clone())}
            {field("text", "Words in the detail", "search", filter.text.clone())}
            {field("subject", "Number of the thing", "search", filter.subject.clone())}
            {field("from", "From (day, UTC)", "date", first_day(filter))}
            {field("until", "To (day, UTC)", "date", last_day(filter))}
            <div class="cluster col-span-2">
                <button class="btn" type="submit">"Filter"</button>
                {all}
            </div>
        </form>
    }
    .into_any()
}

fn field(name: &'static str, label: &'static str, kind: &'static str, value: String) -> AnyView {
    view! {
        <div class="field">
            <label class="label" for=name>{label}</label>
            <input class="input" id=name name=name type=kind value=value autocomplete="off"/>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    #[test]
    fn the_address_of_a_filter_asks_for_that_filter() {
        let filter = AuditFilter {
            who: "ada".to_owned(),
            what: "run.".to_owned(),
            subject: "2e72".to_owned(),
            text: "a & b = c".to_owned(),
            from: Timestamp::of_day("2026-02-28"),
            until: Timestamp::of_day("2026-03-02"),
            before: Some(17),
        };
        let address = address(&filter);
        let (_, query) = address.split_once('?').unwrap();
        let codes = [("%20", " "), ("%26", "&"), ("%3D", "="), ("%2D", "-"), ("%2E", ".")];
        let mut map = ParamsMap::new();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let value = codes.iter().fold(value.to_owned(), |value, (code, letter)| value.replace(code, letter));
            map.insert(name.to_owned(), value);
        }
        assert_eq!((map.get("from").as_deref(), map.get("until").as_deref()), (Some("2026-02-28"), Some("2026-03-01")));
        assert_eq!(read(&map), filter);
        assert_eq!(self::address(&AuditFilter::default()), "/audit");
    }
}
