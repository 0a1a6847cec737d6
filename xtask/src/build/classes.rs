//! Finds the class names that the pages write, with file and line.
//!
//! Works on Rust tokens and not on text, so that comments and ordinary strings are never mistaken for classes. Where
//! class names may stand is fixed in style/README.md: after `class=`, behind `class:`, and in functions, constants and
//! variables called `class`, `classes` or `…_classes`.

use std::{fmt, path::PathBuf};

use proc_macro2::{Delimiter, Group, Ident, LineColumn, Spacing, TokenStream, TokenTree};

/// One class name in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassUse {
    pub name: String,
    pub line: usize,
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
}

impl fmt::Display for ClassFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: `{}` ", self.file.display(), self.line, self.name)?;
        f.write_str(match self.kind {
            FaultKind::NoCss => "yields no CSS",
            FaultKind::DarkVariant => "is not needed: the colours follow the theme by themselves",
            FaultKind::PutTogether => "is put together at run time; write each name whole",
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
    name == "class" || name == "classes" || name.ends_with("_classes")
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
            value(tokens, at + 2, found)
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
    found.push(ClassUse { name, line });
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
        line.split_whitespace().map(move |name| ClassUse { name: name.to_owned(), line: start.line + offset })
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
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let found = find(source).unwrap();
        let names: Vec<&str> = found.iter().map(|class| class.name.as_str()).collect();
        assert_eq!(names.join(" "), expected);
    }

    #[test]
    fn a_literal_attribute_gives_its_names_and_other_attributes_give_none() {
        check(r#"view! { <p id="no" class="card mt-2" title="not this">"nor this"</p> }"#, "card mt-2");
        check(r#"view! { <A href="no" attr:class="link">"x"</A> }"#, "link");
    }

    #[test]
    fn an_expression_gives_every_string_inside_the_value() {
        check(r#"view! { <p class={if late() { "bad" } else { "good" }} id="no"/> }"#, "bad good");
        check(r#"view! { <p class=move || if n() > 3 { "bad" } else { "good" } data-x="no">"no"</p> }"#, "bad good");
        check(r#"view! { <p class=("open", move || open.get()) on:click="no"/> }"#, "open");
        check(r#"view! { <p class=tone_of(state) title="no">"no"</p> }"#, "");
    }

    #[test]
    fn the_name_behind_a_class_directive_counts() {
        check(r#"view! { <p class:is-open=move || true class:hidden=x>"no"</p> }"#, "is-open hidden");
        check(r#"view! { <p class:mt-2=x/> }"#, "mt-2");
    }

    #[test]
    fn functions_constants_variables_and_fields_by_name() {
        check(
            r#"fn tone_classes(s: &S) -> &'static str { match s { S::A => "badge is-ok", S::B => "dot" } }"#,
            "badge is-ok dot",
        );
        check(r#"const QUIET_CLASSES: &str = "text-sm"; const OTHER: &str = "no";"#, "text-sm");
        check(r#"let classes = if wide { "cards" } else { "stack" }; let x = "no";"#, "cards stack");
        check(r#"div().class("card").id("no")"#, "card");
        check(r#"let class: &str = "card"; f("no");"#, "card");
        check(r#"Look { class: "card", title: "no" }"#, "card");
    }

    #[test]
    fn a_risk_class_a_comparison_and_a_comment_are_not_class_names() {
        check(r#"let risk_class = "production"; if class == "no" {} // class="no""#, "");
        check(r#"match x { class => "no" } fn f(class: String, x: &str) { g("no") }"#, "");
    }

    #[test]
    fn a_name_in_a_long_string_has_its_own_line() {
        let found = find("view! { <p class=\"a\n  b\"/> }").unwrap();
        assert_eq!(found[1], ClassUse { name: "b".into(), line: 2 });
    }
}
