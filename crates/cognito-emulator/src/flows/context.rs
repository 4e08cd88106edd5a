//! A call under way in one pool.

use std::sync::Arc;

use crate::flows::caller::Caller;
use crate::flows::service::{PoolCell, Service};
use crate::flows::step::Step;
use crate::flows::trigger;
use crate::flows::triggers::Trigger;
use crate::model::ServiceError;

/// A call under way in one pool: it goes on in steps, between which the pool is free.
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
    /// A step that follows a trigger checks again what it relies on: the user may be gone.
    pub(crate) fn step<T>(
        &self,
        work: impl FnOnce(&mut Step<'_>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        self.pool.step(&self.service.shared, &mut self.caller.clone(), work)
    }

    /// Calls a trigger while the pool is free; none if the pool has none.
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
