//! Import jobs and their states.

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::members::Members;

/// Seconds after which a job that was not started has expired.
const EXPIRES: f64 = 86_400.0;

/// UserImportJobType.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImportJob {
    job_id: String,
    pre_signed_url: String,
    creation_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_date: Option<f64>,
    status: State,
    imported_users: u64,
    skipped_users: u64,
    failed_users: u64,
    #[serde(flatten)]
    sent: Members,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    Created,
    InProgress,
    Stopped,
    Expired,
}

impl ImportJob {
    pub(crate) fn new(id: String, upload: String, created: f64, sent: Members) -> Self {
        Self {
            job_id: id,
            pre_signed_url: upload,
            creation_date: created,
            start_date: None,
            completion_date: None,
            status: State::Created,
            imported_users: 0,
            skipped_users: 0,
            failed_users: 0,
            sent,
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.status == State::InProgress
    }

    pub(crate) fn start(&mut self, date: f64) -> Result<(), ServiceError> {
        self.check_state(State::Created)?;
        self.status = State::InProgress;
        self.start_date = Some(date);
        Ok(())
    }

    pub(crate) fn stop(&mut self, date: f64) -> Result<(), ServiceError> {
        self.check_state(State::InProgress)?;
        self.status = State::Stopped;
        self.completion_date = Some(date);
        Ok(())
    }

    /// Expires the job if it was not started in time.
    pub(crate) fn expire(&mut self, date: f64) {
        if self.status == State::Created && self.creation_date + EXPIRES < date {
            self.status = State::Expired;
        }
    }

    fn check_state(&self, wanted: State) -> Result<(), ServiceError> {
        match self.status {
            state if state == wanted => Ok(()),
            state => Err(ServiceError::precondition_not_met(format!(
                "The import job is {state:?} and not {wanted:?}."
            ))),
        }
    }
}
