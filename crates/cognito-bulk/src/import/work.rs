//! The run of an import: its input, its groups, and its rows.

use std::sync::{Arc, OnceLock};

use cognito_core::{Admin, Error, ErrorKind};
use cognito_types::{BoxFuture, QuotaCategory};
use serde_json::{Value, json};

use super::Import;
use super::check::{CheckedRow, Checker};
use super::input::InputRows;
use super::plan::pool_rules;
use super::rules::PoolRules;
use crate::error::JobError;
use crate::job_shard::JobShard;
use crate::patience::{PERMIT_TIMEOUT, patiently};
use crate::writes::{Calls, Input, ItemOutcome, Items, JobFiles, Start, WriteJob};

/// A run of an import.
pub(super) struct ImportJob {
    pub(super) import: Import,
    accepted: OnceLock<Accepted>,
}

/// An input that was read and checked.
struct Accepted {
    rules: Arc<PoolRules>,
    digest: String,
}

impl ImportJob {
    pub(super) fn new(import: Import) -> Self {
        Self { import, accepted: OnceLock::new() }
    }

    /// Returns the rules of the pool, after the input was checked against them.
    pub(super) fn rules(&self) -> Option<&PoolRules> {
        self.accepted.get().map(|accepted| &*accepted.rules)
    }
}

impl WriteJob for ImportJob {
    type Item = CheckedRow;

    const NAME: &'static str = "import";
    const FILES: &'static [&'static str] = &[];

    fn settings(&self) -> Value {
        let Import { format, options, shard, .. } = &self.import;
        let mut settings = json!({ "format": format, "options": options });
        JobShard::add_to(*shard, &mut settings);
        settings
    }

    fn fence(&self) -> Option<u64> {
        self.import.fence
    }

    fn categories(&self) -> &[QuotaCategory] {
        &[
            QuotaCategory::UserCreation,
            QuotaCategory::UserAccountRecovery,
            QuotaCategory::UserUpdate,
        ]
    }

    fn input<'a>(
        &'a self,
        start: &'a Start<'_>,
        _: Option<&'a Input>,
    ) -> BoxFuture<'a, Result<Input, JobError>> {
        Box::pin(async move {
            let rules = Arc::new(pool_rules(start.admin).await?);
            let checked = self.import.check_input(&rules).await?;
            if let Some(first) = checked.plan.rejected.first()
                && !self.import.skips_rejected
            {
                let (line, reason) = (first.line, first.reason.clone());
                let lines = checked.plan.rejected_lines;
                return Err(JobError::RejectedLines { lines, line, reason });
            }
            for group in &checked.plan.groups_to_create {
                patiently(|| create_group(start.admin, group)).await?;
            }
            let digest = checked.digest.clone();
            self.accepted.get_or_init(|| Accepted { rules, digest });
            Ok(Input { items: checked.rows, duplicates: 0, digest: checked.digest })
        })
    }

    fn items(&self, _: &JobFiles) -> Result<Items<CheckedRow>, JobError> {
        let accepted = self.accepted.get().ok_or(JobError::InputChanged)?;
        let checker = Checker::new(Arc::clone(&accepted.rules), self.import.options);
        let input = InputRows::open(&self.import.input, self.import.format)?;
        let digest = Some(accepted.digest.clone());
        let shard = self.import.shard;
        let rows = CheckedRows { input, checker, digest };
        Ok(Box::new(rows.filter(move |row| match row {
            Ok(row) => row.is_in(shard),
            Err(_) => true,
        })))
    }

    fn username<'a>(&self, row: &'a CheckedRow) -> &'a str {
        &row.username
    }

    fn send<'a>(
        &'a self,
        row: &'a CheckedRow,
        calls: &'a Calls,
    ) -> BoxFuture<'a, Result<ItemOutcome, Error>> {
        Box::pin(async move {
            match &row.user {
                Ok(user) => self.import_user(user, calls).await.or_else(ItemOutcome::of_refused),
                Err(reason) => {
                    let (error, message) = ("Rejected".to_owned(), reason.to_string());
                    Ok(ItemOutcome::Failed { error, message })
                }
            }
        })
    }
}

/// Creates a group, unless an earlier run or another program has created it.
async fn create_group(admin: &Admin, name: &str) -> Result<(), Error> {
    match admin.create_group(name).timeout(PERMIT_TIMEOUT).await {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        created => created.map(drop),
    }
}

/// The rows of an input that was checked before.
struct CheckedRows {
    input: InputRows,
    checker: Checker,
    /// The expected digest of the input; `None` after its end.
    digest: Option<String>,
}

impl Iterator for CheckedRows {
    type Item = Result<CheckedRow, JobError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.input.next() {
            Ok(Some(row)) => Some(Ok(CheckedRow::new(row, &mut self.checker))),
            Ok(None) => {
                let is_changed = self.digest.take()? != self.input.digest();
                is_changed.then_some(Err(JobError::InputChanged))
            }
            Err(error) => Some(Err(error)),
        }
    }
}
