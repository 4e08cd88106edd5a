//! App clients.

use crate::flows::step::Step;
use serde_json::json;

use crate::flows::service::{Service, Unique};
use crate::model::ServiceError;
use crate::model::{self, shapes};
use crate::operations::Output;
use crate::operations::record_page;
use crate::state::attributes;
use crate::state::client::Client;
use crate::state::members::{Members, MembersExt};
use crate::state::pool::Pool;
use crate::state::schema;

/// The quota of app clients in a pool.
const MOST: usize = 1000;

pub(super) fn create(service: &Service, mut given: Members) -> Output {
    const TWO_SECRETS: &str = "GenerateSecret and ClientSecret can not be used together.";
    let id = new_id(service);
    let own = given.remove("ClientSecret").and_then(|secret| secret.as_str().map(str::to_owned));
    let generate = given.get("GenerateSecret").is_some_and(|generate| generate == true);
    let secret = match (own, generate) {
        (Some(_), true) => return Err(ServiceError::invalid_parameter(TWO_SECRETS)),
        (own, false) => own,
        (None, true) => Some(service.random().client_secret()),
    };
    let pool_id = given.text("UserPoolId").to_owned();
    add(service, &pool_id, id, secret, given)
}

pub(crate) fn new_id(service: &Service) -> String {
    service.random().client_id()
}

/// Makes an app client with the given id and secret.
pub(crate) fn set_up(
    service: &Service,
    pool_id: &str,
    id: String,
    secret: Option<String>,
    mut given: Members,
) -> Output {
    let named = json!({ "UserPoolId": pool_id, "ClientId": id });
    model::fit(&shapes::DESCRIBE_USER_POOL_CLIENT_REQUEST, named)?;
    given.insert("UserPoolId".to_owned(), pool_id.into());
    let given = model::fit_known(&shapes::CREATE_USER_POOL_CLIENT_REQUEST, given.into())?;
    add(service, pool_id, id, secret, model::typed(given)?)
}

fn add(
    service: &Service,
    pool_id: &str,
    id: String,
    secret: Option<String>,
    given: Members,
) -> Output {
    service.in_pool(pool_id, |step| {
        let client = Client::new(id, secret, settings(given), step.date())?;
        if step.pool.clients.len() >= MOST {
            return Err(ServiceError::limit_exceeded(format!(
                "A user pool has at most {MOST} app clients."
            )));
        }
        step.pool.check_client(&client, "creating")?;
        if !service.claim(Unique::Client, &client.id, pool_id) {
            let message = format!("App client {} already exists.", client.id);
            return Err(ServiceError::invalid_parameter(message));
        }
        let description = json!({ "UserPoolClient": client.to_json(&step.pool.id) });
        step.pool.clients.insert(client.id.clone(), client);
        Ok(description)
    })
}

pub(super) fn describe(step: &mut Step<'_>, given: Members) -> Output {
    let client = step.pool.client(given.text("ClientId"))?;
    Ok(json!({ "UserPoolClient": client.to_json(&step.pool.id) }))
}

pub(super) fn update(step: &mut Step<'_>, given: Members) -> Output {
    let client = step.pool.client(given.text("ClientId"))?;
    let updated = client.updated(settings(given), step.date())?;
    step.pool.check_client(&updated, "updating")?;
    let description = json!({ "UserPoolClient": updated.to_json(&step.pool.id) });
    step.pool.clients.insert(updated.id.clone(), updated);
    Ok(description)
}

pub(super) fn delete(service: &Service, given: Members) -> Output {
    let id = given.text("ClientId");
    service.in_pool(given.text("UserPoolId"), |step| {
        step.pool.client(id)?;
        step.pool.clients.remove(id);
        step.pool.records.forget_client(id);
        service.release(Unique::Client, id);
        Ok(json!({}))
    })
}

pub(super) fn list(step: &mut Step<'_>, given: Members) -> Output {
    // Clients register themselves nowhere here, so that there is none of the other type.
    if given.optional_text("ClientType") == Some("DCR") {
        return Ok(json!({ "UserPoolClients": [] }));
    }
    let (names, pool) = (["MaxResults", "NextToken", "UserPoolClients"], &*step.pool);
    record_page::list(&given, &pool.clients, names, |client| client.description(&pool.id))
}

/// Returns the members of a request that are members of the client too.
fn settings(mut given: Members) -> Members {
    const OTHERS: [&str; 4] = ["ClientId", "ClientSecret", "GenerateSecret", "UserPoolId"];
    given.retain(|name, _| !OTHERS.contains(&name.as_str()));
    given
}

impl Pool {
    /// Refuses members of a client that do not go together or name what is not there.
    fn check_client(&self, client: &Client, doing: &str) -> Result<(), ServiceError> {
        self.check_oauth(client)?;
        for provider in client.names("SupportedIdentityProviders") {
            if provider != "COGNITO" && !self.records.providers.contains_key(provider) {
                let id = &self.id;
                return Err(ServiceError::invalid_parameter(format!(
                    "The provider {provider} does not exist for User Pool {id}."
                )));
            }
        }
        check_urls(client)?;
        check_analytics(client)?;
        let refused = |what| {
            let message = format!("Invalid {what} attributes specified while {doing} a client");
            Err(ServiceError::invalid_parameter(message))
        };
        let schema = self.configuration().get("SchemaAttributes");
        let known: Vec<&str> = schema.into_iter().flat_map(schema::names).collect();
        if !client.names("ReadAttributes").all(|name| known.contains(&name)) {
            return refused("read");
        }
        let fixed = |name: &str| name == "sub" || attributes::is_verified_flag(name);
        let writable = |name: &str| known.contains(&name) && !fixed(name);
        let listed: Vec<&str> = client.names("WriteAttributes").collect();
        let mut required = attributes::required(&self.settings.schema);
        let lacks_required = !listed.is_empty() && required.any(|name| !listed.contains(&name));
        if lacks_required || !listed.iter().all(|name| writable(name)) {
            return refused("write");
        }
        Ok(())
    }
}

/// Refuses addresses that a browser must not be sent to.
fn check_urls(client: &Client) -> Result<(), ServiceError> {
    let default = client.member("DefaultRedirectURI").and_then(|uri| uri.as_str());
    let unlisted = |uri: &&str| client.names("CallbackURLs").all(|other| other != *uri);
    if let Some(uri) = default.filter(unlisted) {
        return Err(ServiceError::invalid_parameter(format!(
            "The default redirect URI {uri} is not in the callback URIs list."
        )));
    }
    for url in client.names("CallbackURLs").chain(client.names("LogoutURLs")) {
        if url.strip_prefix("http://").is_some_and(|rest| !is_local(rest)) {
            return Err(ServiceError::invalid_parameter(format!(
                "{url} cannot use the HTTP protocol."
            )));
        }
        if !url.contains(':') || url.contains('#') {
            return Err(ServiceError::invalid_parameter(format!(
                "{url} is not a valid redirect URI."
            )));
        }
    }
    Ok(())
}

/// Returns whether an address, without its scheme, is on the user's own machine.
fn is_local(address: &str) -> bool {
    let hosts = ["localhost", "127.0.0.1", "[::1]"];
    let mut rests = hosts.into_iter().filter_map(|host| address.strip_prefix(host));
    rests.any(|rest| rest.is_empty() || rest.starts_with([':', '/']))
}

fn check_analytics(client: &Client) -> Result<(), ServiceError> {
    const MESSAGE: &str = "Invalid analytics configuration given, either <application arn> or \
                           <application id, role arn, external id> are valid";
    let Some(analytics) = client.member("AnalyticsConfiguration") else {
        return Ok(());
    };
    let has = |name: &str| analytics.get(name).is_some();
    let by_id = ["ApplicationId", "RoleArn", "ExternalId"].into_iter().all(has);
    match has("ApplicationArn") != by_id {
        true => Ok(()),
        false => Err(ServiceError::invalid_parameter(MESSAGE)),
    }
}
