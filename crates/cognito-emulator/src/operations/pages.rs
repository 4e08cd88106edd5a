//! The looks of hosted pages, and the terms that they show. They are stored only; there are no pages.

use crate::flows::step::Step;
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::protection::ALL;
use crate::operations::record_page;
use crate::state::members::{Members, MembersExt};
use crate::state::records::written;

/// A client without a customization of its own has that of all.
pub(super) fn get_ui_customization(step: &mut Step<'_>, given: Members) -> Output {
    step.check_domain()?;
    let kept = &step.pool.records.ui_customizations;
    let own = given.optional_text("ClientId").and_then(|id| kept.get(id));
    let customization = own.or_else(|| kept.get(ALL)).cloned().unwrap_or_default();
    Ok(json!({ "UICustomization": customization }))
}

/// The image is taken and not kept.
pub(super) fn set_ui_customization(step: &mut Step<'_>, mut given: Members) -> Output {
    step.check_domain()?;
    let client = given.optional_text("ClientId").unwrap_or(ALL).to_owned();
    if client != ALL {
        step.pool.client(&client)?;
    }
    given.remove("ImageFile");
    given.insert("ClientId".to_owned(), client.as_str().into());
    let date = step.date();
    let kept = &mut step.pool.records.ui_customizations;
    let customization = written(kept.get(&client), given, date);
    kept.insert(client, customization.clone());
    Ok(json!({ "UICustomization": customization }))
}

pub(super) fn create_branding(step: &mut Step<'_>, given: Members) -> Output {
    check_values(&given)?;
    let client = given.text("ClientId");
    step.pool.client(client)?;
    if step.pool.records.brandings.values().any(|other| other.text("ClientId") == client) {
        return Err(ServiceError::managed_login_branding_exists(format!(
            "The client {client} has a managed login branding already."
        )));
    }
    let id = step.random.uuid();
    let mut branding = given;
    branding.insert("ManagedLoginBrandingId".to_owned(), id.as_str().into());
    branding.entry("UseCognitoProvidedValues").or_insert(json!(false));
    Ok(step.put_branding(&id, branding))
}

pub(super) fn describe_branding(step: &mut Step<'_>, given: Members) -> Output {
    Ok(branding_to_json(step.branding(&given)?))
}

pub(super) fn describe_branding_by_client(step: &mut Step<'_>, given: Members) -> Output {
    let client = given.text("ClientId");
    step.pool.client(client)?;
    let mut brandings = step.pool.records.brandings.values();
    let own = brandings.find(|branding| branding.text("ClientId") == client);
    own.map(branding_to_json).ok_or_else(unknown_branding)
}

/// Changes the members that are sent and keeps the others.
pub(super) fn update_branding(step: &mut Step<'_>, given: Members) -> Output {
    // The model has both as optional; no other member names a branding.
    for name in ["UserPoolId", "ManagedLoginBrandingId"] {
        if !given.contains_key(name) {
            return Err(ServiceError::missing_parameter(name));
        }
    }
    check_values(&given)?;
    step.branding(&given)?;
    let id = given.text("ManagedLoginBrandingId").to_owned();
    Ok(step.put_branding(&id, given))
}

pub(super) fn delete_branding(step: &mut Step<'_>, given: Members) -> Output {
    step.branding(&given)?;
    step.pool.records.brandings.remove(given.text("ManagedLoginBrandingId"));
    Ok(json!({}))
}

pub(super) fn create_terms(step: &mut Step<'_>, given: Members) -> Output {
    step.pool.client(given.text("ClientId"))?;
    let id = step.random.uuid();
    let mut terms = given;
    terms.insert("TermsId".to_owned(), id.as_str().into());
    terms.entry("Links").or_insert(json!({}));
    step.put_terms(&id, terms)
}

pub(super) fn describe_terms(step: &mut Step<'_>, given: Members) -> Output {
    Ok(json!({ "Terms": step.terms(&given)? }))
}

pub(super) fn describe_terms_by_client(step: &mut Step<'_>, given: Members) -> Output {
    let mut all = step.pool.records.terms.values();
    let terms = all.find(|terms| same_place(terms, &given)).ok_or_else(unknown_terms)?;
    Ok(json!({ "Terms": terms }))
}

/// Changes the members that are sent and keeps the others.
pub(super) fn update_terms(step: &mut Step<'_>, given: Members) -> Output {
    let id = given.text("TermsId").to_owned();
    let mut terms = step.terms(&given)?.clone();
    terms.extend(given);
    step.put_terms(&id, terms)
}

pub(super) fn delete_terms(step: &mut Step<'_>, given: Members) -> Output {
    step.terms(&given)?;
    step.pool.records.terms.remove(given.text("TermsId"));
    Ok(json!({}))
}

pub(super) fn list_terms(step: &mut Step<'_>, given: Members) -> Output {
    const LISTED: [&str; 5] =
        ["TermsId", "TermsName", "Enforcement", "CreationDate", "LastModifiedDate"];
    let names = ["MaxResults", "NextToken", "Terms"];
    record_page::list(&given, &step.pool.records.terms, names, |terms| terms.only(&LISTED))
}

impl Step<'_> {
    fn check_domain(&self) -> Result<(), ServiceError> {
        const MESSAGE: &str = "There has to be an existing domain associated with this user pool";
        match self.pool.records.domains.is_empty() {
            true => Err(ServiceError::invalid_parameter(MESSAGE)),
            false => Ok(()),
        }
    }

    fn branding(&self, given: &Members) -> Result<&Members, ServiceError> {
        let branding = self.pool.records.brandings.get(given.text("ManagedLoginBrandingId"));
        branding.ok_or_else(unknown_branding)
    }

    fn put_branding(&mut self, id: &str, sent: Members) -> Value {
        let date = self.date();
        let brandings = &mut self.pool.records.brandings;
        let branding = written(brandings.get(id), sent, date);
        let answer = branding_to_json(&branding);
        brandings.insert(id.to_owned(), branding);
        answer
    }

    fn terms(&self, given: &Members) -> Result<&Members, ServiceError> {
        self.pool.records.terms.get(given.text("TermsId")).ok_or_else(unknown_terms)
    }

    /// Keeps terms, of which a client has one of each name.
    fn put_terms(&mut self, id: &str, sent: Members) -> Output {
        let date = self.date();
        let all = &mut self.pool.records.terms;
        if all.iter().any(|(other, terms)| other != id && same_place(terms, &sent)) {
            let name = sent.text("TermsName");
            return Err(ServiceError::terms_exists(format!("The client has {name} already.")));
        }
        let terms = written(all.get(id), sent, date);
        all.insert(id.to_owned(), terms.clone());
        Ok(json!({ "Terms": terms }))
    }
}

/// ManagedLoginBrandingType, which does not tell the client.
fn branding_to_json(branding: &Members) -> Value {
    let mut branding = branding.clone();
    branding.remove("ClientId");
    json!({ "ManagedLoginBranding": branding })
}

/// Refuses values beside those that the service provides.
fn check_values(given: &Members) -> Result<(), ServiceError> {
    const MESSAGE: &str = "UseCognitoProvidedValues can not be used with Settings or Assets.";
    let provided = given.get("UseCognitoProvidedValues") == Some(&Value::Bool(true));
    match provided && (given.contains_key("Settings") || given.contains_key("Assets")) {
        true => Err(ServiceError::invalid_parameter(MESSAGE)),
        false => Ok(()),
    }
}

fn same_place(one: &Members, other: &Members) -> bool {
    ["ClientId", "TermsName"].into_iter().all(|name| one.text(name) == other.text(name))
}

fn unknown_branding() -> ServiceError {
    ServiceError::resource_not_found("Managed login branding does not exist.")
}

fn unknown_terms() -> ServiceError {
    ServiceError::resource_not_found("Terms do not exist.")
}
