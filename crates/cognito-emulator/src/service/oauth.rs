//! The token endpoint of the pool's domain, and OpenID discovery.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Service;
use super::machine::MachineRequest;
use super::operations::Call;
use super::triggers::Caller;

/// What a renewal gives, by the names of the API and of OAuth.
const RENEWED: [(&str, &str); 5] = [
    ("AccessToken", "access_token"),
    ("IdToken", "id_token"),
    ("RefreshToken", "refresh_token"),
    ("ExpiresIn", "expires_in"),
    ("TokenType", "token_type"),
];

/// The code of a refusal (RFC 6749, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OAuthError(pub(crate) &'static str);

impl OAuthError {
    pub(crate) const INVALID_CLIENT: Self = Self("invalid_client");
    pub(crate) const INVALID_GRANT: Self = Self("invalid_grant");
    pub(crate) const INVALID_REQUEST: Self = Self("invalid_request");
    pub(crate) const INVALID_SCOPE: Self = Self("invalid_scope");
    pub(crate) const UNAUTHORIZED_CLIENT: Self = Self("unauthorized_client");
    pub(crate) const UNSUPPORTED_GRANT_TYPE: Self = Self("unsupported_grant_type");
}

/// Who a client says that it is.
pub(crate) struct ClientLogin {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

/// The members of a request for tokens.
pub(crate) struct TokenForm(BTreeMap<String, String>);

impl TokenForm {
    /// No member may come twice (RFC 6749, 3.2).
    pub(crate) fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let mut members = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if members.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(OAuthError::INVALID_REQUEST);
            }
        }
        Ok(Self(members))
    }

    /// A member, if it is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The client, by members of the form.
    pub(crate) fn login(&self) -> Result<ClientLogin, OAuthError> {
        let id = self.get("client_id").ok_or(OAuthError::INVALID_REQUEST)?;
        Ok(ClientLogin { id: id.to_owned(), secret: self.get("client_secret").map(str::to_owned) })
    }
}

impl Service {
    /// Grants tokens to a client that proves who it is.
    pub(crate) fn grant(
        &mut self,
        form: &TokenForm,
        login: ClientLogin,
    ) -> Result<Value, OAuthError> {
        let grant_type = form.get("grant_type").ok_or(OAuthError::INVALID_REQUEST)?;
        let scope = self.pool_of_client(&login.id).map_err(|_| OAuthError::INVALID_CLIENT)?;
        let client = scope.pool.client(&login.id).map_err(|_| OAuthError::INVALID_CLIENT)?;
        let proven = client.check_secret(login.secret.as_deref());
        proven.map_err(|_| OAuthError::INVALID_CLIENT)?;
        self.shared.caller = Caller::client(&login.id);
        match grant_type {
            "client_credentials" => self.client_credentials(form, &login.id),
            "refresh_token" => self.refresh_token(form, login),
            // There is no page here that issues codes, so there is none that is good.
            "authorization_code" => Err(OAuthError::INVALID_GRANT),
            _ => Err(OAuthError::UNSUPPORTED_GRANT_TYPE),
        }
    }

    fn client_credentials(&mut self, form: &TokenForm, id: &str) -> Result<Value, OAuthError> {
        let mut scope = self.pool_of_client(id).map_err(|_| OAuthError::INVALID_CLIENT)?;
        let client = scope.pool.client(id).map_err(|_| OAuthError::INVALID_CLIENT)?;
        if !client.settings.oauth.grants_client_credentials() {
            return Err(OAuthError::UNAUTHORIZED_CLIENT);
        }
        let scopes = form.get("scope").unwrap_or_default().split(' ');
        let scopes = scopes.filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
        let resource = form.get("resource").map(str::to_owned);
        if resource.as_ref().is_some_and(|uri| !scope.pool.resource_servers.contains_key(uri)) {
            return Err(OAuthError::INVALID_REQUEST);
        }
        let request = MachineRequest { client_id: id.to_owned(), scopes, resource };
        let granted = scope.machine_token(request).map_err(|_| OAuthError::INVALID_REQUEST)?;
        let granted = granted.ok_or(OAuthError::INVALID_SCOPE)?;
        Ok(json!({
            "access_token": granted.token, "expires_in": granted.lifetime, "token_type": "Bearer"
        }))
    }

    fn refresh_token(&mut self, form: &TokenForm, login: ClientLogin) -> Result<Value, OAuthError> {
        let token = form.get("refresh_token").ok_or(OAuthError::INVALID_REQUEST)?;
        let input = json!({
            "RefreshToken": token, "ClientId": login.id, "ClientSecret": login.secret
        });
        let output = Call::read("GetTokensFromRefreshToken", input).and_then(|call| call.run(self));
        let output = output.map_err(|_| OAuthError::INVALID_GRANT)?;
        let mut granted = Map::new();
        for (there, here) in RENEWED {
            let member = output.pointer(&format!("/AuthenticationResult/{there}"));
            granted.extend(member.map(|value| (here.to_owned(), value.clone())));
        }
        Ok(granted.into())
    }

    /// The pool's `/.well-known/openid-configuration`
    /// ([OpenID Connect Discovery, 3](https://openid.net/specs/openid-connect-discovery-1_0.html)).
    pub(crate) fn open_id_configuration(&mut self, pool_id: &str) -> Option<Value> {
        let scope = self.pool(pool_id).ok()?;
        let (issuer, endpoint) = (scope.issuer(), &scope.endpoint);
        Some(json!({
            "authorization_endpoint": format!("{endpoint}/oauth2/authorize"),
            "id_token_signing_alg_values_supported": ["RS256"],
            "issuer": issuer,
            "jwks_uri": format!("{endpoint}/{pool_id}/.well-known/jwks.json"),
            "response_types_supported": ["code", "token"],
            "scopes_supported": ["openid", "email", "phone", "profile"],
            "subject_types_supported": ["public"],
            "token_endpoint": format!("{endpoint}/oauth2/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }))
    }
}
