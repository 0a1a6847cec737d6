//! Text on its way into HTML that is put together by hand.

/// Text as it may stand in an element or in a quoted attribute. What no reader sees, but what may change what is seen (control
/// characters, and those that turn the direction of writing), is shown by its number.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(c),
            // The end of a line as Windows writes it.
            '\r' => {}
            c if c.is_control() || turns(c) => safe.push_str(&format!("\u{27e8}{:04x}\u{27e9}", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}

const fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_element_or_its_quotes() {
        let hostile = "<script>alert(\"1\")</script>' onload='x' &amp;";
        let safe = escaped(hostile);
        assert!(!safe.contains(['<', '>', '"', '\'']), "{safe}");
        assert!(safe.ends_with("&amp;amp;"), "{safe}");
    }

    #[test]
    fn what_turns_the_writing_or_cannot_be_seen_is_shown_by_its_number() {
        assert_eq!(escaped("a\u{202e}b\u{1b}[31m\0\r\n\tc"), "a⟨202e⟩b⟨001b⟩[31m⟨0000⟩\n\tc");
    }
}
