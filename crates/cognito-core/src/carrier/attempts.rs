//! How often the SDK sends a request before it has an answer.

use std::cell::Cell;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

tokio::task_local! {
    /// Of the request that is being awaited.
    static ATTEMPTS: Cell<u32>;
}

/// Awaits a request and tells how often it was sent.
pub(super) async fn counted<T>(request: impl Future<Output = T>) -> (T, u32) {
    let counting = async { (request.await, ATTEMPTS.with(Cell::get)) };
    ATTEMPTS.scope(Cell::new(0), counting).await
}

/// Counts attempts; every client of the SDK has one.
#[derive(Debug)]
pub(crate) struct CountAttempts;

#[dyn_dispatch_hint]
impl Intercept for CountAttempts {
    fn name(&self) -> &'static str {
        "CountAttempts"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Not counted is what an administrator sends with the client itself.
        let _ = ATTEMPTS.try_with(|attempts| attempts.set(attempts.get().saturating_add(1)));
        Ok(())
    }
}
