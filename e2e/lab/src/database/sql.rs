//! A small part of SQL: one table, conditions joined by `and`.

/// What can be asked.
#[derive(Debug, PartialEq)]
pub(super) enum Statement {
    /// `select 1`
    One(String),
    Select {
        columns: Vec<String>,
        table: String,
        conditions: Vec<Condition>,
    },
    /// `update configuration set value='…' where name='…'`
    SetConfiguration {
        name: String,
        value: String,
    },
}

#[derive(Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) column: String,
    test: Test,
}

#[derive(Debug, PartialEq)]
enum Test {
    /// Equal to one of these.
    Among(Vec<String>),
    Not(String),
    Null,
    NotNull,
}

impl Condition {
    pub(super) fn holds(&self, cell: Option<&str>) -> bool {
        match (&self.test, cell) {
            (Test::Null, cell) => cell.is_none(),
            (Test::NotNull, cell) => cell.is_some(),
            // Nothing is equal, or unequal, to NULL.
            (Test::Among(_) | Test::Not(_), None) => false,
            (Test::Among(values), Some(cell)) => values.iter().any(|value| value.eq_ignore_ascii_case(cell)),
            (Test::Not(value), Some(cell)) => !value.eq_ignore_ascii_case(cell),
        }
    }
}

/// `None` is a syntax error.
pub(super) fn parse(sql: &str) -> Option<Statement> {
    let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let sql = sql.trim_end_matches([';', ' ']);
    if let Some(rest) = strip_word(sql, "update ") {
        return update(rest);
    }
    let rest = strip_word(sql, "select ")?;
    let Some((columns, rest)) = split_word(rest, " from ") else {
        let number = rest.trim().parse::<i64>().ok()?;
        return Some(Statement::One(number.to_string()));
    };
    let (table, conditions) = match split_word(rest, " where ") {
        Some((table, conditions)) => (table, conditions),
        None => (rest, ""),
    };
    let table = table.trim();
    // The one join the script makes; its conditions fall away because the table has both sides' columns.
    let table = if table == "networks n, network_offerings no" { "networks" } else { table };
    if table.contains(' ') {
        return None;
    }
    let columns = columns.split(',').map(|column| unqualified(column).to_owned());
    Some(Statement::Select {
        columns: columns.collect(),
        table: table.to_owned(),
        conditions: parse_conditions(conditions)?,
    })
}

fn update(rest: &str) -> Option<Statement> {
    let (table, rest) = split_word(rest, " set ")?;
    let (value, name) = split_word(rest, " where ")?;
    if !matches!(table, "configuration" | "cloud.configuration") {
        return None;
    }
    let (column, value) = value.split_once('=')?;
    let (by, name) = name.split_once('=')?;
    (column.trim() == "value" && by.trim() == "name").then_some(())?;
    Some(Statement::SetConfiguration { name: literal(name)?, value: literal(value)? })
}

fn parse_conditions(text: &str) -> Option<Vec<Condition>> {
    let mut conditions = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (one, more) = split_word(rest, " and ").unwrap_or((rest, ""));
        rest = more.trim();
        if one.replace(' ', "") == "n.network_offering_id=no.id" {
            continue;
        }
        conditions.push(parse_condition(one.trim())?);
    }
    Some(conditions)
}

fn parse_condition(text: &str) -> Option<Condition> {
    let condition = |column: &str, test| Some(Condition { column: unqualified(column).to_owned(), test });
    let lower = text.to_ascii_lowercase();
    if lower.ends_with(" is null") {
        return condition(&text[..text.len() - " is null".len()], Test::Null);
    }
    if lower.ends_with(" is not null") {
        return condition(&text[..text.len() - " is not null".len()], Test::NotNull);
    }
    if let Some((column, list)) = split_word(text, " in ") {
        let list = list.trim().strip_prefix('(')?.strip_suffix(')')?;
        return condition(column, Test::Among(literals(list)?));
    }
    if let Some((column, value)) = text.split_once("!=").or_else(|| text.split_once("<>")) {
        return condition(column, Test::Not(literal(value)?));
    }
    let (column, value) = text.split_once('=')?;
    condition(column, Test::Among(vec![literal(value)?]))
}

/// Values in quotes may hold commas.
fn literals(list: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (value, more) = rest[1..].split_once(quote)?;
        values.push(value.to_owned());
        rest = more.trim().trim_start_matches(',').trim();
    }
    Some(values)
}

/// A quoted text or a number.
fn literal(text: &str) -> Option<String> {
    let text = text.trim();
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote) {
            let inner = inner.strip_suffix(quote)?;
            return (!inner.contains(quote)).then(|| inner.to_owned());
        }
    }
    text.parse::<i64>().ok().map(|number| number.to_string())
}

fn unqualified(column: &str) -> &str {
    let column = column.trim();
    column.rsplit_once('.').map_or(column, |(_, name)| name)
}

fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

fn split_word<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = text.to_ascii_lowercase().find(word)?;
    Some((&text[..at], &text[at + word.len()..]))
}
