//! Keeps responses out of the SDK's logs.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::SensitiveOutput;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Makes the SDK treat every response as sensitive; every client of the SDK has it.
///
/// Otherwise the SDK logs bodies that its model does not mark as sensitive, such as descriptions of
/// identity providers with their secrets.
#[derive(Debug)]
pub(crate) struct UnloggedResponses;

#[dyn_dispatch_hint]
impl Intercept for UnloggedResponses {
    fn name(&self) -> &'static str {
        "UnloggedResponses"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(SensitiveOutput);
        Ok(())
    }
}
