//! The evidence pack of real runs against the lab, and what both verifiers say of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod pack;
#[path = "../support/mod.rs"]
mod support;
mod tampering;

use std::collections::{BTreeMap, BTreeSet};

use engine::{Checkpoints, Engine, verify_file};
use futures::TryStreamExt as _;
use lab::{LabConfig, Truth};
use model::audit::{AuditFormat, AuditRange};
use model::event::{EventKind, Outcome, Stream};
use model::evidence::{AuditLine, Decisions, Look, Manifest, name};
use model::id::{AuditKey, RequestId, RunId};
use model::inventory::Facts;
use model::procedure::Inputs;
use model::request::Decision;
use sha2::{Digest as _, Sha256};

use pack::Pack;
use support::{Story, assert_outcome, events, script};

/// What somebody might put into a form.
const HOSTILE: &str = "</p><script>alert('1')</script>\"><img src=x onerror=alert(2)>";

/// A story after whose run somebody has looked again.
struct Over {
    story: Story,
    request: RequestId,
    run: RunId,
    key: AuditKey,
    before: Truth,
}

/// Asked for and approved with hostile words, carried out by the vendor's script, and over.
async fn over() -> Over {
    let story = Story::begin(LabConfig::default()).await;
    let before = story.lab.truth().await;
    let inputs = Inputs::RestartSystemVms(script());
    let request = story.engine.prepare(&story.rita, &story.environment, inputs, HOSTILE).await.unwrap();
    let digest = story.request(&request).await.request.digest;
    story.engine.decide(&story.paul, &request, &digest, Decision::Approve, HOSTILE).await.unwrap();
    let run = story.start(&request).await.unwrap();
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let ended = view.line.ended_at.unwrap();
    story
        .until_card("a look after the run", |card| card.inventory.as_ref().is_some_and(|seen| seen.taken_at >= ended))
        .await;
    let key = Engine::audit_key(story.settings()).unwrap();
    Over { story, request, run, key, before }
}

impl Over {
    async fn pack(&self) -> Pack {
        Pack::taken(&self.story, &self.story.rita, &self.run).await
    }
}

/// The disk of each system VM, as an inventory of the pack says.
fn disks(pack: &Pack, member: &str) -> BTreeMap<String, String> {
    let Look::Seen { facts, .. } = pack.json(member) else { panic!("{member} is unknown") };
    let Facts::CloudStack(facts) = serde_json::from_value(facts).unwrap() else { panic!("of another platform") };
    let vms = facts.system_vms.value().unwrap().iter();
    vms.map(|vm| (vm.name.clone(), vm.root.value().unwrap().id.to_string())).collect()
}

fn true_disks(truth: &Truth) -> BTreeMap<String, String> {
    truth.vms.values().map(|vm| (vm.name.clone(), vm.root_volume.id.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pack_of_a_run_says_what_the_cloud_itself_knows_and_both_verifiers_confirm_it() {
    let over = over().await;
    let (story, pack) = (&over.story, over.pack().await);
    assert_eq!(pack.believed(Some(&over.key)), [Some(0), Some(0)]);
    assert_eq!(pack.believed(None), [Some(3), Some(3)], "nobody has said whose signature it should be");

    let truth = story.lab.truth().await;
    assert!(truth.all_rebuilt() && !truth.port_8096_open, "{truth:#?}");
    assert_eq!(disks(&pack, name::BEFORE), true_disks(&over.before));
    assert_eq!(disks(&pack, name::AFTER), true_disks(&truth));
    let page = pack.text(name::PAGE);
    for disk in true_disks(&truth).values() {
        assert!(page.contains(disk.as_str()), "the page does not say that {disk} is new");
    }
    assert!(!page.contains("<script") && !page.contains("<img"), "something became markup");
    assert!(page.matches(&model::html::escaped(HOSTILE)).count() >= 3, "the words of people are not shown");

    let manifest: Manifest = pack.json(name::MANIFEST);
    assert_eq!((manifest.outcome, manifest.made_by.as_str()), (Some(Outcome::Succeeded), "rita"));
    let plan = hex::encode(Sha256::digest(&pack.0[name::PLAN]));
    assert_eq!(plan, story.request(&over.request).await.request.digest.as_str(), "sha256sum does not tell the digest");
    let decisions: Decisions = pack.json(name::APPROVALS);
    let policy = hex::encode(Sha256::digest(&pack.0[name::POLICY]));
    let [approval] = decisions.decisions.as_slice() else { panic!("{decisions:?}") };
    assert_eq!((approval.by_name.as_str(), approval.reason.as_str()), ("paul", HOSTILE));
    assert_eq!((approval.digest.as_str(), approval.policy.as_str()), (plan.as_str(), policy.as_str()));
    assert_eq!(approval.signed.as_ref().map(|signed| &signed.key), Some(&over.key), "the approval is not signed");
    story_end(over).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_byte_that_was_printed_is_in_the_pack_with_both_pipes_told_apart() {
    let over = over().await;
    let pack = over.pack().await;
    let mut printed: BTreeMap<(String, u32, Stream), String> = BTreeMap::new();
    let recorded = events(&over.story, &over.run).await;
    for event in &recorded {
        if let EventKind::Output { step, attempt, stream, text, .. } = &event.kind {
            printed.entry((step.to_string(), *attempt, *stream)).or_default().push_str(text);
        }
    }
    assert!(printed.len() > 1, "the script has printed nothing: {printed:?}");
    let files: BTreeSet<String> = pack
        .0
        .iter()
        .filter(|(name, _)| name.starts_with(name::OUTPUT))
        .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    assert_eq!(files, printed.values().cloned().collect());
    assert_eq!(pack.text(name::EVENTS).lines().count(), recorded.len(), "an event is missing");
    for stream in ["stdout", "stderr"] {
        let wanted = printed.keys().filter(|(_, _, one)| format!("{one:?}").to_lowercase() == stream).count();
        let there = pack.0.keys().filter(|name| name.ends_with(&format!(".{stream}.txt"))).count();
        assert_eq!(there, wanted, "{stream}");
    }
    story_end(over).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pack_is_tied_to_the_audit_log_which_says_who_took_it() {
    let over = over().await;
    let engine = &over.story.engine;
    let pack = Pack::taken(&over.story, &over.story.paul, &over.run).await;
    let lines = pack.text(name::AUDIT);
    let entries: Vec<AuditLine> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<(&str, &str)> =
        entries.iter().map(|line| (line.entry.who.as_str(), line.entry.what.as_str())).collect();
    let wanted = [
        ("rita", "request.made"),
        ("paul", "request.approved"),
        ("paul", "request.started"),
        ("paul", "evidence.taken"),
    ];
    assert_eq!(told, wanted);
    // Whoever gets the whole log one day finds the very entries of the pack in it.
    let log = engine.audit_log().export(AuditRange::default(), AuditFormat::Jsonl).await.unwrap();
    let log: Vec<String> = log.try_collect().await.unwrap();
    let keys = [over.key.clone()];
    let checkpoints = Checkpoints::read(&*pack.0[name::CHECKPOINTS], &keys).unwrap();
    let verified = verify_file(log.concat().as_bytes(), AuditRange::default(), &checkpoints).unwrap();
    assert_eq!(verified.checked.compared, entries.len());
    let other = log.concat().replacen("request.approved", "request.approwed", 1);
    let checkpoints = Checkpoints::read(&*pack.0[name::CHECKPOINTS], &keys).unwrap();
    assert!(verify_file(other.as_bytes(), AuditRange::default(), &checkpoints).is_err());
    story_end(over).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pack_of_a_run_that_is_under_way_says_so_and_holds_together() {
    let story = Story::begin(LabConfig::default()).await;
    let run = story.run(script()).await;
    story.until(&run, "something under way", |view| !view.state.steps.is_empty()).await;
    let pack = Pack::taken(&story, &story.rita, &run).await;
    let key = Engine::audit_key(story.settings()).unwrap();
    let manifest: Manifest = pack.json(name::MANIFEST);
    assert_eq!(manifest.outcome, None, "it was over too soon");
    assert_eq!(pack.believed(Some(&key)), [Some(0), Some(0)]);
    assert!(pack.text(name::PAGE).contains("The run was not over when this was made."));
    let Look::Unknown { why } = pack.json(name::AFTER) else { panic!("somebody has seen what is to come") };
    assert_eq!(why, "the run was not over");
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    story.finish().await;
}

async fn story_end(over: Over) {
    over.story.finish().await;
}
