//! What runs on hosts. Arguments are positional, and never spliced into the text.

pub(crate) const STOP_UNITS: &str = include_str!("../sh/stop_units.sh");
pub(crate) const UNITS_STOPPED: &str = include_str!("../sh/units_stopped.sh");
pub(crate) const START_UNITS: &str = include_str!("../sh/start_units.sh");
pub(crate) const NOTE_BOOT: &str = include_str!("../sh/note_boot.sh");
pub(crate) const BOOT_NOTED: &str = include_str!("../sh/boot_noted.sh");
pub(crate) const BOOTED_ANEW: &str = include_str!("../sh/booted_anew.sh");
pub(crate) const FORGET_BOOT: &str = include_str!("../sh/forget_boot.sh");
pub(crate) const BOOT_FORGOTTEN: &str = include_str!("../sh/boot_forgotten.sh");
pub(crate) const CFY: &str = include_str!("../sh/cfy.sh");
pub(crate) const CFY_REMOVE: &str = include_str!("../sh/cfy_remove.sh");
pub(crate) const CFY_REMOVED: &str = include_str!("../sh/cfy_removed.sh");
