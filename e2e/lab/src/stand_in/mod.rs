//! Commands of a simulated platform on its hosts: a program there asks the lab what to print and how to end.

pub(crate) mod systemctl;

/// The program. It goes by the name it is called with.
pub(crate) const ASK: &str = include_str!("../../host/ask");

/// What a command prints, and its exit code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u8,
    pub(crate) out: Vec<String>,
    pub(crate) err: Vec<String>,
}

impl Reply {
    pub(crate) fn silent() -> Self {
        Self::default()
    }

    /// Lines on stdout, exit code 0.
    pub(crate) fn says(text: impl AsRef<str>) -> Self {
        Self { out: text.as_ref().lines().map(str::to_owned).collect(), ..Self::default() }
    }

    /// Lines on stderr.
    pub(crate) fn fails(code: u8, text: impl AsRef<str>) -> Self {
        Self { code, err: text.as_ref().lines().map(str::to_owned).collect(), ..Self::default() }
    }

    pub(crate) fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// One command after another: the last code that is not 0 counts.
    pub(crate) fn and(mut self, next: Self) -> Self {
        self.out.extend(next.out);
        self.err.extend(next.err);
        if next.code != 0 {
            self.code = next.code;
        }
        self
    }

    pub(crate) fn encode(&self) -> String {
        let mut text = format!("{}\n", self.code);
        for (mark, lines) in [('>', &self.out), ('!', &self.err)] {
            for line in lines {
                text.push(mark);
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }
}

/// The arguments in the body of a question: each ends with a zero byte.
pub(crate) fn arguments(body: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(body).split_terminator('\0').map(str::to_owned).collect()
}
