//! Facts of a request that the SDK's output does not have.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;

/// Facts of a request and of the last response to it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Observed {
    /// The number of times that the request was sent.
    pub(super) attempts: u32,
    /// The time of the server (the header Date).
    pub(crate) date: Option<SystemTime>,
    /// True if the response has no body.
    pub(super) is_empty: bool,
}

tokio::task_local! {
    /// Of the request that is being awaited.
    static OBSERVED: Cell<Observed>;
}

/// Awaits a request and returns what was observed of it.
pub(super) async fn observed<T>(request: impl Future<Output = T>) -> (T, Observed) {
    let observing = async { (request.await, OBSERVED.with(Cell::get)) };
    OBSERVED.scope(Cell::default(), observing).await
}

/// Observes requests; every client of the SDK has one.
#[derive(Debug)]
pub(crate) struct Observe;

/// Requests that an administrator sends with the client itself are not observed.
fn change(change: impl FnOnce(Observed) -> Observed) {
    let _ = OBSERVED.try_with(|observed| observed.set(change(observed.get())));
}

#[dyn_dispatch_hint]
impl Intercept for Observe {
    fn name(&self) -> &'static str {
        "Observe"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        change(|seen| Observed {
            attempts: seen.attempts.saturating_add(1),
            ..Observed::default()
        });
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let is_empty = response.body().bytes().is_some_and(<[u8]>::is_empty);
        change(|seen| Observed { date: date(response), is_empty, ..seen });
        Ok(())
    }
}

fn date(response: &HttpResponse) -> Option<SystemTime> {
    let date = DateTime::from_str(response.headers().get("date")?, Format::HttpDate).ok()?;
    let seconds = u64::try_from(date.secs()).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
