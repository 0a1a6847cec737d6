//! Many environments at a glance: what each is, which of them somebody asks for, and in which order. Pure.

use model::environment::Platform;
use model::policy::Standing;
use model::time::Timestamp;
use model::view::EnvironmentCard;
use model::words::{capitalised, listed};

use crate::look::Look;
use crate::summary;

/// What was seen before that many seconds is old: packages and templates come daily.
pub const OLD: i64 = 24 * 3600;

/// What an environment is at the moment. The most pressing first; an environment can be several of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Something is wrong, or a run needs a person, or one was started without approvals and nobody has reviewed it.
    Trouble,
    /// Requests that wait for somebody.
    Waiting,
    /// A run is under way.
    Running,
    /// Something could be updated or restarted.
    Pending,
    /// Something could not be found out, or nobody has looked.
    Unknown,
    /// Nobody has looked for a day.
    Old,
    /// None of these.
    Calm,
}

impl State {
    pub const ALL: [Self; 7] =
        [Self::Trouble, Self::Waiting, Self::Running, Self::Pending, Self::Unknown, Self::Old, Self::Calm];

    /// The word for it in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trouble => "trouble",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::Old => "old",
            Self::Calm => "calm",
        }
    }

    /// For a list to choose from.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Trouble => "needs somebody at once",
            Self::Waiting => "has an open request",
            Self::Running => "a run is under way",
            Self::Pending => "updates are pending",
            Self::Unknown => "something is unknown",
            Self::Old => "not looked at for a day",
            Self::Calm => "up to date, nothing to do",
        }
    }

    /// So many of them, for the line on top.
    pub fn look(self, count: usize) -> Look {
        match self {
            Self::Trouble => {
                Look::failed(format!("{count} {} somebody at once", if count == 1 { "needs" } else { "need" }))
            }
            Self::Waiting => Look::waiting(format!("{count} with an open request")),
            Self::Running => Look::running(format!("{count} with a run under way")),
            Self::Pending => Look::warning(format!("{count} with updates pending")),
            Self::Unknown => Look::unknown(format!("{count} with something unknown")),
            Self::Old => Look::unknown(format!("{count} not looked at for a day")),
            Self::Calm => Look::ok(format!("{count} up to date")),
        }
    }

    /// All that an environment is at that time; never nothing.
    pub fn of(card: &EnvironmentCard, now: Timestamp) -> Vec<Self> {
        let verdict = card.inventory.as_ref().map(summary::verdict);
        let is_alarming = card.active_run.as_ref().is_some_and(|run| run.alarm.is_some());
        let is_bad = verdict.is_some_and(|verdict| verdict.is_bad);
        let is_old = card.inventory.as_ref().is_some_and(|inventory| now.since(inventory.taken_at) > OLD * 1000);
        let is_unknown = card.inventory_error.is_some() || verdict.is_none_or(|verdict| verdict.is_unknown);
        let is = |state: Self| match state {
            Self::Trouble => is_alarming || is_bad || !card.unreviewed.is_empty(),
            Self::Waiting => !card.open_requests.is_empty(),
            Self::Running => card.active_run.is_some(),
            Self::Pending => verdict.is_some_and(|verdict| verdict.is_pending),
            Self::Unknown => is_unknown,
            Self::Old => is_old,
            Self::Calm => false,
        };
        let all: Vec<Self> = Self::ALL.into_iter().filter(|state| is(*state)).collect();
        if all.is_empty() { vec![Self::Calm] } else { all }
    }
}

/// How many environments are what, where any is.
pub fn counts(cards: &[EnvironmentCard], now: Timestamp) -> Vec<(State, usize)> {
    let all: Vec<State> = cards.iter().flat_map(|card| State::of(card, now)).collect();
    let count = |state: State| (state, all.iter().filter(|one| **one == state).count());
    State::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
}

/// In which order environments stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// By name: where something stood before, it stands again.
    #[default]
    Name,
    /// What presses most comes first.
    Pressing,
    /// What was not looked at for longest comes first.
    Oldest,
}

impl Order {
    pub const ALL: [Self; 3] = [Self::Name, Self::Pressing, Self::Oldest];

    /// The word for it in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Pressing => "pressing",
            Self::Oldest => "oldest",
        }
    }

    /// For a list to choose from.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Pressing => "what needs somebody first",
            Self::Oldest => "not looked at for longest first",
        }
    }
}

/// Which environments somebody asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Stands in the name, a label, the risk or the platform; in capitals or not.
    pub text: String,
    pub platform: Option<Platform>,
    pub label: Option<String>,
    pub state: Option<State>,
    pub order: Order,
}

impl Wanted {
    /// Whether it leaves anything out.
    pub fn is_narrow(&self) -> bool {
        *self != Self { order: self.order, ..Self::default() }
    }

    /// Those that fit, in their order. Cards come by name.
    pub fn of(&self, cards: Vec<EnvironmentCard>, now: Timestamp) -> Vec<EnvironmentCard> {
        let mut fitting: Vec<EnvironmentCard> = cards.into_iter().filter(|card| self.fits(card, now)).collect();
        match self.order {
            Order::Name => {}
            Order::Pressing => fitting.sort_by_key(|card| State::of(card, now).first().copied()),
            // Nobody has ever looked: longer ago than anything else.
            Order::Oldest => {
                fitting.sort_by_key(|card| card.inventory.as_ref().map(|inventory| inventory.taken_at));
            }
        }
        fitting
    }

    fn fits(&self, card: &EnvironmentCard, now: Timestamp) -> bool {
        let environment = &card.environment;
        let platform = environment.platform.platform();
        let text = self.text.trim().to_lowercase();
        let words = [environment.name.clone(), environment.risk.to_string(), platform.to_string()];
        let has_text = || words.iter().chain(&environment.labels).any(|word| word.to_lowercase().contains(&text));
        self.platform.is_none_or(|wanted| wanted == platform)
            && self.label.as_ref().is_none_or(|label| environment.labels.contains(label))
            && (text.is_empty() || has_text())
            && self.state.is_none_or(|state| State::of(card, now).contains(&state))
    }
}

/// Something that does not go on by itself, and who makes it go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    pub look: Look,
    /// Where one does something about it.
    pub href: String,
    /// What waits.
    pub what: String,
    /// In which environment.
    pub environment: String,
    /// For whom.
    pub whom: String,
    pub since: Timestamp,
}

/// What waits for whom, in these environments: runs before requests, and of each the longest wait first.
pub fn waits(cards: &[EnvironmentCard]) -> Vec<Waits> {
    let mut all: Vec<(u8, Waits)> = cards.iter().flat_map(of_card).collect();
    all.sort_by_key(|(rank, waits)| (*rank, waits.since));
    all.into_iter().map(|(_, waits)| waits).collect()
}

fn of_card(card: &EnvironmentCard) -> Vec<(u8, Waits)> {
    let environment = || card.environment.name.clone();
    let glass = card.unreviewed.iter().map(|glass| Waits {
        look: Look::failed("Without approvals"),
        href: format!("/runs/{}", glass.run),
        what: format!("A run started by {}", glass.by_name),
        environment: environment(),
        whom: "Somebody who has neither started it nor asked for it has to review it".to_owned(),
        since: glass.at,
    });
    let run = card.active_run.iter().filter_map(|run| {
        let alarm = run.alarm.as_ref()?;
        Some(Waits {
            look: crate::looks::of_line(run),
            href: format!("/runs/{}", run.id),
            what: format!("{}, started by {}", run.procedure, run.by),
            environment: environment(),
            whom: format!("An operator: {alarm}"),
            since: run.created_at,
        })
    });
    let requests = card.open_requests.iter().map(|line| Waits {
        look: crate::looks::of_standing(&line.standing),
        href: format!("/requests/{}", line.id),
        what: format!("{}, asked for by {}", line.procedure, line.by),
        environment: environment(),
        whom: for_whom(&line.standing, &line.by),
        since: line.at,
    });
    glass.map(|one| (0, one)).chain(run.map(|one| (1, one))).chain(requests.map(|one| (2, one))).collect()
}

/// Who makes a request go on.
fn for_whom(standing: &Standing, by: &str) -> String {
    match standing {
        Standing::Approved { .. } => "An operator starts it".to_owned(),
        Standing::Waiting { missing } => {
            let one = |missing: &model::policy::Missing| match missing.count {
                1 => format!("one of {}: {}", missing.from, few(&missing.could)),
                count => format!("{count} of {}: {}", missing.from, few(&missing.could)),
            };
            capitalised(&missing.iter().map(one).collect::<Vec<_>>().join("; "))
        }
        Standing::Impossible { .. } => "An admin: nobody is left who could approve it".to_owned(),
        Standing::Denied { .. } => format!("{by}, who can withdraw it"),
    }
}

/// The first names, and how many more.
fn few(names: &[String]) -> String {
    const TOLD: usize = 4;
    match names.len().checked_sub(TOLD) {
        None | Some(0) => listed(names),
        Some(more) => format!("{} and {more} more", names[..TOLD].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::pages::updates::samples::{card, seen};
    use model::policy::{Missing, Voters};

    const NOW: Timestamp = Timestamp(10 * OLD * 1000);

    fn names(wanted: &Wanted, cards: &[EnvironmentCard]) -> Vec<String> {
        wanted.of(cards.to_vec(), NOW).into_iter().map(|card| card.environment.name).collect()
    }

    /// Up to date, pending, pending and unknown, never looked at, old.
    fn five() -> Vec<EnvironmentCard> {
        vec![
            seen(card("a", &["berlin"]), NOW, 0, 0),
            seen(card("b", &["berlin"]), NOW.plus_seconds(-60), 1, 0),
            seen(card("c", &["paris"]), NOW.plus_seconds(-120), 1, 1),
            card("d", &[]),
            seen(card("e", &[]), NOW.plus_seconds(-2 * OLD), 0, 0),
        ]
    }

    #[test]
    fn what_nobody_knows_is_never_counted_as_up_to_date() {
        let told = counts(&five(), NOW);
        let expected = [(State::Pending, 2), (State::Unknown, 2), (State::Old, 1), (State::Calm, 1)];
        assert_eq!(told, expected);
        let failed = EnvironmentCard { inventory_error: Some("refused".to_owned()), ..five().remove(0) };
        assert_eq!(State::of(&failed, NOW), [State::Unknown]);
    }

    #[test]
    fn a_filter_leaves_what_fits_and_an_order_leaves_all() {
        let wanted = Wanted { label: Some("berlin".to_owned()), ..Wanted::default() };
        assert_eq!(names(&wanted, &five()), ["a", "b"]);
        let wanted = Wanted { state: Some(State::Unknown), ..Wanted::default() };
        assert_eq!(names(&wanted, &five()), ["c", "d"]);
        let wanted = Wanted { text: " PARIS ".to_owned(), ..Wanted::default() };
        assert_eq!(names(&wanted, &five()), ["c"]);
        let wanted = Wanted { platform: Some(Platform::Cloudify), ..Wanted::default() };
        assert_eq!(names(&wanted, &five()), Vec::<String>::new());
        let wanted = Wanted { order: Order::Oldest, ..Wanted::default() };
        assert!(!wanted.is_narrow());
        assert_eq!(names(&wanted, &five()), ["d", "e", "c", "b", "a"]);
        let wanted = Wanted { order: Order::Pressing, ..Wanted::default() };
        assert_eq!(names(&wanted, &five()), ["b", "c", "d", "e", "a"]);
    }

    #[test]
    fn a_request_says_who_makes_it_go_on() {
        let missing = |count, could: &[&str]| Missing {
            from: Voters::Approvers,
            count,
            could: could.iter().map(|name| (*name).to_owned()).collect(),
        };
        let waiting = Standing::Waiting { missing: vec![missing(1, &["abel", "ada"])] };
        let of = Voters::Approvers.to_string();
        assert_eq!(for_whom(&waiting, "rosa"), format!("One of {of}: abel and ada"));
        let many = Standing::Waiting { missing: vec![missing(2, &["a", "b", "c", "d", "e", "f"])] };
        assert_eq!(for_whom(&many, "rosa"), format!("2 of {of}: a, b, c, d and 2 more"));
        assert_eq!(for_whom(&Standing::Denied { by: vec![] }, "rosa"), "rosa, who can withdraw it");
    }
}
