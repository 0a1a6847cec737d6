//! Everything one can go to from anywhere, and which of it somebody means. Pure: what the viewer does not see is not in what
//! this is made of, and what they may not open is not offered.

use leptos_router::params::ParamsMap;
use model::environment::Platform;
use model::landmarks::{EnvironmentLine, Landmarks, OpenRequest};
use model::people::{Person, Role};
use model::procedure::Procedure;
use model::time::Timestamp;
use model::view::RunLine;

use super::find::fit;
use crate::components::page_of;
use crate::look::Look;
use crate::looks;

/// So many of a kind are shown; who types more finds the rest.
const OF_A_KIND: usize = 7;

/// What somebody can go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Run,
    Request,
    Environment,
    Action,
    Page,
    History,
}

impl Kind {
    /// Above those of this kind.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Run => "Runs",
            Self::Request => "Requests",
            Self::Environment => "Environments",
            Self::Action => "Actions",
            Self::Page => "Pages",
            Self::History => "In History",
        }
    }
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub kind: Kind,
    pub href: String,
    pub title: String,
    /// What is shown beside the title; it is found by this, too.
    pub about: String,
    /// What it is found by besides.
    pub words: String,
    /// How it stands there.
    pub look: Option<Look>,
    /// Since when.
    pub at: Option<Timestamp>,
}

impl Place {
    fn new(kind: Kind, href: impl Into<String>, title: impl Into<String>, about: impl Into<String>) -> Self {
        let (href, title, about) = (href.into(), title.into(), about.into());
        Self { kind, href, title, about, words: String::new(), look: None, at: None }
    }

    fn found_by(self, words: impl Into<String>) -> Self {
        Self { words: words.into(), ..self }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// By kind; the kind with the best one first, and within a kind the best first.
    pub groups: Vec<(Kind, Vec<Place>)>,
    /// How many fit, also those that are not shown.
    pub fitting: usize,
}

impl Found {
    /// How many, in words.
    pub fn told(&self) -> String {
        let shown: usize = self.groups.iter().map(|(_, places)| places.len()).sum();
        match self.fitting {
            fitting if fitting > shown => format!("{shown} of {fitting} that fit. Type more to see the others."),
            0 => "Nothing fits.".to_owned(),
            1 => "1 place fits.".to_owned(),
            fitting => format!("{fitting} places fit."),
        }
    }
}

/// What somebody means who types this; what is under way, what is open and the pages before anything is typed.
pub fn found(query: &str, landmarks: &Landmarks, viewer: &Person) -> Found {
    let query = query.trim();
    let fitting = if query.is_empty() { at_first(landmarks, viewer) } else { ranked(query, all(landmarks, viewer)) };
    let count = fitting.len();
    let mut groups: Vec<(Kind, Vec<Place>)> = Vec::new();
    for place in fitting {
        match groups.iter_mut().find(|(kind, _)| *kind == place.kind) {
            Some((_, places)) if places.len() < OF_A_KIND || query.is_empty() => places.push(place),
            Some(_) => {}
            None => groups.push((place.kind, vec![place])),
        }
    }
    Found { groups, fitting: count }
}

/// Where there is more than is listed here: links to what History has of it, whether or not something was found.
pub fn in_history(query: &str) -> Vec<Place> {
    let query = query.trim();
    if query.is_empty() {
        return Vec::new();
    }
    let link = |field: &'static str, title: String| {
        let mut asked = ParamsMap::new();
        asked.insert(field, query.to_owned());
        Place::new(Kind::History, format!("/history{}", asked.to_query_string()), title, "")
    };
    vec![
        link("text", format!("All runs with “{query}” in environment, starter or id")),
        link("find", format!("“{query}” in what runs have printed")),
    ]
}

fn at_first(landmarks: &Landmarks, viewer: &Person) -> Vec<Place> {
    let under_way = landmarks.runs.iter().filter(|run| run.ended_at.is_none()).take(OF_A_KIND).map(run);
    let open = landmarks.requests.iter().take(OF_A_KIND).map(request);
    under_way.chain(open).chain(pages(viewer)).collect()
}

fn ranked(query: &str, all: Vec<Place>) -> Vec<Place> {
    let fitting = |place: Place| {
        let besides = format!("{} {}", place.about, place.words);
        fit(query, &place.title, &besides).map(|fit| (fit, place))
    };
    let mut fitting: Vec<_> = all.into_iter().filter_map(fitting).collect();
    // Stable: what fits as well stays in its order.
    fitting.sort_by_key(|(fit, _)| *fit);
    fitting.into_iter().map(|(_, place)| place).collect()
}

fn all(landmarks: &Landmarks, viewer: &Person) -> Vec<Place> {
    let environments = landmarks.environments.iter();
    pages(viewer)
        .into_iter()
        .chain(environments.clone().map(environment))
        .chain(environments.flat_map(|one| actions(one, landmarks, viewer)))
        .chain(landmarks.requests.iter().map(request))
        .chain(landmarks.runs.iter().map(run))
        .collect()
}

/// Pages that belong to no environment.
fn pages(viewer: &Person) -> Vec<Place> {
    let page = |href: &str, title: &str, about: &str| Place::new(Kind::Page, href, title, about);
    let mut pages = vec![
        page("/", "Updates", "All environments, and what is pending").found_by("home start administration"),
        page("/inbox", "Inbox", "What waits for you and for others").found_by("approvals requests"),
        page("/history", "History", "Runs that were").found_by("search output charts compare"),
        page("/policies", "Policies", "Who has to agree").found_by("approvals groups windows freezes"),
        page("/account", "Your account", "Password, second factor, sessions, tokens").found_by("settings profile mail"),
        page("/replay", "Replay a file", "An exported run, event by event").found_by("record"),
        page("/keys", "Keyboard shortcuts", "All of them, and whether single keys count").found_by("help keys"),
    ];
    if viewer.may(Role::Admin) {
        pages.extend([
            page("/people", "People", "Who may what").found_by("users roles admin"),
            page("/notifications", "Notifications", "Who is told what, and where").found_by("mail webhook admin"),
            page("/notifications/new", "New place to be told", "").found_by("notifications webhook mail"),
            page("/audit", "Audit", "Every login, decision and change").found_by("log admin"),
            page("/policies/edit", "New policy", ""),
            page("/environments/import", "Import environments", "From a file").found_by("toml"),
        ]);
        pages.extend(Platform::ALL.into_iter().map(|platform| {
            let href = format!("/environments/new?platform={}", platform.word());
            page(&href, &format!("Add an environment of {platform}"), "").found_by(besides(platform))
        }));
    }
    pages
}

/// What people also call a platform.
const fn besides(platform: Platform) -> &'static str {
    match platform {
        Platform::OpenVstorage => "ovs openvstorage cluster new",
        Platform::CloudStack => "cloudstack cloud new",
        Platform::Cloudify => "cfy manager new",
    }
}

fn environment(one: &EnvironmentLine) -> Place {
    let labels: String = one.labels.iter().map(|label| format!(", {label}")).collect();
    let about = format!("{}, {}{labels}", one.platform, one.risk);
    Place::new(Kind::Environment, address(one), &one.name, about).found_by(format!(
        "{} {}",
        one.id,
        one.platform.word()
    ))
}

fn address(one: &EnvironmentLine) -> String {
    format!("/environments/{}", one.id)
}

/// The pages on which something begins that this person may ask for. What was seen last is not looked at here: where nothing
/// is pending, the page says so.
fn actions(one: &EnvironmentLine, landmarks: &Landmarks, viewer: &Person) -> Vec<Place> {
    let action = |page: &str, words: &str| {
        let title = format!("{words} on {}", one.name);
        Place::new(Kind::Action, format!("{}/{page}", address(one)), title, "").found_by(one.platform.word())
    };
    let mut actions = Vec::new();
    if viewer.may_at(Role::Requester, &one.labels) && landmarks.held_by(&one.id).is_none() {
        let mine = Procedure::ALL.into_iter().filter(|procedure| procedure.platform() == one.platform);
        actions.extend(mine.map(|procedure| action(page_of(procedure), &procedure.to_string())));
    }
    if one.platform == Platform::Cloudify {
        actions.push(action("snapshots", "Snapshots"));
    }
    if viewer.may(Role::Admin) {
        actions.extend([action("connection", "Test the connection"), action("settings", "Settings")]);
    }
    actions
}

fn request(one: &OpenRequest) -> Place {
    let title = format!("{} on {}", one.procedure, one.environment_name);
    let place = Place::new(Kind::Request, format!("/requests/{}", one.id), title, format!("asked for by {}", one.by));
    Place { look: Some(Look::waiting("Open")), at: Some(one.at), ..place.found_by(one.id.as_str()) }
}

fn run(one: &RunLine) -> Place {
    let title = format!("{} on {}", one.procedure, one.environment_name);
    let place = Place::new(Kind::Run, format!("/runs/{}", one.id), title, format!("started by {}", one.by));
    let words = format!("{} {}", one.id, one.platform.word());
    Place { look: Some(looks::of_line(one)), at: Some(one.created_at), ..place.found_by(words) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use model::environment::RiskClass;
    use model::id::{EnvironmentId, PersonId, RequestId, RunId};

    fn id(number: usize) -> String {
        format!("2e7293a0-d168-46f3-bc29-262ddbf2{number:04}")
    }

    fn person(grants: &str) -> Person {
        let id = PersonId::new(id(1)).unwrap();
        Person { id, name: "rosa".to_owned(), roles: grants.parse().unwrap(), disabled_at: None }
    }

    fn environment(number: usize, name: &str, platform: Platform, label: &str) -> EnvironmentLine {
        EnvironmentLine {
            id: EnvironmentId::new(id(number)).unwrap(),
            name: name.to_owned(),
            platform,
            labels: [label.to_owned()].into(),
            risk: RiskClass::Production,
        }
    }

    fn landmarks() -> Landmarks {
        let environments = vec![
            environment(1, "Frankfurt", Platform::CloudStack, "eu"),
            environment(2, "Berlin", Platform::OpenVstorage, "eu"),
            environment(3, "Zürich", Platform::Cloudify, "alps"),
        ];
        Landmarks { environments, ..Landmarks::default() }
    }

    fn run_in(environment: &EnvironmentLine, number: usize, ended_at: Option<Timestamp>) -> RunLine {
        RunLine {
            id: RunId::new(id(number)).unwrap(),
            request: RequestId::new(id(number)).unwrap(),
            procedure: Procedure::RestartSystemVms,
            environment: environment.id.clone(),
            environment_name: environment.name.clone(),
            platform: environment.platform,
            risk: environment.risk,
            by: "olaf".to_owned(),
            created_at: Timestamp(0),
            ended_at,
            outcome: ended_at.map(|_| model::event::Outcome::Succeeded),
            alarm: None,
            steps_done: 0,
            steps_total: 1,
            left: None,
        }
    }

    fn hrefs(query: &str, landmarks: &Landmarks, grants: &str) -> Vec<String> {
        let found = found(query, landmarks, &person(grants));
        found.groups.into_iter().flat_map(|(_, places)| places).map(|place| place.href).collect()
    }

    #[test]
    fn an_environment_is_found_by_name_platform_and_what_people_call_it_besides() {
        let landmarks = landmarks();
        for query in ["berl", "open vst", "ovs_nowhere", "eu open"] {
            let found = hrefs(query, &landmarks, "viewer");
            let is_there = found.contains(&format!("/environments/{}", id(2)));
            assert_eq!(is_there, query != "ovs_nowhere", "{query}: {found:?}");
        }
        assert_eq!(hrefs("berlin", &landmarks, "viewer")[0], format!("/environments/{}", id(2)));
        assert_eq!(hrefs("züri", &landmarks, "viewer")[0], format!("/environments/{}", id(3)));
    }

    #[test]
    fn a_button_is_offered_to_who_may_press_it_and_while_no_run_holds_the_environment() {
        let mut landmarks = landmarks();
        let restart = format!("/environments/{}/restart", id(1));
        assert!(hrefs("restart", &landmarks, "viewer").is_empty());
        assert!(hrefs("restart", &landmarks, "requester@alps viewer").is_empty());
        assert_eq!(hrefs("vms restart", &landmarks, "requester@eu"), std::slice::from_ref(&restart));
        let framework = format!("/environments/{}/update/framework", id(2));
        assert_eq!(hrefs("framework berlin", &landmarks, "requester"), [framework]);
        let settings = format!("/environments/{}/settings", id(1));
        assert!(!hrefs("settings", &landmarks, "requester operator").contains(&settings));
        assert!(hrefs("settings frank", &landmarks, "admin").contains(&settings));

        landmarks.runs = vec![run_in(&landmarks.environments[0], 9, Some(Timestamp(1)))];
        assert!(hrefs("restart", &landmarks, "requester").contains(&restart), "a run that is over holds nothing");
        landmarks.runs = vec![run_in(&landmarks.environments[0], 9, None)];
        assert_eq!(hrefs("restart", &landmarks, "requester"), [format!("/runs/{}", id(9))]);
    }

    #[test]
    fn pages_of_admins_are_offered_to_admins_alone() {
        let admin_only = ["/people", "/audit", "/notifications", "/environments/import", "/policies/edit"];
        for (grants, is_admin) in [("admin", true), ("viewer requester approver operator", false)] {
            let pages = hrefs("", &Landmarks::default(), grants);
            for page in admin_only {
                assert_eq!(pages.contains(&page.to_owned()), is_admin, "{page} for {grants}");
            }
            assert!(
                ["/", "/inbox", "/history", "/policies", "/account"]
                    .iter()
                    .all(|page| pages.contains(&(*page).to_owned()))
            );
        }
    }

    #[test]
    fn before_anything_is_typed_what_is_under_way_comes_first_and_what_is_over_is_left_out() {
        let mut landmarks = landmarks();
        let frankfurt = landmarks.environments[0].clone();
        landmarks.runs = vec![run_in(&frankfurt, 8, Some(Timestamp(1))), run_in(&frankfurt, 9, None)];
        let found = hrefs("", &landmarks, "viewer");
        assert_eq!(found[0], format!("/runs/{}", id(9)));
        assert!(!found.contains(&format!("/runs/{}", id(8))));
        assert_eq!(hrefs(&id(8), &landmarks, "viewer"), [format!("/runs/{}", id(8))]);
    }

    #[test]
    fn of_sixty_environments_a_few_of_each_kind_are_shown_and_the_number_of_all_is_told() {
        let environments =
            (1..=60).map(|number| environment(number, &format!("cloud {number}"), Platform::CloudStack, "eu"));
        let landmarks = Landmarks { environments: environments.collect(), ..Landmarks::default() };
        let found = found("cloud", &landmarks, &person("requester"));
        assert!(found.groups.iter().all(|(_, places)| places.len() <= OF_A_KIND), "{found:?}");
        assert_eq!(found.fitting, 120);
        assert!(found.told().contains("of 120 that fit"), "{}", found.told());
        let one = super::found("cloud 42", &landmarks, &person("viewer"));
        assert_eq!((one.fitting, one.told().as_str()), (1, "1 place fits."));
    }

    #[test]
    fn what_is_typed_cannot_break_out_of_an_address() {
        let links = in_history(" a&b#\"c ");
        let hrefs: Vec<&str> = links.iter().map(|place| place.href.as_str()).collect();
        assert_eq!(hrefs, ["/history?text=a%26b%23%22c", "/history?find=a%26b%23%22c"]);
        assert!(in_history("  ").is_empty());
    }
}
