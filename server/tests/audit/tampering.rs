//! What somebody does to a log who can change the database, or the file.

use std::fs;

use model::audit::{AuditEntry, link};
use model::id::AuditHash;
use sqlx::{AnyPool, Row};

use crate::log::{ENTRIES, Log, SIGNED, block_on, drydock, said, told};

#[test]
fn a_log_that_nobody_has_changed_is_whole_and_what_cannot_be_known_is_said() {
    let log = Log::whole();
    let words = said(&log.verify());
    assert!(words.contains(&format!("entries 1 to {ENTRIES} of")), "{words}");
    assert!(words.contains(&format!("agree with 2 checkpoints, the last of entry {ENTRIES}")), "{words}");
    let alone = said(&log.verify_alone());
    assert!(alone.contains("without checkpoints nobody can tell"), "{alone}");
    // The same, of a file, where nothing of the server is.
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["log.jsonl", "places.jsonl"] {
        fs::copy(log.path(name), elsewhere.path().join(name)).unwrap();
    }
    let key = said(&log.drydock(&["audit", "key"]));
    let offline =
        |more: &[&str]| drydock(elsewhere.path()).args(["audit", "verify", "log.jsonl"]).args(more).output().unwrap();
    let words = said(&offline(&["--checkpoints", "places.jsonl", "--key", key.trim()]));
    assert!(words.contains(&format!("the last of entry {ENTRIES}")) && !words.contains("compare it"), "{words}");
    let words = said(&offline(&["--checkpoints", "places.jsonl"]));
    assert!(words.contains(&format!("signed with the key {}: compare it", key.trim())), "{words}");
    assert!(said(&offline(&[])).contains("without checkpoints nobody can tell"));
    assert!(!elsewhere.path().join("drydock.db").exists(), "a database was made");
}

#[test]
fn an_entry_that_was_edited_is_found() {
    let log = Log::copy();
    log.tamper(&["update audit set who = 'somebody-else' where seq = 51234"]);
    let line = told(&log.verify());
    assert!(line.contains("entry 51234 is not what was recorded there"), "{line}");
    assert_eq!(told(&log.verify_alone()), line);
}

#[test]
fn an_entry_that_was_deleted_is_found() {
    let log = Log::copy();
    log.tamper(&["delete from audit where seq = 51234"]);
    let line = told(&log.verify_alone());
    assert!(line.contains("entry 51234 is missing: the next one there is 51235"), "{line}");
    // Who closes the gap changes the number of every entry behind it.
    log.tamper(&["update audit set seq = -seq where seq > 51234", "update audit set seq = -seq - 1 where seq < 0"]);
    let line = told(&log.verify_alone());
    assert!(line.contains("entry 51234 is not what was recorded there"), "{line}");
}

#[test]
fn entries_that_changed_places_are_found() {
    let log = Log::copy();
    log.tamper(&[
        "update audit set seq = 0 where seq = 51234",
        "update audit set seq = 51234 where seq = 51300",
        "update audit set seq = 51300 where seq = 0",
    ]);
    let line = told(&log.verify_alone());
    assert!(line.contains("entry 51234 is not what was recorded there"), "{line}");
    // In a file the lines can change places with their numbers.
    let text = fs::read_to_string(log.path("log.jsonl")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.swap(51_234, 51_300);
    fs::write(log.path("log.jsonl"), lines.join("\n")).unwrap();
    let line = told(&log.drydock(&["audit", "verify", "log.jsonl"]));
    assert!(line.contains("log.jsonl: the order was changed: entry 51234 stands after entry 51300"), "{line}");
}

#[test]
fn an_end_that_was_cut_off_is_found() {
    let log = Log::copy();
    log.tamper(&["delete from audit where seq > 90000"]);
    let line = told(&log.verify_alone());
    assert!(line.contains("the log ends with entry 90000, but 100000 were recorded"), "{line}");
    // Who also sets the counter back leaves a log that holds together. Only what was told elsewhere shows it.
    log.tamper(&["update counter set value = 90000 where name = 'audit'"]);
    said(&log.verify_alone());
    let line = told(&log.verify());
    assert!(line.contains("the log ends with entry 90000, but entry 100000 was signed"), "{line}");
    // So it is with a file.
    let text = fs::read_to_string(log.path("log.jsonl")).unwrap();
    fs::write(log.path("log.jsonl"), text.lines().take(90_001).collect::<Vec<_>>().join("\n")).unwrap();
    said(&log.drydock(&["audit", "verify", "log.jsonl"]));
    let line = told(&log.drydock(&["audit", "verify", "log.jsonl", "--checkpoints", "places.jsonl"]));
    assert!(line.contains("the log ends with entry 90000, but entry 100000 was signed"), "{line}");
    // Unless it is meant to end there.
    let meant = ["audit", "verify", "log.jsonl", "--to", "90000", "--checkpoints", "places.jsonl"];
    let words = said(&log.drydock(&meant));
    assert!(words.contains("of later entries could not be compared"), "{words}");
}

#[test]
fn an_old_backup_that_was_put_back_is_found_even_when_the_log_has_grown_beyond_it() {
    let log = Log::copy();
    fs::copy(log.path("backup.db"), log.path("drydock.db")).unwrap();
    let line = told(&log.verify());
    assert!(line.contains(&format!("the log ends with entry {SIGNED}, but entry {ENTRIES} was signed")), "{line}");
    block_on(log.grow(ENTRIES + 10));
    let words = said(&log.verify_alone());
    assert!(words.contains(&format!("entries 1 to {} of", ENTRIES + 10)), "{words}");
    // What the server tells after that is kept beside what it told before.
    let line = told(&log.verify());
    assert!(line.contains(&format!("entry {ENTRIES} is not the one that drydock-1 signed on")), "{line}");
}

#[test]
fn a_log_that_was_written_anew_from_the_middle_is_found() {
    let log = Log::copy();
    block_on(async {
        let url = format!("sqlite://{}", log.path("drydock.db").display());
        let pool = AnyPool::connect(&url).await.unwrap();
        let mut tx = pool.begin().await.unwrap();
        sqlx::query("update audit set detail = 'nothing to see' where seq = 99000").execute(&mut *tx).await.unwrap();
        let rows =
            sqlx::query("select seq, at, who, what, subject, detail, hash from audit where seq >= 98999 order by seq")
                .fetch_all(&mut *tx)
                .await
                .unwrap();
        let mut hash = AuditHash::new(rows[0].get::<String, _>(6)).unwrap();
        for row in &rows[1..] {
            let mut entry = AuditEntry {
                seq: row.get(0),
                at: model::time::Timestamp(row.get(1)),
                who: row.get(2),
                what: row.get(3),
                subject: row.get(4),
                detail: row.get(5),
                hash: hash.clone(),
            };
            entry.hash = link(&hash, &entry.content());
            hash = entry.hash;
            sqlx::query("update audit set hash = $1 where seq = $2")
                .bind(hash.as_str())
                .bind(entry.seq)
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        pool.close().await;
    });
    said(&log.verify_alone());
    let line = told(&log.verify());
    assert!(line.contains(&format!("entry {ENTRIES} is not the one that drydock-1 signed on")), "{line}");
}
