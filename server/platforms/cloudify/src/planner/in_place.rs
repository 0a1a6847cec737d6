//! The old manager makes room for the new one on the same host (table 3.2).

use model::plan::{CloudifyProbe, Probe, Side, Stage, Step, Undo};

use super::scripts::{BOOT_FORGOTTEN, BOOT_NOTED, BOOTED_ANEW, FORGET_BOOT, NOTE_BOOT};
use super::snapshot::{networks_fit, versions};
use super::steps::{LOOK, at, id, look, manual, observe, on, shell, stage, step};
use super::vendor;
use super::view::View;

/// What is kept is proven once more, then the manager is torn down and the new release installed, by people.
pub(super) fn replace(view: &View<'_>) -> Stage {
    let tuning = &view.settings.tuning;
    let address = &view.settings.old.host.access.address;
    let snapshot = view.inputs.snapshot.clone();
    let kept = CloudifyProbe::ArchiveKept { snapshot: snapshot.clone(), versions: versions(view) };
    let security = view.keeps_security().then_some(CloudifyProbe::SecurityKept { snapshot });
    let of = [kept].into_iter().chain(security).map(Probe::Cloudify).collect();
    let proven = Step {
        hazard: Some("After the teardown there is no way back but from what is kept here.".to_owned()),
        ..observe(
            id(&["in-place", "proven"]),
            "What is kept is proven once more before the teardown",
            on(Side::Old),
            Probe::All { of },
            LOOK.max(tuning.transfer_deadline),
        )
    };
    let teardown = Step {
        impact: "The manager is away: nothing is orchestrated, healed or scaled until the restore is over.".to_owned(),
        hazard: Some(format!(
            "There is no way back. Make sure that it is {address} that you tear down, and that what it has deployed is \
             left alone."
        )),
        undo: Undo::ByHand(format!("Install {} again and restore the archive that is kept.", view.old)),
        vendor: Some(vendor::teardown(&view.old)),
        ..manual(
            id(&["in-place", "teardown"]),
            format!("Tear down the old manager on {address} (S2)"),
            Side::Old,
            CloudifyProbe::TornDown { version: view.new.clone() },
            tuning.teardown_deadline,
        )
    };
    let install = Step {
        hazard: Some(
            "It works in place only if the address, the user and password of RabbitMQ, and the certificates stay the \
             same: agents look for the manager where it was."
                .to_owned(),
        ),
        undo: Undo::ByHand("Tear it down again.".to_owned()),
        vendor: Some(vendor::install(&view.new)),
        ..manual(
            id(&["in-place", "install"]),
            format!("Install the manager {} on {address}", view.new),
            Side::New,
            CloudifyProbe::Empty { version: view.new.clone() },
            tuning.install_deadline,
        )
    };
    stage("The new release in the old one's place", "steps", vec![proven, teardown, install, networks_fit(view)])
}

fn arg(view: &View<'_>) -> Vec<String> {
    vec![view.inputs.snapshot.to_string()]
}

/// What tells this boot from the next one.
pub(super) fn note_boot(view: &View<'_>) -> Step {
    let host = &view.settings.old.host;
    Step {
        undo: Undo::ByStep(id(&["close", "boot"])),
        vendor: Some(vendor::NOT_IN_TEXT.to_owned()),
        ..step(
            id(&["restore", "note-boot"]),
            format!("Note how {} has booted", host.name),
            at(host),
            shell(host, NOTE_BOOT, arg(view)),
            look(host, BOOT_NOTED, arg(view)),
        )
    }
}

/// S9: it reboots by itself, some seconds after the workflow has ended.
pub(super) fn rebooted(view: &View<'_>) -> Step {
    let host = &view.settings.old.host;
    Step {
        impact: "The manager is away while its machine boots.".to_owned(),
        hazard: Some("A connection that is refused meanwhile is no failure.".to_owned()),
        vendor: Some(vendor::REBOOT.to_owned()),
        ..observe(
            id(&["restore", "reboot"]),
            format!("{} has rebooted by itself (S9)", host.name),
            at(host),
            look(host, BOOTED_ANEW, arg(view)),
            view.settings.tuning.reboot_deadline,
        )
    }
}

pub(super) fn forget_boot(view: &View<'_>) -> Step {
    let host = &view.settings.old.host;
    Step {
        attempts: 3,
        ..step(
            id(&["close", "boot"]),
            "Remove the note of the boot",
            at(host),
            shell(host, FORGET_BOOT, arg(view)),
            look(host, BOOT_FORGOTTEN, arg(view)),
        )
    }
}
