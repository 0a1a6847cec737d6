//! Why something does not move (invariant 5): what, since when, who or what unblocks it.

use serde::{Deserialize, Serialize};

use crate::id::{GroupName, HostName, JobId};
use crate::time::Timestamp;

/// A wait that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// What for.
    pub reason: WaitReason,
    /// Since when.
    pub since: Timestamp,
    /// When the step gives up, if nothing comes.
    pub until: Option<Timestamp>,
}

/// Everything Drydock ever waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "for")]
pub enum WaitReason {
    /// An asynchronous job of the platform.
    Job {
        /// Which.
        job: JobId,
    },
    /// A command on a host that is still running.
    Command {
        /// Where.
        host: HostName,
    },
    /// The action is done; what proves it has not been seen yet.
    Proof {
        /// What was seen last, in words.
        seen: String,
    },
    /// A person does this step; what shows that it is done has not been seen yet.
    ByHand {
        /// What was seen last, in words.
        seen: String,
    },
    /// The host cannot be reached; the command may well go on there.
    Host {
        /// Which.
        host: HostName,
        /// The error in words.
        error: String,
    },
    /// The platform's API cannot be reached.
    Api {
        /// The error in words.
        error: String,
    },
    /// A request was lost on the way and may still arrive until it expires.
    LostRequest {
        /// From then on the server refuses it.
        expires: Timestamp,
    },
    /// The outcome is unknown: a person has to look.
    Person {
        /// What to find out.
        question: String,
    },
    /// The next try comes after a pause.
    Retry {
        /// What went wrong, in words.
        error: String,
    },
    /// A person has paused the run.
    Paused {
        /// Login name.
        by: String,
        /// Why; may be empty.
        reason: String,
    },
    /// Something failed, and a person may decide what becomes of it.
    Decision {
        /// What failed, in words.
        about: String,
    },
    /// What the rest of the plan was made for is no longer so.
    Drift {
        /// What is different, in words; never empty.
        differences: Vec<String>,
    },
    /// What was done so far does not look healthy, or cannot be looked at.
    Health {
        /// What was seen last, in words.
        seen: String,
    },
    /// Somebody of a group has to confirm before it goes on.
    Confirmation {
        /// Which of the plan's confirmations, from 0.
        number: u16,
        /// Who.
        from: GroupName,
        /// What they look at.
        text: String,
    },
    /// Somebody else is at work in the environment.
    Foreign {
        /// Who or what, by name.
        by: String,
    },
    /// The environment cannot be looked at, so nobody knows whether the plan still fits.
    Unseen {
        /// The error in words.
        error: String,
    },
}

impl WaitReason {
    /// One line for the page.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Job { job } => format!("job {job} is in progress"),
            Self::Command { host } => format!("the command is running on {host}"),
            Self::Proof { seen } => format!("proof has not been seen yet: {seen}"),
            Self::ByHand { seen } => format!("somebody has to do this; seen last: {seen}"),
            Self::Host { host, error } => format!("{host} cannot be reached: {error}"),
            Self::Api { error } => format!("the API cannot be reached: {error}"),
            Self::LostRequest { expires } => {
                format!("the reply to a request was lost; it may still arrive until {expires}")
            }
            Self::Person { question } => question.clone(),
            Self::Retry { error } => format!("will be tried again: {error}"),
            Self::Paused { by, reason } if reason.is_empty() => format!("{by} has paused the run"),
            Self::Paused { by, reason } => format!("{by} has paused the run: {reason}"),
            Self::Decision { about } => format!("somebody has to decide: {about}"),
            Self::Drift { differences } => {
                format!("the environment is not what the plan was made for: {}", differences.join("; "))
            }
            Self::Health { seen } => format!("what was done so far is not healthy: {seen}"),
            Self::Confirmation { from, text, .. } => format!("the group {from} has to confirm: {text}"),
            Self::Foreign { by } => format!("somebody else is at work: {by}"),
            Self::Unseen { error } => format!("whether the plan still fits cannot be seen: {error}"),
        }
    }

    /// Who or what ends the wait.
    #[must_use]
    pub fn unblocked_by(&self) -> &'static str {
        match self {
            Self::Job { .. } | Self::Proof { .. } => "the platform",
            Self::Command { .. } => "the command",
            Self::Host { .. } => "the host or the network",
            Self::Api { .. } => "the management server or the network",
            Self::LostRequest { .. } | Self::Retry { .. } => "time",
            Self::ByHand { .. } => "whoever does it by hand",
            Self::Person { .. } => "an operator",
            Self::Paused { .. } => "an operator, with Resume",
            Self::Decision { .. } => "an operator: try again, skip, or abort",
            Self::Drift { .. } => "whoever changed it; or an abort, and a new request",
            Self::Health { .. } => "the platform; or an abort",
            Self::Confirmation { .. } => "somebody of that group, on the page of this run",
            Self::Foreign { .. } => "the end of that work",
            Self::Unseen { .. } => "the platform or the network",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_says_what_for_and_who_ends_it() {
        let host = HostName::new("mgmt1").unwrap();
        let job = JobId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap();
        let error = "refused".to_owned();
        let waits = [
            WaitReason::Job { job },
            WaitReason::Command { host: host.clone() },
            WaitReason::Proof { seen: "s-1-VM is Stopped".to_owned() },
            WaitReason::ByHand { seen: "the old manager answers".to_owned() },
            WaitReason::Host { host, error: error.clone() },
            WaitReason::Api { error: error.clone() },
            WaitReason::LostRequest { expires: Timestamp(0) },
            WaitReason::Person { question: "how far did it come?".to_owned() },
            WaitReason::Retry { error: error.clone() },
            WaitReason::Paused { by: "olaf".to_owned(), reason: "lunch".to_owned() },
            WaitReason::Decision { about: "r-4-VM".to_owned() },
            WaitReason::Drift { differences: vec!["r-5-VM is gone".to_owned()] },
            WaitReason::Health { seen: "r-6-VM".to_owned() },
            WaitReason::Confirmation {
                number: 0,
                from: GroupName::new("storage").unwrap(),
                text: "look at the vPool".to_owned(),
            },
            WaitReason::Foreign { by: "deployVirtualMachine".to_owned() },
            WaitReason::Unseen { error },
        ];
        let named = [
            "2e7293a0",
            "mgmt1",
            "s-1-VM",
            "the old manager answers",
            "mgmt1",
            "refused",
            "1970-01-01",
            "how far",
            "refused",
            "olaf",
            "r-4-VM",
            "r-5-VM",
            "r-6-VM",
            "the group storage has to confirm: look at the vPool",
            "deployVirtualMachine",
            "refused",
        ];
        assert_eq!(waits.len(), named.len());
        for (wait, named) in waits.iter().zip(named) {
            assert!(wait.words().contains(named), "{wait:?}: {}", wait.words());
            assert!(!wait.unblocked_by().is_empty(), "{wait:?}");
        }
    }
}
