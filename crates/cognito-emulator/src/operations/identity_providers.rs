//! Identity providers. They are stored only: no user signs in through them.

use crate::flows::step::Step;
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::record_page;
use crate::state::identity_provider::{check, complete};
use crate::state::members::{Members, MembersExt};
use crate::state::records::written;

/// The quota of identity providers in a pool.
const MOST: usize = 300;

pub(super) fn create(step: &mut Step<'_>, mut given: Members) -> Output {
    check(&given)?;
    complete(&mut given);
    step.pool.complete_saml(&mut given);
    let name = given.text("ProviderName").to_owned();
    let providers = &mut step.pool.records.providers;
    if providers.contains_key(&name) {
        return Err(ServiceError::duplicate_provider(format!(
            "A provider with the name {name} already exists for the user pool."
        )));
    }
    if providers.len() >= MOST {
        return Err(ServiceError::limit_exceeded(format!(
            "A user pool has at most {MOST} identity providers."
        )));
    }
    step.put(name, given)
}

pub(super) fn describe(step: &mut Step<'_>, given: Members) -> Output {
    Ok(json!({ "IdentityProvider": step.provider(&given)? }))
}

pub(super) fn by_identifier(step: &mut Step<'_>, given: Members) -> Output {
    let identifier = given.text("IdpIdentifier");
    let mut providers = step.pool.records.providers.values();
    match providers.find(|provider| identifiers(provider).any(|own| own == identifier)) {
        Some(provider) => Ok(json!({ "IdentityProvider": provider })),
        None => Err(ServiceError::resource_not_found(format!(
            "No identity provider has the identifier {identifier}."
        ))),
    }
}

/// Changes the members that are sent and keeps the others.
pub(super) fn update(step: &mut Step<'_>, given: Members) -> Output {
    let mut updated = step.provider(&given)?.clone();
    let name = given.text("ProviderName").to_owned();
    if given.contains_key("ProviderDetails") {
        updated.extend(given);
        check(&updated)?;
    } else {
        // Those that were kept lack what is never shown.
        updated.extend(given);
    }
    complete(&mut updated);
    step.pool.complete_saml(&mut updated);
    step.put(name, updated)
}

pub(super) fn delete(step: &mut Step<'_>, given: Members) -> Output {
    step.provider(&given)?;
    step.pool.records.providers.remove(given.text("ProviderName"));
    Ok(json!({}))
}

pub(super) fn list(step: &mut Step<'_>, given: Members) -> Output {
    const LISTED: [&str; 4] = ["ProviderName", "ProviderType", "CreationDate", "LastModifiedDate"];
    let names = ["MaxResults", "NextToken", "Providers"];
    let providers = &step.pool.records.providers;
    record_page::list(&given, providers, names, |provider| provider.only(&LISTED))
}

impl Step<'_> {
    fn provider(&self, given: &Members) -> Result<&Members, ServiceError> {
        let name = given.text("ProviderName");
        self.pool.records.providers.get(name).ok_or_else(|| {
            ServiceError::resource_not_found(format!("Identity provider {name} does not exist."))
        })
    }

    /// Keeps a provider, whose identifiers must be its own.
    fn put(&mut self, name: String, sent: Members) -> Output {
        let date = self.date();
        let providers = &mut self.pool.records.providers;
        let others = providers.iter().filter(|(other, _)| **other != name);
        let taken: Vec<&str> = others.flat_map(|(_, provider)| identifiers(provider)).collect();
        if let Some(identifier) = identifiers(&sent).find(|own| taken.contains(own)) {
            return Err(ServiceError::duplicate_provider(format!(
                "Another identity provider has the identifier {identifier}."
            )));
        }
        let provider = written(providers.get(&name), sent, date);
        let description = json!({ "IdentityProvider": provider });
        providers.insert(name, provider);
        Ok(description)
    }
}

fn identifiers(provider: &Members) -> impl Iterator<Item = &str> {
    let list = provider.get("IdpIdentifiers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}
