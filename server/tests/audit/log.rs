//! The log that the tests look at, and the program that looks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use engine::{AuditSettings, CheckpointPlace, Engine, Pace, Settings};
use model::audit::AuditFilter;
use sqlx::{AnyPool, AssertSqlSafe};
use tempfile::TempDir;

pub const ENTRIES: i64 = 100_000;

/// The entry of which the one checkpoint in the middle speaks.
pub const SIGNED: i64 = 60_000;

/// A database, what its places have received, and its log as a file.
pub struct Log {
    folder: TempDir,
}

pub fn settings(folder: &Path) -> Settings {
    Settings {
        archive_dir: folder.join("archives"),
        database_url: format!("sqlite://{}", folder.join("drydock.db").display()),
        data_dir: folder.to_owned(),
        key_file: folder.join("drydock.key"),
        instance: "drydock-1".to_owned(),
        audit: AuditSettings {
            checkpoints: vec![CheckpointPlace::File(folder.join("places.jsonl"))],
            ..AuditSettings::below(folder)
        },
        webhook_ca_file: None,
    }
}

impl Log {
    /// The log that all tests begin with, made by a server that signs it in the middle and at its end.
    ///
    /// Tests that run at the same time share it; the last one removes it, which a static value would not be.
    pub fn whole() -> Arc<Self> {
        static SHARED: Mutex<Weak<Log>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let log = Arc::new(Self::make());
            *shared = Arc::downgrade(&log);
            log
        })
    }

    fn make() -> Self {
        let log = Self { folder: tempfile::tempdir().unwrap() };
        block_on(async {
            log.grow(SIGNED).await;
            // As a backup would have been taken.
            fs::copy(log.path("drydock.db"), log.path("backup.db")).unwrap();
            log.grow(ENTRIES).await;
        });
        fs::write(log.path("log.jsonl"), said(&log.drydock(&["audit", "export"]))).unwrap();
        log
    }

    /// A copy that may be damaged.
    pub fn copy() -> Self {
        let (whole, copy) = (Self::whole(), Self { folder: tempfile::tempdir().unwrap() });
        for name in ["drydock.db", "backup.db", "places.jsonl", "audit.key", "log.jsonl"] {
            fs::copy(whole.path(name), copy.path(name)).unwrap();
        }
        copy
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Adds entries up to that number, and tells how far the log has come.
    ///
    /// Each entry of its own would be a commit of its own, so all but the last are put there as an older version would have
    /// done it; recording the last one chains them.
    pub async fn grow(&self, to: i64) {
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

    pub fn tamper(&self, statements: &[&str]) {
        block_on(async {
            for statement in statements {
                self.sql(statement).await;
            }
        });
    }

    pub fn drydock(&self, arguments: &[&str]) -> Output {
        drydock(self.folder.path()).args(arguments).output().unwrap()
    }

    /// Verifies the database, with what the place has received.
    pub fn verify(&self) -> Output {
        self.drydock(&["audit", "verify", "--checkpoints", "places.jsonl"])
    }

    /// Verifies it without.
    pub fn verify_alone(&self) -> Output {
        self.drydock(&["audit", "verify"])
    }
}

/// Serves until its one place has a checkpoint.
pub async fn told_elsewhere(engine: &Engine) {
    engine.resume().await.unwrap();
    while engine.audit_view(&AuditFilter::default()).await.unwrap().places[0].delivered.is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

pub fn drydock(folder: &Path) -> Command {
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
pub fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// It is found out, with exit code 1 and in one line.
#[track_caller]
pub fn told(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    let line = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}
