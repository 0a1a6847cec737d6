//! The changing commands: checks, then a job.

use super::catalog::{Command, Verb};
use super::error::ApiError;
use super::params::Params;
use super::{Call, Outcome};
use crate::config::Version;
use crate::fault::Fault;
use crate::json::Fields;
use crate::platform::Platform;
use crate::platform::work::{Target, Work};
use crate::world::World;

pub(super) fn act(platform: &Platform, call: &Call, command: &'static Command) -> Result<Outcome, ApiError> {
    if command.verb == Verb::UpdateConfiguration {
        return update_configuration(&mut platform.world(), &call.params).map(Outcome::from);
    }
    let (work, lost) = {
        let mut world = platform.world();
        let work = work(&world, call, command)?;
        let name = work.target.name(&world);
        let refused = world.faults.strike(command.name, &name, |fault| match fault {
            Fault::SubmitRefused { aim, code } => {
                let code = *code;
                Some((aim, code))
            }
            _ => None,
        });
        if let Some(code) = refused {
            return Err(ApiError::wanted(code));
        }
        let lost = world.faults.strike(command.name, &name, |fault| match fault {
            Fault::ReplyLost { aim } => Some((aim, ())),
            _ => None,
        });
        let restarts = world.faults.strike(command.name, &name, |fault| match fault {
            Fault::ServerRestarts { aim } => Some((aim, ())),
            _ => None,
        });
        if restarts.is_some() {
            platform.restart_in_a_moment(call.server);
        }
        note_collision(&mut world, &work);
        (work, lost.is_some())
    };
    let job = platform.submit(call.server, work);
    Ok(Outcome { body: Fields::new().with("jobid", job), lost })
}

/// A second mutating call on a thing whose job still runs is queued by the platform, but no careful client
/// sends it.
fn note_collision(world: &mut World, work: &Work) {
    let instance = work.target.uuid(world);
    if world.pending_job(&instance).is_some() {
        let text = format!("{} on {} while another job runs on it", work.command, work.target.name(world));
        world.recorder.violations.push(text);
    }
}

fn work(world: &World, call: &Call, command: &'static Command) -> Result<Work, ApiError> {
    let params = &call.params;
    let id = params.get("id").unwrap_or_default();
    let target = target(world, command.verb, id).ok_or_else(|| ApiError::no_such(command.name, "id", id))?;
    // A parameter the release does not know is ignored, not refused.
    let flag = |name: &str| {
        if command.takes(name, world.version) { params.flag(name) } else { Ok(false) }
    };
    let work = Work {
        verb: command.verb,
        command: command.name,
        target,
        by: call.by,
        forced: flag("forced")?,
        cleanup: flag("cleanup")?,
        live_patch: flag("livepatch")?,
    };
    if work.cleanup && work.live_patch && world.version > Version::V4_15 {
        let text = "livepatch is possible with cleanup=false only";
        return Err(ApiError::parameter(text));
    }
    Ok(work)
}

fn target(world: &World, verb: Verb, id: &str) -> Option<Target> {
    match verb {
        Verb::RestartNetwork => world.network_named(id).map(|network| Target::Network { uuid: network.uuid.clone() }),
        Verb::RestartVpc => world.vpc_named(id).map(|vpc| Target::Vpc { uuid: vpc.uuid.clone() }),
        Verb::StopRouter | Verb::StartRouter | Verb::RebootRouter => {
            world.vm_named(id).filter(|vm| vm.is_router()).map(|vm| Target::Vm { id: vm.id })
        }
        _ => world.vm_named(id).filter(|vm| !vm.is_router()).map(|vm| Target::Vm { id: vm.id }),
    }
}

fn update_configuration(world: &mut World, params: &Params) -> Result<Fields, ApiError> {
    let name = params.get("name").unwrap_or_default();
    let value = params.get("value").unwrap_or_default().to_owned();
    let Some(setting) = world.settings.get_mut(name) else {
        let text = format!("Config parameter with name {name} doesn't exist");
        return Err(ApiError::parameter(text));
    };
    if name.ends_with(".port") && value.parse::<i64>().is_err() {
        let text = format!("Invalid value {value} for the number {name}");
        return Err(ApiError::parameter(text));
    }
    setting.clone_from(&value);
    Ok(Fields::new().with("configuration", super::lists::configuration(name, &value)))
}
