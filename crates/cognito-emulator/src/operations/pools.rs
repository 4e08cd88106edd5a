//! User pools, with their settings, MFA configuration and tags.

use std::collections::BTreeMap;

use cognito_types::UserPoolId;
use serde::{Deserialize, Serialize};

use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::model::{self, ServiceError, shapes};
use crate::operations::import_jobs::check_no_import;
use crate::operations::page::{self, PageMembers};
use crate::operations::subject::{Bare, Empty};
use crate::state::members::Members;
use crate::state::pool::Pool;
use crate::state::schema::{NewAttribute, SchemaAttribute};
use crate::state::settings::{
    DeletionProtection, Factors, LambdaConfig, MfaChange, MfaConfiguration, PoolMembers,
    PoolSettings, SmsMfa,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateRequest {
    pool_name: String,
    #[serde(default)]
    schema: Vec<NewAttribute>,
    #[serde(flatten)]
    members: Members,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PoolResponse {
    user_pool: UserPoolType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserPoolType {
    id: String,
    arn: String,
    schema_attributes: Vec<SchemaAttribute>,
    estimated_number_of_users: usize,
    creation_date: f64,
    last_modified_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verification_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verification_subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_verification_message: Option<String>,
    #[serde(flatten)]
    members: PoolMembers,
}

impl From<&Pool> for UserPoolType {
    fn from(pool: &Pool) -> Self {
        let PoolSettings { members, schema, .. } = &*pool.settings;
        let verification = &members.verification_message_template;
        Self {
            id: pool.id.to_string(),
            arn: pool.arn(),
            schema_attributes: schema.clone(),
            estimated_number_of_users: pool.users.len(),
            creation_date: pool.created,
            last_modified_date: pool.modified,
            domain: pool.records.domain(false),
            custom_domain: pool.records.domain(true),
            email_verification_message: verification.email_message.clone(),
            email_verification_subject: verification.email_subject.clone(),
            sms_verification_message: verification.sms_message.clone(),
            members: members.clone(),
        }
    }
}

pub(super) fn create(
    service: &Service,
    request: CreateRequest,
) -> Result<PoolResponse, ServiceError> {
    add(service, new_id(service)?, request, Factors::default())
}

pub(crate) fn new_id(service: &Service) -> Result<UserPoolId, ServiceError> {
    let id = service.random().pool_id(&service.shared.region);
    id.parse().map_err(|_| ServiceError::invalid_parameter("The region is not valid."))
}

/// Creates a pool from the members of CreateUserPool and those of SetUserPoolMfaConfig.
pub(crate) fn set_up(
    service: &Service,
    id: UserPoolId,
    given: Members,
) -> Result<(), ServiceError> {
    const MFA: [&str; 3] =
        ["EmailMfaConfiguration", "SoftwareTokenMfaConfiguration", "WebAuthnConfiguration"];
    let is_mfa = |name: &String| MFA.contains(&name.as_str());
    let (mut mfa, pool): (Members, Members) = given.into_iter().partition(|(name, _)| is_mfa(name));
    mfa.insert("UserPoolId".to_owned(), id.as_str().into());
    let factors = model::fit_known(&shapes::SET_USER_POOL_MFA_CONFIG_REQUEST, mfa.into())?;
    let pool = model::fit_known(&shapes::CREATE_USER_POOL_REQUEST, pool.into())?;
    add(service, id, model::typed(pool)?, model::typed(factors)?).map(drop)
}

fn add(
    service: &Service,
    id: UserPoolId,
    request: CreateRequest,
    factors: Factors,
) -> Result<PoolResponse, ServiceError> {
    let CreateRequest { pool_name, schema, members } = request;
    let settings = PoolSettings::create(named(Some(pool_name), members), schema, factors)?;
    let (secret, created) = (service.random().bytes(), service.shared.date());
    let pool = Pool::new(id, settings, service.new_keys(), secret, created);
    let user_pool = UserPoolType::from(&pool);
    service.add_pool(pool)?;
    Ok(PoolResponse { user_pool })
}

/// Returns the members of a pool, in which the name has another key than in requests.
fn named(pool_name: Option<String>, mut members: Members) -> Members {
    members.extend(pool_name.map(|name| ("Name".to_owned(), name.into())));
    members
}

pub(super) fn describe(step: &mut Step<'_>, _: Bare) -> Result<PoolResponse, ServiceError> {
    Ok(PoolResponse { user_pool: (&*step.pool).into() })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateRequest {
    #[serde(rename = "UserPoolId")]
    _user_pool_id: String,
    pool_name: Option<String>,
    #[serde(flatten)]
    members: Members,
}

pub(super) fn update(step: &mut Step<'_>, request: UpdateRequest) -> Result<Empty, ServiceError> {
    let given = named(request.pool_name, request.members);
    configure(step, |settings| settings.update(given))?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteRequest {
    user_pool_id: String,
}

pub(super) fn delete(service: &Service, request: DeleteRequest) -> Result<Empty, ServiceError> {
    service.remove_pool(&request.user_pool_id, check_deletable)?;
    Ok(Empty {})
}

fn check_deletable(pool: &Pool) -> Result<(), ServiceError> {
    const PROTECTED: &str = "The user pool cannot be deleted because deletion protection is \
                             activated. Deletion protection must be inactivated first.";
    const HAS_DOMAIN: &str = "User pool cannot be deleted. It has a domain configured that should \
                              be deleted first.";
    if pool.settings.members.deletion_protection == DeletionProtection::Active {
        return Err(ServiceError::invalid_parameter(PROTECTED));
    }
    if !pool.records.domains.is_empty() {
        return Err(ServiceError::invalid_parameter(HAS_DOMAIN));
    }
    check_no_import(pool)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    user_pools: Vec<UserPoolDescriptionType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserPoolDescriptionType {
    id: String,
    name: String,
    lambda_config: LambdaConfig,
    creation_date: f64,
    last_modified_date: f64,
}

impl From<&Pool> for UserPoolDescriptionType {
    fn from(pool: &Pool) -> Self {
        let members = &pool.settings.members;
        Self {
            id: pool.id.to_string(),
            name: members.name.clone(),
            lambda_config: members.lambda_config.clone(),
            creation_date: pool.created,
            last_modified_date: pool.modified,
        }
    }
}

pub(super) fn list(service: &Service, request: PageMembers) -> Result<ListResponse, ServiceError> {
    let described = |step: &mut Step<'_>| Ok(UserPoolDescriptionType::from(&*step.pool));
    let caller = &mut Caller::default();
    // A pool that is deleted in the meantime is not listed.
    let pools: BTreeMap<String, UserPoolDescriptionType> = service
        .pools()
        .iter()
        .filter_map(|pool| pool.step(&service.shared, caller, described).ok())
        .map(|pool| (pool.id.clone(), pool))
        .collect();
    let (user_pools, next_token) = page::records(request, "UserPools", &pools, Clone::clone)?;
    Ok(ListResponse { user_pools, next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttributesRequest {
    custom_attributes: Vec<NewAttribute>,
}

pub(super) fn add_custom_attributes(
    step: &mut Step<'_>,
    request: AttributesRequest,
) -> Result<Empty, ServiceError> {
    configure(step, |settings| settings.add_attributes(request.custom_attributes))?;
    Ok(Empty {})
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MfaResponse {
    mfa_configuration: MfaConfiguration,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_mfa_configuration: Option<SmsMfa>,
    #[serde(flatten)]
    factors: Factors,
}

pub(super) fn set_mfa_config(
    step: &mut Step<'_>,
    change: MfaChange,
) -> Result<MfaResponse, ServiceError> {
    // Unlike the other changes, it has no UserImportInProgressException (service model).
    let settings = step.pool.settings.set_mfa(change)?;
    let date = step.date();
    step.pool.configure(settings, date);
    get_mfa_config(step, Bare {})
}

pub(super) fn get_mfa_config(step: &mut Step<'_>, _: Bare) -> Result<MfaResponse, ServiceError> {
    let settings = &step.pool.settings;
    Ok(MfaResponse {
        mfa_configuration: settings.mfa_configuration(),
        sms_mfa_configuration: settings.sms_mfa(),
        factors: settings.factors.clone(),
    })
}

/// Changes the settings of a pool, unless users are imported.
fn configure(
    step: &mut Step<'_>,
    change: impl FnOnce(&PoolSettings) -> Result<PoolSettings, ServiceError>,
) -> Result<(), ServiceError> {
    check_no_import(step.pool)?;
    let settings = change(&step.pool.settings)?;
    let date = step.date();
    step.pool.configure(settings, date);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagRequest {
    tags: BTreeMap<String, String>,
}

/// Sets tags. They are not settings: the date of the last change is kept.
pub(super) fn tag(step: &mut Step<'_>, request: TagRequest) -> Result<Empty, ServiceError> {
    let mut tags = step.pool.settings.members.user_pool_tags.clone();
    tags.extend(request.tags);
    *step.pool.settings = step.pool.settings.tagged(tags)?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagRequest {
    tag_keys: Vec<String>,
}

pub(super) fn untag(step: &mut Step<'_>, request: UntagRequest) -> Result<Empty, ServiceError> {
    step.pool.settings.members.user_pool_tags.retain(|key, _| !request.tag_keys.contains(key));
    Ok(Empty {})
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagsResponse {
    tags: BTreeMap<String, String>,
}

pub(super) fn list_tags(step: &mut Step<'_>, _: Bare) -> Result<TagsResponse, ServiceError> {
    Ok(TagsResponse { tags: step.pool.settings.members.user_pool_tags.clone() })
}
