//! Parts of files, as HTTP writes them: which bytes somebody wants (`Range`), and which ones they bring (`Content-Range`).

/// Which bytes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The first one.
    pub from: u64,
    /// The last one; none for all that follow.
    pub to: Option<u64>,
}

impl Wanted {
    /// One range from a byte on. Anything else is ignored, which HTTP allows: all of the file is sent then.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
        let from = number(from)?;
        let to = match to.trim() {
            "" => None,
            to => Some(number(to)?),
        };
        to.is_none_or(|to| to >= from).then_some(Self { from, to })
    }
}

/// Which bytes come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brought {
    /// The first one; none where nothing comes and only the state is asked for.
    pub from: Option<u64>,
    /// Of so many in all.
    pub of: u64,
}

impl Brought {
    /// `bytes 0-99/200`, or `bytes */200`.
    pub fn parse(text: &str) -> Option<Self> {
        let (range, of) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let of = number(of)?;
        if range.trim() == "*" {
            return Some(Self { from: None, of });
        }
        let (from, to) = range.split_once('-')?;
        let (from, to) = (number(from)?, number(to)?);
        (from <= to && to < of).then_some(Self { from: Some(from), of })
    }
}

/// Digits only: `+5` is no number here.
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_from_a_byte_on_is_understood_and_everything_else_ignored() {
        let wanted = |from, to| Some(Wanted { from, to });
        for (text, expected) in [
            ("bytes=0-", wanted(0, None)),
            ("bytes=5-", wanted(5, None)),
            ("bytes=5-9", wanted(5, Some(9))),
            ("bytes=-5", None),
            ("bytes=9-5", None),
            ("bytes=1-2,4-5", None),
            ("bytes=+1-", None),
            ("items=1-", None),
            ("bytes=99999999999999999999-", None),
            ("", None),
        ] {
            assert_eq!(Wanted::parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_brought_says_where_it_belongs_and_how_much_there_is() {
        let brought = |from, of| Some(Brought { from, of });
        for (text, expected) in [
            ("bytes 0-99/200", brought(Some(0), 200)),
            ("bytes 100-199/200", brought(Some(100), 200)),
            ("bytes */200", brought(None, 200)),
            ("bytes 100-200/200", None),
            ("bytes 9-5/200", None),
            ("bytes 0-99/*", None),
            ("bytes=0-99/200", None),
            ("", None),
        ] {
            assert_eq!(Brought::parse(text), expected, "{text:?}");
        }
    }
}
