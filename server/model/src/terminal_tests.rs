#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use proptest::prelude::*;

use super::*;

fn styled(parameters: &str) -> Style {
    Style::default().changed(parameters)
}

#[test]
fn text_and_sequences_are_told_apart_and_an_end_within_one_is_told() {
    let found: Vec<Part<'_>> = parts("a\u{1b}[1;31mb\u{1b}]0;title\u{7}c\u{1b}(Bd\u{1b}[3").collect();
    assert_eq!(
        found,
        [
            Part::Text("a"),
            Part::Escape("\u{1b}[1;31m"),
            Part::Text("b"),
            Part::Escape("\u{1b}]0;title\u{7}"),
            Part::Text("c"),
            Part::Escape("\u{1b}(B"),
            Part::Text("d"),
            Part::Unfinished("\u{1b}[3"),
        ]
    );
    assert_eq!(parts("\u{1b}").collect::<Vec<_>>(), [Part::Unfinished("\u{1b}")]);
    assert_eq!(parts("\u{1b}[31\n").last(), Some(Part::Text("\n")), "the end of a line is never part of one");
}

#[test]
fn every_colour_and_form_is_known_and_taken_back() {
    assert_eq!(styled("31").ink, Some(Colour(1)));
    assert_eq!(styled("97").ink, Some(Colour(15)));
    assert_eq!(styled("44").ground, Some(Colour(4)));
    assert_eq!(styled("100").ground, Some(Colour(8)));
    let all = styled("1;2;3;4;7;32;45");
    assert!(all.is_bold && all.is_faint && all.is_italic && all.is_underlined && all.is_reversed);
    assert_eq!(all.changed("22;23;24;27;39;49"), Style::default());
    assert_eq!(all.changed(""), Style::default());
    assert_eq!(all.changed("0"), Style::default());
    assert_eq!(styled("31;;1"), styled("1"), "nothing between two signs is a zero");
    assert_eq!(styled("999;31;x;255"), styled("31"), "what is not known changes nothing");
}

#[test]
fn the_many_colours_of_newer_terminals_become_one_of_sixteen() {
    assert_eq!(styled("38;5;9").ink, Some(Colour(9)));
    assert_eq!(styled("38;5;196").ink, Some(Colour(9)), "the purest red");
    assert_eq!(styled("48;5;22").ground, Some(Colour(2)), "a dark green");
    assert_eq!(styled("38;5;232").ink, Some(Colour(0)));
    assert_eq!(styled("38;5;255").ink, Some(Colour(15)));
    assert_eq!(styled("38;2;0;0;205").ink, Some(Colour(4)));
    assert_eq!(styled("38;2;255;255;0;1"), Style { is_bold: true, ..styled("93") });
    assert_eq!(styled("38:2::255:0:0").ink, Some(Colour(9)));
    assert_eq!(styled("38:2:255:0:0").ink, Some(Colour(9)));
    assert_eq!(styled("48:5:4").ground, Some(Colour(4)));
    assert!(styled("4:3").is_underlined && !styled("4;4:0").is_underlined);
    assert_eq!(styled("38;5"), Style::default());
    assert_eq!(styled("38"), Style::default());
}

#[test]
fn what_moves_within_lines_is_known_and_the_rest_is_left_out() {
    for (sequence, expected) in [
        ("\u{1b}[A", Some(Command::Up(1))),
        ("\u{1b}[3A", Some(Command::Up(3))),
        ("\u{1b}[0B", Some(Command::Down(1))),
        ("\u{1b}[G", Some(Command::Column(0))),
        ("\u{1b}[12G", Some(Command::Column(11))),
        ("\u{1b}[K", Some(Command::Erase(Erased::ToEnd))),
        ("\u{1b}[1K", Some(Command::Erase(Erased::ToStart))),
        ("\u{1b}[2K", Some(Command::Erase(Erased::Line))),
        ("\u{1b}[1;31m", Some(Command::Style("1;31"))),
        ("\u{1b}[?25l", None),
        ("\u{1b}[2J", None),
        ("\u{1b}(B", None),
        ("\u{1b}]0;title\u{7}", None),
        ("\u{1b}[99999A", Some(Command::Up(1))),
        ("\u{1b}[", None),
    ] {
        assert_eq!(Command::of(sequence), expected, "{sequence:?}");
    }
}

/// Text of the kind in which such sequences go wrong.
const HOSTILE: &str = "[a-cß0-9;:?\\[\\](m)AGK \u{1b}\u{7}\r\n\u{8}é\\\\]{0,60}";

proptest! {
    #[test]
    fn the_parts_put_together_are_the_text(text in HOSTILE) {
        let again: String = parts(&text)
            .map(|part| match part {
                Part::Text(text) | Part::Escape(text) | Part::Unfinished(text) => text,
            })
            .collect();
        prop_assert_eq!(again, text);
    }

    /// Otherwise a letter could be lost in a sequence that was not meant.
    #[test]
    fn what_no_sequence_begins_in_is_text_as_a_whole(text in "[^\u{1b}]{1,60}") {
        prop_assert_eq!(parts(&text).collect::<Vec<_>>(), [Part::Text(text.as_str())]);
    }

    #[test]
    fn colours_between_letters_take_no_letter_away(letters in prop::collection::vec("[a-zß0-9 ]{0,5}", 1..8), codes in prop::collection::vec(0_u16..300, 8)) {
        let text: String = letters.iter().zip(&codes).map(|(text, code)| format!("{text}\u{1b}[{code}m")).collect();
        let read: String = parts(&text).filter_map(|part| if let Part::Text(text) = part { Some(text) } else { None }).collect();
        prop_assert_eq!(read, letters.concat());
    }

    #[test]
    fn no_sequence_makes_it_stumble(text in ".{0,40}", parameters in "[0-9;:]{0,40}") {
        let _ = styled(&parameters);
        for part in parts(&text) {
            if let Part::Escape(sequence) = part {
                let _ = Command::of(sequence);
            }
        }
    }

    #[test]
    fn every_colour_has_one_of_sixteen(red: u8, green: u8, blue: u8) {
        prop_assert!(Colour::of_rgb(red, green, blue).number() < 16);
        prop_assert!(Colour::of_256(red).number() < 16);
    }
}
