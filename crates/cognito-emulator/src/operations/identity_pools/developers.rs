//! Developer-authenticated identities.

use serde::{Deserialize, Serialize};

use super::credentials::TokenResponse;
use crate::flows::identity_pools::Logins;
use crate::flows::identity_pools::developers::{self, DeveloperUser};
use crate::flows::service::Service;
use crate::model::ServiceError;
use crate::operations::page::PageRequest;
use crate::operations::subject::Empty;

/// The default validity of a token in seconds.
const LIFETIME: u64 = 900;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TokenRequest {
    identity_pool_id: String,
    identity_id: Option<String>,
    logins: Logins,
    token_duration: Option<u64>,
}

pub(super) fn get_open_id_token(
    service: &Service,
    request: TokenRequest,
) -> Result<TokenResponse, ServiceError> {
    let TokenRequest { identity_pool_id, identity_id, logins, token_duration } = request;
    let lifetime = token_duration.unwrap_or(LIFETIME);
    let issued =
        developers::issue_token(service, &identity_pool_id, identity_id, logins, lifetime)?;
    Ok(issued.into())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LookupRequest {
    identity_pool_id: String,
    identity_id: Option<String>,
    developer_user_identifier: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LookupResponse {
    identity_id: String,
    developer_user_identifier_list: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn lookup(
    service: &Service,
    request: LookupRequest,
) -> Result<LookupResponse, ServiceError> {
    const NEITHER: &str = "Either IdentityId or DeveloperUserIdentifier is required.";
    let LookupRequest { identity_pool_id: pool_id, identity_id, max_results, next_token, .. } =
        request;
    let user = request.developer_user_identifier.map(|identifier| DeveloperUser {
        pool_id: pool_id.clone(),
        provider: None,
        identifier,
    });
    service.with_identity_pools(|pools| {
        let owner = user.as_ref().map(|user| developers::identity_of(pools, user)).transpose()?;
        let id = match (identity_id, owner) {
            (Some(id), Some(owner)) if id != owner => return Err(developers::not_linked()),
            (given, owner) => given.or(owner),
        };
        let id = id.ok_or_else(|| ServiceError::invalid_parameter(NEITHER))?;
        let list = ["developer users", &pool_id, &id];
        let page = PageRequest::read(max_results, next_token, &list)?;
        let mut users = developers::users_of(pools, &pool_id, &id)?;
        if let Some(user) = &user {
            users.retain(|identifier| *identifier == user.identifier);
        }
        let is_next = |name: &&String| page.after.as_ref().is_none_or(|after| *name > after);
        let rest = users.iter().filter(is_next).map(|name| (name, name.clone()));
        let (developer_user_identifier_list, next_token) = page.take(rest);
        Ok(LookupResponse { identity_id: id, developer_user_identifier_list, next_token })
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MergeRequest {
    source_user_identifier: String,
    destination_user_identifier: String,
    developer_provider_name: String,
    identity_pool_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MergeResponse {
    identity_id: String,
}

pub(super) fn merge(
    service: &Service,
    request: MergeRequest,
) -> Result<MergeResponse, ServiceError> {
    let user = |identifier| DeveloperUser {
        pool_id: request.identity_pool_id.clone(),
        provider: Some(request.developer_provider_name.clone()),
        identifier,
    };
    let source = user(request.source_user_identifier);
    let destination = user(request.destination_user_identifier);
    let identity_id = developers::merge(service, &source, &destination)?;
    Ok(MergeResponse { identity_id })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UnlinkRequest {
    identity_id: String,
    identity_pool_id: String,
    developer_provider_name: String,
    developer_user_identifier: String,
}

pub(super) fn unlink(service: &Service, request: UnlinkRequest) -> Result<Empty, ServiceError> {
    let user = DeveloperUser {
        pool_id: request.identity_pool_id,
        provider: Some(request.developer_provider_name),
        identifier: request.developer_user_identifier,
    };
    developers::unlink(service, &request.identity_id, &user)?;
    Ok(Empty {})
}
