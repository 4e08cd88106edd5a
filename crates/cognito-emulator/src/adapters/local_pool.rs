//! A pool of an emulator, and its settings.

mod machine_client;
mod triggers;
mod users;

use std::sync::Arc;
use std::time::Duration;

use cognito_types::{ClientId, ClientSecret, UserPoolId};
use serde_json::{Map, Value, json};

use crate::adapters::emulator::Emulator;
use crate::adapters::error::EmulatorError;
use crate::flows::clock::TestClock;
use crate::flows::triggers::Triggers;
use crate::operations::{app_clients, pools};
use crate::state::user::Lists;

/// Settings of a pool and its app client.
///
/// By default the pool verifies e-mail addresses, has MFA off, and has the password policy of the
/// service: at least 8 characters, with all character types. The app client has no secret and
/// allows SRP.
#[derive(Clone, Debug)]
#[must_use]
pub struct PoolSettings {
    id: Option<UserPoolId>,
    client_id: Option<ClientId>,
    client_secret: Option<ClientSecret>,
    pool: Map<String, Value>,
    client: Map<String, Value>,
    triggers: Triggers,
    lists: Lists,
}

/// The MFA setting of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mfa {
    /// MFA is off.
    Off,
    /// Users who set up a factor need it.
    Optional,
    /// Every user needs a factor, or must set one up.
    Required,
}

impl Default for PoolSettings {
    fn default() -> Self {
        let settings = Self {
            id: None,
            client_id: None,
            client_secret: None,
            pool: Map::new(),
            client: Map::new(),
            triggers: Triggers::default(),
            lists: Lists::default(),
        };
        settings
            .pool_member("PoolName", "local")
            .pool_member("AutoVerifiedAttributes", json!(["email"]))
            .client_member("ClientName", "local")
    }
}

impl PoolSettings {
    /// Sets the id of the pool; random by default.
    pub fn id(self, id: UserPoolId) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Sets the id of the app client; random by default.
    pub fn client_id(self, id: impl Into<ClientId>) -> Self {
        Self { client_id: Some(id.into()), ..self }
    }

    /// Sets the secret of the app client; it has none by default.
    pub fn client_secret(self, secret: impl Into<ClientSecret>) -> Self {
        Self { client_secret: Some(secret.into()), ..self }
    }

    /// Sets whether users need MFA.
    pub fn mfa(self, mfa: Mfa) -> Self {
        let name = match mfa {
            Mfa::Off => "OFF",
            Mfa::Optional => "OPTIONAL",
            Mfa::Required => "ON",
        };
        self.pool_member("MfaConfiguration", name)
    }

    /// Enables managed login, which redirects the browser to these URLs with a code.
    ///
    /// The app client gets the scopes `openid`, `email`, `phone`, `profile` and
    /// `aws.cognito.signin.user.admin`. A later call of [`client_member`](Self::client_member)
    /// replaces a member, such as `AllowedOAuthFlows`.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, PoolSettings};
    ///
    /// let settings = PoolSettings::default().managed_login(["http://localhost:3000/callback"]);
    /// let local = Emulator::builder().in_process().create_pool(settings)?;
    /// # assert!(!local.client_id().as_str().is_empty());
    /// # Ok::<(), cognito_emulator::EmulatorError>(())
    /// ```
    pub fn managed_login<S: Into<String>>(
        self,
        callback_urls: impl IntoIterator<Item = S>,
    ) -> Self {
        const SCOPES: [&str; 5] =
            ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"];
        let callback_urls: Vec<String> = callback_urls.into_iter().map(Into::into).collect();
        self.client_member("CallbackURLs", callback_urls)
            .client_member("AllowedOAuthFlowsUserPoolClient", true)
            .client_member("AllowedOAuthFlows", json!(["code"]))
            .client_member("AllowedOAuthScopes", json!(SCOPES))
            .client_member("SupportedIdentityProviders", json!(["COGNITO"]))
    }

    /// Sets a member of CreateUserPool.
    pub fn pool_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.pool.insert(name.to_owned(), value.into());
        self
    }

    /// Limits the number of users on a page of ListUsers and ListUsersInGroup, even if Limit allows
    /// more.
    ///
    /// The service sometimes returns short pages. This setting detects programs that take a short
    /// page for the last one.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, PoolSettings};
    /// use serde_json::json;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().in_process();
    /// let pool = emulator.create_pool(PoolSettings::default().short_pages(1).empty_pages(1))?;
    /// for name in ["alice", "bob"] {
    ///     pool.call("AdminCreateUser", json!({ "Username": name }))?;
    /// }
    /// let mut input = json!({ "Limit": 60 });
    /// let mut lengths = Vec::new();
    /// loop {
    ///     let page = pool.call("ListUsers", input.clone())?;
    ///     lengths.extend(page["Users"].as_array().map(Vec::len));
    ///     let Some(token) = page.get("PaginationToken") else { break };
    ///     input["PaginationToken"] = token.clone();
    /// }
    /// assert_eq!(lengths, [1, 0, 1]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn short_pages(mut self, most: usize) -> Self {
        self.lists.page_at_most = Some(most);
        self
    }

    /// Adds this number of empty pages between any two pages of ListUsers and ListUsersInGroup, as
    /// the service does when a filter matches few users.
    pub fn empty_pages(mut self, count: u8) -> Self {
        self.lists.empty_pages = count;
        self
    }

    /// Delays the effect of changes on ListUsers and ListUsersInGroup by this time of the pool's
    /// [clock](LocalPool::clock); AdminGetUser shows them at once.
    ///
    /// The service's lists are eventually consistent. Users who are deleted or removed from a group
    /// disappear from the lists at once.
    pub fn late_lists(mut self, by: Duration) -> Self {
        self.lists.delay = by;
        self
    }

    /// Sets a member of CreateUserPoolClient.
    pub fn client_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.client.insert(name.to_owned(), value.into());
        self
    }
}

/// A pool of an [`Emulator`], with one app client, which keeps the emulator running.
#[derive(Clone, Debug)]
pub struct LocalPool {
    emulator: Emulator,
    id: UserPoolId,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
}

impl LocalPool {
    pub(crate) fn create(
        emulator: &Emulator,
        settings: PoolSettings,
    ) -> Result<Self, EmulatorError> {
        let service = emulator.service();
        let PoolSettings { id, client_id, client_secret, pool, client, triggers, lists } = settings;
        let id = match id {
            Some(id) => id,
            None => pools::new_id(service)?,
        };
        let client_id = client_id.unwrap_or_else(|| app_clients::new_id(service).into());
        pools::set_up(service, id.clone(), pool)?;
        service.in_pool(id.as_str(), |step| {
            *step.triggers = triggers;
            step.pool.set_lists(lists);
            Ok(())
        })?;
        let secret = client_secret.as_ref().map(|secret| secret.expose_secret().to_owned());
        let new_id = client_id.as_str().to_owned();
        if let Err(error) = app_clients::set_up(service, id.as_str(), new_id, secret, client) {
            // Removed, so that the same id can be used with corrected settings.
            service.remove_pool(id.as_str(), |_| Ok(()))?;
            return Err(error.into());
        }
        Ok(Self { emulator: emulator.clone(), id, client_id, client_secret })
    }

    pub(crate) fn find(
        emulator: &Emulator,
        id: UserPoolId,
        client_id: ClientId,
    ) -> Result<Self, EmulatorError> {
        let secret = emulator.service().in_pool(id.as_str(), |step| {
            let client = step.pool.client(client_id.as_str())?;
            Ok(client.secrets.first().map(|secret| secret.value.clone()))
        })?;
        let (emulator, client_secret) = (emulator.clone(), secret.map(ClientSecret::from));
        Ok(Self { emulator, id, client_id, client_secret })
    }

    /// Returns the id of the pool.
    pub fn id(&self) -> UserPoolId {
        self.id.clone()
    }

    /// Returns the id of the app client.
    pub fn client_id(&self) -> ClientId {
        self.client_id.clone()
    }

    /// Returns the secret of the app client, if it has one.
    pub fn client_secret(&self) -> Option<ClientSecret> {
        self.client_secret.clone()
    }

    /// Returns the address for clients.
    pub fn endpoint(&self) -> &str {
        self.emulator.endpoint()
    }

    /// Returns the issuer (`iss`) of the pool's tokens.
    pub fn issuer(&self) -> String {
        let issuer = self.emulator.service().in_pool(self.id.as_str(), |step| Ok(step.issuer()));
        // The pool exists unless a test deleted it.
        issuer.unwrap_or_default()
    }

    /// Returns the name of the pool as a provider of identity pools, which is the key of `Logins`:
    /// `cognito-idp.<region>.amazonaws.com/<pool id>`, independent of the issuer of its tokens.
    pub fn provider_name(&self) -> String {
        self.id.issuer().trim_start_matches("https://").to_owned()
    }

    /// Returns the emulator of the pool.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Returns the clock of the pool. Pass it to clients too, so that they use the same time.
    pub fn clock(&self) -> Arc<TestClock> {
        self.emulator.clock()
    }

    /// Rotates the signing keys of the pool. The old keys stay in the key set for a day, which is
    /// the maximum lifetime of tokens that they signed.
    pub fn rotate_keys(&self) {
        // The pool exists unless a test deleted it.
        let host = self.emulator.host();
        let _deleted = host.stored(|| Ok(host.rotate_keys(Some(self.id.as_str()))?));
    }

    /// Runs an operation of the API on this pool, such as AdminCreateUser.
    ///
    /// UserPoolId and ClientId are added if they are missing.
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Refused`] with the exception that a client receives.
    pub fn call(&self, operation: &str, mut input: Value) -> Result<Value, EmulatorError> {
        if let Some(members) = input.as_object_mut() {
            members.entry("UserPoolId").or_insert_with(|| self.id.as_str().into());
            members.entry("ClientId").or_insert_with(|| self.client_id.as_str().into());
        }
        self.emulator.call(operation, &input)
    }

    /// Returns an HTTP client without a socket, for clients of this workspace and, with the feature
    /// `sdk`, for the AWS SDK.
    pub fn http_client(&self) -> crate::InProcessClient {
        self.emulator.http_client()
    }
}
