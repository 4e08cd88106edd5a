#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod audit;
mod change;
#[cfg(feature = "redis")]
mod claims;
mod concurrent;
mod csv_quotes;
mod csv_text;
mod error;
mod export;
mod files;
mod import;
mod job_directory;
mod job_shard;
mod journal;
mod listing;
mod patience;
mod quota;
#[cfg(feature = "redis")]
mod redis_server;
mod run;
mod text;
mod writes;

pub use audit::{
    Audit, AuditCost, AuditPlan, AuditReport, DEFAULT_STALE_AFTER, Finding, FindingKind,
    GroupOverlap, GroupSummary, StatusCount,
};
pub use change::{MassChange, MassChangePlan, UserChange, UserNames, UserQuery, UserSelection};
#[cfg(feature = "redis")]
pub use claims::{
    ClaimError, ClaimOutcome, DEFAULT_LEASE, MAX_CLAIMED_PARTS, PartClaim, PartState, PartStatus,
    RedisClaims,
};
pub use cognito_types::QuotaCategory;
pub use csv_quotes::{ClosedQuotes, OpenQuotes};
pub use error::JobError;
pub use export::{Export, ExportPlan, ExportReport};
pub use import::{
    CsvImport, CsvImportPlan, CsvImportReport, Import, ImportPlan, MAX_REJECTED_LINES,
    MAX_USERS_OF_JOB, RejectedLine, RejectionReason, UserImportJobOutcome,
};
pub use job_shard::{InvalidJobShard, JobShard};
pub use listing::{DEFAULT_SHARD_USERS, Memberships};
#[cfg(feature = "redis")]
pub use quota::RedisPermits;
pub use quota::{
    CategoryUsage, DEFAULT_RESERVE, LIMIT_OF_USER, MAX_UTILIZATION, Quota, QuotaBuilder,
};
#[cfg(feature = "redis")]
pub use redis_server::RedisServerError;
pub use run::{JobEvent, JobProgress, JobRun, StopHandle, plan_with_events};
pub use writes::{ItemOutcome, OutcomeCounts, WriteReport};
