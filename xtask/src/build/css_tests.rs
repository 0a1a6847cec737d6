//! The style sheet's promises: unknown names fail by name, and every text can be read in both themes.

use std::collections::BTreeMap;

use super::*;

fn paths() -> Paths {
    Paths::find().unwrap()
}

fn base() -> String {
    read_text(&paths().root.join("style/base.css")).unwrap()
}

fn compile_names(names: &str) -> Result<String, Error> {
    let uses: Vec<(PathBuf, ClassUse)> = names
        .split_whitespace()
        .map(|name| {
            (PathBuf::from("app/src/page.rs"), ClassUse { name: name.into(), line: 7, origin: Origin::Written })
        })
        .collect();
    compile(&config(&paths()).unwrap(), &base(), &uses)
}

#[test]
fn a_class_without_css_fails_and_is_named_with_file_and_line() {
    let error = compile_names("card flex no-such-thing").unwrap_err().to_string();
    assert!(error.contains("app/src/page.rs:7: `no-such-thing` yields no CSS"), "{error}");
    assert!(!error.contains("`card`") && !error.contains("`flex`"), "{error}");
}

#[test]
fn a_spliced_name_and_a_dark_variant_are_refused() {
    let error = compile_names("is-{tone} dark:flex").unwrap_err().to_string();
    assert!(error.contains("`is-{tone}` is put together"), "{error}");
    assert!(error.contains("`dark:flex` is not needed"), "{error}");
}

#[test]
fn every_colour_of_the_theme_can_be_used_with_and_without_opacity() {
    let theme: toml::Table = read_text(&paths().root.join("style/theme.toml")).unwrap().parse().unwrap();
    let base = base();
    for (name, value) in theme["theme"]["colors"].as_table().unwrap() {
        assert_eq!(value.as_str(), Some(format!("var(--{name})").as_str()));
        assert!(base.contains(&format!("--{name}: ")), "base.css does not define --{name}");
        // encre-css takes `bg-line` for the beginning of `bg-linear-…`.
        let grounds = if name == "line" { String::new() } else { format!("bg-{name} bg-{name}/20") };
        let sheet = compile_names(&format!("text-{name} border-{name} {grounds}")).unwrap();
        assert!(sheet.contains(&format!("border-color: var(--{name})")), "{name}");
    }
}

#[test]
fn utilities_come_after_components_so_that_they_win() {
    let sheet = compile_names("card p-2").unwrap();
    assert!(sheet.find("\n.card {").unwrap() < sheet.find(".p-2 {").unwrap());
    assert!(sheet.contains("box-sizing: border-box"), "the reset is missing");
}

#[test]
fn every_class_the_readme_of_the_style_names_exists() {
    let known = component_classes(&without_comments(&base()));
    let readme = read_text(&paths().root.join("style/README.md")).unwrap();
    let section = readme.split("## Components").nth(1).unwrap().split("## ").next().unwrap();
    for words in section.split('`').skip(1).step_by(2).filter(|words| !words.contains(['=', '<', ':'])) {
        for name in words.split_whitespace().filter(|name| *name != "td" && *name != "data-label") {
            assert!(known.contains(name), "style/README.md names `{name}`, base.css does not define it");
        }
    }
}

/// Text tokens and the grounds they may stand on.
const READABLE: [(&str, &[&str]); 19] = [
    ("ink", &["canvas", "surface", "sunken", "accent-soft"]),
    ("muted", &["canvas", "surface", "sunken"]),
    ("accent", &["canvas", "surface", "sunken", "accent-soft"]),
    ("accent-strong", &["canvas", "surface", "accent-soft"]),
    ("on-accent", &["accent", "accent-strong"]),
    ("on-failed", &["failed", "failed-strong"]),
    ("ok", &["canvas", "surface", "sunken", "ok-soft"]),
    ("running", &["canvas", "surface", "sunken", "running-soft"]),
    ("waiting", &["canvas", "surface", "sunken", "waiting-soft"]),
    ("unknown", &["canvas", "surface", "sunken", "unknown-soft"]),
    ("warning", &["canvas", "surface", "sunken", "warning-soft"]),
    ("failed", &["canvas", "surface", "sunken", "failed-soft"]),
    ("failed-strong", &["canvas", "surface"]),
    ("ink", &["ok-soft", "running-soft", "waiting-soft", "unknown-soft", "warning-soft", "failed-soft"]),
    ("muted", &["ok-soft", "running-soft", "waiting-soft", "unknown-soft", "warning-soft", "failed-soft"]),
    ("terminal-ink", &["terminal"]),
    ("terminal-muted", &["terminal"]),
    ("terminal-failed", &["terminal"]),
    ("accent", &["surface"]),
];

#[test]
fn every_text_is_readable_on_its_grounds_in_both_themes() {
    let tokens = tokens(&base());
    let mut poor = Vec::new();
    for (text, grounds) in READABLE {
        for ground in grounds {
            for (theme, index) in [("light", 0), ("dark", 1)] {
                let ratio = contrast(tokens[text][index], tokens[*ground][index]);
                if ratio < 4.5 {
                    poor.push(format!("{text} on {ground}, {theme}: {ratio:.2}"));
                }
            }
        }
    }
    assert!(poor.is_empty(), "below 4.5:1: {poor:#?}");
}

#[test]
fn the_border_of_an_input_can_be_seen_in_both_themes() {
    let tokens = tokens(&base());
    for index in [0, 1] {
        assert!(contrast(tokens["line-strong"][index], tokens["surface"][index]) >= 3.0);
    }
}

/// `--name: light-dark(#a, #b);` or `--name: #a;` → the two colours.
fn tokens(css: &str) -> BTreeMap<String, [[f64; 3]; 2]> {
    let mut found = BTreeMap::new();
    for line in css.lines().filter_map(|line| line.trim().strip_prefix("--")) {
        let Some((name, value)) = line.split_once(": ") else { continue };
        let colours: Vec<[f64; 3]> = value.split('#').skip(1).filter_map(|hex| colour(hex.get(..6)?)).collect();
        if let (Some(light), Some(dark)) = (colours.first(), colours.last()) {
            found.insert(name.to_owned(), [*light, *dark]);
        }
    }
    found
}

fn colour(hex: &str) -> Option<[f64; 3]> {
    let bytes = hex::decode(hex).ok()?;
    Some([f64::from(*bytes.first()?), f64::from(*bytes.get(1)?), f64::from(*bytes.get(2)?)])
}

/// WCAG 2.2, "contrast ratio".
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|part| {
        let part = part / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}
