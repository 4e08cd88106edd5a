//! App clients.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Output;
use crate::service::Service;
use crate::service::client::Client;
use crate::service::constraint::{CLIENT_ID, CLIENT_NAME, USER_POOL_ID};
use crate::service::error::ApiError;

pub(super) fn create_user_pool_client(service: &mut Service, given: Map<String, Value>) -> Output {
    let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let pool_id = USER_POOL_ID.required(text("UserPoolId"))?;
    CLIENT_NAME.required(text("ClientName"))?;
    let id = service.new_client_id();
    let generate = given.get("GenerateSecret") == Some(&Value::Bool(true));
    let secret = generate.then(|| service.shared.random.client_secret());
    service.add_client(&pool_id, id, secret, given)
}

impl Service {
    pub(crate) fn new_client_id(&mut self) -> String {
        self.shared.random.client_id()
    }

    /// Makes an app client of that id and secret from the members of CreateUserPoolClient.
    pub(crate) fn add_client(
        &mut self,
        pool_id: &str,
        id: String,
        secret: Option<String>,
        given: Map<String, Value>,
    ) -> Output {
        if self.pools.values().any(|pool| pool.clients.contains_key(&id)) {
            return Err(ApiError::invalid_parameter(format!("App client {id} already exists.")));
        }
        let scope = self.pool(pool_id)?;
        let client = Client::new(id, secret, given, scope.date())?;
        scope.pool.check_oauth(&client)?;
        let description = json!({ "UserPoolClient": client.to_json() });
        scope.pool.clients.insert(client.id.clone(), client);
        Ok(description)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClientInput {
    user_pool_id: Option<String>,
    client_id: Option<String>,
}

pub(super) fn describe_user_pool_client(service: &mut Service, input: ClientInput) -> Output {
    let pool_id = USER_POOL_ID.required(input.user_pool_id)?;
    let client_id = CLIENT_ID.required(input.client_id)?;
    let scope = service.pool(&pool_id)?;
    Ok(json!({ "UserPoolClient": scope.pool.client(&client_id)?.to_json() }))
}
