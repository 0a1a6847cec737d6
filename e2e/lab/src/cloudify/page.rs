//! Lists: filters, order, pages, fields (2.4).

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::error::Refusal;
use super::release::{Release, Unpaged};

/// The largest list, and the largest page.
pub(super) const LARGEST: usize = 1000;

/// The envelope around what is wanted of these items.
pub(super) fn list(items: Vec<Value>, fields: &[&str], release: Release, call: &Call) -> Result<Value, Refusal> {
    let mut items = chosen(items, fields, call)?;
    sort(&mut items, fields, call)?;
    let total = items.len();
    let (size, offset) = page(total, release, call)?;
    let items: Vec<Value> = match size {
        Some(size) => items.into_iter().skip(offset).take(size).collect(),
        None => items.into_iter().skip(offset).collect(),
    };
    let items = narrowed(items, fields, call)?;
    let pagination = json!({ "total": total, "size": size.unwrap_or(0), "offset": offset });
    Ok(json!({ "items": items, "metadata": { "pagination": pagination } }))
}

/// What passes the filters. Any field is one; of a repeated one each value is welcome (2.2).
fn chosen(items: Vec<Value>, fields: &[&str], call: &Call) -> Result<Vec<Value>, Refusal> {
    let names: Vec<&str> =
        call.query.iter().map(|(name, _)| name.as_str()).filter(|name| !name.starts_with('_')).collect();
    if let Some(unknown) = names.iter().find(|name| !fields.contains(*name)) {
        return Err(Refusal::bad_parameters(format!("Filter keys '{unknown}' do not exist")));
    }
    let passes = |item: &Value| {
        let searched = call.one("_search").is_none_or(|text| plain(&item["id"]).contains(text));
        searched && names.iter().all(|name| call.all(name).contains(&plain(&item[*name]).as_str()))
    };
    Ok(items.into_iter().filter(passes).collect())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn sort(items: &mut [Value], fields: &[&str], call: &Call) -> Result<(), Refusal> {
    // The first key decides, so it is the last to be sorted by.
    for key in call.all("_sort").into_iter().rev() {
        let (name, down) = match key.strip_prefix('-') {
            Some(name) => (name, true),
            None => (key.strip_prefix('+').unwrap_or(key), false),
        };
        if !fields.contains(&name) {
            return Err(Refusal::bad_parameters(format!("Invalid sort key: {name}")));
        }
        items.sort_by(|one, other| {
            let order = compare(&one[name], &other[name]);
            if down { order.reverse() } else { order }
        });
    }
    Ok(())
}

fn compare(one: &Value, other: &Value) -> Ordering {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => plain(one).cmp(&plain(other)),
    }
}

/// How many, and from where. No number of how many means all of them.
fn page(total: usize, release: Release, call: &Call) -> Result<(Option<usize>, usize), Refusal> {
    let size = call.number("_size")?;
    let offset = call.number("_offset")?;
    if let Some(size) = size.filter(|size| *size > LARGEST) {
        return Err(Refusal::illegal_action(format!("Invalid pagination size: {size}. Max allowed: {LARGEST}")));
    }
    let start = offset.unwrap_or_default();
    match (size, release.unpaged()) {
        (Some(size), _) => Ok((Some(size), start)),
        (None, Unpaged::FirstThousand) if call.flag("_get_all_results") => Ok((None, start)),
        (None, Unpaged::FirstThousand) => Ok((Some(LARGEST), start)),
        // An offset alone is LIMIT 0.
        (None, _) if offset.is_some() => Ok((Some(0), start)),
        (None, Unpaged::ErrorWhenLong) if total > LARGEST => Err(too_long(total)),
        (None, _) => Ok((None, 0)),
    }
}

/// The refusal of a list that is too long to be told at once.
pub(super) fn too_long(total: usize) -> Refusal {
    let text = format!("Response size ({total}) bigger than max allowed ({LARGEST}), please use pagination.");
    Refusal::illegal_action(text)
}

/// The fields that are asked for. Commas part them; a repeated parameter adds to them.
fn narrowed(items: Vec<Value>, fields: &[&str], call: &Call) -> Result<Vec<Value>, Refusal> {
    let asked: Vec<&str> =
        call.all("_include").into_iter().flat_map(|names| names.split(',')).filter(|name| !name.is_empty()).collect();
    if asked.is_empty() {
        return Ok(items);
    }
    if let Some(unknown) = asked.iter().find(|name| !fields.contains(*name)) {
        return Err(Refusal::no_such_field(unknown));
    }
    let narrow = |item: Value| {
        let kept = asked.iter().filter_map(|&name| Some((name.to_owned(), item.get(name)?.clone())));
        Value::Object(kept.collect::<Map<_, _>>())
    };
    Ok(items.into_iter().map(narrow).collect())
}
