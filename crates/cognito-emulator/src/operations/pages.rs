//! Branding of the pages, and terms. They are stored only: the emulator's pages do not show them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::page::{self, PageMembers};
use crate::operations::protection::ALL;
use crate::operations::subject::Empty;
use crate::state::members::{Members, MembersExt};
use crate::state::pool::Pool;
use crate::state::records::{Branding, Terms, changed, written};

#[derive(Serialize)]
pub(super) struct UiResponse {
    #[serde(rename = "UICustomization")]
    ui_customization: Members,
}

/// Returns the customization of a client, by default that of all clients.
pub(super) fn get_ui_customization(
    step: &mut Step<'_>,
    given: Members,
) -> Result<UiResponse, ServiceError> {
    check_domain(step.pool)?;
    let kept = &step.pool.records.ui_customizations;
    let own = given.optional_text("ClientId").and_then(|id| kept.get(id));
    let ui_customization = own.or_else(|| kept.get(ALL)).cloned().unwrap_or_default();
    Ok(UiResponse { ui_customization })
}

/// Stores a customization without its image.
pub(super) fn set_ui_customization(
    step: &mut Step<'_>,
    mut given: Members,
) -> Result<UiResponse, ServiceError> {
    check_domain(step.pool)?;
    let client = given.optional_text("ClientId").unwrap_or(ALL).to_owned();
    if client != ALL {
        step.pool.client(&client)?;
    }
    given.remove("ImageFile");
    given.insert("ClientId".to_owned(), client.as_str().into());
    let date = step.date();
    let kept = &mut step.pool.records.ui_customizations;
    let ui_customization = written(kept.get(&client), given, date);
    kept.insert(client, ui_customization.clone());
    Ok(UiResponse { ui_customization })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BrandingRequest {
    client_id: Option<String>,
    managed_login_branding_id: Option<String>,
    #[serde(flatten)]
    members: Members,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BrandingResponse {
    managed_login_branding: Members,
}

pub(super) fn create_branding(
    step: &mut Step<'_>,
    request: BrandingRequest,
) -> Result<BrandingResponse, ServiceError> {
    let BrandingRequest { client_id, mut members, .. } = request;
    check_values(&members)?;
    let client_id = client_id.unwrap_or_default();
    step.pool.client(&client_id)?;
    if branding_of(step.pool, &client_id).is_some() {
        return Err(ServiceError::managed_login_branding_exists(format!(
            "The client {client_id} already has a managed login branding."
        )));
    }
    let id = step.random.uuid();
    members.insert("ManagedLoginBrandingId".to_owned(), id.as_str().into());
    members.entry("UseCognitoProvidedValues").or_insert(json!(false));
    let branding = Branding { client_id, members: written(None, members, step.date()) };
    let response = BrandingResponse { managed_login_branding: branding.members.clone() };
    step.pool.records.brandings.insert(id, branding);
    Ok(response)
}

pub(super) fn describe_branding(
    step: &mut Step<'_>,
    request: BrandingRequest,
) -> Result<BrandingResponse, ServiceError> {
    let id = request.managed_login_branding_id.unwrap_or_default();
    let branding = step.pool.records.brandings.get(&id).ok_or_else(unknown_branding)?;
    Ok(BrandingResponse { managed_login_branding: branding.members.clone() })
}

pub(super) fn describe_branding_by_client(
    step: &mut Step<'_>,
    request: BrandingRequest,
) -> Result<BrandingResponse, ServiceError> {
    let client = step.pool.client(&request.client_id.unwrap_or_default())?;
    let branding = branding_of(step.pool, &client.id).ok_or_else(unknown_branding)?;
    Ok(BrandingResponse { managed_login_branding: branding.members.clone() })
}

/// Updates the given members and keeps the others.
pub(super) fn update_branding(
    step: &mut Step<'_>,
    request: BrandingRequest,
) -> Result<BrandingResponse, ServiceError> {
    let BrandingRequest { managed_login_branding_id: id, members, .. } = request;
    // Both are optional in the model, but no other member identifies a branding.
    if !members.contains_key("UserPoolId") {
        return Err(ServiceError::missing_parameter("UserPoolId"));
    }
    let id = id.ok_or_else(|| ServiceError::missing_parameter("ManagedLoginBrandingId"))?;
    check_values(&members)?;
    let date = step.date();
    let branding = branding_mut(step.pool, Some(id))?;
    branding.members = written(Some(&branding.members), members, date);
    Ok(BrandingResponse { managed_login_branding: branding.members.clone() })
}

pub(super) fn delete_branding(
    step: &mut Step<'_>,
    request: BrandingRequest,
) -> Result<Empty, ServiceError> {
    let id = request.managed_login_branding_id.unwrap_or_default();
    step.pool.records.brandings.remove(&id).ok_or_else(unknown_branding)?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateTermsRequest {
    client_id: String,
    terms_name: String,
    enforcement: String,
    #[serde(flatten)]
    members: Members,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TermsResponse {
    terms: Terms,
}

pub(super) fn create_terms(
    step: &mut Step<'_>,
    request: CreateTermsRequest,
) -> Result<TermsResponse, ServiceError> {
    let CreateTermsRequest { client_id, terms_name, enforcement, members: mut other } = request;
    step.pool.client(&client_id)?;
    other.entry("Links").or_insert(json!({}));
    let (terms_id, creation_date) = (step.random.uuid(), step.date());
    put_terms(
        step,
        Terms {
            terms_id,
            client_id,
            terms_name,
            enforcement,
            creation_date,
            last_modified_date: creation_date,
            other,
        },
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TermsRequest {
    terms_id: String,
    #[serde(flatten)]
    changes: Members,
}

pub(super) fn describe_terms(
    step: &mut Step<'_>,
    request: TermsRequest,
) -> Result<TermsResponse, ServiceError> {
    let terms = step.pool.records.terms.get(&request.terms_id).ok_or_else(unknown_terms)?;
    Ok(TermsResponse { terms: terms.clone() })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TermsOfClientRequest {
    client_id: String,
    terms_name: String,
}

pub(super) fn describe_terms_by_client(
    step: &mut Step<'_>,
    request: TermsOfClientRequest,
) -> Result<TermsResponse, ServiceError> {
    let TermsOfClientRequest { client_id, terms_name } = request;
    let mut all = step.pool.records.terms.values();
    let terms = all.find(|terms| terms.client_id == client_id && terms.terms_name == terms_name);
    Ok(TermsResponse { terms: terms.ok_or_else(unknown_terms)?.clone() })
}

/// Updates the given members and keeps the others.
pub(super) fn update_terms(
    step: &mut Step<'_>,
    request: TermsRequest,
) -> Result<TermsResponse, ServiceError> {
    let terms = step.pool.records.terms.get(&request.terms_id).ok_or_else(unknown_terms)?;
    let terms = Terms { last_modified_date: step.date(), ..changed(terms, request.changes)? };
    put_terms(step, terms)
}

pub(super) fn delete_terms(
    step: &mut Step<'_>,
    request: TermsRequest,
) -> Result<Empty, ServiceError> {
    step.pool.records.terms.remove(&request.terms_id).ok_or_else(unknown_terms)?;
    Ok(Empty {})
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTermsResponse {
    terms: Vec<TermsDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TermsDescription {
    terms_id: String,
    terms_name: String,
    enforcement: String,
    creation_date: f64,
    last_modified_date: f64,
}

pub(super) fn list_terms(
    step: &mut Step<'_>,
    request: PageMembers,
) -> Result<ListTermsResponse, ServiceError> {
    let described = |terms: &Terms| TermsDescription {
        terms_id: terms.terms_id.clone(),
        terms_name: terms.terms_name.clone(),
        enforcement: terms.enforcement.clone(),
        creation_date: terms.creation_date,
        last_modified_date: terms.last_modified_date,
    };
    let all = &step.pool.records.terms;
    let (terms, next_token) = page::records(request, "Terms", all, described)?;
    Ok(ListTermsResponse { terms, next_token })
}

fn check_domain(pool: &Pool) -> Result<(), ServiceError> {
    const MESSAGE: &str = "There has to be an existing domain associated with this user pool";
    match pool.records.domains.is_empty() {
        true => Err(ServiceError::invalid_parameter(MESSAGE)),
        false => Ok(()),
    }
}

fn branding_mut(pool: &mut Pool, id: Option<String>) -> Result<&mut Branding, ServiceError> {
    let branding = pool.records.brandings.get_mut(&id.unwrap_or_default());
    branding.ok_or_else(unknown_branding)
}

fn branding_of<'a>(pool: &'a Pool, client_id: &str) -> Option<&'a Branding> {
    pool.records.brandings.values().find(|branding| branding.client_id == client_id)
}

/// Stores terms. A client has at most one of each name.
fn put_terms(step: &mut Step<'_>, terms: Terms) -> Result<TermsResponse, ServiceError> {
    let all = &mut step.pool.records.terms;
    let same =
        |other: &Terms| other.client_id == terms.client_id && other.terms_name == terms.terms_name;
    if all.values().any(|other| other.terms_id != terms.terms_id && same(other)) {
        let name = &terms.terms_name;
        return Err(ServiceError::terms_exists(format!("The client already has {name}.")));
    }
    all.insert(terms.terms_id.clone(), terms.clone());
    Ok(TermsResponse { terms })
}

/// Rejects settings together with UseCognitoProvidedValues.
fn check_values(members: &Members) -> Result<(), ServiceError> {
    const MESSAGE: &str = "UseCognitoProvidedValues can not be used with Settings or Assets.";
    let provided = members.get("UseCognitoProvidedValues") == Some(&Value::Bool(true));
    match provided && (members.contains_key("Settings") || members.contains_key("Assets")) {
        true => Err(ServiceError::invalid_parameter(MESSAGE)),
        false => Ok(()),
    }
}

fn unknown_branding() -> ServiceError {
    ServiceError::resource_not_found("Managed login branding does not exist.")
}

fn unknown_terms() -> ServiceError {
    ServiceError::resource_not_found("Terms do not exist.")
}
