//! InitiateAuth and RespondToAuthChallenge, for the app client and for administrators.

use std::collections::BTreeMap;
use std::time::Duration;

use cognito_types::{AccessToken, ChallengeSession, IdToken, RefreshToken};
use serde::{Deserialize, Serialize};

use super::wire::{AnalyticsMetadata, ContextMembers, metadata, secret, texts};
use super::{AppClient, unreadable};
use crate::admin_access::AdminAccess;
use crate::context::{ClientMetadata, Context, ContextData};
use crate::error::{Cause, Error};
use crate::sign_in::wire::{
    Initiate, NewDevice, NewTokens, Received, ReceivedChallenge, Request, Respond, Response,
};
use crate::transport::Operation;
use crate::unverified;

/// AuthParameters or ChallengeResponses.
type Pairs<'a> = BTreeMap<&'a str, &'a str>;

impl AppClient {
    /// Sends a request of a sign-in, as an administrator if `admin` is given.
    pub(crate) async fn send(
        &self,
        request: &Request,
        context: &Context,
        admin: Option<&AdminAccess>,
    ) -> Result<Received, Error> {
        let sender = self.sender(context, admin.is_some())?;
        let operation = operation(request, admin.is_some());
        let transport = admin.map_or(&self.transport, AdminAccess::transport);
        let transport = transport.within(context.timeout);
        self.with_secret(|secret| {
            let (sender, transport) = (&sender, &transport);
            async move {
                let hash = self.hash(request.username(), secret.as_ref());
                let input = Input::new(sender, request, hash.as_deref());
                let (output, date) = transport.call_dated::<_, Output>(operation, &input).await?;
                Ok(Received { response: output.response()?, date })
            }
        })
        .await
    }

    fn sender<'a>(&'a self, context: &'a Context, is_admin: bool) -> Result<Sender<'a>, Error> {
        let client_id = self.client_id.as_str();
        if !is_admin {
            return Ok(Sender::User { client_id, context: context.into() });
        }
        Ok(Sender::Admin {
            user_pool_id: self.pool_id.as_str(),
            client_id,
            client_metadata: metadata(&context.metadata),
            context_data: context.data.as_ref().map(AdminContextData::new).transpose()?,
            analytics_metadata: AnalyticsMetadata::of(context),
        })
    }
}

fn operation(request: &Request, is_admin: bool) -> Operation {
    // Repeating SRP_A is harmless; other starts may send a code or run a trigger.
    let is_srp = |start: &Initiate| start.flow == "USER_SRP_AUTH";
    match (request, is_admin) {
        (Request::Initiate(start), false) if is_srp(start) => Operation::InitiateAuthOverSrp,
        (Request::Initiate(start), true) if is_srp(start) => Operation::AdminInitiateAuthOverSrp,
        (Request::Initiate(_), false) => Operation::InitiateAuth,
        (Request::Initiate(_), true) => Operation::AdminInitiateAuth,
        (Request::Respond(_), false) => Operation::RespondToAuthChallenge,
        (Request::Respond(_), true) => Operation::AdminRespondToAuthChallenge,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Input<'a> {
    #[serde(flatten)]
    sender: &'a Sender<'a>,
    #[serde(flatten)]
    step: Step<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "PascalCase")]
enum Step<'a> {
    Initiate { auth_flow: &'a str, auth_parameters: Pairs<'a> },
    Respond { challenge_name: &'a str, challenge_responses: Pairs<'a> },
}

impl<'a> Input<'a> {
    fn new(sender: &'a Sender<'a>, request: &'a Request, secret_hash: Option<&'a str>) -> Self {
        let hash = secret_hash.map(|hash| ("SECRET_HASH", hash));
        let pairs = request.parameters().iter().chain(hash).collect();
        let (step, session) = match request {
            Request::Initiate(request) => {
                let step = Step::Initiate { auth_flow: request.flow, auth_parameters: pairs };
                (step, &request.session)
            }
            Request::Respond(Respond { challenge, session, .. }) => {
                let step = Step::Respond { challenge_name: challenge, challenge_responses: pairs };
                (step, session)
            }
        };
        Self { sender, step, session: session.as_ref().map(ChallengeSession::expose_secret) }
    }
}

/// The members of a request that depend on its sender.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "PascalCase")]
enum Sender<'a> {
    User {
        client_id: &'a str,
        #[serde(flatten)]
        context: ContextMembers<'a>,
    },
    Admin {
        user_pool_id: &'a str,
        client_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        client_metadata: Option<&'a ClientMetadata>,
        #[serde(skip_serializing_if = "Option::is_none")]
        context_data: Option<AdminContextData<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        analytics_metadata: Option<AnalyticsMetadata<'a>>,
    },
}

/// ContextDataType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AdminContextData<'a> {
    ip_address: &'a str,
    server_name: &'a str,
    server_path: &'a str,
    http_headers: Vec<HttpHeader<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoded_data: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HttpHeader<'a> {
    header_name: &'a str,
    header_value: &'a str,
}

impl<'a> AdminContextData<'a> {
    fn new(data: &'a ContextData) -> Result<Self, Error> {
        let required = |member: &'a Option<String>, name| {
            let missing = || Cause::new(format!("the context data of a sign-in must have {name}"));
            member.as_deref().ok_or_else(missing)
        };
        let headers = data.http_headers.iter();
        Ok(Self {
            ip_address: required(&data.ip_address, "the IP address")?,
            server_name: required(&data.server_name, "the server's name")?,
            server_path: required(&data.server_path, "the server's path")?,
            http_headers: headers
                .map(|(name, value)| HttpHeader { header_name: name, header_value: value })
                .collect(),
            encoded_data: data.encoded_data.as_deref(),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    authentication_result: Option<AuthenticationResult>,
    challenge_name: Option<String>,
    #[serde(default, deserialize_with = "secret")]
    session: Option<ChallengeSession>,
    #[serde(default, deserialize_with = "texts")]
    challenge_parameters: BTreeMap<String, String>,
    available_challenges: Option<Vec<String>>,
}

impl Output {
    fn response(self) -> Result<Response, Error> {
        match (self.challenge_name, self.authentication_result) {
            (Some(name), _) => Ok(Response::Challenge(ReceivedChallenge {
                name,
                session: self.session,
                parameters: self.challenge_parameters,
                available: self.available_challenges.unwrap_or_default(),
            })),
            (None, Some(result)) => Ok(Response::Tokens(result.tokens()?)),
            (None, None) => Err(unreadable()),
        }
    }
}

/// AuthenticationResultType.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AuthenticationResult {
    #[serde(default, deserialize_with = "secret")]
    access_token: Option<AccessToken>,
    #[serde(default, deserialize_with = "secret")]
    id_token: Option<IdToken>,
    #[serde(default, deserialize_with = "secret")]
    refresh_token: Option<RefreshToken>,
    expires_in: Option<i64>,
    new_device_metadata: Option<NewDeviceMetadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewDeviceMetadata {
    device_key: Option<String>,
    device_group_key: Option<String>,
}

impl AuthenticationResult {
    pub(super) fn tokens(self) -> Result<NewTokens, Error> {
        let access_token = self.access_token.ok_or_else(unreadable)?;
        let lifetime = lifetime(self.expires_in, unverified::lifetime(&access_token));
        let new_device = |metadata: NewDeviceMetadata| {
            Some(NewDevice { key: metadata.device_key?, group_key: metadata.device_group_key? })
        };
        Ok(NewTokens {
            access_token,
            id_token: self.id_token,
            refresh_token: self.refresh_token,
            lifetime,
            new_device: self.new_device_metadata.and_then(new_device),
        })
    }
}

/// The shortest lifetime that an app client can set for access tokens.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Returns the lifetime of an access token: the shorter of ExpiresIn and the lifetime in its
/// claims.
///
/// ExpiresIn is optional in the model of the API.
fn lifetime(expires_in: Option<i64>, claimed: Option<Duration>) -> Duration {
    let stated = expires_in.and_then(|seconds| u64::try_from(seconds).ok());
    let stated = stated.filter(|seconds| *seconds > 0).map(Duration::from_secs);
    let shorter = match (stated, claimed) {
        (Some(stated), Some(claimed)) => Some(stated.min(claimed)),
        (stated, claimed) => stated.or(claimed),
    };
    shorter.unwrap_or(SHORTEST_LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetime_is_the_shorter_of_expires_in_and_the_claims() {
        let seconds = Duration::from_secs;
        for (expires_in, claimed, expected) in [
            (Some(300), Some(seconds(300)), seconds(300)),
            (Some(3600), Some(seconds(300)), seconds(300)),
            (Some(i64::MAX), Some(seconds(3600)), seconds(3600)),
            (Some(0), Some(seconds(3600)), seconds(3600)),
            (Some(-1), Some(seconds(3600)), seconds(3600)),
            (Some(i64::MIN), None, seconds(300)),
            (Some(300), None, seconds(300)),
            (None, Some(seconds(3600)), seconds(3600)),
            (None, None, seconds(300)),
        ] {
            assert_eq!(lifetime(expires_in, claimed), expected, "{expires_in:?}, {claimed:?}");
        }
    }

    #[test]
    fn context_data_of_an_administrator_must_be_complete() {
        let whole = ContextData::default().ip_address("192.0.2.1").server("shop", "/login");
        let data = AdminContextData::new(&whole).unwrap();
        assert_eq!(
            serde_json::to_value(&data).unwrap(),
            serde_json::json!({
                "IpAddress": "192.0.2.1", "ServerName": "shop", "ServerPath": "/login",
                "HttpHeaders": [],
            }),
        );
        let partial = ContextData::default().ip_address("192.0.2.1");
        let refused = AdminContextData::new(&partial).err().unwrap();
        assert!(refused.to_string().contains("server's name"), "{refused}");
    }
}
