//! What goes wrong in the API itself. What goes wrong in the cluster comes from the cluster.

/// A switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiFault {
    /// The next calls whose path contains this text are answered with trouble.
    Answers { path: String, with: Trouble, times: u32 },
    /// Tasks wait for as long as this is on.
    TasksHang,
    /// Tasks of this name fail with this text, whatever they would have done. Names are those of the calls, such as
    /// `update_components`.
    TaskFails { name: String, reason: String },
}

/// What comes instead of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// 500.
    ServerError,
    /// 429.
    RateLimited,
    /// 401 `token_expired`.
    TokenExpired,
    /// The call is carried out, and the connection breaks before the answer.
    ReplyLost,
}

/// What is switched on.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<ApiFault>);

impl Faults {
    pub(super) fn add(&mut self, fault: ApiFault) {
        self.0.push(fault);
    }

    pub(super) fn end(&mut self, fault: &ApiFault) {
        self.0.retain(|on| on != fault);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The trouble this call is in. One of its times is used up.
    pub(super) fn strike(&mut self, called: &str) -> Option<Trouble> {
        self.0.iter_mut().find_map(|fault| match fault {
            ApiFault::Answers { path, with, times } if *times > 0 && called.contains(path.as_str()) => {
                *times -= 1;
                Some(*with)
            }
            ApiFault::Answers { .. } | ApiFault::TasksHang | ApiFault::TaskFails { .. } => None,
        })
    }

    pub(super) fn tasks_hang(&self) -> bool {
        self.0.contains(&ApiFault::TasksHang)
    }

    /// Why a task of this name fails.
    pub(super) fn task_fails(&self, task: &str) -> Option<String> {
        self.0.iter().find_map(|fault| match fault {
            ApiFault::TaskFails { name, reason } if name == task => Some(reason.clone()),
            ApiFault::TaskFails { .. } | ApiFault::Answers { .. } | ApiFault::TasksHang => None,
        })
    }
}
