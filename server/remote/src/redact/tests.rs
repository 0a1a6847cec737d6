use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn redactor(secrets: &[&str]) -> Redactor {
    let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new(*text)).collect();
    Redactor::new(&secrets)
}

fn in_pieces(redactor: &Redactor, pieces: &[&[u8]]) -> Vec<u8> {
    let mut redactor = redactor.clone();
    let mut all: Vec<u8> = pieces.iter().flat_map(|piece| redactor.feed(piece)).collect();
    all.extend(redactor.flush());
    all
}

#[test]
fn a_secret_across_a_border_is_found() {
    let all = in_pieces(&redactor(&["hunter2"]), &[b"password=hun", b"t", b"er2\n"]);
    assert_eq!(String::from_utf8(all).unwrap(), "password=«redacted»\n");
}

#[test]
fn what_only_looked_like_a_secret_comes_out_again() {
    let mut redactor = redactor(&["hunter2"]);
    assert_eq!(redactor.feed(b"a hunt"), b"a ");
    assert_eq!(redactor.held(), 4);
    assert_eq!(redactor.feed(b" b"), b"hunt b");
    assert_eq!(redactor.feed(b"hunter"), b"");
    assert_eq!(redactor.flush(), b"hunter");
}

#[test]
fn overlapping_secrets_leave_nothing_behind() {
    assert_eq!(redactor(&["abcd", "cdef", "ab"]).redact("xabcdefy"), "x«redacted»y");
    assert_eq!(redactor(&["aaa"]).redact("aaaaa"), "«redacted»");
}

#[test]
fn encoded_forms_are_found() {
    let secret = "p@ss w/ö~+\"q";
    let redactor = redactor(&[secret]);
    for (form, shown) in [
        ("x=p%40ss%20w%2F%C3%B6~%2B%22q;", "x=«redacted»;"),
        ("x=p%40ss+w%2f%c3%b6%7e%2b%22q;", "x=«redacted»;"),
        ("{\"a\":\"p@ss w/ö~+\\\"q\"}", "{\"a\":\"«redacted»\"}"),
    ] {
        assert_eq!(redactor.redact(form), shown);
    }
    let alone = STANDARD.encode(secret);
    assert!(redactor.redact(&alone).starts_with(REDACTED), "{alone}");
    for user in ["a", "ab", "abc", "admin", "someone"] {
        let basic = STANDARD.encode(format!("{user}:{secret}"));
        assert!(redactor.redact(&basic).contains(REDACTED), "{user}");
    }
}

#[test]
fn each_line_of_a_key_is_a_secret() {
    let key = "-----BEGIN KEY-----\nMIIEowIBAAKCAQEA\nu1SU1LfVLPHCozMx\n-----END KEY-----\n";
    let shown = redactor(&[key]).redact("  MIIEowIBAAKCAQEA\r\n  u1SU1LfVLPHCozMx\r\n");
    assert_eq!(shown, "  «redacted»\r\n  «redacted»\r\n");
}

#[test]
fn a_secret_that_never_ends_is_not_held_for_ever() {
    let mut redactor = redactor(&["0000"]);
    for _ in 0..100 {
        redactor.feed(&[b'0'; 10_000]);
        assert!(redactor.held() <= 2 * CHAIN_LIMIT, "{}", redactor.held());
    }
}

#[test]
fn no_secret_changes_nothing() {
    assert_eq!(redactor(&[]).redact("text"), "text");
    assert_eq!(redactor(&[""]).redact("text"), "text");
}

/// Few letters, so that parts of secrets, overlaps and near misses are common.
fn word() -> impl Strategy<Value = String> {
    "[ab]{1,6}"
}

proptest! {
    #[test]
    fn borders_do_not_matter(secrets in vec(word(), 1..4), pieces in vec("[abc]{0,9}", 0..12)) {
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let redactor = redactor(&secrets);
        let bytes: Vec<&[u8]> = pieces.iter().map(String::as_bytes).collect();
        let whole = in_pieces(&redactor, &[pieces.concat().as_bytes()]);
        prop_assert_eq!(in_pieces(&redactor, &bytes), whole);
    }

    #[test]
    fn no_secret_is_left(secrets in vec(word(), 1..4), text in "[abc]{0,60}") {
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        // The mark itself has letters in it that these secrets are made of.
        let shown = redactor(&secrets).redact(&text).replace(REDACTED, "#");
        for secret in secrets {
            prop_assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }

    #[test]
    fn a_new_redactor_can_go_on_where_nothing_is_held(
        secrets in vec(word(), 1..4), text in "[abc]{0,60}", cut in 0usize..60
    ) {
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let cut = cut.min(text.len());
        let mut first = redactor(&secrets);
        let mut shown = first.feed(&text.as_bytes()[..cut]);
        let from = cut - first.held();
        shown.extend(in_pieces(&redactor(&secrets), &[&text.as_bytes()[from..]]));
        prop_assert_eq!(String::from_utf8(shown).unwrap(), redactor(&secrets).redact(&text));
    }
}
