//! The identities of identity pools.

use serde::{Deserialize, Serialize};

use crate::flows::identity_pools::Logins;
use crate::flows::identity_pools::identity;
use crate::flows::service::Service;
use crate::model::ServiceError;
use crate::operations::page::PageRequest;
use crate::operations::subject::Empty;
use crate::state::identity_pool::identities::Identity;
use crate::state::identity_pool::region_of;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetIdRequest {
    identity_pool_id: String,
    #[serde(default)]
    logins: Logins,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IdResponse {
    identity_id: String,
}

pub(super) fn get_id(service: &Service, request: GetIdRequest) -> Result<IdResponse, ServiceError> {
    let id = identity::find_or_create(service, &request.identity_pool_id, &request.logins)?;
    Ok(IdResponse { identity_id: id })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UnlinkRequest {
    identity_id: String,
    logins: Logins,
    logins_to_remove: Vec<String>,
}

pub(super) fn unlink(service: &Service, request: UnlinkRequest) -> Result<Empty, ServiceError> {
    let UnlinkRequest { identity_id, logins, logins_to_remove } = request;
    identity::unlink(service, &identity_id, &logins, &logins_to_remove)?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeRequest {
    identity_id: String,
}

/// IdentityDescription.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IdentityDescription {
    identity_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logins: Vec<String>,
    creation_date: f64,
    last_modified_date: f64,
}

impl IdentityDescription {
    fn new(identity: &Identity) -> Self {
        let mut logins: Vec<String> =
            identity.logins().map(|login| login.provider.clone()).collect();
        logins.dedup();
        if identity.is_disabled() {
            // The form of disabled identities in ministack.
            logins = vec!["DISABLED".to_owned(), region_of(&identity.id).to_owned()];
        }
        Self {
            identity_id: identity.id.clone(),
            logins,
            creation_date: identity.created,
            last_modified_date: identity.modified,
        }
    }
}

pub(super) fn describe(
    service: &Service,
    request: DescribeRequest,
) -> Result<IdentityDescription, ServiceError> {
    service.with_identity_pools(|pools| {
        pools.identities.get(&request.identity_id).map(IdentityDescription::new)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    identity_pool_id: String,
    max_results: usize,
    next_token: Option<String>,
    #[serde(default)]
    hide_disabled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    identity_pool_id: String,
    identities: Vec<IdentityDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn list(service: &Service, request: ListRequest) -> Result<ListResponse, ServiceError> {
    let ListRequest { identity_pool_id, max_results, next_token, hide_disabled } = request;
    let list = ["identities", &identity_pool_id];
    let page = PageRequest::read(Some(max_results), next_token, &list)?;
    service.with_identity_pools(|pools| {
        pools.pool(&identity_pool_id)?;
        let rest = pools.identities.of_pool(&identity_pool_id, page.after.as_deref());
        let rest = rest.filter(|identity| !(hide_disabled && identity.is_disabled()));
        let described = |one: &Identity| (one.id.clone(), IdentityDescription::new(one));
        let (identities, next_token) = page.take(rest.map(described));
        Ok(ListResponse { identity_pool_id, identities, next_token })
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteRequest {
    identity_ids_to_delete: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteResponse {
    unprocessed_identity_ids: [(); 0],
}

/// Deletes identities. Missing identities are ignored, because `UnprocessedIdentityIds` has no
/// error code for them.
pub(super) fn delete(
    service: &Service,
    request: DeleteRequest,
) -> Result<DeleteResponse, ServiceError> {
    service.with_identity_pools(|pools| {
        request.identity_ids_to_delete.iter().for_each(|id| pools.identities.remove(id));
    });
    Ok(DeleteResponse { unprocessed_identity_ids: [] })
}
