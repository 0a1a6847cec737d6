//! Files that were changed by hand and replaced by packages: the vendor's last line, as steps that are approved like any.

use std::collections::BTreeSet;

use model::id::SealedId;
use model::open_vstorage::{FileRights, KeptFile};
use model::plan::{Action, Hazard, LeftOut, OutputReader, SecretVariable, Shell, Stage, Step, StepKind, Undo, Weight};
use model::procedure::FileOn;
use model::secret::SecretRef;

use super::scripts::{BRING_COPY, FILES_KEPT, IS_BACK, PUT_BACK, SHOW_DIFFERENCES};
use super::steps::{id, look, shell, stage, step};
use super::view::{Seat, View};
use super::{Made, PlanError, vendor, words};

/// What is put back, and what is left.
pub(crate) fn made(view: &View<'_>, files: &BTreeSet<FileOn>) -> Result<Made, PlanError> {
    check(view, files)?;
    let chosen: Vec<(&Seat<'_>, Vec<&KeptFile>)> =
        view.seats.iter().map(|seat| (seat, of(seat, files))).filter(|(_, kept)| !kept.is_empty()).collect();
    if chosen.is_empty() {
        let words = "every file that was changed by hand, and is kept, is as it was";
        return Err(PlanError::NothingToDo(words.to_owned()));
    }
    let away = |(seat, kept): &(&Seat<'_>, Vec<&KeptFile>)| -> Vec<Step> {
        kept.iter().zip(1..).filter_map(|(file, number)| bring(seat, file, number)).collect()
    };
    let brought = chosen.iter().flat_map(away).collect();
    let shown = chosen.iter().map(|(seat, kept)| show(seat, kept)).collect();
    let back = chosen.iter().map(|(seat, kept)| put_back(seat, kept)).collect();
    let stages: Vec<Option<Stage>> = vec![
        stage("Bring sealed copies back to their nodes", "files", brought),
        stage("Show what differs", "nodes", shown),
        stage("Put the files back", "nodes", back),
    ];
    Ok(Made { stages: stages.into_iter().flatten().collect(), finally: Vec::new(), left_out: already(view) })
}

/// In one sentence.
pub(crate) fn summary(view: &View<'_>, files: &BTreeSet<FileOn>) -> String {
    let count = view.seats.iter().map(|seat| of(seat, files).len()).sum();
    format!("Puts {} back that somebody had changed by hand and a package has replaced.", words::count(count, "file"))
}

pub(crate) fn hazards() -> Vec<Hazard> {
    let words = "A change that was made for the version before may not fit the new one: read the difference first. It takes \
                 effect when the service that reads the file is started anew, which this plan does not do.";
    vec![Hazard { weight: Weight::Caution, words: words.to_owned() }]
}

fn check(view: &View<'_>, files: &BTreeSet<FileOn>) -> Result<(), PlanError> {
    let is_kept = |file: &&FileOn| {
        let seat = view.seats.iter().find(|seat| seat.host == &file.host);
        seat.is_some_and(|seat| seat.node.kept_files.iter().any(|kept| kept.path == file.path))
    };
    match files.iter().find(|file| !is_kept(file)) {
        Some(file) => Err(PlanError::NotKept { host: file.host.to_string(), path: file.path.clone() }),
        None => Ok(()),
    }
}

fn of<'i>(seat: &Seat<'i>, files: &BTreeSet<FileOn>) -> Vec<&'i KeptFile> {
    let is_chosen = |kept: &KeptFile| {
        files.is_empty() || files.iter().any(|file| &file.host == seat.host && file.path == kept.path)
    };
    seat.node.kept_files.iter().filter(|kept| !kept.is_back && is_chosen(kept)).collect()
}

fn already(view: &View<'_>) -> Vec<LeftOut> {
    let back = view.seats.iter().flat_map(|seat| {
        seat.node.kept_files.iter().filter(|kept| kept.is_back).map(move |kept| LeftOut {
            what: format!("{} on {}", kept.path, seat.host),
            why: "is as it was".to_owned(),
        })
    });
    back.collect()
}

fn args(kept: &[&KeptFile]) -> Vec<String> {
    kept.iter().flat_map(|file| [file.sha256.clone(), file.path.clone()]).collect()
}

fn names(kept: &[&KeptFile]) -> String {
    words::shortened(kept.iter().map(|file| file.path.clone()).collect())
}

/// What lies in Drydock's own store alone goes back to where copies are kept on the node.
fn bring(seat: &Seat<'_>, kept: &KeptFile, number: usize) -> Option<Step> {
    let copy = kept.place.sealed().filter(|_| !kept.place.is_on_node())?;
    let (host, path) = (seat.host.as_str(), &kept.path);
    let FileRights { mode, owner, group } = copy.rights.clone();
    let args = vec![kept.sha256.clone(), path.clone(), mode, owner, group, copy.parts.len().to_string()];
    let part = |(part, number): (&SealedId, usize)| SecretVariable {
        name: format!("COPY_{number}"),
        value: SecretRef::Sealed(part.clone()),
    };
    let action = Action::Shell(Shell {
        host: seat.host.clone(),
        elevate: seat.elevate,
        script: BRING_COPY.to_owned(),
        args,
        secrets: copy.parts.iter().zip(1..).map(part).collect(),
        reads: OutputReader::Plain,
        quiet: None,
    });
    let title = format!("Bring the sealed copy of {path} back to {host}");
    let proof = look(seat, FILES_KEPT, vec![kept.sha256.clone(), path.clone()]);
    Some(step(id(&["bring", host, &number.to_string()]), title, seat, action, proof))
}

fn show(seat: &Seat<'_>, kept: &[&KeptFile]) -> Step {
    let host = seat.host.as_str();
    let title = format!("Show what differs on {host}: {}", names(kept));
    let action = shell(seat, SHOW_DIFFERENCES, args(kept));
    super::common::always(Step {
        kind: StepKind::ReadOnly,
        ..step(id(&["show", host]), title, seat, action, look(seat, FILES_KEPT, args(kept)))
    })
}

fn put_back(seat: &Seat<'_>, kept: &[&KeptFile]) -> Step {
    let host = seat.host.as_str();
    let undo = "The file as the package brought it is kept below /var/lib/drydock-ovs/replaced on the node.";
    Step {
        undo: Undo::ByHand(undo.to_owned()),
        vendor: Some(vendor::PATCH_AGAIN.to_owned()),
        ..step(
            id(&["put-back", host]),
            format!("Put back on {host}: {}", names(kept)),
            seat,
            shell(seat, PUT_BACK, args(kept)),
            look(seat, IS_BACK, args(kept)),
        )
    }
}
