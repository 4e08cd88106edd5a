#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod change;
mod concurrent;
mod error;
mod export;
mod files;
mod import;
mod journal;
mod patience;
mod quota;
mod run;
mod writes;

pub use change::{MassChange, MassChangePlan, UserChange, UserNames, UserQuery, UserSelection};
pub use cognito_types::QuotaCategory;
pub use error::JobError;
pub use export::{DEFAULT_SHARD_USERS, Export, ExportPlan, ExportReport};
pub use import::{Import, ImportPlan, MAX_REJECTED_LINES, RejectedLine, RejectionReason};
pub use quota::{
    CategoryUsage, DEFAULT_RESERVE, LIMIT_OF_USER, MAX_UTILIZATION, Quota, QuotaBuilder,
};
pub use run::{JobEvent, JobProgress, JobRun, StopHandle};
pub use writes::{ItemOutcome, OutcomeCounts, WriteReport};
