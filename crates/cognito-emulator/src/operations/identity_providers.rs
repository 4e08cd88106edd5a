//! Identity providers, through which users sign in with managed login.

use serde::{Deserialize, Serialize};

use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::page::{self, PageMembers};
use crate::operations::subject::Empty;
use crate::state::identity_provider::{IdentityProvider, SAML};
use crate::state::keys::ReadyKeys;
use crate::state::members::Members;
use crate::state::pool::Pool;
use crate::state::records::changed;
use crate::state::saml;

/// The quota of identity providers in a pool.
const MOST: usize = 300;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProviderResponse {
    identity_provider: IdentityProvider,
}

pub(super) async fn create(
    context: &Context,
    provider: IdentityProvider,
) -> Result<ProviderResponse, ServiceError> {
    provider.check()?;
    let keys = keys_for(context, &provider.provider_type)?;
    context.step(|step| add(step, keys.as_ref(), provider))
}

fn add(
    step: &mut Step<'_>,
    keys: Option<&ReadyKeys>,
    mut provider: IdentityProvider,
) -> Result<ProviderResponse, ServiceError> {
    let providers = &step.pool.records.providers;
    let name = &provider.provider_name;
    if providers.contains_key(name) {
        return Err(ServiceError::duplicate_provider(format!(
            "A provider with the name {name} already exists for the user pool."
        )));
    }
    if providers.len() >= MOST {
        return Err(ServiceError::limit_exceeded(format!(
            "A user pool has at most {MOST} identity providers."
        )));
    }
    provider.creation_date = step.date();
    put(step, keys, provider)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProviderRequest {
    provider_name: String,
    #[serde(flatten)]
    changes: Members,
}

pub(super) fn describe(
    step: &mut Step<'_>,
    request: ProviderRequest,
) -> Result<ProviderResponse, ServiceError> {
    let identity_provider = provider(step.pool, &request.provider_name)?.clone();
    Ok(ProviderResponse { identity_provider })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IdentifierRequest {
    idp_identifier: String,
}

pub(super) fn by_identifier(
    step: &mut Step<'_>,
    request: IdentifierRequest,
) -> Result<ProviderResponse, ServiceError> {
    let identifier = request.idp_identifier;
    match step.pool.records.provider_by_identifier(&identifier) {
        Some(provider) => Ok(ProviderResponse { identity_provider: provider.clone() }),
        None => Err(ServiceError::resource_not_found(format!(
            "No identity provider has the identifier {identifier}."
        ))),
    }
}

/// Updates the given members and keeps the others.
pub(super) async fn update(
    context: &Context,
    request: ProviderRequest,
) -> Result<ProviderResponse, ServiceError> {
    let ProviderRequest { provider_name: name, changes } = request;
    let kind = context.step(|step| Ok(provider(step.pool, &name)?.provider_type.clone()))?;
    let keys = keys_for(context, &kind)?;
    context.step(|step| {
        // Only new details are checked: stored details lack the members that are never shown.
        let checks = changes.contains_key("ProviderDetails");
        let updated = changed(provider(step.pool, &name)?, changes)?;
        if checks {
            updated.check()?;
        }
        put(step, keys.as_ref(), updated)
    })
}

/// Returns the keys of the pool for SAML providers, whose certificate is created from them.
fn keys_for(context: &Context, provider_type: &str) -> Result<Option<ReadyKeys>, ServiceError> {
    (provider_type == SAML).then(|| context.pool.keys()).transpose()
}

pub(super) fn delete(step: &mut Step<'_>, request: ProviderRequest) -> Result<Empty, ServiceError> {
    provider(step.pool, &request.provider_name)?;
    step.pool.records.providers.remove(&request.provider_name);
    Ok(Empty {})
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    providers: Vec<ProviderDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProviderDescription {
    provider_name: String,
    provider_type: String,
    creation_date: f64,
    last_modified_date: f64,
}

pub(super) fn list(
    step: &mut Step<'_>,
    request: PageMembers,
) -> Result<ListResponse, ServiceError> {
    let described = |provider: &IdentityProvider| ProviderDescription {
        provider_name: provider.provider_name.clone(),
        provider_type: provider.provider_type.clone(),
        creation_date: provider.creation_date,
        last_modified_date: provider.last_modified_date,
    };
    let providers = &step.pool.records.providers;
    let (providers, next_token) = page::records(request, "Providers", providers, described)?;
    Ok(ListResponse { providers, next_token })
}

fn provider<'a>(pool: &'a Pool, name: &str) -> Result<&'a IdentityProvider, ServiceError> {
    pool.records.providers.get(name).ok_or_else(|| {
        ServiceError::resource_not_found(format!("Identity provider {name} does not exist."))
    })
}

/// Stores a provider. Rejects identifiers of other providers.
fn put(
    step: &mut Step<'_>,
    keys: Option<&ReadyKeys>,
    mut provider: IdentityProvider,
) -> Result<ProviderResponse, ServiceError> {
    provider.complete();
    if let Some(keys) = keys {
        saml::complete(step.pool, keys, &mut provider);
    }
    provider.last_modified_date = step.date();
    let providers = &mut step.pool.records.providers;
    let others = providers.values().filter(|other| other.provider_name != provider.provider_name);
    let taken: Vec<&String> = others.flat_map(IdentityProvider::identifiers).collect();
    if let Some(identifier) = provider.identifiers().find(|own| taken.contains(own)) {
        return Err(ServiceError::duplicate_provider(format!(
            "Another identity provider has the identifier {identifier}."
        )));
    }
    providers.insert(provider.provider_name.clone(), provider.clone());
    Ok(ProviderResponse { identity_provider: provider })
}
