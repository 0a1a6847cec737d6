//! Steps that both procedures and both modes have.

use model::open_vstorage::{ChangedFile, Component, Generation, LARGEST_COPY, OpenVstorageInventory, READY_FLAG};
use model::plan::{Action, Already, Download, FileCopy, Probe, Stage, Step, StepKind, Target, Undo};

use super::PlanError;
use super::scripts::{
    COMPARE_FILES, FETCH, FETCHED, FILES_KEPT, FLAGS_CLEAR, FLAGS_CLEAR_PROOF, FLAGS_SET, FLAGS_SET_PROOF, IDLE,
    INSTALL, KEEP_FILES, READ_COPY, SHOW_DIFFERENCES, VERSIONS,
};
use super::steps::{LOOK, Maker, id, in_order, look, observe, shell, stage, step};
use super::vendor;
use super::view::{Seat, View};

pub(crate) fn generation(inventory: &OpenVstorageInventory) -> Result<Generation, PlanError> {
    inventory.generation.value().copied().ok_or_else(|| PlanError::NotSeen {
        what: "the generation of the cluster's updater".to_owned(),
        reason: inventory.generation.reason().unwrap_or_default().to_owned(),
    })
}

impl Maker<'_> {
    /// While everything still runs: what was changed by hand is put aside, and what will be installed is fetched.
    pub(crate) fn prepare(
        &self,
        view: &View<'_>,
        wanted: impl Fn(Component) -> bool,
        with_packages: bool,
    ) -> Option<Stage> {
        let files = view.seats.iter().flat_map(|seat| {
            let sealed = if view.seals { self.seal_copies(seat, &wanted) } else { None };
            in_order(self.keep_files(seat, &wanted).into_iter().chain(sealed).map(|step| vec![step]).collect())
        });
        let packages = view.seats.iter().filter(|_| with_packages).filter_map(|seat| self.fetch(seat, &wanted));
        stage("Get ready, while everything runs", "steps", files.chain(packages).collect())
    }

    fn keep_files(&self, seat: &Seat<'_>, wanted: &impl Fn(Component) -> bool) -> Option<Step> {
        let args = self.changed(seat, wanted);
        if args.is_empty() {
            return None;
        }
        let host = seat.host.as_str();
        let title =
            format!("Copy {} on {host} that somebody changed by hand", super::words::count(args.len() / 2, "file"));
        let proof = look(seat, FILES_KEPT, args.clone());
        let action = shell(seat, KEEP_FILES, args);
        // Also where a copy is there from an earlier run: the one kept last is what is put back.
        Some(always(Step {
            vendor: Some(vendor::PATCH_AGAIN.to_owned()),
            ..step(id(&["keep-files", host]), title, seat, action, proof)
        }))
    }

    /// The copies leave the node: it may be installed anew before anybody wants them back.
    fn seal_copies(&self, seat: &Seat<'_>, wanted: &impl Fn(Component) -> bool) -> Option<Step> {
        let copy = |file: &ChangedFile| Some(FileCopy { path: file.path.clone(), sha256: file.sha256.clone()? });
        let files: Vec<FileCopy> =
            self.changed_files(seat, wanted).filter(|file| may_be_sealed(file)).filter_map(copy).collect();
        if files.is_empty() {
            return None;
        }
        let host = seat.host.as_str();
        let count = super::words::count(files.len(), "file");
        let title = format!("Seal copies of {count} of {host} in Drydock's own store");
        let proof = Probe::CopiesSealed { host: seat.host.clone(), files: files.clone() };
        let action = Action::Download(Download {
            host: seat.host.clone(),
            elevate: seat.elevate,
            script: READ_COPY.to_owned(),
            files,
        });
        Some(always(Step {
            vendor: Some(vendor::PATCH_AGAIN.to_owned()),
            ..step(id(&["seal-copies", host]), title, seat, action, proof)
        }))
    }

    /// Files that the packages would replace.
    fn changed_files<'n>(
        &self,
        seat: &Seat<'n>,
        wanted: &impl Fn(Component) -> bool,
    ) -> impl Iterator<Item = &'n ChangedFile> {
        seat.node.changed_files.iter().filter(move |file| {
            self.targets.pending.contains(&file.package) && Component::of(file.package.as_str()).is_some_and(wanted)
        })
    }

    /// Checksum and path of files that the packages would replace.
    fn changed(&self, seat: &Seat<'_>, wanted: &impl Fn(Component) -> bool) -> Vec<String> {
        let files = self.changed_files(seat, wanted);
        files.filter_map(|file| Some([file.sha256.clone()?, file.path.clone()])).flatten().collect()
    }

    fn fetch(&self, seat: &Seat<'_>, wanted: &impl Fn(Component) -> bool) -> Option<Step> {
        let args = self.package_args(seat, wanted)?;
        let host = seat.host.as_str();
        let action = shell(seat, FETCH, args.clone());
        let title = format!("Fetch the packages on {host}");
        let vendor = Some(format!("{} Afterwards nothing depends on the network.", vendor::NOT_IN_TEXT));
        Some(Step {
            deadline: self.tuning.install_deadline,
            vendor,
            ..step(id(&["fetch", host]), title, seat, action, look(seat, FETCHED, args))
        })
    }

    /// What the package scripts get; `None` when nothing changes on that node.
    pub(crate) fn package_args(&self, seat: &Seat<'_>, wanted: impl Fn(Component) -> bool) -> Option<Vec<String>> {
        let changes = self.targets.changes(seat, wanted);
        if changes.is_empty() {
            return None;
        }
        let simulations = seat.node.simulations.values().filter_map(|seen| seen.value());
        let unsigned = simulations.flat_map(|seen| &seen.unsigned).any(|name| self.targets.pending.contains(name));
        let first = [seat.distribution().word().to_owned(), if unsigned { "yes" } else { "no" }.to_owned()];
        Some(first.into_iter().chain(changes.into_iter().flatten()).collect())
    }

    /// One node first, alone; then the others side by side: what fails on the first is not done to the rest.
    pub(crate) fn install(&self, view: &View<'_>, what: Component, wanted: impl Fn(Component) -> bool) -> Vec<Step> {
        let mut steps: Vec<Step> = view.seats.iter().filter_map(|seat| self.install_on(seat, what, &wanted)).collect();
        let rest = steps.split_off(steps.len().min(1));
        in_order(vec![steps, rest])
    }

    fn install_on(&self, seat: &Seat<'_>, what: Component, wanted: &impl Fn(Component) -> bool) -> Option<Step> {
        let args = self.package_args(seat, wanted)?;
        let host = seat.host.as_str();
        let changes = self.targets.changes(seat, wanted);
        let back: Vec<String> = changes.iter().map(|[name, from, _]| format!("{name}={from}")).collect();
        let (key, vendor, hazard) = match what {
            Component::Framework => (
                "framework",
                vendor::INSTALL_FRAMEWORK,
                "ssh and nginx of the node are started anew meanwhile. If it fails, no service of the framework may be \
                 started: code of two versions must never run together.",
            ),
            Component::StorageDriver => {
                ("volume-driver", vendor::INSTALL_DRIVER, "If it fails, the volumes stay offline.")
            }
            Component::Alba => ("backend", vendor::INSTALL_ALBA, "If it fails, the volumes stay offline."),
        };
        let words: Vec<String> = changes.iter().map(|[name, _, to]| format!("{name} {to}")).collect();
        Some(Step {
            // apt-get and yum find out for themselves what is there already.
            kind: StepKind::Idempotent,
            deadline: self.tuning.install_deadline,
            hazard: Some(hazard.to_owned()),
            undo: Undo::ByHand(format!("The vendor has no way back. The versions before: {}.", back.join(" "))),
            vendor: Some(vendor.to_owned()),
            ..step(
                id(&["install", key, host]),
                format!("Install {} on {host}", super::words::shortened(words)),
                seat,
                shell(seat, INSTALL, args.clone()),
                look(seat, VERSIONS, args),
            )
        })
    }

    /// A person stops what uses the volumes; the run waits until nobody does.
    pub(crate) fn idle(&self, view: &View<'_>) -> Option<Stage> {
        let chosen = view.seats.first()?;
        let mounts = |seat: &Seat<'_>| seat.node.mounts.iter().map(|mount| mount.path.clone()).collect();
        let looks = view.seats.iter().map(|seat| look(seat, IDLE, mounts(seat)));
        let of = looks.chain([Probe::OvsVolumesUnused { vpools: Vec::new() }]).collect();
        let title = "Stop all virtual machines that use volumes".to_owned();
        let only = Step {
            target: Target::Platform,
            kind: StepKind::Manual,
            attempts: 1,
            deadline: self.tuning.idle_deadline,
            impact: "All virtual machines on these volumes are shut down by you, until the run is over.".to_owned(),
            hazard: Some(
                "A volume that is in use when its volume driver stops loses data. Drydock sees the guests of libvirt, \
                 open files and the clients that the API tells of; it does not see the machines of a VMware \
                 hypervisor. What lies only in a write cache is lost if its disk dies meanwhile: take a snapshot of \
                 each volume and wait until it is in the backend."
                    .to_owned(),
            ),
            undo: Undo::ByHand("Start the virtual machines again.".to_owned()),
            vendor: Some(vendor::STOP_VMS.to_owned()),
            ..step(id(&["idle"]), title, chosen, Action::Observe, Probe::All { of })
        };
        stage("Nobody uses the volumes", "steps", vec![only])
    }

    /// Shows the update as under way; for the framework it opens the gate of the packages, too.
    pub(crate) fn open(&self, view: &View<'_>, flags: &[&str], title: &str) -> Option<Stage> {
        let args: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let steps = view.seats.iter().map(|seat| {
            let host = seat.host.as_str();
            Step {
                undo: Undo::ByStep(id(&["close", "flags", host])),
                vendor: Some(vendor::GATE.to_owned()),
                ..step(
                    id(&["open", "flags", host]),
                    format!("Create {} on {host}", flags.join(" and ")),
                    seat,
                    shell(seat, FLAGS_SET, args.clone()),
                    look(seat, FLAGS_SET_PROOF, args.clone()),
                )
            }
        });
        stage(title, "nodes", steps.collect())
    }

    /// Removes flags. Never starts a service: after a failure nobody but a person may (framework#1401).
    pub(crate) fn close(&self, view: &View<'_>, flags: &[&str], key: &str) -> Vec<Step> {
        let args: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let steps = view.seats.iter().map(|seat| {
            let host = seat.host.as_str();
            Step {
                attempts: 3,
                vendor: Some(vendor::CLOSE_GATE.to_owned()),
                ..step(
                    id(&["close", key, host]),
                    format!("Remove {} on {host}", flags.join(" and ")),
                    seat,
                    shell(seat, FLAGS_CLEAR, args.clone()),
                    look(seat, FLAGS_CLEAR_PROOF, args.clone()),
                )
            }
        });
        steps.collect()
    }

    /// After all is done: packages of every node, and which changes by hand are gone.
    pub(crate) fn verify(&self, view: &View<'_>, wanted: impl Fn(Component) -> bool) -> Vec<Step> {
        let mut steps = Vec::new();
        for seat in &view.seats {
            let host = seat.host.as_str();
            if let Some(args) = self.package_args(seat, &wanted) {
                let title = format!("All packages of {host} are as planned, none is half installed");
                steps.push(observe(id(&["verify", "packages", host]), title, seat, look(seat, VERSIONS, args), LOOK));
            }
            let files = self.changed(seat, &wanted);
            if !files.is_empty() {
                let title = format!("Show which changes by hand on {host} were overwritten");
                let action = shell(seat, SHOW_DIFFERENCES, files.clone());
                steps.push(always(Step {
                    kind: StepKind::ReadOnly,
                    vendor: Some(vendor::PATCH_AGAIN.to_owned()),
                    ..step(id(&["verify", "files", host]), title, seat, action, look(seat, COMPARE_FILES, files))
                }));
            }
        }
        steps
    }

    /// The last word: it needs memcached, the model, and the API of every master.
    pub(crate) fn api_ready(&self, seat: &Seat<'_>) -> Step {
        let title = "The API answers on every master, and every node is heard of".to_owned();
        Step {
            target: Target::Platform,
            ..observe(id(&["verify", "api"]), title, seat, Probe::OvsApiReady, self.tuning.service_deadline)
        }
    }
}

pub(crate) const fn flags(generation: Generation) -> [&'static str; 2] {
    [READY_FLAG, generation.ongoing_flag()]
}

/// Of what is larger the copy stays on its node; the prechecks name it.
pub(crate) fn may_be_sealed(file: &ChangedFile) -> bool {
    file.bytes.is_none_or(|bytes| bytes <= LARGEST_COPY)
}

/// Acts although the proof cannot tell before from after.
pub(crate) fn always(step: Step) -> Step {
    Step { already: Already::ActAnyway, ..step }
}
