//! The scripts of a plan. They are constants, so that a step's script tells what kind of step it is.

/// One or more files of `sh/`, with what every script begins with in front.
macro_rules! script {
    ($($file:literal),+) => {
        concat!(include_str!("../sh/path.sh") $(, "\n", include_str!(concat!("../sh/", $file)))+)
    };
}

pub(crate) const STOP: &str = script!("unit.sh", "stop.sh");
pub(crate) const STOPPED: &str = script!("unit.sh", "stopped.sh");
pub(crate) const START: &str = script!("unit.sh", "start.sh");
pub(crate) const START_NO_WAIT: &str = script!("unit.sh", "start_no_wait.sh");
pub(crate) const RUNNING: &str = script!("unit.sh", "running.sh");
pub(crate) const RESTART_MEMBER: &str = script!("unit.sh", "restart_member.sh");
pub(crate) const MASTER: &str = script!("master.sh");

pub(crate) const FETCH: &str = script!("package.sh", "fetch.sh");
pub(crate) const FETCHED: &str = script!("package.sh", "fetched.sh");
pub(crate) const INSTALL: &str = script!("package.sh", "install.sh");
pub(crate) const VERSIONS: &str = script!("package.sh", "versions.sh");

pub(crate) const KEEP_FILES: &str = script!("kept.sh", "keep_files.sh");
pub(crate) const FILES_KEPT: &str = script!("kept.sh", "files_kept.sh");
pub(crate) const READ_COPY: &str = script!("read_copy.sh");
pub(crate) const BRING_COPY: &str = script!("kept.sh", "bring_copy.sh");
pub(crate) const COMPARE_FILES: &str = script!("compare_files.sh");
pub(crate) const SHOW_DIFFERENCES: &str = script!("show_differences.sh");
pub(crate) const PUT_BACK: &str = script!("put_back.sh");
pub(crate) const IS_BACK: &str = script!("is_back.sh");

pub(crate) const FLAGS_SET: &str = script!("flags_set.sh");
pub(crate) const FLAGS_SET_PROOF: &str = script!("flags_set_proof.sh");
pub(crate) const FLAGS_CLEAR: &str = script!("updater.sh", "flags_clear.sh");
pub(crate) const FLAGS_CLEAR_PROOF: &str = script!("flags_clear_proof.sh");

pub(crate) const MIGRATE_EXTENSIONS: &str = script!("migrate_extensions.sh");
pub(crate) const MIGRATE_MODEL: &str = script!("migrate_model.sh");
pub(crate) const MIGRATED: &str = script!("migrated.sh");

pub(crate) const IDLE: &str = script!("idle.sh");

pub(crate) const UPDATER_READY: &str = script!("updater.sh", "updater_ready.sh");
pub(crate) const UPDATER_READY_PROOF: &str = script!("updater.sh", "updater_ready_proof.sh");
pub(crate) const UPDATER_START: &str = script!("updater_log.sh", "updater_start.sh");
pub(crate) const UPDATER_STARTED: &str = script!("updater_started.sh");
pub(crate) const UPDATER_WATCH: &str = script!("updater.sh", "updater_log.sh", "package.sh", "updater_watch.sh");
pub(crate) const UPDATER_GONE: &str = script!("updater.sh", "updater_gone.sh");
