//! Parts that several pages share.

mod badge;
mod field;
mod frame;
mod group;
mod loaded;
mod moment;
mod notice;
mod observed;
mod page;
mod plan_step;
mod precheck_list;
mod prepare;
mod procedure_buttons;
mod progress_bar;
mod proof_field;
mod run_table;
mod secret_input;
mod summary_list;

pub use badge::{Badge, Icon, RiskBadge};
pub use field::{Choice, ReasonField, TextField};
pub use frame::Frame;
pub use group::Group;
pub use loaded::{data_of, loaded};
pub use moment::{ClockTime, Elapsed, Moment, MomentAhead};
pub use notice::{Notice, RefusalNotice, refusal_of};
pub use observed::{observed, source_of};
pub use page::{Page, PageHead};
pub use plan_step::{HazardNote, StepDetails};
pub use precheck_list::PrecheckList;
pub use prepare::PreparePlan;
pub use procedure_buttons::ProcedureButtons;
pub use progress_bar::ProgressBar;
pub use proof_field::{ProofField, SignInAt};
pub use run_table::RunTable;
pub use secret_input::SecretInput;
pub use summary_list::{cluster_summary, summary_list};
