//! What a look at the world said.

use serde::{Deserialize, Serialize};

use super::{Action, Already, Step};

/// What a probe saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Answer {
    /// The expectation is met.
    Holds {
        /// What was seen.
        evidence: String,
    },
    /// Met, and the platform itself tells of errors on the way there that stay.
    Flawed {
        /// What was seen, with the errors.
        evidence: String,
    },
    /// Not met, and not moving there by itself as far as can be seen.
    NotYet {
        /// What was seen.
        evidence: String,
    },
    /// Something is working on it.
    Busy {
        /// What, for example a job.
        by: String,
    },
    /// Can no longer be met: waiting is useless.
    Never {
        /// What was seen.
        evidence: String,
    },
    /// Could not be found out.
    Unknown {
        /// Why.
        reason: String,
    },
}

impl Answer {
    /// What was seen, in words.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Holds { evidence }
            | Self::Flawed { evidence }
            | Self::NotYet { evidence }
            | Self::Never { evidence } => evidence,
            Self::Busy { by } => by,
            Self::Unknown { reason } => reason,
        }
    }

    /// What this is worth when nothing but it says that the step's action took effect: nothing, where the proof could be there
    /// before (a router that was up to date and could not be rebooted still runs, and from the right disk).
    #[must_use]
    pub fn alone(self, step: &Step) -> Self {
        let tells = step.already == Already::IsDone || step.action == Action::Observe;
        match self {
            Self::Holds { evidence } | Self::Flawed { evidence } if !tells => {
                Self::NotYet { evidence: format!("{evidence}; but it may have been so before") }
            }
            answer => answer,
        }
    }

    /// The answer of several looks together: the worst one counts; what is told is what led to it.
    #[must_use]
    pub fn worst(answers: &[Self]) -> Self {
        /// How many findings are told.
        const TOLD: usize = 12;
        let rank = |answer: &Self| match answer {
            Self::Never { .. } => 5,
            Self::Unknown { .. } => 4,
            Self::Busy { .. } => 3,
            Self::NotYet { .. } => 2,
            Self::Flawed { .. } => 1,
            Self::Holds { .. } => 0,
        };
        let worst = answers.iter().map(rank).max().unwrap_or(0);
        let words: Vec<&str> = answers.iter().filter(|answer| rank(answer) == worst).map(Self::words).collect();
        let more = words.len().saturating_sub(TOLD);
        let tail = if more == 0 { String::new() } else { format!("; and {more} more") };
        let told = format!("{}{tail}", words.iter().take(TOLD).copied().collect::<Vec<_>>().join("; "));
        match worst {
            5 => Self::Never { evidence: told },
            4 => Self::Unknown { reason: told },
            3 => Self::Busy { by: told },
            2 => Self::NotYet { evidence: told },
            1 => Self::Flawed { evidence: told },
            _ => Self::Holds { evidence: told },
        }
    }

    /// What the exit code of the script of a [`Probe::Shell`](super::Probe::Shell) means, with what it printed.
    #[must_use]
    pub fn of_exit_code(code: i32, said: String) -> Self {
        match code {
            0 => Self::Holds { evidence: said },
            10 => Self::Busy { by: said },
            20 => Self::Never { evidence: said },
            _ => Self::NotYet { evidence: said },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_answer_of_many_counts_and_is_told() {
        let holds = |words: &str| Answer::Holds { evidence: words.to_owned() };
        let waiting = Answer::NotYet { evidence: "b".to_owned() };
        let busy = Answer::Busy { by: "job 1".to_owned() };
        let unknown = Answer::Unknown { reason: "silence".to_owned() };
        let never = Answer::Never { evidence: "gone".to_owned() };
        assert_eq!(Answer::worst(&[holds("a"), holds("a")]), holds("a; a"));
        assert_eq!(Answer::worst(&[holds("a"), waiting.clone()]), waiting);
        assert_eq!(Answer::worst(&[waiting, busy.clone(), holds("a")]), busy);
        assert_eq!(Answer::worst(&[busy.clone(), unknown.clone()]), unknown);
        assert_eq!(Answer::worst(&[unknown, never.clone(), busy]), never);
    }

    #[test]
    fn of_many_findings_twelve_are_told_and_the_others_counted() {
        let many = vec![Answer::NotYet { evidence: "node".to_owned() }; 20];
        assert!(Answer::worst(&many).words().ends_with("node; node; and 8 more"));
    }

    #[test]
    fn the_exit_code_of_a_script_tells_how_it_stands() {
        let words = || "node1: words".to_owned();
        assert_eq!(Answer::of_exit_code(0, words()), Answer::Holds { evidence: words() });
        assert_eq!(Answer::of_exit_code(10, words()), Answer::Busy { by: words() });
        assert_eq!(Answer::of_exit_code(20, words()), Answer::Never { evidence: words() });
        assert_eq!(Answer::of_exit_code(1, words()), Answer::NotYet { evidence: words() });
        assert_eq!(Answer::of_exit_code(124, words()), Answer::NotYet { evidence: words() });
    }
}
