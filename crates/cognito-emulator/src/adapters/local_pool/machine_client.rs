//! App clients of programs, for tests of what programs call.

use cognito_types::{ClientId, ClientSecret};
use serde_json::{Value, json};

use super::LocalPool;
use crate::adapters::error::EmulatorError;

impl LocalPool {
    /// Makes an app client of a program that may have these scopes, such as `orders/read`, by the
    /// client-credentials grant and by GetClientToken.
    ///
    /// Resource servers and scopes that are not there are made.
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
    /// [`EmulatorError::Refused`] for a scope that the service would refuse.
    pub fn create_machine_client<S: Into<String>>(
        &self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<(ClientId, ClientSecret), EmulatorError> {
        let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
        for scope in &scopes {
            // Without a slash it is a scope without a server, which is refused as such below.
            if let Some((server, name)) = scope.rsplit_once('/') {
                self.add_scope(server, name)?;
            }
        }
        let input = json!({
            "ClientName": "machine",
            "GenerateSecret": true,
            "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": scopes,
        });
        let client = self.call("CreateUserPoolClient", input)?;
        let text = |name: &str| {
            let member = client.pointer(&format!("/UserPoolClient/{name}"));
            member.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        Ok((text("ClientId").into(), text("ClientSecret").into()))
    }

    fn add_scope(&self, server: &str, name: &str) -> Result<(), EmulatorError> {
        let scope = json!({ "ScopeName": name, "ScopeDescription": name });
        let described = self.call("DescribeResourceServer", json!({ "Identifier": server }));
        let Ok(described) = described else {
            let input = json!({ "Identifier": server, "Name": "local", "Scopes": [scope] });
            return self.call("CreateResourceServer", input).map(drop);
        };
        let there = described.pointer("/ResourceServer/Scopes").and_then(Value::as_array);
        let mut scopes = there.cloned().unwrap_or_default();
        if scopes.iter().all(|there| there.get("ScopeName") != scope.get("ScopeName")) {
            scopes.push(scope);
        }
        let input = json!({ "Identifier": server, "Name": "local", "Scopes": scopes });
        self.call("UpdateResourceServer", input).map(drop)
    }
}
