//! Finds the class names that the pages write, with file and line.
//!
//! Works on Rust tokens and not on text, so that comments and ordinary strings are never mistaken for classes. Where
//! class names may stand is fixed in style/README.md: after `class=`, behind `class:`, and in functions, constants and
//! variables called `class`, `classes`, `…_class` or `…_classes`. An attribute that takes its names from anywhere else
//! is a fault: nobody would have looked at them.

use std::{fmt, path::PathBuf};

use proc_macro2::{Delimiter, Group, Ident, LineColumn, Spacing, TokenStream, TokenTree};

/// One class name in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassUse {
    /// The class; of an attribute whose names cannot be seen, the expression.
    pub name: String,
    pub line: usize,
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It stands in the source.
    Written,
    /// It comes out of something that is not called after classes.
    Elsewhere,
}

/// A class name that cannot be used, and why.
#[derive(Debug)]
pub struct ClassFault {
    pub file: PathBuf,
    pub line: usize,
    pub name: String,
    pub kind: FaultKind,
}

#[derive(Debug, PartialEq, Eq)]
pub enum FaultKind {
    NoCss,
    DarkVariant,
    PutTogether,
    Unseen,
}

impl fmt::Display for ClassFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: `{}` ", self.file.display(), self.line, self.name)?;
        f.write_str(match self.kind {
            FaultKind::NoCss => "yields no CSS",
            FaultKind::DarkVariant => "is not needed: the colours follow the theme by themselves",
            FaultKind::PutTogether => "is put together at run time; write each name whole",
            FaultKind::Unseen => {
                "hides its class names from the build; end the function's or variable's name in `_classes`"
            }
        })
    }
}

/// All class names in one Rust source text.
pub fn find(source: &str) -> Result<Vec<ClassUse>, String> {
    let tokens: TokenStream = source.parse().map_err(|error| format!("{error}"))?;
    let mut found = Vec::new();
    walk(tokens, &mut found);
    Ok(found)
}

fn walk(tokens: TokenStream, found: &mut Vec<ClassUse>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => walk(group.stream(), found),
            TokenTree::Ident(ident) if carries_classes(ident) => {
                at = after_name(&tokens, at, found);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

fn carries_classes(ident: &Ident) -> bool {
    let name = ident.to_string().to_lowercase();
    // A risk class is a word of this project, and no style.
    let styles =
        ["class", "classes"].contains(&name.as_str()) || name.ends_with("_class") || name.ends_with("_classes");
    styles && !name.contains("risk")
}

/// Reads what follows a name that carries classes. Answers where to go on.
fn after_name(tokens: &[TokenTree], at: usize, found: &mut Vec<ClassUse>) -> usize {
    let is_function = at > 0 && matches!(&tokens[at - 1], TokenTree::Ident(before) if before == "fn");
    if is_function {
        return function(tokens, at + 1, found);
    }
    match tokens.get(at + 1) {
        // A call: .class("card"), classes!("card").
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            strings(group.stream(), found);
            at + 2
        }
        Some(TokenTree::Punct(mark)) if mark.as_char() == '!' => match tokens.get(at + 2) {
            Some(TokenTree::Group(group)) => {
                strings(group.stream(), found);
                at + 3
            }
            _ => at + 1,
        },
        Some(TokenTree::Punct(mark)) if mark.as_char() == '=' && mark.spacing() == Spacing::Alone => {
            let known = found.len();
            let end = value(tokens, at + 2, found);
            if found.len() == known && is_attribute(tokens, at) {
                found.extend(unseen(&tokens[at + 2..end]));
            }
            end
        }
        Some(TokenTree::Punct(mark)) if mark.as_char() == ':' && mark.spacing() == Spacing::Alone => {
            if touches(&tokens[at + 1], tokens.get(at + 2)) {
                toggled(tokens, at + 2, found)
            } else {
                typed(tokens, at + 2, found)
            }
        }
        _ => at + 1,
    }
}

/// `class=`, and not `let class =`.
fn is_attribute(tokens: &[TokenTree], at: usize) -> bool {
    matches!(&tokens[at], TokenTree::Ident(name) if name == "class") && touches(&tokens[at], tokens.get(at + 1))
}

/// The value of an attribute in which nothing is called after classes.
fn unseen(value: &[TokenTree]) -> Option<ClassUse> {
    let line = value.first()?.span().start().line;
    let tokens: TokenStream = value.iter().cloned().collect();
    if speaks_of_classes(tokens.clone()) {
        return None;
    }
    Some(ClassUse { name: tokens.to_string(), line, origin: Origin::Elsewhere })
}

fn speaks_of_classes(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => carries_classes(&ident),
        TokenTree::Group(group) => speaks_of_classes(group.stream()),
        // An empty string is no name, and nothing hidden.
        TokenTree::Literal(_) => true,
        TokenTree::Punct(_) => false,
    })
}

/// `fn step_classes(…) -> … { every string in here }`
fn function(tokens: &[TokenTree], mut at: usize, found: &mut Vec<ClassUse>) -> usize {
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
                strings(body.stream(), found);
                break;
            }
            TokenTree::Punct(mark) if mark.as_char() == ';' => break,
            _ => {}
        }
    }
    at
}

/// The value after `class=`: a string, a block, or an expression up to where the next attribute or the tag's end is.
fn value(tokens: &[TokenTree], mut at: usize, found: &mut Vec<ClassUse>) -> usize {
    let start = at;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Literal(_) | TokenTree::Group(_) => strings(TokenStream::from(token.clone()), found),
            TokenTree::Punct(mark) if ends_value(tokens, at, mark.as_char()) => return at,
            TokenTree::Ident(_) if at > start && starts_attribute(tokens, at) => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

fn ends_value(tokens: &[TokenTree], at: usize, mark: char) -> bool {
    match mark {
        ';' | ',' => true,
        '>' => closes_tag(&tokens[at - 1], &tokens[at]),
        '/' => matches!(tokens.get(at + 1), Some(TokenTree::Punct(next)) if next.as_char() == '>'),
        _ => false,
    }
}

/// Tells the end of a tag from an arrow and from a comparison, which has blanks around it.
fn closes_tag(before: &TokenTree, mark: &TokenTree) -> bool {
    if matches!(before, TokenTree::Punct(sign) if matches!(sign.as_char(), '-' | '=') && sign.spacing() == Spacing::Joint)
    {
        return false;
    }
    touches(before, Some(mark)) || before.span().end().line != mark.span().start().line
}

/// `name=`, `name-more=` or `prefix:name=`, without a blank before the sign, as rustfmt and leptosfmt leave it.
fn starts_attribute(tokens: &[TokenTree], at: usize) -> bool {
    let mut at = at;
    loop {
        match tokens.get(at + 1) {
            Some(TokenTree::Punct(mark)) if touches(&tokens[at], tokens.get(at + 1)) => match mark.as_char() {
                '=' => return mark.spacing() == Spacing::Alone,
                '-' | ':'
                    if matches!(tokens.get(at + 2), Some(TokenTree::Ident(_))) && mark.spacing() == Spacing::Alone =>
                {
                    at += 2;
                }
                _ => return false,
            },
            _ => return false,
        }
    }
}

/// `class:is-open=…`: the name itself.
fn toggled(tokens: &[TokenTree], mut at: usize, found: &mut Vec<ClassUse>) -> usize {
    let Some(first) = tokens.get(at) else { return at };
    let line = first.span().start().line;
    let mut name = String::new();
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '=' => break,
            TokenTree::Punct(mark) if mark.as_char() == '>' => break,
            token => name.push_str(&token.to_string()),
        }
        at += 1;
        if !touches(token, tokens.get(at)) {
            break;
        }
    }
    found.push(ClassUse { name, line, origin: Origin::Written });
    at
}

/// `class: "…"` in a struct, or `CLASSES: &str = "…"`.
fn typed(tokens: &[TokenTree], at: usize, found: &mut Vec<ClassUse>) -> usize {
    if let Some(TokenTree::Literal(_)) = tokens.get(at) {
        return value(tokens, at, found);
    }
    let mut next = at;
    while let Some(token) = tokens.get(next) {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '=' => return value(tokens, next + 1, found),
            TokenTree::Punct(mark) if matches!(mark.as_char(), ',' | ';') => return next,
            TokenTree::Group(_) => return next,
            _ => next += 1,
        }
    }
    next
}

/// Every string literal below, split into names.
fn strings(tokens: TokenStream, found: &mut Vec<ClassUse>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => strings(Group::stream(&group), found),
            TokenTree::Literal(literal) => {
                let start = literal.span().start();
                if let Some(text) = string_value(&literal.to_string()) {
                    found.extend(names(&text, start));
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

fn names(text: &str, start: LineColumn) -> impl Iterator<Item = ClassUse> {
    text.lines().enumerate().flat_map(move |(offset, line)| {
        line.split_whitespace().map(move |name| ClassUse {
            name: name.to_owned(),
            line: start.line + offset,
            origin: Origin::Written,
        })
    })
}

/// The text of a plain or raw string literal as it stands in the source; anything else is not a string.
fn string_value(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('r') {
        let text = raw.trim_start_matches('#');
        return Some(text.strip_prefix('"')?.trim_end_matches('#').strip_suffix('"')?.to_owned());
    }
    let text = literal.strip_prefix('"')?.strip_suffix('"')?;
    Some(text.replace("\\\n", " ").replace("\\\"", "\"").replace("\\\\", "\\"))
}

fn touches(left: &TokenTree, right: Option<&TokenTree>) -> bool {
    right.is_some_and(|right| left.span().end() == right.span().start())
}

#[cfg(test)]
#[path = "classes_tests.rs"]
mod tests;
