//! What is sent again by itself, and what is not.

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_sdk_cognitoidentityprovider::config::{Builder, Config};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

/// For requests that must not be repeated when it is not known whether they arrived: they send
/// codes, use up a Session, or change what a repetition would trip over.
///
/// A request that was throttled did not get that far and may be repeated.
pub(crate) fn once() -> Builder {
    Config::builder().retry_classifier(OnlyThrottled)
}

/// For the refresh, which is repeated at once: a rotated refresh token works only for a moment.
pub(super) fn twice_at_once() -> Builder {
    let retries = RetryConfig::standard().with_max_attempts(2);
    Config::builder().retry_config(retries.with_initial_backoff(Duration::ZERO))
}

/// Forbids the repetition of everything but throttled requests.
#[derive(Debug)]
struct OnlyThrottled;

/// What the service calls throttling, as the header `x-amzn-errortype` has it.
const THROTTLED: &str = "TooManyRequestsException";

impl ClassifyRetry for OnlyThrottled {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let throttled = context.response().is_some_and(|response| {
            let name = response.headers().get("x-amzn-errortype").unwrap_or_default();
            name.starts_with(THROTTLED) && !response.status().is_success()
        });
        if throttled { RetryAction::throttling_error() } else { RetryAction::RetryForbidden }
    }

    fn name(&self) -> &'static str {
        "OnlyThrottled"
    }
}
