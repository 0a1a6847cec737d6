//! Lists: sorting, paging, and what is shown of each object (2.3).

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::call::Call;
use super::error::Refusal;
use super::object::Object;
use super::release::Generation;

/// The size of a page in generation A, and where nothing else was asked for.
const PAGE_SIZE: usize = 10;
/// The sizes that can be asked for later.
const PAGE_SIZES: [usize; 4] = [10, 25, 50, 100];

/// The list as asked for.
pub(super) fn list(
    all: Vec<Object>,
    default_sort: Option<&str>,
    generation: Generation,
    call: &Call,
) -> Result<Value, Refusal> {
    if call.query("query").is_some() {
        // To ignore it would be to answer with objects that were not asked for.
        return Err(Refusal::internal("The lab does not look for objects by query"));
    }
    let contents = call.query("contents").map(|text| words(&text));
    let sorting = call.query("sort").or_else(|| default_sort.map(str::to_owned)).map(|text| words(&text));
    let sorting = sorting.unwrap_or_default();
    let total = all.len();
    let page = Page::of(total, generation, call);
    let shown: Vec<Value> = sorted(all, &sorting)
        .into_iter()
        .skip(page.start)
        .take(page.size)
        .map(|object| match &contents {
            None => object.guid.into(),
            Some(contents) => object.show(Some(contents)),
        })
        .collect();
    let end = page.start + shown.len();
    Ok(json!({
        "data": shown,
        "_paging": {
            "total_items": total,
            "current_page": page.number,
            "max_page": page.last,
            "page_size": page.size,
            "start_number": (page.start + 1).min(total),
            "end_number": end,
        },
        "_contents": contents,
        "_sorting": sorting,
    }))
}

/// The words of a parameter. An empty one has one, which is empty.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

/// The first field matters most; a `-` before it turns the order round.
fn sorted(mut all: Vec<Object>, fields: &[String]) -> Vec<Object> {
    for field in fields.iter().rev() {
        let (name, turned) = field.strip_prefix('-').map_or((field.as_str(), false), |name| (name, true));
        all.sort_by(|one, other| {
            let order = compare(&one.show(None)[name], &other.show(None)[name]);
            if turned { order.reverse() } else { order }
        });
    }
    all
}

fn compare(one: &Value, other: &Value) -> Ordering {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => one.as_str().cmp(&other.as_str()),
    }
}

struct Page {
    number: usize,
    last: usize,
    size: usize,
    start: usize,
}

impl Page {
    /// Without `page` the list is one page. A page beyond the last one is the last one, so it never comes out empty.
    fn of(total: usize, generation: Generation, call: &Call) -> Self {
        let Some(asked) = number(call, "page").filter(|page| *page > 0) else {
            return Self { number: 1, last: 1, size: total, start: 0 };
        };
        let chosen = number(call, "page_size").filter(|size| PAGE_SIZES.contains(size));
        let size = chosen.filter(|_| generation != Generation::A).unwrap_or(PAGE_SIZE);
        let last = total.div_ceil(size).max(1);
        let number = asked.min(last);
        Self { number, last, size, start: (number - 1) * size }
    }
}

fn number(call: &Call, name: &str) -> Option<usize> {
    call.query(name)?.parse().ok()
}
