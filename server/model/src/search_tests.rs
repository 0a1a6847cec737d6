#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use proptest::prelude::*;

use super::*;

fn query(text: &str) -> Query {
    text.parse().unwrap()
}

#[track_caller]
fn check(typed: &str, text: &str, expected: &[&str]) {
    let found: Vec<&str> = query(typed).places(text).into_iter().map(|place| &text[place]).collect();
    assert_eq!(found, expected, "{typed:?} in {text:?}");
}

#[test]
fn words_are_runs_of_letters_and_digits_without_colours() {
    let text = "\u{1b}[1;31mERR\u{1b}[0mor: disk /dev/sd-B is FULL (99%)\n\u{1b}]0;title\u{7}Größe 12\u{1b}(B";
    assert_eq!(words(text), ["12", "99", "b", "dev", "disk", "error", "full", "größe", "is", "sd"]);
    assert_eq!(words(&"x".repeat(100)), ["x".repeat(64)]);
}

#[test]
fn an_escape_that_is_cut_off_takes_nothing_else_with_it() {
    assert_eq!(plain("a\u{1b}[31"), "a");
    assert_eq!(plain("a\u{1b}[31\nb"), "a\nb");
    assert_eq!(plain("a\u{1b}"), "a");
    assert_eq!(plain("a\u{1b}]0;title\nb"), "a\nb");
    assert_eq!(plain("a\u{1b}[mß\u{1b}ß"), "aßß");
}

#[test]
fn a_text_is_found_in_capitals_or_not_and_with_any_blanks_within_a_line() {
    check("disk full", "Disk\t full: DISK FULL", &["Disk\t full", "DISK FULL"]);
    check("disk full", "disk\nfull", &[]);
    check("(99%)", "is full (99%)", &["(99%)"]);
    check("--x-- end", "--x--x-- end", &["--x-- end"]);
    check("größe", "die GRÖSSE, die Größe", &["Größe"]);
}

#[test]
fn it_begins_where_a_word_begins_and_its_last_word_may_go_on_from_three_letters() {
    check("fail", "failed unfailing", &["fail"]);
    check("fa", "failed fa", &["fa"]);
    check("step 1", "step 12, step 1", &["step 1"]);
    check("rc=1", "rc=127 rc=1", &["rc=1"]);
    check("failed: no", "failed: nothing; failed: no", &["failed: no"]);
}

#[test]
fn what_has_no_word_or_is_too_long_is_refused_in_words() {
    assert_eq!(" -> ".parse::<Query>(), Err(NotSearchable::NoWord));
    assert_eq!("".parse::<Query>(), Err(NotSearchable::NoWord));
    assert_eq!("x".repeat(LONGEST_QUERY + 1).parse::<Query>(), Err(NotSearchable::TooLong));
}

#[test]
fn the_terms_are_the_words_and_the_last_one_may_be_a_beginning() {
    let word = |word: &str| Term::Word(word.to_owned());
    let beginning = |word: &str| Term::Beginning(word.to_owned());
    assert_eq!(query("Disk /dev full").terms(), [word("dev"), word("disk"), beginning("full")]);
    assert_eq!(query("disk full.").terms(), [word("disk"), word("full")]);
    assert_eq!(query("rc=1").terms(), [word("1"), word("rc")]);
}

#[test]
fn a_line_that_comes_in_pieces_is_found_once_and_whole() {
    let pieces: [&[u8]; 4] = [b"ok\ncannot rea", b"ch the ho", b"st\nnext", b" line\n"];
    let mut carry = Vec::new();
    let mut found = Vec::new();
    for piece in pieces {
        found.extend(query("reach the host").lines(&carry, piece).iter().map(MarkedLine::text));
        carry = carried(&carry, piece);
    }
    assert_eq!(found, ["cannot reach the host"]);
    assert_eq!(carry, b"");
    // What was found in the piece before is not found again with the line that goes on.
    assert_eq!(query("cannot").lines(b"cannot rea", b"ch").len(), 0);
}

#[test]
fn the_places_in_a_line_are_marked_and_a_long_line_is_cut_around_the_first() {
    let lines = query("disk").lines(b"", b"a disk, a DISK\nnone\n");
    let parts: Vec<_> = lines[0].parts.iter().map(|part| (part.text.as_str(), part.is_match)).collect();
    assert_eq!(parts, [("a ", false), ("disk", true), (", a ", false), ("DISK", true)]);
    assert_eq!(lines.len(), 1);
    let long = format!("{} disk {}", "ä".repeat(500), "ö".repeat(500));
    let shown = query("disk").lines(b"", long.as_bytes())[0].text();
    assert!(shown.starts_with("… ä") && shown.ends_with("ö …") && shown.len() < 400, "{shown}");
    assert_eq!(MarkedLine::whole("a disk.", &query("disk")).text(), "a disk.");
}

#[test]
fn only_the_end_of_a_line_without_end_is_carried() {
    let carry = carried(b"", &[b'x'; 5000]);
    assert_eq!(carry.len(), LONGEST_CARRY);
    assert_eq!(carried(&carry, b"\nrest"), b"rest");
}

fn terms_hold(terms: &[Term], words: &[String]) -> bool {
    terms.iter().all(|term| match term {
        Term::Word(word) => words.contains(word),
        Term::Beginning(start) => words.iter().any(|word| word.starts_with(start.as_str())),
    })
}

proptest! {
    /// Otherwise something that is there would be missed.
    #[test]
    fn wherever_a_text_stands_the_piece_has_its_words(text in "[a-cA-CäÄß0-2 .:/\n\u{1b}\\[m-]{0,60}", typed in "[a-cA-CäÄß0-2 .:/-]{1,8}") {
        if let Ok(query) = typed.parse::<Query>() && !query.lines(b"", text.as_bytes()).is_empty() {
            prop_assert!(terms_hold(&query.terms(), &words(&text)), "{:?} in {:?}", query.terms(), words(&text));
        }
    }

    /// Cutting output into pieces anywhere neither loses a line nor shows one twice.
    #[test]
    fn a_text_is_found_in_pieces_as_it_is_found_in_the_whole(text in "[ab .\n]{0,80}", typed in "[ab][ab .]{0,4}", cuts in prop::collection::vec(0_usize..80, 0..4)) {
        let query: Query = typed.parse().unwrap();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.push(text.len());
        cuts.sort_unstable();
        let (mut at, mut carry, mut found) = (0, Vec::new(), 0);
        for cut in cuts {
            let piece = &text.as_bytes()[at..cut];
            let lines = query.lines(&carry, piece);
            let all = [carry.as_slice(), piece].concat();
            prop_assert!(lines.is_empty() || terms_hold(&query.terms(), &words(&String::from_utf8_lossy(&all))));
            found += lines.len();
            carry = carried(&carry, piece);
            at = cut;
        }
        let whole = query.lines(b"", text.as_bytes()).len();
        prop_assert!(found >= whole, "{found} of {whole}");
    }

    #[test]
    fn no_text_makes_it_stumble(text in ".{0,80}", typed in ".{0,20}", carry in prop::collection::vec(any::<u8>(), 0..20)) {
        let _ = words(&text);
        if let Ok(query) = typed.parse::<Query>() {
            for line in query.lines(&carry, text.as_bytes()) {
                prop_assert!(line.parts.iter().any(|part| part.is_match));
            }
        }
    }
}
