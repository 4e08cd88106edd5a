//! Validation of an app client: rules that depend on its pool or on several members.

use crate::model::ServiceError;
use crate::state::attributes;
use crate::state::client::{Client, redirect_uri};
use crate::state::pool::Pool;
use crate::state::resource_server::has_scope;

/// Scopes that exist without a resource server.
const STANDARD_SCOPES: [&str; 5] =
    ["aws.cognito.signin.user.admin", "email", "openid", "phone", "profile"];

/// Rejects contradictory members of a client, and references to missing resources.
pub(crate) fn check(pool: &Pool, client: &Client, doing: &str) -> Result<(), ServiceError> {
    check_oauth(pool, client)?;
    let providers = client.settings.members.supported_identity_providers.iter().flatten();
    for provider in providers {
        if provider != "COGNITO" && !pool.records.providers.contains_key(provider) {
            let id = &pool.id;
            return Err(ServiceError::invalid_parameter(format!(
                "The provider {provider} does not exist for User Pool {id}."
            )));
        }
    }
    check_urls(client)?;
    check_analytics(client)?;
    check_attributes(pool, client, doing)
}

fn check_oauth(pool: &Pool, client: &Client) -> Result<(), ServiceError> {
    const INCOMPLETE: &str = "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool \
                              client is allowed to use OAuth flows.";
    let members = &client.settings.members;
    let has_flows = members.allowed_oauth_flows.iter().flatten().next().is_some();
    let has_scopes = client.settings.scopes().next().is_some();
    if members.allows_oauth && !(has_flows && has_scopes) {
        return Err(ServiceError::invalid_parameter(INCOMPLETE));
    }
    check_flows(client)?;
    let unknown = |scope: &&String| {
        !STANDARD_SCOPES.contains(&scope.as_str()) && !has_scope(&pool.resource_servers, scope)
    };
    match client.settings.scopes().find(unknown) {
        None => Ok(()),
        Some(scope) => {
            let message = format!("Invalid scope requested: {scope}");
            Err(ServiceError::scope_does_not_exist(message))
        }
    }
}

/// Rejects contradictory grants, and grants without the members that they require.
fn check_flows(client: &Client) -> Result<(), ServiceError> {
    const NO_SECRET: &str =
        "client_credentials flow can not be selected if client does not have a client secret.";
    const NOT_ALONE: &str =
        "client_credentials flow can not be selected along with code flow or implicit flow.";
    const NO_CALLBACK: &str =
        "CallbackUrls can not be empty when code flow or implicit flow is selected";
    let members = &client.settings.members;
    let flows: Vec<&String> = members.allowed_oauth_flows.iter().flatten().collect();
    let machine = flows.iter().any(|flow| *flow == "client_credentials");
    let no_callback = members.callback_urls.iter().flatten().next().is_none();
    let message = match (machine, flows.len()) {
        (true, _) if client.secrets.is_empty() => NO_SECRET,
        (true, 2..) => NOT_ALONE,
        (false, 1..) if no_callback => NO_CALLBACK,
        _ => return Ok(()),
    };
    Err(ServiceError::invalid_o_auth_flow(message))
}

/// Rejects URLs that browsers must not be redirected to.
fn check_urls(client: &Client) -> Result<(), ServiceError> {
    let members = &client.settings.members;
    let callbacks = || members.callback_urls.iter().flatten();
    let unlisted = |uri: &&String| callbacks().all(|other| other != *uri);
    if let Some(uri) = members.default_redirect_uri.as_ref().filter(unlisted) {
        return Err(ServiceError::invalid_parameter(format!(
            "The default redirect URI {uri} is not in the callback URIs list."
        )));
    }
    let mut urls = callbacks().chain(members.logout_urls.iter().flatten());
    urls.try_for_each(|url| redirect_uri::check(url))
}

fn check_analytics(client: &Client) -> Result<(), ServiceError> {
    const MESSAGE: &str = "Invalid analytics configuration given, either <application arn> or \
                           <application id, role arn, external id> are valid";
    let Some(analytics) = &client.settings.members.analytics_configuration else {
        return Ok(());
    };
    let has = |name: &str| analytics.contains_key(name);
    let by_id = ["ApplicationId", "RoleArn", "ExternalId"].into_iter().all(has);
    match has("ApplicationArn") != by_id {
        true => Ok(()),
        false => Err(ServiceError::invalid_parameter(MESSAGE)),
    }
}

/// Rejects unknown attributes, and WriteAttributes without the required attributes.
fn check_attributes(pool: &Pool, client: &Client, doing: &str) -> Result<(), ServiceError> {
    let invalid = |kind| {
        let message = format!("Invalid {kind} attributes specified while {doing} a client");
        Err(ServiceError::invalid_parameter(message))
    };
    let (members, schema) = (&client.settings.members, &pool.settings.schema);
    let is_known = |name: &String| attributes::is_known(name, schema);
    if !members.read_attributes.iter().flatten().all(is_known) {
        return invalid("read");
    }
    let listed: Vec<&String> = members.write_attributes.iter().flatten().collect();
    let fixed = |name: &str| name == "sub" || attributes::is_verified_flag(name);
    let mut required = attributes::required(schema);
    let lacks_required =
        !listed.is_empty() && required.any(|name| !listed.iter().any(|own| *own == name));
    if lacks_required || !listed.iter().all(|name| is_known(name) && !fixed(name)) {
        return invalid("write");
    }
    Ok(())
}
