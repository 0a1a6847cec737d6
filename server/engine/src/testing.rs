//! What the tests of this crate share: engines on both databases.

use std::time::Duration;

use model::people::{Person, Role};
use sqlx::{AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;

use crate::{DeliveryPace, Engine, NewPerson, Pace, Settings};

/// As quick as tests can be.
pub const QUICK: Pace = Pace {
    quickest: Duration::from_millis(1),
    slowest: Duration::from_millis(20),
    grace: Duration::from_millis(50),
    finally_retry: Duration::from_millis(20),
    beat: Duration::from_millis(100),
    lease: Duration::from_secs(2),
    checkpoint: Duration::from_millis(20),
    read: Duration::from_millis(20),
    delivery: DeliveryPace {
        first: Duration::from_millis(20),
        slowest: Duration::from_millis(100),
        give_up: Duration::from_secs(3600),
        look: Duration::from_millis(20),
        clock: Duration::from_secs(3600),
        patience: Duration::from_secs(20),
        lease: Duration::from_secs(2),
    },
};

/// Where the database of a test is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// An engine with a database of its own.
pub struct Fresh {
    pub engine: Engine,
    pub settings: Settings,
    _folder: TempDir,
}

impl Fresh {
    /// `None` when there is no PostgreSQL to test on: `DRYDOCK_TEST_POSTGRES` holds the URL of a server on which
    /// databases may be created. `cargo xtask test` provides one.
    pub async fn on(on: On) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let database_url = match on {
            On::Sqlite => format!("sqlite://{}", folder.path().join("test.db").display()),
            On::Postgres => new_postgres(&std::env::var("DRYDOCK_TEST_POSTGRES").ok()?).await,
        };
        let settings = Settings {
            database_url,
            data_dir: folder.path().to_owned(),
            archive_dir: folder.path().to_owned().join("archives"),
            key_file: folder.path().join("key"),
            instance: "test".to_owned(),
            audit: crate::AuditSettings::below(folder.path()),
            webhook_ca_file: None,
        };
        let engine = Engine::open_with(settings.clone(), QUICK).await.unwrap();
        Some(Self { engine, settings, _folder: folder })
    }

    pub async fn person(&self, name: &str, roles: &[Role]) -> Person {
        let roles = roles.iter().copied().collect();
        let new = NewPerson { name: name.into(), password: "a long password".into(), roles };
        self.engine.add_person(None, new).await.unwrap()
    }
}

async fn new_postgres(server: &str) -> String {
    sqlx::any::install_default_drivers();
    let name = format!("drydock_{}", uuid::Uuid::new_v4().simple());
    let mut connection = sqlx::AnyConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let (base, _) = base.rsplit_once('/').unwrap();
    if query.is_empty() { format!("{base}/{name}") } else { format!("{base}/{name}?{query}") }
}

/// Runs a test on SQLite and on PostgreSQL, as two tests. Without a PostgreSQL server the second says so and passes.
macro_rules! on_both {
    ($(#[$attribute:meta])* async fn $name:ident($fresh:ident: Fresh) $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "not every test needs something of its module")]
            use super::*;

            async fn body($fresh: $crate::testing::Fresh) $body

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                body($crate::testing::Fresh::on($crate::testing::On::Sqlite).await.unwrap()).await;
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                match $crate::testing::Fresh::on($crate::testing::On::Postgres).await {
                    Some(fresh) => body(fresh).await,
                    None => eprintln!("skipped: DRYDOCK_TEST_POSTGRES is not set"),
                }
            }
        }
    };
}
pub(crate) use on_both;
