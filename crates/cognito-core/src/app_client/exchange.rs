//! GetDerivedToken, for the app client and for administrators.

use std::time::Duration;

use cognito_types::{AccessToken, ClientSecret, IdToken, SecurityToken, SecurityTokenKind};
use serde::{Deserialize, Serialize};

use super::wire::secret;
use super::{AppClient, unreadable};
use crate::admin_access::AdminAccess;
use crate::derived_token::{DerivedToken, Issued};
use crate::error::Error;
use crate::transport::Operation;

/// Input of GetDerivedToken.
#[derive(Clone, Debug)]
pub(crate) struct ExchangeRequest {
    subject: SecurityToken,
    pub(crate) actor: Option<SecurityToken>,
    pub(crate) scopes: Vec<String>,
    pub(crate) audience: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) wants_id_token: bool,
    pub(crate) timeout: Option<Duration>,
}

impl ExchangeRequest {
    pub(crate) fn new(subject: SecurityToken) -> Self {
        Self {
            subject,
            actor: None,
            scopes: Vec::new(),
            audience: None,
            resource: None,
            wants_id_token: false,
            timeout: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Input<'a> {
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    subject_token: &'a str,
    subject_token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_token_provider_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_token_provider_name: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    scopes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    audiences: Option<[&'a str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<[&'a str; 1]>,
    requested_token_type: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    #[serde(default, deserialize_with = "secret")]
    issued_token: Option<String>,
    expires_in: Option<u64>,
    scopes: Option<Vec<String>>,
}

impl AppClient {
    /// Sends GetDerivedToken, signed if `admin` is given.
    pub(crate) async fn exchange(
        &self,
        request: &ExchangeRequest,
        admin: Option<&AdminAccess>,
    ) -> Result<DerivedToken, Error> {
        let transport = admin.map_or(&self.transport, AdminAccess::transport);
        let transport = &transport.within(request.timeout);
        let output: Output = self
            .with_secret(|secret| async move {
                let input = self.exchange_input(request, secret.as_ref());
                transport.call(Operation::GetDerivedToken, &input).await
            })
            .await?;
        let token = output.issued_token.ok_or_else(unreadable)?;
        Ok(DerivedToken {
            token: match request.wants_id_token {
                false => Issued::Access(AccessToken::from(token)),
                true => Issued::Id(IdToken::from(token)),
            },
            expires_in: output.expires_in.map(Duration::from_secs),
            scopes: output.scopes.unwrap_or_default(),
        })
    }

    fn exchange_input<'a>(
        &'a self,
        request: &'a ExchangeRequest,
        secret: Option<&'a ClientSecret>,
    ) -> Input<'a> {
        let ExchangeRequest { subject, actor, .. } = request;
        let actor = actor.as_ref();
        Input {
            client_id: self.client_id.as_str(),
            client_secret: secret.map(ClientSecret::expose_secret),
            subject_token: subject.expose_secret(),
            subject_token_type: type_of(subject),
            subject_token_provider_name: subject.provider(),
            actor_token: actor.map(SecurityToken::expose_secret),
            actor_token_type: actor.map(type_of),
            actor_token_provider_name: actor.and_then(SecurityToken::provider),
            scopes: &request.scopes,
            audiences: request.audience.as_deref().map(|name| [name]),
            resources: request.resource.as_deref().map(|identifier| [identifier]),
            requested_token_type: match request.wants_id_token {
                false => "ACCESS_TOKEN",
                true => "ID_TOKEN",
            },
        }
    }
}

/// Returns the TokenTypeIdentifierType of a token.
fn type_of(token: &SecurityToken) -> &'static str {
    match token.kind() {
        SecurityTokenKind::Id => "ID_TOKEN",
        SecurityTokenKind::Saml2 => "SAML2",
        _ => "ACCESS_TOKEN",
    }
}
