//! What counts as a class name, and what does not.

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
    check(r#"view! { <p class=tone_classes(state) title="no">"no"</p> }"#, "");
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
fn an_attribute_that_hides_its_names_is_told_from_one_that_passes_them_on() {
    let hidden = find(r#"view! { <p class=tone_of(state) title="no"/> }"#).unwrap();
    assert_eq!(hidden, [ClassUse { name: "tone_of (state)".into(), line: 1, origin: Origin::Elsewhere }]);
    check(r#"view! { <p class=move || look.html_class() id="no"/> <b class=class/> <i class=""/> }"#, "");
}

#[test]
fn a_name_in_a_long_string_has_its_own_line() {
    let found = find("view! { <p class=\"a\n  b\"/> }").unwrap();
    assert_eq!(found[1], ClassUse { name: "b".into(), line: 2, origin: Origin::Written });
}
