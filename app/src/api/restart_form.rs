//! The form of Restart System VMs as it travels: boxes that nobody has checked do not travel at all.

use std::collections::BTreeSet;

use model::cloudstack::VmKind;
use model::id::CloudId;
use model::procedure::{Inputs, RestartMode, RestartSystemVms, RouterRolling, Which};
use serde::{Deserialize, Serialize};

/// See [`RestartSystemVms`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartForm {
    pub mode: RestartMode,
    #[serde(default)]
    pub zones: BTreeSet<CloudId>,
    #[serde(default)]
    pub kinds: BTreeSet<VmKind>,
    #[serde(default)]
    pub vms: BTreeSet<CloudId>,
    pub parallel_routers: u16,
    #[serde(default)]
    pub which: Which,
    #[serde(default)]
    pub rolling: RouterRolling,
}

impl From<RestartForm> for Inputs {
    fn from(form: RestartForm) -> Self {
        Self::RestartSystemVms(RestartSystemVms {
            mode: form.mode,
            zones: form.zones,
            kinds: form.kinds,
            vms: form.vms,
            parallel_routers: form.parallel_routers,
            which: form.which,
            rolling: Some(form.rolling),
        })
    }
}
