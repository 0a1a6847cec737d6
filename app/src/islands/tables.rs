//! Tables with many rows (`data-table`): put in order by their heads, narrowed down by a word. What was chosen stays when the
//! page is replaced by a newer one.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlInputElement};

use super::kept::all;

/// What somebody wants to see of a table.
#[derive(Debug, Clone, Default)]
struct Choice {
    /// Which column, and whether from the end.
    order: Option<(usize, bool)>,
    /// Small letters.
    word: String,
}

thread_local! {
    /// By the name of the table.
    static CHOICES: RefCell<BTreeMap<String, Choice>> = const { RefCell::new(BTreeMap::new()) };
}

/// Listens to heads and fields, and gets those tables ready that are in the page.
pub fn begin() {
    window_event_listener(leptos::ev::click, |event| {
        let _ = turn(&event);
    });
    window_event_listener(leptos::ev::input, |event| {
        let _ = narrow(&event);
    });
    prepare();
}

/// Gives every such table its buttons and its field, and the order it had. To be called again after a page was replaced.
pub fn prepare() {
    for table in document().body().and_then(|body| all(&body, "table[data-table]").ok()).unwrap_or_default() {
        let _ = equip(&table);
    }
}

fn equip(table: &Element) -> Result<(), JsValue> {
    if table.has_attribute("data-ready") {
        return Ok(());
    }
    table.set_attribute("data-ready", "")?;
    for head in all(table, "th[data-order]")? {
        let button = document().create_element("button")?;
        button.set_attribute("type", "button")?;
        button.set_class_name("table-order");
        button.set_text_content(head.text_content().as_deref());
        head.set_text_content(None);
        head.append_child(&button)?;
    }
    let field = document().create_element("input")?;
    for (name, value) in
        [("type", "search"), ("class", "input"), ("placeholder", "Narrow down"), ("autocomplete", "off")]
    {
        field.set_attribute(name, value)?;
    }
    field.set_attribute("aria-label", &format!("Narrow down: {}", name(table)))?;
    field.set_attribute("data-narrows", &name(table))?;
    field.unchecked_ref::<HtmlInputElement>().set_value(&choice(table).word);
    if let Some(bar) = bar(table)? {
        bar.insert_adjacent_element("afterbegin", &field)?;
    }
    show(table)
}

/// What stands above a table with many rows.
fn bar(table: &Element) -> Result<Option<Element>, JsValue> {
    let before = table.closest(".table-wrap")?.and_then(|around| around.previous_element_sibling());
    Ok(before.filter(|bar| bar.class_name() == "table-bar"))
}

fn name(table: &Element) -> String {
    table.get_attribute("data-table").unwrap_or_default()
}

fn choice(table: &Element) -> Choice {
    CHOICES.with_borrow(|choices| choices.get(&name(table)).cloned().unwrap_or_default())
}

fn choose(table: &Element, change: impl FnOnce(&mut Choice)) -> Result<(), JsValue> {
    CHOICES.with_borrow_mut(|choices| change(choices.entry(name(table)).or_default()));
    show(table)
}

fn turn(event: &Event) -> Result<(), JsValue> {
    let clicked = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let head = clicked.and_then(|element| element.closest("th[data-order]").ok().flatten());
    let Some((head, table)) =
        head.and_then(|head| Some((head.clone(), head.closest("table[data-ready]").ok().flatten()?)))
    else {
        return Ok(());
    };
    let Some(column) = all(&table, "thead th")?.iter().position(|one| *one == head) else { return Ok(()) };
    choose(&table, |choice| choice.order = Some((column, choice.order == Some((column, false)))))
}

fn narrow(event: &Event) -> Result<(), JsValue> {
    let typed = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some((field, of)) = typed.and_then(|field| Some((field.clone(), field.get_attribute("data-narrows")?))) else {
        return Ok(());
    };
    let Some(body) = document().body() else { return Ok(()) };
    let Some(table) = all(&body, "table[data-table]")?.into_iter().find(|table| name(table) == of) else {
        return Ok(());
    };
    choose(&table, |choice| choice.word = field.value().trim().to_lowercase())
}

/// Puts the rows in order and hides those that do not fit.
fn show(table: &Element) -> Result<(), JsValue> {
    let choice = choice(table);
    let Some(body) = table.query_selector("tbody")? else { return Ok(()) };
    let mut rows = all(&body, ":scope > tr")?;
    if let Some((column, from_end)) = choice.order {
        for (at, head) in all(table, "thead th")?.iter().enumerate() {
            match (at == column, from_end) {
                (true, false) => head.set_attribute("aria-sort", "ascending")?,
                (true, true) => head.set_attribute("aria-sort", "descending")?,
                (false, _) => head.remove_attribute("aria-sort")?,
            }
        }
        rows.sort_by_cached_key(|row| Key(words(row, column)));
        if from_end {
            rows.reverse();
        }
        for row in &rows {
            body.append_child(row)?;
        }
    }
    let mut fitting = 0;
    for row in &rows {
        let fits = row.text_content().unwrap_or_default().to_lowercase().contains(&choice.word);
        row.toggle_attribute_with_force("hidden", !fits)?;
        fitting += usize::from(fits);
    }
    if let Some(count) = bar(table)?.and_then(|bar| bar.query_selector("[role=status]").ok().flatten()) {
        let words = match (choice.word.is_empty(), fitting) {
            (true, all) => format!("{all} rows"),
            (false, 0) => format!("None of {} rows has “{}”", rows.len(), choice.word),
            (false, some) => format!("{some} of {} rows", rows.len()),
        };
        count.set_text_content(Some(&words));
    }
    Ok(())
}

/// What a row is put in order by: what the cell says it is worth, otherwise its words.
fn words(row: &Element, column: usize) -> String {
    let Some(cell) = u32::try_from(column).ok().and_then(|column| row.children().item(column)) else {
        return String::new();
    };
    cell.get_attribute("data-worth").or_else(|| cell.text_content()).unwrap_or_default().trim().to_lowercase()
}

/// Words in the order a person expects: `node2` before `node10`.
#[derive(Debug, PartialEq, Eq)]
struct Key(String);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut one, mut two) = (self.0.as_str(), other.0.as_str());
        loop {
            let (a, b) = (next(&mut one), next(&mut two));
            let order = match (a, b) {
                (None, None) => return Ordering::Equal,
                (a, b) => a.cmp(&b),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A number, or a letter. Numbers come first; how many digits they have comes before the digits.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Number(usize, &'a str),
    Letter(char),
}

fn next<'a>(rest: &mut &'a str) -> Option<Part<'a>> {
    let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    if digits > 0 {
        let (number, after) = rest.split_at(digits);
        *rest = after;
        let number = number.trim_start_matches('0');
        return Some(Part::Number(number.len(), number));
    }
    let letter = rest.chars().next()?;
    *rest = &rest[letter.len_utf8()..];
    Some(Part::Letter(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_that_a_person_expects() {
        let mut names = ["node10", "node2", "", "node1a", "Node", "node02b", "r-2-vm", "r-10-vm", "2.10", "2.9"]
            .map(|name| Key(name.to_lowercase()));
        names.sort();
        let names = names.map(|key| key.0);
        assert_eq!(names, ["", "2.9", "2.10", "node", "node1a", "node2", "node02b", "node10", "r-2-vm", "r-10-vm"]);
    }
}
