//! The CloudStack API: one entry for the signed endpoint and for port 8096.
//!
//! As strict as the real one (dossier 3): wrong signatures, unknown commands, missing parameters and wrong
//! pages get the documented errors. An unknown *parameter* is not refused by the real system but written
//! to its log and otherwise ignored (so a `forced` that the release does not know is silently no force);
//! here it is ignored in the same way, and noted as a violation in the ground truth.

mod act;
pub(crate) mod catalog;
mod error;
mod hosts;
pub(crate) mod lists;
mod page;
pub(crate) mod params;
mod render;
pub(crate) mod signature;

use self::catalog::{Command, Kind, Verb};
use self::error::ApiError;
use self::params::Params;
use crate::json::Fields;
use crate::platform::Platform;
use crate::truth::{Path, Received};
use crate::world::{now, truth_time};

/// One call as it arrived.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) server: usize,
    pub(crate) by: Path,
    pub(crate) method: &'static str,
    pub(crate) params: Params,
}

/// What goes back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Fields,
    /// The connection breaks instead of carrying the answer.
    pub(crate) lost: bool,
}

/// What a command yields.
pub(crate) struct Outcome {
    body: Fields,
    lost: bool,
}

impl From<Fields> for Outcome {
    fn from(body: Fields) -> Self {
        Self { body, lost: false }
    }
}

/// Answers a call and writes it down.
pub(crate) fn answer(platform: &Platform, call: &Call) -> Answer {
    let name = call.params.get("command").unwrap_or_default().to_owned();
    let answer = match authorized(platform, call).and_then(|command| run(platform, call, command)) {
        Ok(outcome) => {
            Answer { status: 200, body: Fields::new().with(&envelope_key(&name), outcome.body), lost: outcome.lost }
        }
        Err(error) => Answer { status: error.status, body: error.body(&call.params), lost: false },
    };
    let mut world = platform.world();
    let server = world.servers[call.server].name.clone();
    world.recorder.commands.push(Received {
        at: truth_time(now()),
        server,
        by: call.by,
        method: call.method.to_owned(),
        command: name,
        parameters: call.params.to_record(),
        status: answer.status,
    });
    answer
}

/// The key of an answer: one per body, derived from the command.
pub(crate) fn envelope_key(command: &str) -> String {
    format!("{}response", command.to_lowercase())
}

fn authorized(platform: &Platform, call: &Call) -> Result<&'static Command, ApiError> {
    let name = call.params.get("command").unwrap_or_default();
    let mut world = platform.world();
    let command = catalog::find(name, world.version);
    match call.by {
        Path::Signed => {
            let enforced = world.servers[call.server].enforces_post;
            let time = platform.server_clock(&world);
            if !signature::verify(platform.keys(), &call.params, time, enforced) {
                return Err(ApiError::unauthorized());
            }
            let command = command.ok_or_else(|| ApiError::unknown_on_signed(name))?;
            if world.faults.throttle() {
                return Err(ApiError::throttled());
            }
            if enforced && command.changes() && call.method != "POST" {
                return Err(ApiError::method());
            }
            Ok(command)
        }
        Path::Integration | Path::Platform => command.ok_or_else(|| ApiError::unknown_on_integration(name)),
    }
}

fn run(platform: &Platform, call: &Call, command: &'static Command) -> Result<Outcome, ApiError> {
    check_params(platform, call, command)?;
    let params = &call.params;
    match command.kind {
        Kind::Async | Kind::Change => act::act(platform, call, command),
        Kind::List => lists::list(&platform.world(), command.verb, params).map(Outcome::from),
        Kind::Get => get(platform, call, command.verb).map(Outcome::from),
    }
}

fn get(platform: &Platform, call: &Call, verb: Verb) -> Result<Fields, ApiError> {
    let world = platform.world();
    match verb {
        Verb::ListApis => lists::apis(&world, &call.params),
        Verb::ListCapabilities => Ok(lists::capabilities(&world)),
        Verb::QueryAsyncJobResult => lists::job_result(&world, &call.params),
        Verb::ReadyForShutdown => Ok(lists::ready_for_shutdown(&world)),
        other => Err(ApiError::internal(format!("{other:?} cannot be read"))),
    }
}

fn check_params(platform: &Platform, call: &Call, command: &Command) -> Result<(), ApiError> {
    let mut world = platform.world();
    let version = world.version;
    let unknown: Vec<_> = call.params.names().filter(|name| !command.takes(name, version)).collect();
    if !unknown.is_empty() {
        let text = format!(
            "Received unknown parameters for command {}. Unknown parameters : {}",
            command.name,
            unknown.join(" ")
        );
        world.recorder.violations.push(text.clone());
        platform.log(call.server, "WARN", "c.c.a.d.ParamGenericValidationWorker", &text);
    }
    let missing = command.own_params(version).find(|(name, required)| *required && call.params.get(name).is_none());
    // An empty `value` is how a setting is emptied.
    match missing {
        Some(("value", _)) if call.params.names().any(|name| name == "value") => Ok(()),
        Some((name, _)) => Err(ApiError::missing(command.name, name)),
        None => Ok(()),
    }
}
