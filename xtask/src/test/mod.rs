//! Everything continuous integration runs, or the parts a person asks for.
//!
//! A part that fails does not stop the others. Whatever was counted, the last line says it: `N passed, N failed`;
//! what failed is named just above, so that nobody has to scroll.

mod browser;
mod cargo_tests;
mod checks;
mod crew;
mod follow;
mod part;
pub mod postgres;
mod results;
mod tally;
mod tidy;

use std::process::ExitCode;

use browser::Stories;
use crew::Job;
pub use part::{Part, ensure_lab};
use postgres::Postgres;
use tally::Tally;

use crate::{
    cfy,
    error::Error,
    paths::Paths,
    progress::{answer, chain, note},
    stop::Stop,
};

#[derive(clap::Args)]
pub struct Arguments {
    /// What to test; everything, with formatting, lints and the build, if left out.
    parts: Vec<Part>,
    /// How many seeds the simulations try (their own default if left out).
    #[arg(long)]
    seeds: Option<u64>,
}

/// What the tests of one run have in common.
pub struct Session<'a> {
    pub paths: &'a Paths,
    pub seeds: Option<u64>,
    pub stop: Stop,
}

pub fn run(paths: &Paths, arguments: &Arguments) -> Result<ExitCode, Error> {
    let session = Session { paths, seeds: arguments.seeds, stop: Stop::listen()? };
    let mut tally = Tally::default();
    if arguments.parts.is_empty() {
        everything(&session, &mut tally);
    } else {
        some(&session, &arguments.parts, &mut tally);
    }
    if session.stop.asked() {
        return Err(Error::Interrupted);
    }
    Ok(report(&tally))
}

fn everything(session: &Session, tally: &mut Tally) {
    tally.need("tools", part::ensure_tools(&Part::ALL));
    tally.need("cfy", cfy::ensure(session.paths));
    checks::source(session, tally);
    // Before anything native: the binary embeds what this makes, and would be compiled twice.
    checks::browser_half(session, tally);
    checks::lints(session, tally);
    let is_compiled = !session.stop.asked() && cargo_tests::compile(session).is_ok();
    with_postgres(session, tally, |postgres, tally| {
        if is_compiled {
            crew::side_by_side(jobs(session, postgres), tally);
        } else {
            cargo_tests::one_by_one(session, postgres, tally);
            browser::run(session, Stories::Short, false, tally);
        }
    });
}

/// The browser tests at the end, where they fill the gaps that the last others leave; and beside them chaos, which waits
/// most of the time for what it broke.
fn jobs<'a>(session: &'a Session, postgres: Option<&'a Postgres>) -> Vec<Job<'a>> {
    let mut jobs = cargo_tests::workspace(session, postgres);
    jobs.push(Box::new(|tally| browser::run(session, Stories::Short, true, tally)));
    jobs.push(Box::new(move |tally| cargo_tests::chaos(session, postgres, tally)));
    jobs
}

fn some(session: &Session, parts: &[Part], tally: &mut Tally) {
    tally.need("tools", part::ensure_tools(parts));
    if parts.iter().any(|part| part.packages().contains(&"lab")) {
        tally.need("cfy", cfy::ensure(session.paths));
    }
    for part in parts {
        match part {
            Part::Checks => {
                checks::source(session, tally);
                checks::lints(session, tally);
            }
            Part::Model | Part::Remote => cargo_tests::packages(session, &part.packages(), None, tally),
            Part::Engine => with_postgres(session, tally, |postgres, tally| {
                cargo_tests::packages(session, &part.packages(), postgres, tally);
            }),
            Part::Cloudify => with_postgres(session, tally, |postgres, tally| {
                cargo_tests::packages_with_long_tests(session, &part.packages(), postgres, tally);
                cargo_tests::all_engine_stories(session, "cloudify", postgres, tally);
            }),
            Part::Cloudstack => with_postgres(session, tally, |postgres, tally| {
                cargo_tests::packages(session, &part.packages(), postgres, tally);
                cargo_tests::engine_stories(session, "cloudstack", postgres, tally);
            }),
            Part::OpenVstorage => with_postgres(session, tally, |postgres, tally| {
                cargo_tests::packages_with_long_tests(session, &part.packages(), postgres, tally);
                cargo_tests::all_engine_stories(session, "open_vstorage", postgres, tally);
            }),
            Part::E2e => {
                checks::browser_half(session, tally);
                browser::run(session, Stories::All, false, tally);
            }
        }
    }
}

/// Without PostgreSQL the tests that need it fail by themselves, with their names; the others still run.
fn with_postgres(session: &Session, tally: &mut Tally, work: impl FnOnce(Option<&Postgres>, &mut Tally)) {
    match Postgres::start(session.paths) {
        Ok(server) => work(Some(&server), tally),
        Err(error) => {
            tally.fail("throw-away PostgreSQL", &chain(&error));
            work(None, tally);
        }
    }
}

fn report(tally: &Tally) -> ExitCode {
    for name in tally.failures() {
        answer(&format!("failed: {name}"));
    }
    if tally.ignored() > 0 {
        note(&format!("{} ignored by their authors", tally.ignored()));
    }
    answer(&tally.line());
    if tally.failures().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
