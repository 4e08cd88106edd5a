//! The requests of one item: idempotent requests, and requests that are sent once.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use cognito_core::{Admin, AttemptOutcome, Error, Permits, RequestAttempt};
use cognito_types::BoxFuture;

use super::records::{Entry, Records};
use crate::patience::{Patience, patiently};
use crate::run::RunPermits;

/// The clients that send the requests of an item.
pub(crate) struct Calls {
    /// The administrator, without permits.
    admin: Admin,
    permits: RunPermits,
    records: Arc<Records>,
    item: u64,
    /// True if an earlier run may have sent the request that must be sent only once.
    may_be_sent: bool,
    repeats_unknown: bool,
}

/// The result of a request that is sent once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Once<T> {
    /// The request was sent, and this is its response.
    Sent(T),
    /// The request took effect, but its response was lost.
    HadEffect,
    /// The request may have taken effect, but its response was lost.
    Unknown,
}

impl Calls {
    pub(super) fn new(
        admin: &Admin,
        permits: &RunPermits,
        records: &Arc<Records>,
        item: u64,
        may_be_sent: bool,
        repeats_unknown: bool,
    ) -> Self {
        let (admin, permits, records) = (admin.clone(), permits.clone(), Arc::clone(records));
        Self { admin, permits, records, item, may_be_sent, repeats_unknown }
    }

    /// Sends an idempotent request until it succeeds or is refused permanently.
    pub(crate) async fn idempotent<T, F>(
        &self,
        request: impl Fn(Admin) -> F + Send + Sync,
    ) -> Result<T, Error>
    where
        T: Send,
        F: Future<Output = Result<T, Error>> + Send,
    {
        let admin = self.admin.with_permits(self.permits.clone());
        patiently(|| request(admin.clone())).await
    }

    /// Sends a request that is not idempotent, such as one that sends a message.
    ///
    /// An intent is synced to disk before the request is sent. If the response is lost, in the
    /// network or because the earlier run was killed, `has_effect` reads the pool; it returns
    /// `None` if this does not show whether the request took effect. An item has at most one
    /// such request.
    ///
    /// A request whose response is lost may have its effect after the read, for example because it
    /// waits for a trigger. A retry that is refused may then be due to this effect, so the intent
    /// is kept.
    pub(crate) async fn once<T, F, C>(
        &self,
        request: impl Fn(Admin) -> F + Send + Sync,
        has_effect: impl Fn(Admin) -> C + Send + Sync,
    ) -> Result<Once<T>, Error>
    where
        T: Send,
        F: Future<Output = Result<T, Error>> + Send,
        C: Future<Output = Result<Option<bool>, Error>> + Send,
    {
        let mut may_be_sent = self.may_be_sent;
        let mut patience = Patience::new();
        loop {
            if may_be_sent {
                match self.idempotent(&has_effect).await? {
                    Some(true) => return Ok(Once::HadEffect),
                    None if !self.repeats_unknown => return Ok(Once::Unknown),
                    Some(false) | None => {}
                }
            }
            let intent = self.intent();
            let error = match request(self.admin.with_permits(intent.clone())).await {
                Ok(output) => return Ok(Once::Sent(output)),
                Err(error) => error,
            };
            if error.leaves_outcome_unknown() {
                may_be_sent = true;
            } else if !may_be_sent {
                intent.withdraw();
            } else if !error.is_transient() && self.idempotent(&has_effect).await? == Some(true) {
                return Ok(Once::HadEffect);
            }
            patience.wait(error).await?;
        }
    }

    /// Returns the time, by the clock of this machine, at which the request that is sent once was
    /// first sent.
    pub(crate) fn sent_at(&self) -> Option<SystemTime> {
        self.records.intended_at(self.item)
    }

    fn intent(&self) -> Intent {
        Intent {
            permits: self.permits.clone(),
            records: Arc::clone(&self.records),
            item: self.item,
            is_recorded: Arc::default(),
        }
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").field("item", &self.item).finish_non_exhaustive()
    }
}

/// The permits of a request that is sent once. The intent is recorded when the request gets its
/// permit, so that after a kill, a request that was still waiting is known not to have been sent.
#[derive(Clone, Debug)]
struct Intent {
    permits: RunPermits,
    records: Arc<Records>,
    item: u64,
    is_recorded: Arc<AtomicBool>,
}

impl Intent {
    async fn record(&self) {
        if self.is_recorded.swap(true, Ordering::AcqRel) {
            return;
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let entry = Entry::Intent { item: self.item, at: since.as_secs() };
        if let Err(error) = self.records.record_durably(entry).await {
            self.records.fail(error);
            // The run ends with the recorded error.
            std::future::pending().await
        }
    }

    /// Records that the request had no effect.
    fn withdraw(&self) {
        if self.is_recorded.load(Ordering::Acquire)
            && let Err(error) = self.records.record(Entry::Withdrawn { item: self.item })
        {
            self.records.fail(error);
        }
    }
}

impl Permits for Intent {
    fn acquire<'a>(&'a self, attempt: RequestAttempt<'a>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.permits.acquire(attempt).await;
            self.record().await;
        })
    }

    fn finished(&self, attempt: RequestAttempt<'_>, outcome: AttemptOutcome) {
        self.permits.finished(attempt, outcome);
    }
}
