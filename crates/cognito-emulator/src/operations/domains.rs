//! Domains. Pages and the token endpoint are served at the emulator's address; with a domain as the
//! host name, only for its pool.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::flows::caller::Caller;
use crate::flows::service::{Service, Unique};
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::subject::Empty;
use crate::state::members::Members;
use crate::state::pool::{ACCOUNT, Pool};
use crate::state::records::Domain;

/// Words that a prefix must not contain, not even within another word.
const RESERVED: [&str; 3] = ["amazon", "aws", "cognito"];

/// A request that creates a domain, or updates the given members.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DomainRequest {
    domain: String,
    user_pool_id: String,
    managed_login_version: Option<u8>,
    custom_domain_config: Option<Members>,
    routing: Option<Members>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DomainResponse {
    managed_login_version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing: Option<Members>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_front_domain: Option<String>,
}

impl From<&Domain> for DomainResponse {
    fn from(domain: &Domain) -> Self {
        Self {
            managed_login_version: domain.managed_login_version,
            routing: domain.routing.clone(),
            cloud_front_domain: domain.is_custom().then(|| domain.cloud_front_distribution.clone()),
        }
    }
}

pub(super) fn create(
    service: &Service,
    request: DomainRequest,
) -> Result<DomainResponse, ServiceError> {
    const TAKEN: &str = "Domain already associated with another user pool.";
    let pool = service.pool(&request.user_pool_id)?;
    check_name(&request.domain, request.custom_domain_config.is_some())?;
    pool.step(&service.shared, &mut Caller::default(), |step| {
        check_addable(step.pool, &request)?;
        if !service.claim(Unique::Domain, &request.domain, &request.user_pool_id) {
            return Err(ServiceError::invalid_parameter(TAKEN));
        }
        Ok(add(step, request))
    })
}

fn check_addable(pool: &Pool, request: &DomainRequest) -> Result<(), ServiceError> {
    check_tier(pool, request)?;
    match pool.records.domain(request.custom_domain_config.is_some()) {
        None => Ok(()),
        Some(_) => {
            const MESSAGE: &str = "The user pool has a domain of that kind already.";
            Err(ServiceError::invalid_parameter(MESSAGE))
        }
    }
}

fn add(step: &mut Step<'_>, request: DomainRequest) -> DomainResponse {
    let custom = request.custom_domain_config.is_some();
    let distribution = format!("{}.cloudfront.net", step.random.client_id().split_at(14).0);
    let domain = Domain {
        domain: request.domain,
        user_pool_id: request.user_pool_id,
        aws_account_id: ACCOUNT.to_owned(),
        cloud_front_distribution: distribution,
        status: "ACTIVE".to_owned(),
        s3_bucket: (!custom).then(|| assets_bucket(step.pool.id.region())),
        version: (!custom).then(|| version(step.now())),
        managed_login_version: request.managed_login_version.unwrap_or(1),
        custom_domain_config: request.custom_domain_config,
        routing: request.routing,
    };
    let response = DomainResponse::from(&domain);
    step.pool.records.domains.insert(domain.domain.clone(), domain);
    response
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeRequest {
    domain: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeResponse {
    domain_description: Description,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Description {
    Known(Box<Domain>),
    Unknown(Empty),
}

/// Returns an empty description for a domain that does not exist.
pub(super) fn describe(
    service: &Service,
    request: DescribeRequest,
) -> Result<DescribeResponse, ServiceError> {
    let name = request.domain;
    let domain = |step: &mut Step<'_>| Ok(step.pool.records.domains.get(&name).cloned());
    let pool_id = service.owner(Unique::Domain, &name);
    let found = pool_id.and_then(|id| service.in_pool(&id, domain).ok().flatten());
    let domain_description =
        found.map_or(Description::Unknown(Empty {}), |domain| Description::Known(Box::new(domain)));
    Ok(DescribeResponse { domain_description })
}

/// Updates the given members and keeps the others.
pub(super) fn update(
    step: &mut Step<'_>,
    request: DomainRequest,
) -> Result<DomainResponse, ServiceError> {
    check_tier(step.pool, &request)?;
    let domain = step.pool.records.domains.get_mut(&request.domain).ok_or_else(unknown)?;
    domain.managed_login_version =
        request.managed_login_version.unwrap_or(domain.managed_login_version);
    domain.custom_domain_config =
        request.custom_domain_config.or_else(|| domain.custom_domain_config.take());
    domain.routing = request.routing.or_else(|| domain.routing.take());
    Ok((&*domain).into())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteRequest {
    domain: String,
    user_pool_id: String,
}

pub(super) fn delete(service: &Service, request: DeleteRequest) -> Result<Empty, ServiceError> {
    service.in_pool(&request.user_pool_id, |step| {
        step.pool.records.domains.remove(&request.domain).ok_or_else(unknown)?;
        service.release(Unique::Domain, &request.domain);
        Ok(Empty {})
    })
}

fn unknown() -> ServiceError {
    ServiceError::invalid_parameter("No such domain or user pool exists.")
}

fn check_name(name: &str, custom: bool) -> Result<(), ServiceError> {
    const NO_SUBDOMAIN: &str = "Custom domain is not a valid subdomain";
    const DOTS: &str = "The domain name contains an invalid character. Domain names can only \
                        contain lower-case letters, numbers, and hyphens. Please enter a \
                        different name that follows this format: \
                        ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$";
    match (custom, name.contains('.')) {
        (true, true) => return Ok(()),
        (true, false) => return Err(ServiceError::invalid_parameter(NO_SUBDOMAIN)),
        (false, true) => return Err(ServiceError::invalid_parameter(DOTS)),
        (false, false) => {}
    }
    match RESERVED.into_iter().find(|word| name.contains(word)) {
        None => Ok(()),
        Some(word) => Err(ServiceError::invalid_parameter(format!(
            "Domain cannot contain reserved word: {word}"
        ))),
    }
}

/// Returns the S3 bucket of a Region's pages. Only the bucket of us-east-1 is known, from captured
/// responses.
fn assets_bucket(region: &str) -> String {
    let code = if region == "us-east-1" { "iad" } else { region };
    format!("aws-cognito-prod-{code}-assets")
}

/// Returns the creation time of the domain, such as `20171112172230`.
fn version(now: u64) -> String {
    let date = i64::try_from(now).ok().and_then(|now| Timestamp::from_second(now).ok());
    date.unwrap_or_default().strftime("%Y%m%d%H%M%S").to_string()
}

/// Rejects a version of managed login that the pool's tier does not include.
fn check_tier(pool: &Pool, request: &DomainRequest) -> Result<(), ServiceError> {
    const MESSAGE: &str = "The following feature is not available for the LITE pricing tier \
                           configured: Managed Login Version 2";
    match pool.settings.is_lite() && request.managed_login_version == Some(2) {
        true => Err(ServiceError::feature_unavailable_in_tier(MESSAGE)),
        false => Ok(()),
    }
}
