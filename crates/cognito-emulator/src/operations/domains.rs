//! Domains. They are kept; pages and the token endpoint are where the embedded pool is.

use crate::flows::step::Step;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::flows::service::{Service, Unique};
use crate::flows::trigger::Caller;
use crate::model::ServiceError;
use crate::operations::Output;
use crate::state::members::{Members, MembersExt};
use crate::state::pool::{ACCOUNT, Pool};

/// Words that a prefix must not contain, not even inside of another word.
const RESERVED: [&str; 3] = ["amazon", "aws", "cognito"];

pub(super) fn create(service: &Service, given: Members) -> Output {
    let (pool_id, name) = (given.text("UserPoolId").to_owned(), given.text("Domain").to_owned());
    let pool = service.pool(&pool_id)?;
    check_name(&name, given.contains_key("CustomDomainConfig"))?;
    if !service.claim(Unique::Domain, &name, &pool_id) {
        const MESSAGE: &str = "Domain already associated with another user pool.";
        return Err(ServiceError::invalid_parameter(MESSAGE));
    }
    let created = pool.step(&service.shared, &mut Caller::default(), |step| add(step, given));
    if created.is_err() {
        service.release(Unique::Domain, &name);
    }
    created
}

fn add(step: &mut Step<'_>, given: Members) -> Output {
    let name = given.text("Domain").to_owned();
    let custom = given.contains_key("CustomDomainConfig");
    check_tier(step.pool, &given)?;
    let domains = &step.pool.records.domains;
    if domains.values().any(|other| other.contains_key("CustomDomainConfig") == custom) {
        const MESSAGE: &str = "The user pool has a domain of that kind already.";
        return Err(ServiceError::invalid_parameter(MESSAGE));
    }
    let distribution = format!("{}.cloudfront.net", step.random.client_id().split_at(14).0);
    let mut domain = given;
    for (member, value) in [
        ("AWSAccountId", json!(ACCOUNT)),
        ("CloudFrontDistribution", json!(distribution)),
        ("Status", json!("ACTIVE")),
    ] {
        domain.insert(member.to_owned(), value);
    }
    if !custom {
        domain.insert("S3Bucket".to_owned(), assets_bucket(step.pool.id.region()).into());
        domain.insert("Version".to_owned(), version(step.now()).into());
    }
    domain.entry("ManagedLoginVersion").or_insert(json!(1));
    let answer = changed(&domain);
    step.pool.records.domains.insert(name, domain);
    Ok(answer)
}

/// Returns an empty description for a domain that does not exist.
pub(super) fn describe(service: &Service, given: Members) -> Output {
    let name = given.text("Domain");
    let domain = |step: &mut Step<'_>| Ok(step.pool.records.domains.get(name).cloned());
    let pool_id = service.owner(Unique::Domain, name);
    let found = pool_id.and_then(|id| service.in_pool(&id, domain).ok().flatten());
    Ok(json!({ "DomainDescription": found.unwrap_or_default() }))
}

/// Changes the members that are sent and keeps the others.
pub(super) fn update(step: &mut Step<'_>, given: Members) -> Output {
    check_tier(step.pool, &given)?;
    let domain = domain_mut(step.pool, &given)?;
    domain.extend(given);
    Ok(changed(domain))
}

pub(super) fn delete(service: &Service, given: Members) -> Output {
    service.in_pool(given.text("UserPoolId"), |step| {
        domain_mut(step.pool, &given)?;
        step.pool.records.domains.remove(given.text("Domain"));
        service.release(Unique::Domain, given.text("Domain"));
        Ok(json!({}))
    })
}

fn domain_mut<'a>(pool: &'a mut Pool, given: &Members) -> Result<&'a mut Members, ServiceError> {
    let domain = pool.records.domains.get_mut(given.text("Domain"));
    domain.ok_or_else(|| ServiceError::invalid_parameter("No such domain or user pool exists."))
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

/// Returns the bucket of a Region's pages. That of us-east-1 is known from captured responses.
fn assets_bucket(region: &str) -> String {
    let code = if region == "us-east-1" { "iad" } else { region };
    format!("aws-cognito-prod-{code}-assets")
}

/// Returns the time at which the domain was created, such as `20171112172230`.
fn version(now: u64) -> String {
    let date = i64::try_from(now).ok().and_then(|now| Timestamp::from_second(now).ok());
    date.unwrap_or_default().strftime("%Y%m%d%H%M%S").to_string()
}

/// Refuses pages that the pool's tier does not have.
fn check_tier(pool: &Pool, given: &Members) -> Result<(), ServiceError> {
    const MESSAGE: &str = "The following feature is not available for the LITE pricing tier \
                           configured: Managed Login Version 2";
    match pool.is_lite() && given.get("ManagedLoginVersion").is_some_and(|version| *version == 2) {
        true => Err(ServiceError::feature_unavailable_in_tier(MESSAGE)),
        false => Ok(()),
    }
}

/// Returns the response about a domain that was created or changed.
fn changed(domain: &Members) -> Value {
    let mut answer = domain.only(&["ManagedLoginVersion", "Routing"]);
    let distribution = domain.get("CloudFrontDistribution");
    let custom = domain.contains_key("CustomDomainConfig");
    if let (true, Some(answer), Some(at)) = (custom, answer.as_object_mut(), distribution) {
        answer.insert("CloudFrontDomain".to_owned(), at.clone());
    }
    answer
}
