//! A call in progress in one pool.

use std::sync::Arc;

use crate::flows::caller::Caller;
use crate::flows::service::{PoolCell, Service};
use crate::flows::step::Step;
use crate::flows::trigger;
use crate::flows::triggers::Trigger;
use crate::model::ServiceError;

/// A call in progress in one pool. It runs in steps, between which the pool is not locked.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) service: Arc<Service>,
    pub(crate) pool: Arc<PoolCell>,
    pub(crate) caller: Caller,
}

impl Context {
    pub(crate) fn new(service: &Arc<Service>, pool: Arc<PoolCell>, caller: Caller) -> Self {
        Self { service: Arc::clone(service), pool, caller }
    }

    /// Runs the next step, with the pool locked.
    ///
    /// A step after a trigger must check its preconditions again: for example, the user may have
    /// been deleted.
    pub(crate) fn step<T>(
        &self,
        work: impl FnOnce(&mut Step<'_>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        self.pool.step(&self.service.shared, &mut self.caller.clone(), work)
    }

    /// Calls a trigger without a lock on the pool; returns `None` if the pool does not have the
    /// trigger.
    pub(crate) async fn call_trigger<T: Trigger>(
        &self,
        event: T::Event,
    ) -> Result<Option<T::Response>, ServiceError> {
        match self.step(|step| Ok(trigger::ready::<T>(step, event)))? {
            Some(ready) => ready.call(self.caller.trigger_limit).await.map(Some),
            None => Ok(None),
        }
    }
}
