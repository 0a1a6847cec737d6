use proptest::prelude::*;

use super::*;

fn printed(seq: i64, host: &str, text: &str) -> Event {
    Event {
        seq,
        at: Timestamp(seq),
        kind: EventKind::Output {
            step: StepId::new("step").unwrap(),
            attempt: 1,
            host: HostName::new(host).unwrap(),
            stream: Stream::Stdout,
            offset: 0,
            text: text.into(),
        },
    }
}

fn shown(log: &Log) -> Vec<String> {
    log.lines().map(|line| line.text.letters().to_owned()).collect()
}

#[track_caller]
fn check(events: &[Event], expected: &[&str]) {
    let log = Log::of(events);
    let lines: Vec<String> = log.lines().map(|line| format!("{}: {}", line.pipe.host, line.text.letters())).collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_line_that_comes_in_pieces_is_one_line() {
    check(&[printed(1, "a", "one\ntw"), printed(2, "a", "o\nthree")], &["a: one", "a: two", "a: three"]);
}

#[test]
fn pieces_of_two_hosts_never_share_a_line() {
    check(&[printed(1, "a", "st"), printed(2, "b", "x\n"), printed(3, "a", "op\n")], &["a: stop", "b: x"]);
}

#[test]
fn an_event_that_comes_twice_is_shown_once() {
    check(&[printed(1, "a", "one\n"), printed(1, "a", "one\n"), printed(2, "a", "two\n")], &["a: one", "a: two"]);
}

#[test]
fn old_lines_are_let_go_and_the_log_says_so() {
    let log = Log::of(&[printed(1, "a", &"x\n".repeat(KEPT + 5))]);
    assert_eq!(log.lines().count(), KEPT);
    assert!(log.is_cut());
    assert_eq!((log.first(), log.next()), (5, KEPT as u64 + 5));
    assert!(log.line(4).is_none() && log.line(5).is_some());
    assert_eq!(log.lines_from(KEPT as u64).count(), 5);
    assert_eq!(log.lines_from(0).count(), KEPT);
}

#[test]
fn a_blank_line_stays_a_line() {
    check(&[printed(1, "a", "one\n\ntwo\r\n"), printed(2, "a", "\n")], &["a: one", "a: ", "a: two", "a: "]);
}

#[test]
fn a_line_that_is_written_over_shows_what_is_there_at_last() {
    check(&[printed(1, "a", " 10%\r 50%"), printed(2, "a", "\r100%\ndone\n")], &["a: 100%", "a: done"]);
    check(&[printed(1, "a", "a long one\rshort\u{1b}[K\n")], &["a: short"]);
    check(&[printed(1, "a", "abc\u{8}\u{8}X\n")], &["a: aXc"]);
    check(&[printed(1, "a", "bell\u{7} and tab\there\n")], &["a: bell and tab\there"]);
}

#[test]
fn a_command_that_goes_up_writes_over_its_own_lines_only() {
    let events = [
        printed(1, "a", "one: 1\ntwo: 1\n"),
        printed(2, "b", "other\n"),
        printed(3, "a", "\u{1b}[2A\u{1b}[2Kone: 2\n"),
    ];
    check(&events, &["a: one: 2", "a: two: 1", "b: other"]);
    let back = [events.as_slice(), &[printed(4, "a", "two: 2\nend\n")]].concat();
    check(&back, &["a: one: 2", "a: two: 2", "b: other", "a: end"]);
    check(&[printed(1, "a", "\u{1b}[99Ax\u{1b}[99B\ny")], &["a: x", "a: y"]);
    check(&[printed(1, "a", "x\ny\n\u{1b}[2AX\u{1b}[2Bz\n")], &["a: X", "a: y", "a: z"]);
}

#[test]
fn colours_go_on_over_lines_and_pieces_and_are_kept_apart() {
    let log = Log::of(&[
        printed(1, "a", "\u{1b}[31mred\nred "),
        printed(2, "b", "plain\n"),
        printed(3, "a", "too\u{1b}["),
        printed(4, "a", "0m plain\n"),
    ]);
    let red = Style::default().changed("31");
    let styles: Vec<Vec<bool>> =
        log.lines().map(|line| line.text.runs().map(|(_, style)| style == red).collect()).collect();
    assert_eq!(styles, [vec![true], vec![true, false], vec![false]]);
    assert_eq!(shown(&log), ["red", "red too plain", "plain"]);
}

#[test]
fn a_line_without_end_goes_on_below() {
    let log = Log::of(&[printed(1, "a", &"ß".repeat(LONGEST)), printed(2, "a", "end\nnext\n")]);
    assert_eq!(shown(&log).concat(), format!("{}endnext", "ß".repeat(LONGEST)));
    assert!(log.lines().all(|line| line.text.letters().len() <= LONGEST));
}

#[test]
fn what_was_written_to_is_told_once() {
    let mut log = Log::default();
    log.push(&printed(1, "a", "one\ntw"));
    log.take_changed();
    log.push(&printed(2, "a", "o\n"));
    assert_eq!(log.take_changed(), BTreeSet::from([1]));
    assert!(log.take_changed().is_empty());
    assert_eq!(log.line(1).map(|line| line.seq), Some(2));
}

/// With everything that moves about in a line.
const OUTPUT: &str = "[a-c \u{1b}\\[\\]0-9;mAKG\r\n\u{8}\u{7}ß]{0,80}";

proptest! {
    /// Otherwise what somebody sees would depend on how the network has cut it.
    #[test]
    fn where_pieces_end_does_not_matter(text in OUTPUT, cuts in prop::collection::vec(0_usize..80, 0..5)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| text.floor_char_boundary(cut.min(text.len()))).collect();
        cuts.push(text.len());
        cuts.sort_unstable();
        let (mut at, mut events) = (0, Vec::new());
        for (seq, cut) in (1..).zip(cuts) {
            events.push(printed(seq, "a", &text[at..cut]));
            at = cut;
        }
        let lines = |events: &[Event]| Log::of(events).lines().map(|line| line.text.clone()).collect::<Vec<_>>();
        prop_assert_eq!(lines(&events), lines(&[printed(1, "a", &text)]));
    }

    #[test]
    fn no_letter_of_a_plain_text_is_lost(text in "[a-z ß€\t\n]{0,200}") {
        let log = Log::of(&[printed(1, "a", &text)]);
        let expected: Vec<&str> = text.strip_suffix('\n').unwrap_or(&text).split('\n').collect();
        if text.is_empty() {
            prop_assert!(log.is_empty());
        } else {
            prop_assert_eq!(shown(&log), expected);
        }
    }

    #[test]
    fn colours_take_no_letter_away(words in prop::collection::vec("[a-z ]{1,6}", 1..10), codes in prop::collection::vec(0_u16..120, 10)) {
        let text: String = words.iter().zip(&codes).map(|(word, code)| format!("\u{1b}[{code}m{word}")).collect();
        prop_assert_eq!(shown(&Log::of(&[printed(1, "a", &text)])), [words.concat()]);
    }

    #[test]
    fn nothing_makes_it_stumble(pieces in prop::collection::vec(".{0,40}", 0..6), kept in 1_usize..4) {
        let mut log = Log::keeping(kept);
        for (seq, piece) in (1..).zip(&pieces) {
            log.push(&printed(seq, "a", piece));
            prop_assert!(log.lines().count() <= kept);
        }
    }
}
