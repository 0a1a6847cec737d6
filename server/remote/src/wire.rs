//! The text that goes to a host, and how it is cut into requests. `reply.rs` reads what comes back.
//!
//! Everything is sent over the standard input of a fixed one-line command, so that neither a script nor a secret is ever
//! part of an argument list. First, and once for as long as the channel is kept, comes the [`Opening`]: the supervisor's
//! text with the values that hold for all requests to this host. Then comes one request after another. The other side
//! knows where each ends before it takes it in, and takes in not a byte of what stands behind. See `supervisor.sh`.

use crate::RemoteError;
use crate::secret::EnvName;
use crate::transport::Place;

const SUPERVISOR: &str = include_str!("supervisor.sh");
/// Where in it the values stand that hold for all requests.
const PLACE: &str = "#place\n";
const RUNNER: &str = include_str!("runner.sh");
/// The end of a request. A comment, so that the text can be run with it.
const COMPLETE: &str = "#complete";
/// A longer request is not read as a line: from here on, a process that reads it takes less time.
const LINE_LIMIT: usize = 3000;

/// What is sent first over a new channel.
pub(crate) struct Opening(Vec<u8>);

impl Opening {
    pub(crate) fn new(place: &Place) -> Self {
        let mut values = Values::default();
        values.assign("boot_file", &place.boot_id_file);
        values.assign("shell", &place.shell);
        values.assign("patience", &place.start_patience.as_secs().to_string());
        values.assign("runner", RUNNER);
        if let Some(root) = &place.spool_root {
            values.assign("root", root);
        }
        let (before, after) = SUPERVISOR.split_once(PLACE).expect("the supervisor has a place for the values");
        Self([before, &values.0, "\n", after].concat().into_bytes())
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Reads this much, and runs it if all of it has arrived. `dd` gives what there is, and never more than it is told.
    ///
    /// One line and without `!`, so that login shells other than a Bourne shell pass it on as well.
    pub(crate) fn command(&self) -> String {
        let bytes = self.0.len();
        format!(
            "c=; while [ ${{#c}} -lt {bytes} ]; do p=$(dd bs=$(({bytes} - ${{#c}})) count=1 2>/dev/null && echo .); \
             [ ${{#p}} -gt 1 ] || exit 1; c=$c${{p%.}}; done; eval \"$c\""
        )
    }
}

/// The verbs of the supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    Start,
    Follow,
    Look,
    Cancel,
    Remove,
    Read,
    Facts,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Follow => "follow",
            Self::Look => "look",
            Self::Cancel => "cancel",
            Self::Remove => "remove",
            Self::Read => "read",
            Self::Facts => "facts",
        }
    }

    /// What a caller waits for, in the words of an error message.
    pub(crate) fn waiting_for(self) -> &'static str {
        match self {
            Self::Start => "the start of a job",
            Self::Follow => "output",
            Self::Look => "the state of a job",
            Self::Cancel => "the end of a job",
            Self::Remove => "the removal of a job's directory",
            Self::Read => "the answer to a question",
            Self::Facts => "the host's facts",
        }
    }
}

/// A request under construction.
pub(crate) struct Request {
    pub(crate) verb: Verb,
    values: Values,
}

impl Request {
    pub(crate) fn new(verb: Verb) -> Self {
        Self { verb, values: Values::default() }.field("verb", verb.word())
    }

    /// `name`: a variable of the supervisor.
    pub(crate) fn field(mut self, name: &str, value: &str) -> Self {
        self.values.assign(name, value);
        self
    }

    /// One argument of the job, after those before it.
    pub(crate) fn argument(mut self, value: &str) -> Self {
        self.values.assign("argument", value);
        self.values.0.push_str("set -- \"$@\" \"$argument\"; ");
        self
    }

    /// A variable of the job, in its environment alone.
    pub(crate) fn secret(mut self, name: &EnvName, value: &str) -> Self {
        self.values.assign(name.as_str(), value);
        self.values.0.push_str(&format!("names=\"$names {}\"; ", name.as_str()));
        self
    }

    /// All of it, with the word that marks its reply, and with the one that makes it count.
    pub(crate) fn to_bytes(&self, nonce: &str) -> Vec<u8> {
        let text = format!("{}nonce={nonce}; {COMPLETE}", self.values.0);
        if text.len() < LINE_LIMIT {
            return format!("{text}\n").into_bytes();
        }
        format!("bytes {}\n{text}", text.len()).into_bytes()
    }
}

/// Commands of the shell that give its variables their values, all on one line.
#[derive(Default)]
struct Values(String);

impl Values {
    /// `name` is one of ours, or was checked to be the name of a variable.
    fn assign(&mut self, name: &str, value: &str) {
        let text = &mut self.0;
        text.push_str(name);
        text.push('=');
        if value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
            text.push_str(&quoted(value));
        } else {
            // Shells differ in what they do with other bytes; all of them know these escapes. The dot keeps newlines at
            // the end, which a command substitution would drop.
            let escaped = quoted(&escaped(value));
            text.push_str(&format!("$(printf '%b.' {escaped}); {name}=${{{name}%.}}"));
        }
        text.push_str("; ");
    }
}

/// As one word of the shell that has no newline in it: for that, the supervisor has a variable.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''").replace('\n', "'$nl'"))
}

/// As `printf %b` gives it back.
fn escaped(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b' '..=b'~' if byte != b'\\' => char::from(byte).to_string(),
            _ => format!("\\0{byte:03o}"),
        })
        .collect()
}

/// Refuses what cannot be passed to a program at all.
pub(crate) fn refuse_nul(what: &'static str, value: &str) -> Result<(), RemoteError> {
    if value.contains('\0') {
        return Err(RemoteError::Invalid {
            what,
            value: value.escape_default().to_string(),
            rule: "free of NUL bytes",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    fn values(request: &Request) -> &str {
        request.values.0.split_once("; ").unwrap().1
    }

    #[test]
    fn a_value_is_one_word_of_the_shell_and_on_one_line_whatever_stands_in_it() {
        let plain = Request::new(Verb::Read).field("script", "echo 'a'\n\techo \"$(b)\" \\ !").argument("; reboot");
        assert_eq!(
            values(&plain),
            "script='echo '\\''a'\\'''$nl'\techo \"$(b)\" \\ !'; argument='; reboot'; set -- \"$@\" \"$argument\"; "
        );
        let other = Request::new(Verb::Read).field("script", "é'\\\n");
        assert_eq!(values(&other), "script=$(printf '%b.' '\\0303\\0251'\\''\\0134\\0012'); script=${script%.}; ");
    }

    #[test]
    fn the_last_word_says_that_everything_has_arrived_and_no_request_looks_like_two() {
        for script in ["short", &"long\n".repeat(LINE_LIMIT), "# #complete\n#complete\n", "bytes 7\n"] {
            let bytes = Request::new(Verb::Read).field("script", script).to_bytes("n");
            let text = String::from_utf8(bytes).unwrap();
            let (first, rest) = text.split_once('\n').unwrap();
            let whole = match first.strip_prefix("bytes ") {
                Some(length) => {
                    assert_eq!(length.parse(), Ok(rest.len()));
                    rest
                }
                None => {
                    assert_eq!(rest, "");
                    first
                }
            };
            assert!(whole.ends_with(" #complete") && whole.is_ascii() && !whole.contains('\n'), "{text}");
        }
    }

    #[test]
    fn the_supervisor_counts_in_characters_what_is_counted_in_bytes_here() {
        let opening = Opening::new(&Place { spool_root: Some("/é\n".to_owned()), ..Place::default() });
        assert_eq!(SUPERVISOR.matches(PLACE).count(), 1);
        assert!(opening.0.is_ascii() && opening.command().contains(&format!(" {} ", opening.0.len())));
    }

    #[test]
    fn the_command_survives_quoting_by_any_login_shell() {
        assert!(!Opening::new(&Place::default()).command().contains(['\'', '\n', '!']));
    }
}
