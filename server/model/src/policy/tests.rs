#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::oracle::{Paper, Verdict, Vote, person_id, verdict};
use super::*;
use crate::environment::{CloudStackSettings, PlatformSettings, Tuning};
use crate::grant::{Grants, Labels};
use crate::id::{AuditKey, AuditSignature, EnvironmentId, PlanDigest, PolicyDigest, RequestId};
use crate::people::{Person, Role};
use crate::plan::Confirmation;
use crate::request::{Approval, Decision};
use crate::secret::SecretRef;
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn person(number: usize, roles: impl Into<Grants>, is_disabled: bool) -> Person {
    Person {
        id: person_id(number),
        name: format!("p{number}"),
        roles: roles.into(),
        disabled_at: is_disabled.then_some(Timestamp(1)),
    }
}

fn approvers(count: usize) -> Vec<Person> {
    (0..count).map(|number| person(number, [Role::Approver], false)).collect()
}

fn group(name: &str, members: &[usize]) -> Group {
    Group { name: GroupName::new(name).unwrap(), members: members.iter().map(|number| person_id(*number)).collect() }
}

fn need(from: &str, count: u16) -> Need {
    let from = if from.is_empty() { Voters::Approvers } else { Voters::Group(GroupName::new(from).unwrap()) };
    Need { from, count }
}

fn wants(needs: Vec<Need>) -> Demand {
    Demand { needs, ..Demand::of_nobody() }
}

fn digest(fill: char) -> PlanDigest {
    PlanDigest::new(fill.to_string().repeat(64)).unwrap()
}

fn approval(demand: &Demand, vote: &Vote) -> Approval {
    Approval {
        by: person_id(vote.person),
        by_name: format!("p{}", vote.person),
        digest: digest(if vote.plan_is_same { 'a' } else { 'b' }),
        policy: if vote.policy_is_same { demand.digest() } else { PolicyDigest::new("c".repeat(64)).unwrap() },
        decision: vote.decision,
        reason: String::new(),
        at: NOW.plus_seconds(-vote.age_seconds),
        signed: match vote.paper {
            Paper::Good => Some(signed('d', 'e')),
            Paper::Changed => Some(signed('d', 'f')),
            Paper::OtherKey => Some(signed('c', 'e')),
            Paper::Unsigned => None,
        },
    }
}

fn key(fill: char) -> AuditKey {
    AuditKey::new(fill.to_string().repeat(64)).unwrap()
}

fn signed(by: char, signature: char) -> Signed {
    Signed { key: key(by), signature: AuditSignature::new(signature.to_string().repeat(128)).unwrap() }
}

fn agrees(person: usize) -> Vote {
    Vote {
        person,
        decision: Decision::Approve,
        plan_is_same: true,
        policy_is_same: true,
        age_seconds: 0,
        paper: Paper::Good,
    }
}

/// Of the environment that is asked about.
fn labels() -> Labels {
    ["berlin", "storage"].map(str::to_owned).into()
}

struct Told {
    standing: Standing,
    voids: Vec<Void>,
}

fn ask(demand: &Demand, people: &[Person], groups: &[Group], makers: &[usize], votes: &[Vote]) -> Told {
    ask_with(demand, &[], people, groups, makers, votes)
}

/// As [`ask`], for a plan that waits for people of these groups.
fn ask_with(
    demand: &Demand,
    confirmers: &[&str],
    people: &[Person],
    groups: &[Group],
    makers: &[usize],
    votes: &[Vote],
) -> Told {
    let confirmation = |(before, from): (u16, &&str)| Confirmation {
        before,
        from: GroupName::new(*from).unwrap(),
        text: "look".into(),
        starter: Starter::default(),
    };
    let confirmations: Vec<Confirmation> = (0..).zip(confirmers).map(confirmation).collect();
    let makers: BTreeSet<_> = makers.iter().map(|number| person_id(*number)).collect();
    let decisions: Vec<Approval> = votes.iter().map(|vote| approval(demand, vote)).collect();
    let (digest, labels) = (digest('a'), labels());
    let request = RequestId::new("33333333-3333-3333-3333-333333333333").unwrap();
    let keys = [key('d')];
    let case = Case {
        request: &request,
        believed: Believed { keys: &keys, verify: |_, _, signature| signature.as_str().starts_with('e') },
        makers: &makers,
        digest: &digest,
        demand,
        confirmations: &confirmations,
        decisions: &decisions,
        labels: &labels,
        people,
        groups,
        now: NOW,
    };
    Told { standing: case.standing(), voids: case.voids() }
}

#[test]
fn one_person_does_not_count_for_two_needs() {
    let demand = wants(vec![need("", 1), need("storage", 1)]);
    let (people, groups) = (approvers(3), [group("storage", &[1])]);
    let told = ask(&demand, &people, &groups, &[0], &[agrees(1)]);
    let Standing::Waiting { missing } = told.standing else { panic!("{:?}", told.standing) };
    assert_eq!(missing, [Missing { from: Voters::Approvers, count: 1, could: vec!["p2".into()] }]);
    let told = ask(&demand, &people, &groups, &[0], &[agrees(1), agrees(2)]);
    assert_eq!(told.standing, Standing::Approved { by: vec!["p1".into(), "p2".into()] });
}

#[test]
fn an_approver_of_another_label_neither_counts_nor_could() {
    let demand = Demand::of_nobody();
    let at = |roles: &str| roles.parse::<Grants>().unwrap();
    let people = [person(0, [Role::Requester], false), person(1, at("operator approver@paris"), false)];
    let told = ask(&demand, &people, &[], &[0], &[agrees(1)]);
    assert_eq!(told.voids.iter().map(|void| void.why).collect::<Vec<_>>(), [VoidReason::NoApprover]);
    assert!(matches!(told.standing, Standing::Impossible { .. }), "{:?}", told.standing);
    let makers = [person_id(0)].into();
    assert_eq!(missing_people(&demand, &labels(), &makers, &people, &[])[0].count, 1);
    let people = [people[0].clone(), person(1, at("approver@storage"), false)];
    assert_eq!(missing_people(&demand, &labels(), &makers, &people, &[]), []);
    assert_eq!(ask(&demand, &people, &[], &[0], &[agrees(1)]).standing, Standing::Approved { by: vec!["p1".into()] });
}

#[test]
fn nobody_is_left_for_a_group_is_said_with_its_name() {
    let demand = wants(vec![need("storage", 2)]);
    let told = ask(&demand, &approvers(4), &[group("storage", &[0, 1])], &[0], &[]);
    let Standing::Impossible { missing } = told.standing else { panic!("{:?}", told.standing) };
    assert_eq!((missing[0].from.to_string().as_str(), missing[0].count), ("the group storage", 1));
}

#[test]
fn whatever_voids_an_approval_is_named() {
    let mut demand = wants(vec![need("storage", 1)]);
    demand.approval_lasts = Some(3600);
    let mut people = approvers(5);
    people[2].roles.clear();
    people[3].disabled_at = Some(NOW);
    let groups = [group("storage", &[0, 1, 2, 3])];
    let cases = [
        (Vote { plan_is_same: false, ..agrees(0) }, VoidReason::PlanChanged),
        (Vote { policy_is_same: false, ..agrees(0) }, VoidReason::PolicyChanged),
        (Vote { age_seconds: 3600, ..agrees(0) }, VoidReason::Expired),
        (agrees(1), VoidReason::IsMaker),
        (agrees(2), VoidReason::NoApprover),
        (agrees(3), VoidReason::CannotLogIn),
        (agrees(4), VoidReason::NotAsked),
        (agrees(9), VoidReason::CannotLogIn),
    ];
    for (vote, why) in cases {
        let told = ask(&demand, &people, &groups, &[1], &[vote]);
        assert_eq!(told.voids.iter().map(|void| void.why).collect::<Vec<_>>(), [why], "{vote:?}");
        assert!(matches!(told.standing, Standing::Waiting { .. }), "{vote:?}: {:?}", told.standing);
    }
}

#[test]
fn an_approval_that_is_not_signed_as_it_is_does_not_count_and_one_that_was_changed_bars_the_start() {
    let (demand, people) = (Demand::of_nobody(), approvers(4));
    let with = |paper, decision| Vote { paper, decision, ..agrees(1) };
    for (paper, why) in [
        (Paper::Changed, VoidReason::Forged),
        (Paper::OtherKey, VoidReason::OtherKey),
        (Paper::Unsigned, VoidReason::Unsigned),
    ] {
        let told = ask(&demand, &people, &[], &[0], &[with(paper, Decision::Approve)]);
        assert_eq!(told.voids.iter().map(|void| void.why).collect::<Vec<_>>(), [why]);
        assert!(matches!(told.standing, Standing::Waiting { .. }), "{paper:?}: {:?}", told.standing);
        assert_eq!(Void::forged(&told.voids).is_some(), paper == Paper::Changed);
        let told = ask(&demand, &people, &[], &[0], &[with(paper, Decision::Deny)]);
        // Who can take a signature away must not be able to take a denial away with it.
        let is_denied = matches!(told.standing, Standing::Denied { .. });
        assert!(is_denied || Void::forged(&told.voids).is_some(), "{paper:?}: {:?}", told.standing);
    }
    let told = ask(&demand, &people, &[], &[0], &[with(Paper::Changed, Decision::Approve), agrees(2)]);
    assert!(Void::forged(&told.voids).unwrap().contains("the decision of p1"), "another approval covers it up");
}

#[test]
fn a_denial_outlasts_policies_and_time_but_not_the_plan() {
    let demand = Demand { approval_lasts: Some(60), ..Demand::of_nobody() };
    let denial = Vote { decision: Decision::Deny, policy_is_same: false, age_seconds: 86_400, ..agrees(1) };
    let told = ask(&demand, &approvers(3), &[], &[0], &[denial]);
    assert_eq!(told.standing, Standing::Denied { by: vec!["p1".into()] });
    let told = ask(&demand, &approvers(3), &[], &[0], &[Vote { plan_is_same: false, ..denial }]);
    assert!(matches!(told.standing, Standing::Waiting { .. }));
}

#[test]
fn all_policies_that_fit_count_and_of_each_thing_the_strictest() {
    let mut strict = policy("strict");
    strict.scope.risks.insert(RiskClass::Production);
    strict.needs = vec![need("", 2), need("storage", 1)];
    strict.approval_lasts = Some(600);
    let mut wide = policy("wide");
    wide.needs = vec![need("", 3)];
    wide.reason = Asked::Required;
    wide.denials = 2;
    let mut other = policy("other");
    other.scope.labels.insert("lab".into());
    other.needs = vec![need("", 9)];
    let together = demand(&[strict, wide, other], Procedure::RestartSystemVms, &environment());
    assert_eq!(together.needs, [need("", 3), need("storage", 1)]);
    assert_eq!((together.approval_lasts, together.reason, together.denials), (Some(600), Asked::Required, 1));
    assert_eq!(together.policies.keys().collect::<Vec<_>>(), ["strict", "wide"]);
    assert_eq!(together.words(), "3 of the approvers and 1 of the group storage");
}

#[test]
fn one_changed_policy_changes_the_digest() {
    let one = demand(&[policy("one")], Procedure::RestartSystemVms, &environment());
    let mut raised = policy("one");
    raised.version = 2;
    let two = demand(&[raised], Procedure::RestartSystemVms, &environment());
    assert_ne!(one.digest(), two.digest());
    assert_eq!(one.digest(), one.clone().digest());
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_on_which_it_opens() {
    let window = Window { days: [Weekday::Friday].into(), from: 22 * 60, to: 4 * 60 };
    let calendar = Calendar { zone: "Europe/Berlin".into(), windows: vec![window], freezes: vec![] };
    let date = LocalDate { year: 2026, month: 11, day: 20 };
    let at = |weekday, minute| calendar.allows(LocalMoment { date, weekday, minute }).is_ok();
    assert!(at(Weekday::Friday, 22 * 60) && at(Weekday::Saturday, 4 * 60 - 1));
    assert!(!at(Weekday::Friday, 22 * 60 - 1) && !at(Weekday::Saturday, 4 * 60) && !at(Weekday::Friday, 60));
}

#[test]
fn a_freeze_wins_over_a_window_and_says_why() {
    let day = |day| LocalDate { year: 2026, month: 12, day };
    let freeze = Freeze { first: day(20), last: day(31), why: "year-end closing".into() };
    let calendar = Calendar { zone: "UTC".into(), windows: vec![], freezes: vec![freeze] };
    let moment = |date| LocalMoment { date, weekday: Weekday::Monday, minute: 0 };
    assert!(calendar.allows(moment(day(19))).is_ok());
    let closed = calendar.allows(moment(day(31))).unwrap_err();
    assert_eq!(closed.words(), "nothing begins until the end of 2026-12-31: year-end closing");
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_field() {
    let groups = [group("storage", &[0])];
    let with = |change: fn(&mut Policy)| {
        let mut policy = policy("p");
        change(&mut policy);
        policy.check(&groups).map_err(|problem| problem.field)
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert_eq!(with(|p| p.needs.clear()), Err("needs"));
    assert_eq!(with(|p| p.needs = vec![need("", 0)]), Err("needs"));
    assert_eq!(with(|p| p.needs = vec![need("nobody", 1)]), Err("needs"));
    assert_eq!(with(|p| p.needs = vec![need("", 1), need("", 2)]), Err("needs"));
    assert_eq!(with(|p| p.denials = 0), Err("denials"));
    assert_eq!(with(|p| p.approval_lasts = Some(1)), Err("approval_lasts"));
    assert_eq!(with(|p| p.name = " ".into()), Err("name"));
}

fn policy(name: &str) -> Policy {
    Policy {
        id: PolicyId::new("11111111-1111-1111-1111-111111111111").unwrap(),
        name: name.into(),
        version: 1,
        scope: Scope::default(),
        needs: vec![need("", 1)],
        starter: Starter::default(),
        denials: 1,
        approval_lasts: None,
        reason: Asked::default(),
        ticket: Asked::default(),
        calendar: None,
        glass: None,
        gates: vec![],
    }
}

fn environment() -> Environment {
    let secret = || SecretRef::Variable("X".into());
    Environment {
        id: EnvironmentId::new("22222222-2222-2222-2222-222222222222").unwrap(),
        name: "cloud".into(),
        labels: BTreeSet::from(["berlin".to_owned()]),
        risk: RiskClass::Production,
        platform: PlatformSettings::CloudStack(CloudStackSettings {
            endpoint: "https://cloud.example/client/api".into(),
            api_key: secret(),
            secret_key: secret(),
            certificate_sha256: None,
            management_hosts: vec![],
            integration_address: String::new(),
            database_password: None,
            tuning: Tuning::default(),
        }),
    }
}

fn any_vote() -> impl Strategy<Value = Vote> {
    let decision = prop_oneof![4 => Just(Decision::Approve), 1 => Just(Decision::Deny)];
    let age = prop_oneof![Just(0), Just(599), Just(600), Just(10_000)];
    let paper = prop_oneof![
        12 => Just(Paper::Good),
        1 => Just(Paper::Changed),
        1 => Just(Paper::OtherKey),
        1 => Just(Paper::Unsigned),
    ];
    (0..6usize, decision, prop::bool::weighted(0.9), prop::bool::weighted(0.9), age, paper).prop_map(
        |(person, decision, plan_is_same, policy_is_same, age_seconds, paper)| Vote {
            person,
            decision,
            plan_is_same,
            policy_is_same,
            age_seconds,
            paper,
        },
    )
}

fn any_person(number: usize) -> impl Strategy<Value = Person> {
    let roles = prop_oneof![
        4 => Just("approver"),
        1 => Just("admin"),
        1 => Just("operator"),
        1 => Just(""),
        2 => Just("viewer approver@berlin"),
        1 => Just("approver@storage approver@paris"),
        2 => Just("operator approver@paris"),
    ];
    let granted = |roles: &str| roles.parse::<Grants>().unwrap();
    (roles, prop::bool::weighted(0.1)).prop_map(move |(roles, is_disabled)| person(number, granted(roles), is_disabled))
}

fn any_demand() -> impl Strategy<Value = Demand> {
    let counts = (0..=2u16, 0..=2u16, 0..=2u16);
    let lasts = prop_oneof![Just(None), Just(Some(600))];
    (counts, lasts, 1..=2u16).prop_filter_map("somebody has to agree", |((any, storage, cloud), lasts, denials)| {
        let needs: Vec<Need> = [need("", any), need("storage", storage), need("cloud", cloud)]
            .into_iter()
            .filter(|need| need.count > 0)
            .collect();
        (!needs.is_empty()).then(|| Demand { approval_lasts: lasts, denials, ..wants(needs) })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_rule_says_what_trying_every_way_says(
        demand in any_demand(),
        people in (any_person(0), any_person(1), any_person(2), any_person(3), any_person(4), any_person(5)),
        storage in prop::collection::btree_set(0..6usize, 0..5),
        cloud in prop::collection::btree_set(0..6usize, 0..5),
        maker in 0..6usize,
        votes in prop::collection::vec(any_vote(), 0..6),
        confirmers in prop::collection::vec(prop_oneof![Just("storage"), Just("cloud")], 0..3),
    ) {
        let people = [people.0, people.1, people.2, people.3, people.4, people.5];
        let members = |set: &BTreeSet<usize>| set.iter().copied().collect::<Vec<_>>();
        let groups = [group("storage", &members(&storage)), group("cloud", &members(&cloud))];
        let told = ask_with(&demand, &confirmers, &people, &groups, &[maker], &votes).standing;
        let count = |missing: &[Missing]| missing.iter().map(|missing| usize::from(missing.count)).sum();
        let said = match &told {
            Standing::Approved { .. } => Verdict::Approved,
            Standing::Denied { .. } => Verdict::Denied,
            Standing::Waiting { missing } => Verdict::Waiting { missing: count(missing) },
            Standing::Impossible { missing } => Verdict::Impossible { missing: count(missing) },
        };
        let expected = verdict(&demand, &confirmers, &people, &groups, &[maker], &votes);
        prop_assert_eq!(said, expected, "{:?}", told);
        // Whoever waits is told somebody to turn to.
        if let Standing::Waiting { missing } = &told {
            prop_assert!(missing.iter().all(|missing| !missing.could.is_empty()), "{:?}", told);
        }
    }
}
