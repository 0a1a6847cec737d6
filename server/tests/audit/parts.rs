//! Checkpoints that are not to be believed, and logs that are looked at in part.

use std::fs;

use engine::{Engine, NewPerson};
use model::audit::{AuditFilter, AuditHead, Checkpoint};
use model::grant::Grants;

use crate::log::{Log, block_on, drydock, said, settings, told, told_elsewhere};

#[test]
fn a_checkpoint_that_was_forged_or_is_of_somebody_else_is_not_believed() {
    let log = Log::copy();
    let places = fs::read_to_string(log.path("places.jsonl")).unwrap();
    let checkpoint = |at: usize| Checkpoint::find(1, places.lines().nth(at).unwrap()).unwrap().unwrap();
    let mut forged = checkpoint(1);
    forged.statement.seq = 90_000;
    fs::write(log.path("forged.jsonl"), format!("{}{}\n", places, forged.line())).unwrap();
    let line = told(&log.drydock(&["audit", "verify", "--checkpoints", "forged.jsonl"]));
    assert!(line.contains("the checkpoint in line 3 (entry 90000) is forged"), "{line}");

    // Another server, with a log and a key of its own.
    let other = tempfile::tempdir().unwrap();
    block_on(async {
        let engine = Engine::open(settings(other.path())).await.unwrap();
        let new = NewPerson { name: "eve".into(), password: "a long password".into(), roles: Grants::default() };
        engine.add_person(None, new).await.unwrap();
        assert_eq!(engine.audit(&AuditFilter::default()).await.unwrap().len(), 1);
        told_elsewhere(&engine).await;
        engine.shutdown().await;
    });
    fs::copy(other.path().join("places.jsonl"), log.path("other.jsonl")).unwrap();
    let line = told(&log.drydock(&["audit", "verify", "--checkpoints", "other.jsonl"]));
    assert!(line.contains("which is not one to be believed"), "{line}");
    let theirs = said(&drydock(other.path()).args(["audit", "key"]).output().unwrap());
    let line = told(&log.drydock(&["audit", "verify", "--checkpoints", "other.jsonl", "--key", theirs.trim()]));
    assert!(line.contains("is of another log"), "{line}");
    // Without a checkpoint in it, a file of checkpoints is a mistake.
    fs::write(log.path("empty.jsonl"), "Nov 22 01:29:03 box cron[4]: nothing\n").unwrap();
    let line = told(&log.drydock(&["audit", "verify", "--checkpoints", "empty.jsonl"]));
    assert!(line.contains("empty.jsonl: there is no checkpoint"), "{line}");
}

#[test]
fn a_part_is_exported_for_itself_and_held_against_the_checkpoint_before_it() {
    let log = Log::whole();
    let part = said(&log.drydock(&["audit", "export", "--from", "60001", "--to", "60010"]));
    assert_eq!(part.lines().count(), 11);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("part.jsonl"), &part).unwrap();
    fs::copy(log.path("places.jsonl"), elsewhere.path().join("places.jsonl")).unwrap();
    let verify =
        |more: &[&str]| drydock(elsewhere.path()).args(["audit", "verify", "part.jsonl"]).args(more).output().unwrap();
    assert!(told(&verify(&[])).contains("say --from 60001"));
    let words = said(&verify(&["--from", "60001", "--to", "60010", "--checkpoints", "places.jsonl"]));
    assert!(words.contains("the last of entry 60000"), "{words}");
    // The entries before it cannot be passed off as others.
    let head = AuditHead::read(part.lines().next().unwrap()).unwrap();
    fs::write(elsewhere.path().join("part.jsonl"), part.replace(head.before.as_str(), &"0".repeat(64))).unwrap();
    assert!(told(&verify(&["--from", "60001"])).contains("entry 60001 is not what was recorded there"));
    // For a spreadsheet, and not for verifying.
    let csv = said(&log.drydock(&["audit", "export", "--to", "3", "--format", "csv"]));
    assert!(
        csv.starts_with("seq,at,utc,who,what,subject,detail,hash\n1,1700000000001,2023-11-14 22:13:20,person-1,"),
        "{csv}"
    );
    fs::write(elsewhere.path().join("part.jsonl"), csv).unwrap();
    assert!(told(&verify(&[])).contains("cannot be verified"));
    let refused = log.drydock(&["audit", "export", "--to", "200000"]);
    assert!(told(&refused).contains("the log ends with entry 100000"));
}
