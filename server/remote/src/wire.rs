//! The text that goes to a host and comes back, apart from the output of a job itself.
//!
//! A request is sent over the standard input of a fixed one-line command, so that neither a
//! script nor a secret is ever part of an argument list: the supervisor's text with the request's
//! values in its middle. It is read as a whole, and not line by line: a shell asks the system for
//! each byte of a line, which took longer than most jobs. See `supervisor.sh` for the other side.

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

use crate::RemoteError;
use crate::secret::EnvName;

/// Runs what it reads, if all of it has arrived.
///
/// One line and without `!`, so that login shells other than a Bourne shell pass it on as well.
pub(crate) const BOOTSTRAP: &str = r##"c=$(cat); case $c in *"#complete") eval "$c"; exit;; esac; exit 1"##;

const SUPERVISOR: &str = include_str!("supervisor.sh");
/// Where in it the request stands.
const PLACE: &str = "#request\n";
/// Its end. A comment, so that the text can be run with it.
const COMPLETE: &str = "#complete\n";
const RUNNER: &str = include_str!("runner.sh");

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
    /// Commands of the shell that give its variables their values.
    values: String,
}

impl Request {
    pub(crate) fn new(verb: Verb) -> Self {
        let request = Self { verb, values: String::new() }.field("verb", verb.word());
        match verb {
            Verb::Start => request.field("runner", RUNNER),
            _ => request,
        }
    }

    /// `name`: a variable of the supervisor.
    pub(crate) fn field(mut self, name: &str, value: &str) -> Self {
        self.assign(name, value);
        self
    }

    /// One argument of the job, after those before it.
    pub(crate) fn argument(mut self, value: &str) -> Self {
        self.assign("argument", value);
        self.values.push_str("set -- \"$@\" \"$argument\"\n");
        self
    }

    /// A variable of the job, in its environment alone.
    pub(crate) fn secret(mut self, name: &EnvName, value: &str) -> Self {
        self.assign(name.as_str(), value);
        self.values.push_str(&format!("names=\"$names {}\"\n", name.as_str()));
        self
    }

    /// `name` is one of ours, or was checked to be the name of a variable.
    fn assign(&mut self, name: &str, value: &str) {
        self.values.push_str(name);
        self.values.push('=');
        if value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
            self.values.push_str(&quoted(value));
            self.values.push('\n');
        } else {
            // Shells differ in what they do with other bytes; all of them know these escapes. The dot keeps newlines at
            // the end, which a command substitution would drop.
            let escaped = quoted(&escaped(value));
            self.values.push_str(&format!("$(printf '%b.' {escaped})\n{name}=${{{name}%.}}\n"));
        }
    }

    /// All of it, with the line that makes it count.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let (before, after) = SUPERVISOR.split_once(PLACE).expect("the supervisor has a place for the request");
        [before, &self.values, after, COMPLETE].concat().into_bytes()
    }
}

/// As one word of the shell.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
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

/// What a login script may print before the reply begins.
const NOISE_LIMIT: usize = 64 * 1024;
const LINE_LIMIT: u64 = 8 * 1024;

/// Reads one line of the supervisor. `None`: there is no more, or not a whole line.
pub(crate) async fn read_line(input: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    input.take(LINE_LIMIT).read_until(b'\n', &mut line).await?;
    if line.pop() != Some(b'\n') {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

/// Skips what came before the reply. `false`: there is no reply.
pub(crate) async fn find_reply(input: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<bool> {
    let mut skipped = 0;
    while skipped < NOISE_LIMIT {
        match read_line(input).await? {
            Some(line) if line == "drydock-reply 1" => return Ok(true),
            Some(line) => skipped += line.len() + 1,
            None => return Ok(false),
        }
    }
    Ok(false)
}

/// The lines of a reply up to `end`, or the error it tells. `None`: it was cut off.
pub(crate) async fn read_reply(input: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<Vec<String>>> {
    if !find_reply(input).await? {
        return Ok(None);
    }
    let mut lines = Vec::new();
    loop {
        match read_line(input).await? {
            Some(line) if line == "end" => return Ok(Some(lines)),
            Some(line) if line.starts_with("error ") => return Ok(Some(vec![line])),
            Some(line) => lines.push(line),
            None => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(request: Request) -> String {
        request.values.lines().filter(|line| !line.starts_with("verb=")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_value_is_one_word_of_the_shell_whatever_stands_in_it() {
        let plain = Request::new(Verb::Read).field("script", "echo 'a'\n\techo \"$(b)\" \\ !").argument("; reboot");
        assert_eq!(
            values(plain),
            "script='echo '\\''a'\\''\n\techo \"$(b)\" \\ !'\nargument='; reboot'\nset -- \"$@\" \"$argument\""
        );
        let other = Request::new(Verb::Read).field("script", "é'\\\n");
        assert_eq!(values(other), "script=$(printf '%b.' '\\0303\\0251'\\''\\0134\\0012')\nscript=${script%.}");
    }

    #[test]
    fn the_last_line_says_that_everything_has_arrived() {
        let whole = Request::new(Verb::Look).field("spool", "a").into_bytes();
        assert!(whole.ends_with(COMPLETE.as_bytes()));
        assert_eq!(SUPERVISOR.matches(PLACE).count(), 1);
        assert!(!SUPERVISOR.contains(COMPLETE.trim_end()), "a text that was cut off could look complete");
    }

    #[tokio::test]
    async fn what_login_scripts_print_is_skipped() {
        let mut input = &b"Welcome!\ndrydock-reply 1\nstate none\nend\n"[..];
        let reply = read_reply(&mut input).await.unwrap();
        assert_eq!(reply, Some(vec!["state none".to_owned()]));
    }

    #[tokio::test]
    async fn a_reply_that_was_cut_off_is_no_reply() {
        for cut in ["", "drydock-re", "drydock-reply 1\n", "drydock-reply 1\nstate exit 000\nen"] {
            let mut input = cut.as_bytes();
            assert_eq!(read_reply(&mut input).await.unwrap(), None, "{cut:?}");
        }
    }

    #[test]
    fn the_bootstrap_survives_quoting_by_any_login_shell() {
        assert!(!BOOTSTRAP.contains(['\'', '\n', '!']));
    }
}
