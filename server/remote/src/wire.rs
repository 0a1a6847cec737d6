//! The text that goes to a host and comes back, apart from the output of a job itself.
//!
//! A request is sent over the standard input of a fixed one-line command, so that neither a
//! script nor a secret is ever part of an argument list: first the supervisor's text, then
//! `key value` lines. See `supervisor.sh` for the other side.

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

use crate::RemoteError;

/// Collects the supervisor from its input and runs it, if all of it has arrived.
///
/// One line and without `!`, so that login shells other than a Bourne shell pass it on as well.
pub(crate) const BOOTSTRAP: &str = r##"c=; n=$(printf "\nx"); n=${n%x}; while IFS= read -r l; do if [ "$l" = "#request" ]; then eval "$c"; exit; fi; c=$c$l$n; done; exit 1"##;

const SUPERVISOR: &str = include_str!("supervisor.sh");
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
    text: String,
}

impl Request {
    pub(crate) fn new(verb: Verb) -> Self {
        let mut text = String::from(SUPERVISOR);
        text.push_str("#request\n");
        let request = Self { verb, text };
        let request = request.field("verb", verb.word());
        match verb {
            Verb::Start => request.field("runner", RUNNER),
            _ => request,
        }
    }

    pub(crate) fn field(mut self, key: &str, value: &str) -> Self {
        self.text.push_str(key);
        self.text.push(' ');
        escape_into(&mut self.text, value);
        self.text.push('\n');
        self
    }

    /// All of it, with the line that makes it count.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let mut text = self.text;
        text.push_str("go\n");
        text.into_bytes()
    }
}

/// Writes `value` so that it stays on one line and `printf %b` gives it back.
fn escape_into(out: &mut String, value: &str) {
    for byte in value.bytes() {
        if (b' '..=b'~').contains(&byte) && byte != b'\\' {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("\\0{byte:03o}"));
        }
    }
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

    fn escaped(value: &str) -> String {
        let mut out = String::new();
        escape_into(&mut out, value);
        out
    }

    #[test]
    fn a_value_stays_on_one_line_of_plain_text() {
        assert_eq!(escaped("a b\\n\n'é"), r"a b\0134n\0012'\0303\0251");
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
        assert!(!SUPERVISOR.lines().any(|line| line == "#request"));
    }
}
