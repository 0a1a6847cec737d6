//! The audit log of 100,000 entries, and whoever can change the database: `drydock audit verify` tells what was done.
//!
//! Everything is done by the real program on a real database; only the tampering is not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use engine::{AuditSettings, CheckpointPlace, Engine, NewPerson, Pace, Settings};
use model::audit::{AuditEntry, AuditFilter, AuditHead, Checkpoint, link};
use model::id::AuditHash;
use sqlx::{AnyPool, AssertSqlSafe, Row};
use tempfile::TempDir;

const ENTRIES: i64 = 100_000;

/// The entry of which the one checkpoint in the middle speaks.
const SIGNED: i64 = 60_000;

/// A database, what its places have received, and its log as a file.
struct Log {
    folder: TempDir,
}

fn settings(folder: &Path) -> Settings {
    Settings {
        database_url: format!("sqlite://{}", folder.join("drydock.db").display()),
        data_dir: folder.to_owned(),
        key_file: folder.join("drydock.key"),
        instance: "drydock-1".to_owned(),
        audit: AuditSettings {
            checkpoints: vec![CheckpointPlace::File(folder.join("places.jsonl"))],
            ..AuditSettings::below(folder)
        },
    }
}

impl Log {
    /// The log that all tests begin with. Made once: by a server that signs it in the middle and at its end.
    fn whole() -> &'static Self {
        static WHOLE: OnceLock<Log> = OnceLock::new();
        WHOLE.get_or_init(|| {
            let log = Self { folder: tempfile::tempdir().unwrap() };
            block_on(async {
                log.grow(SIGNED).await;
                // As a backup would have been taken.
                fs::copy(log.path("drydock.db"), log.path("backup.db")).unwrap();
                log.grow(ENTRIES).await;
            });
            fs::write(log.path("log.jsonl"), said(&log.drydock(&["audit", "export"]))).unwrap();
            log
        })
    }

    /// A copy that may be damaged.
    fn copy() -> Self {
        let (whole, copy) = (Self::whole(), Self { folder: tempfile::tempdir().unwrap() });
        for name in ["drydock.db", "backup.db", "places.jsonl", "audit.key"] {
            fs::copy(whole.path(name), copy.path(name)).unwrap();
        }
        copy
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Adds entries up to that number, and tells how far the log has come.
    ///
    /// Each entry of its own would be a commit of its own, so all but the last are put there as an older version would have
    /// done it; recording the last one chains them.
    async fn grow(&self, to: i64) {
        let settings = settings(self.folder.path());
        Engine::migrate(&settings).await.unwrap();
        self.sql(&format!(
            "with recursive n(i) as
               (select value + 1 from counter where name = 'audit' union all select i + 1 from n where i < {to} - 1)
             insert into audit (seq, at, who, what, subject, detail)
             select i, 1700000000000 + i, 'person-' || (i % 40), 'run.started', '2e7293a0-d168-46f3-bc29-262ddbf22474',
                    'entry ' || i || ' of a log that somebody will want to change' from n"
        ))
        .await;
        self.sql(&format!("update counter set value = {to} - 1 where name = 'audit'")).await;
        let pace = Pace { checkpoint: std::time::Duration::from_secs(3600), ..Pace::default() };
        let engine = Engine::open_with(settings, pace).await.unwrap();
        // Opening has chained what was put there, and told so; that entry is the last one.
        told_elsewhere(&engine).await;
        engine.shutdown().await;
    }

    async fn sql(&self, statement: &str) {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite://{}", self.path("drydock.db").display());
        let pool = AnyPool::connect(&url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&pool).await.unwrap();
        pool.close().await;
    }

    fn tamper(&self, statements: &[&str]) {
        block_on(async {
            for statement in statements {
                self.sql(statement).await;
            }
        });
    }

    fn drydock(&self, arguments: &[&str]) -> Output {
        drydock(self.folder.path()).args(arguments).output().unwrap()
    }

    /// Verifies the database, with what the place has received.
    fn verify(&self) -> Output {
        self.drydock(&["audit", "verify", "--checkpoints", "places.jsonl"])
    }

    /// Verifies it without.
    fn verify_alone(&self) -> Output {
        self.drydock(&["audit", "verify"])
    }
}

/// Serves until its one place has a checkpoint.
async fn told_elsewhere(engine: &Engine) {
    engine.resume().await.unwrap();
    while engine.audit_view(&AuditFilter::default()).await.unwrap().places[0].delivered.is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

fn drydock(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drydock"));
    for (name, _) in std::env::vars_os() {
        if name == "DATABASE_URL" || name.to_string_lossy().starts_with("DRYDOCK_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).env("DRYDOCK_DATA_DIR", folder).stdin(Stdio::null());
    command
}

#[track_caller]
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// It is found out, with exit code 1 and in one line.
#[track_caller]
fn told(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    let line = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

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
    let text = fs::read_to_string(Log::whole().path("log.jsonl")).unwrap();
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
    let text = fs::read_to_string(Log::whole().path("log.jsonl")).unwrap();
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
        let new = NewPerson { name: "eve".into(), password: "a long password".into(), roles: [].into() };
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
