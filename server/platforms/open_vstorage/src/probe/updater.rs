//! How the cluster's own updater stands: what its node says decides, what the cluster's tasks say is told beside it.

use model::plan::{Answer, Probe};

use crate::api::Launches;
use crate::client::Inner;

pub(super) async fn updater(inner: &Inner, node: &Probe) -> Answer {
    let (node, launches) = tokio::join!(super::probe(inner, node), inner.api.launches());
    weigh(node, &launches)
}

/// A task proves nothing, and none holds anything up. One that failed has handed no update over (dossier 2.2): when
/// nothing is at work on the node either, and nothing has said how it ended, nothing more happens.
fn weigh(node: Answer, launches: &Launches) -> Answer {
    if let (Answer::NotYet { evidence }, Some(failed)) = (&node, launches.failed()) {
        return Answer::Never { evidence: format!("{}; nothing is at work: {evidence}", failed.words()) };
    }
    let Some(tasks) = launches.words() else { return node };
    let told = |words: String| format!("{words}; {tasks}");
    match node {
        Answer::Holds { evidence } => Answer::Holds { evidence: told(evidence) },
        Answer::Flawed { evidence } => Answer::Flawed { evidence: told(evidence) },
        Answer::NotYet { evidence } => Answer::NotYet { evidence: told(evidence) },
        Answer::Busy { by } => Answer::Busy { by: told(by) },
        Answer::Never { evidence } => Answer::Never { evidence: told(evidence) },
        Answer::Unknown { reason } => Answer::Unknown { reason: told(reason) },
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use model::time::Timestamp;

    use super::*;
    use crate::api::{Launch, LaunchState};

    /// What is answered at each state of the node, with a task in this state.
    #[track_caller]
    fn check(state: LaunchState, expected: Expect) {
        let (id, name, worker) = ("3f0f".to_owned(), "update_components".to_owned(), "celery@ovs-node1".to_owned());
        let seen = vec![Launch { id, name, worker, since: Timestamp(0), state }];
        answers(&Launches { seen, is_known: true }, expected);
    }

    #[track_caller]
    fn answers(launches: &Launches, expected: Expect) {
        let words = || "the node's words".to_owned();
        let of_node = [
            Answer::Busy { by: words() },
            Answer::NotYet { evidence: words() },
            Answer::Holds { evidence: words() },
            Answer::Never { evidence: words() },
            Answer::Unknown { reason: words() },
        ];
        let lines = of_node.map(|node| match weigh(node, launches) {
            Answer::Holds { evidence } => format!("holds: {evidence}\n"),
            Answer::Flawed { evidence } => format!("flawed: {evidence}\n"),
            Answer::NotYet { evidence } => format!("not yet: {evidence}\n"),
            Answer::Busy { by } => format!("busy: {by}\n"),
            Answer::Never { evidence } => format!("never: {evidence}\n"),
            Answer::Unknown { reason } => format!("unknown: {reason}\n"),
        });
        expected.assert_eq(&lines.concat());
    }

    #[test]
    fn a_task_under_way_is_told_and_changes_nothing() {
        check(
            LaunchState::UnderWay("STARTED".into()),
            expect![[r#"
            busy: the node's words; task update_components 3f0f is STARTED with celery@ovs-node1, seen since 1970-01-01 00:00:00 UTC
            not yet: the node's words; task update_components 3f0f is STARTED with celery@ovs-node1, seen since 1970-01-01 00:00:00 UTC
            holds: the node's words; task update_components 3f0f is STARTED with celery@ovs-node1, seen since 1970-01-01 00:00:00 UTC
            never: the node's words; task update_components 3f0f is STARTED with celery@ovs-node1, seen since 1970-01-01 00:00:00 UTC
            unknown: the node's words; task update_components 3f0f is STARTED with celery@ovs-node1, seen since 1970-01-01 00:00:00 UTC
        "#]],
        );
    }

    #[test]
    fn the_success_of_a_launch_makes_nothing_green() {
        check(
            LaunchState::Succeeded,
            expect![[r#"
            busy: the node's words; task update_components 3f0f has handed its update over, which says no more
            not yet: the node's words; task update_components 3f0f has handed its update over, which says no more
            holds: the node's words; task update_components 3f0f has handed its update over, which says no more
            never: the node's words; task update_components 3f0f has handed its update over, which says no more
            unknown: the node's words; task update_components 3f0f has handed its update over, which says no more
        "#]],
        );
    }

    #[test]
    fn a_failed_launch_ends_the_wait_only_when_nothing_is_at_work_and_nothing_was_said() {
        check(
            LaunchState::Failed("Command 'ovs update' failed".into()),
            expect![[r#"
            busy: the node's words; task update_components 3f0f of celery@ovs-node1 failed: Command 'ovs update' failed
            never: task update_components 3f0f of celery@ovs-node1 failed: Command 'ovs update' failed; nothing is at work: the node's words
            holds: the node's words; task update_components 3f0f of celery@ovs-node1 failed: Command 'ovs update' failed
            never: the node's words; task update_components 3f0f of celery@ovs-node1 failed: Command 'ovs update' failed
            unknown: the node's words; task update_components 3f0f of celery@ovs-node1 failed: Command 'ovs update' failed
        "#]],
        );
    }

    #[test]
    fn without_the_api_the_node_alone_decides() {
        answers(
            &Launches { seen: Vec::new(), is_known: false },
            expect![[r#"
            busy: the node's words; the API does not tell of tasks now
            not yet: the node's words; the API does not tell of tasks now
            holds: the node's words; the API does not tell of tasks now
            never: the node's words; the API does not tell of tasks now
            unknown: the node's words; the API does not tell of tasks now
        "#]],
        );
        answers(
            &Launches { seen: Vec::new(), is_known: true },
            expect![[r#"
            busy: the node's words
            not yet: the node's words
            holds: the node's words
            never: the node's words
            unknown: the node's words
        "#]],
        );
    }
}
