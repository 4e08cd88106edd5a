//! Machine-to-machine app clients, for tests of APIs.

use cognito_types::{ClientId, ClientSecret};
use serde_json::json;

use super::LocalPool;
use crate::adapters::error::EmulatorError;
use crate::operations::{app_clients, resource_servers};
use crate::state::members::Members;

impl LocalPool {
    /// Creates a machine-to-machine app client with these scopes, such as `orders/read`, for the
    /// client-credentials grant and GetClientToken.
    ///
    /// Missing resource servers and scopes are created. No request is counted, and no planned fault
    /// is injected.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, PoolSettings};
    ///
    /// let local = Emulator::builder().in_process().create_pool(PoolSettings::default())?;
    /// let (client_id, secret) = local.create_machine_client(["orders/read", "orders/write"])?;
    /// let input = serde_json::json!({
    ///     "ClientId": client_id.as_str(), "Secret": secret.expose_secret()
    /// });
    /// let output = local.call("GetClientToken", input)?;
    /// assert_eq!(output["ClientAuthenticationResult"]["ExpiresIn"], 3600);
    /// # Ok::<(), cognito_emulator::EmulatorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Refused`] for a scope that the service rejects.
    pub fn create_machine_client<S: Into<String>>(
        &self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<(ClientId, ClientSecret), EmulatorError> {
        let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
        self.emulator.host().stored(|| self.add_machine_client(&scopes))
    }

    fn add_machine_client(
        &self,
        scopes: &[String],
    ) -> Result<(ClientId, ClientSecret), EmulatorError> {
        let (service, pool_id) = (self.emulator.service(), self.id.as_str());
        for scope in scopes {
            // A scope without a slash has no resource server, and is rejected below.
            if let Some((server, name)) = scope.rsplit_once('/') {
                resource_servers::add_scope(service, pool_id, server, name)?;
            }
        }
        let members = Members::from_iter([
            ("ClientName".to_owned(), json!("machine")),
            ("ExplicitAuthFlows".to_owned(), json!(["ALLOW_CLIENT_TOKEN_AUTH"])),
            ("AllowedOAuthFlowsUserPoolClient".to_owned(), json!(true)),
            ("AllowedOAuthFlows".to_owned(), json!(["client_credentials"])),
            ("AllowedOAuthScopes".to_owned(), json!(scopes)),
        ]);
        let (id, secret) = (app_clients::new_id(service), service.random().client_secret());
        app_clients::set_up(service, pool_id, id.clone(), Some(secret.clone()), members)?;
        Ok((id.into(), secret.into()))
    }
}
