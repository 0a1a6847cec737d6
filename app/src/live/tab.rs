//! What the tab of a browser says of a run: one that is open among others is looked at there.

use model::event::Outcome;
use model::run::RunState;

use super::{Outline, Situation};
use crate::looks;

/// Title and icon of the tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    pub title: String,
    pub icon: TabIcon,
}

/// What the icon shows. Each has a shape of its own: colours alone say nothing at sixteen points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TabIcon {
    /// Something is being done: a disc.
    Working,
    /// It stands still, as it should: two bars.
    Waiting,
    /// Somebody has to look: a triangle.
    Alarm,
    /// It went well: a check mark.
    Good,
    /// It is done, but not as it should be: a half disc.
    Flawed,
    /// It failed: a cross.
    Bad,
    /// Somebody has ended it: a square.
    Stopped,
}

/// A picture in an address.
macro_rules! icon {
    ($shape:literal) => {
        concat!(
            "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath ",
            $shape,
            "/%3E%3C/svg%3E"
        )
    };
}

impl TabIcon {
    /// All of them.
    #[cfg(test)]
    pub const ALL: [Self; 7] =
        [Self::Working, Self::Waiting, Self::Alarm, Self::Good, Self::Flawed, Self::Bad, Self::Stopped];

    /// Where it is: in the address itself. Each can be seen on a light and on a dark window.
    #[must_use]
    pub const fn href(self) -> &'static str {
        match self {
            Self::Working => icon!("d='M8 1a7 7 0 1 0 .01 0M6 4.5v7l5.5-3.5z' fill='%232b8fd6' fill-rule='evenodd'"),
            Self::Waiting => icon!("d='M3 2h3.5v12H3zM9.5 2H13v12H9.5z' fill='%239a6be0'"),
            Self::Alarm => icon!(
                "d='M8 1l7.5 14H.5zM7.2 6h1.6v4.4H7.2zM7.2 11.6h1.6v1.6H7.2z' fill='%23e07a10' fill-rule='evenodd'"
            ),
            Self::Good => icon!("d='M2 8.5l4 4 8-9' fill='none' stroke='%23219653' stroke-width='3'"),
            Self::Flawed => {
                icon!("d='M8 1.5a6.5 6.5 0 1 0 .01 0M8 3.5v9a4.5 4.5 0 0 0 0-9' fill='%23c98a0b' fill-rule='evenodd'")
            }
            Self::Bad => icon!("d='M3 3l10 10M13 3L3 13' stroke='%23d93a2f' stroke-width='3.4'"),
            Self::Stopped => icon!("d='M2 2h12v12H2z' fill='%23c98a0b'"),
        }
    }

    /// The sign before the words.
    const fn sign(self) -> char {
        match self {
            Self::Working => '●',
            Self::Waiting => '⏸',
            Self::Alarm => '⚠',
            Self::Good => '✔',
            Self::Flawed => '◐',
            Self::Bad => '✖',
            Self::Stopped => '■',
        }
    }
}

impl Tab {
    /// What the tab says of a run in this state; `name` is what the run does, and where.
    #[must_use]
    pub fn of(state: &RunState, outline: &Outline, name: &str) -> Self {
        let situation = Situation::of(state);
        let alarm = outline.alarm(state).is_some();
        let icon = icon(&situation, alarm);
        let word = looks::of_situation(&situation, alarm).word;
        let sign = icon.sign();
        let title = match situation {
            Situation::Over(_) => format!("{sign} {word} – {name}"),
            _ => format!("{sign} {word} {}/{} – {name}", state.steps_done(), outline.steps()),
        };
        Self { title, icon }
    }
}

const fn icon(situation: &Situation, alarm: bool) -> TabIcon {
    match situation {
        Situation::Over(Outcome::Succeeded) => TabIcon::Good,
        Situation::Over(Outcome::WithErrors | Outcome::Incomplete) => TabIcon::Flawed,
        Situation::Over(Outcome::Failed) => TabIcon::Bad,
        Situation::Over(Outcome::Aborted) | Situation::Aborting { .. } => TabIcon::Stopped,
        Situation::Held(_) | Situation::Asking => TabIcon::Alarm,
        _ if alarm => TabIcon::Alarm,
        Situation::Pausing { .. } | Situation::Paused(_) | Situation::Closed { .. } => TabIcon::Waiting,
        Situation::Looking(_) | Situation::Working | Situation::Closing => TabIcon::Working,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use model::event::{EventKind, How};
    use model::time::Timestamp;

    use super::*;
    use crate::live::testing::{begun, done, failed, plan, state};

    #[track_caller]
    fn check(kinds: Vec<EventKind>, title: &str, icon: TabIcon) {
        let tab = Tab::of(&state(kinds), &Outline::of(&plan()), "Restart on cloud");
        assert_eq!(tab, Tab { title: title.to_owned(), icon });
    }

    #[test]
    fn the_tab_tells_what_a_run_is_at_first() {
        let over = |outcome| EventKind::Finished { outcome };
        check(
            vec![begun("stop"), done("stop", How::Acted), begun("start")],
            "● Running 1/7 – Restart on cloud",
            TabIcon::Working,
        );
        let held = EventKind::Held { until: Timestamp(90_000) };
        check(
            vec![begun("stop"), failed("stop", false), held],
            "⚠ Needs a decision 0/7 – Restart on cloud",
            TabIcon::Alarm,
        );
        let pause = EventKind::PauseRequested { by: "olaf".into(), reason: String::new() };
        check(vec![pause], "⏸ Paused 0/7 – Restart on cloud", TabIcon::Waiting);
        check(vec![over(Outcome::Succeeded)], "✔ Succeeded – Restart on cloud", TabIcon::Good);
        check(vec![over(Outcome::Failed)], "✖ Failed – Restart on cloud", TabIcon::Bad);
        check(vec![over(Outcome::Aborted)], "■ Aborted – Restart on cloud", TabIcon::Stopped);
        check(vec![over(Outcome::WithErrors)], "◐ Done with errors – Restart on cloud", TabIcon::Flawed);
    }

    #[test]
    fn icons_differ_in_shape_and_say_nothing_that_ends_their_address() {
        let shape = |icon: TabIcon| icon.href().split("d='").nth(1).unwrap().split('\'').next().unwrap();
        let shapes: BTreeSet<&str> = TabIcon::ALL.map(shape).into();
        assert_eq!(shapes.len(), TabIcon::ALL.len());
        assert!(TabIcon::ALL.iter().all(|icon| !icon.href().contains(['"', '#', '<', '>'])));
    }
}
