//! Sign-ins at an identity provider: the redirect to the provider, and the user who returns.

use form_urlencoded::Serializer;

use crate::flows::context::Context;
use crate::flows::federation;
use crate::flows::managed_login::claims::ProviderClaims;
use crate::flows::managed_login::oidc::{self, ProviderError};
use crate::flows::managed_login::request;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::step::Step;
use crate::flows::triggers::InboundFederation;
use crate::model::ServiceError;
use crate::state::identity::ProviderUser;
use crate::state::identity_provider::IdentityProvider;
use crate::state::managed_login::{AuthenticatedUser, AuthorizationRequest, ExternalSignIn};

/// The path of the built-in provider.
pub(crate) const MOCK_PATH: &str = "/mock-provider";

/// The path to which providers redirect browsers.
pub(crate) const RETURN_PATH: &str = "/oauth2/idpresponse";

/// The start of a sign-in: the redirect URL, and the state that the provider returns.
pub(crate) struct Departure {
    pub(crate) location: String,
    pub(crate) state: String,
}

/// Starts a sign-in at a provider.
///
/// An OpenID Connect provider on this machine is called. The built-in provider replaces all others,
/// because no request to a provider leaves the machine.
pub(crate) async fn begin(
    context: &Context,
    sign_in: AuthorizationRequest,
    provider: &str,
    redirect_uri: String,
    parameters: &Parameters,
) -> Result<Departure, ProviderError> {
    let provider = context.step(|step| provider_of(step, provider))?;
    let shared = &context.service.shared;
    let endpoints = match provider.local_issuer(shared.loopback_tls.is_some()) {
        Some(issuer) => Some(oidc::endpoints(shared, &provider, issuer).await?),
        None => None,
    };
    let (state, nonce) = context.step(|step| Ok((new_state(step), step.random.opaque(43))))?;
    let external = ExternalSignIn {
        request: sign_in,
        provider: provider.provider_name.clone(),
        issuer: endpoints.as_ref().map(|endpoints| endpoints.issuer.clone()),
        nonce,
        redirect_uri,
    };
    let location = match &endpoints {
        Some(endpoints) => endpoints.authorization(&provider, &external, &state, parameters)?,
        None => {
            let query = Serializer::new(String::new()).append_pair("state", &state).finish();
            format!("{MOCK_PATH}?{query}")
        }
    };
    context.step(|step| {
        let now = step.now();
        step.pool.managed_login.add_external(state.clone(), external, now);
        Ok(())
    })?;
    Ok(Departure { location, state })
}

/// Returns a state that contains the pool id, because the provider does not return the app client.
fn new_state(step: &mut Step<'_>) -> String {
    format!("{}.{}", step.pool.id, step.random.opaque(43))
}

/// Returns the pool id in a state.
pub(crate) fn pool_of_state(state: &str) -> Option<&str> {
    state.split_once('.').map(|(pool_id, _)| pool_id)
}

/// Returns the pending sign-in of a state; `None` if the app client or the provider has changed so
/// that the sign-in would not be allowed now, or would use another issuer.
pub(crate) fn open(step: &Step<'_>, state: &str) -> Option<ExternalSignIn> {
    let sign_in = step.pool.managed_login.external(state, step.now())?;
    let client = step.pool.client(&sign_in.request.client_id).ok()?;
    let provider = step.pool.records.providers.get(&sign_in.provider)?;
    let is_open = provider.local_issuer(step.shared.loopback_tls.is_some())
        == sign_in.issuer.as_deref()
        && client.settings.supports_provider(&sign_in.provider)
        && request::is_allowed(step.pool, client, &sign_in.request);
    is_open.then(|| sign_in.clone())
}

/// Removes a state, which can be used once. Returns whether it was valid.
pub(crate) fn end(step: &mut Step<'_>, state: &str) -> bool {
    let is_open = open(step, state).is_some();
    step.pool.managed_login.end_external(state);
    is_open
}

/// Returns the claims of the user from a provider on this machine.
pub(crate) async fn redeem(
    context: &Context,
    sign_in: &ExternalSignIn,
    code: &str,
) -> Result<ProviderClaims, ProviderError> {
    let (provider, now) =
        context.step(|step| Ok((provider_of(step, &sign_in.provider)?, step.now())))?;
    let Some(issuer) = &sign_in.issuer else {
        return Err(ProviderError::invalid("The built-in provider issues no codes"));
    };
    let endpoints = oidc::endpoints(&context.service.shared, &provider, issuer).await?;
    endpoints.claims(&provider, sign_in, code, now).await
}

/// Signs in the user of the claims, which InboundFederation may change.
pub(crate) async fn complete(
    context: &Context,
    sign_in: &ExternalSignIn,
    claims: &ProviderClaims,
) -> Result<AuthenticatedUser, ServiceError> {
    let client_id = &sign_in.request.client_id;
    let provider = context.step(|step| provider_of(step, &sign_in.provider))?;
    let event = claims.event(client_id, &provider);
    let changed = context.call_trigger::<InboundFederation>(event).await?.unwrap_or_default();
    let to_map = if changed.is_empty() { claims.to_map() } else { changed };
    let of = ProviderUser::of_subject(&sign_in.provider, &claims.subject);
    federation::sign_in::sign_in(context, client_id, of, provider.mapped(&to_map)).await
}

fn provider_of(step: &Step<'_>, name: &str) -> Result<IdentityProvider, ServiceError> {
    let provider = step.pool.records.providers.get(name).cloned();
    provider.ok_or_else(|| ServiceError::resource_not_found("The identity provider was deleted"))
}
