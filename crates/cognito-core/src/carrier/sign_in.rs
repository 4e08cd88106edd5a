//! InitiateAuth and RespondToAuthChallenge, for the app client and for administrators.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::Builder as ConfigBuilder;
use aws_sdk_cognitoidentityprovider::config::Config;
use aws_sdk_cognitoidentityprovider::types::{
    AuthFlowType, AuthenticationResultType, ChallengeNameType, ContextDataType, HttpHeader,
    NewDeviceMetadataType,
};
use cognito_types::{AccessToken, ChallengeSession, ClientSecret};

use super::retry::once;
use super::{Carrier, metadata, sent_observed, unreadable, user_context};
use crate::context::{Context, ContextData};
use crate::error::{Error, ErrorKind};
use crate::sign_in::wire::{
    Answer, ChallengeAnswer, Initiate, NewDevice, NewTokens, Received, Request, Respond,
};
use crate::unverified;

/// The four operations answer alike, with four types.
macro_rules! received {
    ($sent:expr) => {{
        let (output, observed) = $sent;
        let answer = answer(
            output.authentication_result,
            output.challenge_name,
            output.session,
            output.challenge_parameters,
            output.available_challenges.unwrap_or_default(),
        )?;
        Ok(Received { answer, date: observed.date })
    }};
}

/// AuthParameters or ChallengeResponses.
type Pairs = HashMap<String, String>;

impl Carrier {
    /// Sends a request of a sign-in, as an administrator if there is an `admin` client.
    pub(crate) async fn send(
        &self,
        request: &Request,
        context: &Context,
        admin: Option<&Client>,
    ) -> Result<Received, Error> {
        self.with_secret(|secret| async move {
            let pairs = self.pairs(request, secret.as_ref());
            match (request, admin) {
                (Request::Initiate(initiate), None) => {
                    self.initiate(initiate, pairs, context).await
                }
                (Request::Initiate(initiate), Some(admin)) => {
                    self.admin_initiate(admin, initiate, pairs, context).await
                }
                (Request::Respond(respond), None) => self.respond(respond, pairs, context).await,
                (Request::Respond(respond), Some(admin)) => {
                    self.admin_respond(admin, respond, pairs, context).await
                }
            }
        })
        .await
    }

    fn pairs(&self, request: &Request, secret: Option<&ClientSecret>) -> Pairs {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut pairs: Pairs = request.parameters().iter().map(own).collect();
        if let Some(hash) = self.hash(request.username(), secret) {
            pairs.insert("SECRET_HASH".to_owned(), hash);
        }
        pairs
    }

    async fn initiate(
        &self,
        request: &Initiate,
        pairs: Pairs,
        context: &Context,
    ) -> Result<Received, Error> {
        let call = self.client.initiate_auth().client_id(self.client_id.as_str());
        let call = call.auth_flow(AuthFlowType::from(request.flow));
        let call = call.set_auth_parameters(Some(pairs)).set_session(exposed(&request.session));
        let call = call.set_client_metadata(metadata(&context.metadata));
        let call = call.set_user_context_data(user_context(context));
        let call = call.customize().config_override(retries(request));
        received!(sent_observed("InitiateAuth", call.send()).await?)
    }

    async fn admin_initiate(
        &self,
        admin: &Client,
        request: &Initiate,
        pairs: Pairs,
        context: &Context,
    ) -> Result<Received, Error> {
        let call = admin.admin_initiate_auth().user_pool_id(self.pool_id.as_str());
        let call = call.client_id(self.client_id.as_str());
        let call = call.auth_flow(AuthFlowType::from(request.flow));
        let call = call.set_auth_parameters(Some(pairs)).set_session(exposed(&request.session));
        let call = call.set_client_metadata(metadata(&context.metadata));
        let call = call.set_context_data(admin_context(context)?);
        let call = call.customize().config_override(retries(request));
        received!(sent_observed("AdminInitiateAuth", call.send()).await?)
    }

    async fn respond(
        &self,
        request: &Respond,
        pairs: Pairs,
        context: &Context,
    ) -> Result<Received, Error> {
        let call = self.client.respond_to_auth_challenge().client_id(self.client_id.as_str());
        let call = call.challenge_name(ChallengeNameType::from(request.challenge.as_str()));
        let call = call.set_session(exposed(&request.session));
        let call = call.set_challenge_responses(Some(pairs));
        let call = call.set_client_metadata(metadata(&context.metadata));
        let call = call.set_user_context_data(user_context(context));
        let call = call.customize().config_override(once());
        received!(sent_observed("RespondToAuthChallenge", call.send()).await?)
    }

    async fn admin_respond(
        &self,
        admin: &Client,
        request: &Respond,
        pairs: Pairs,
        context: &Context,
    ) -> Result<Received, Error> {
        let call = admin.admin_respond_to_auth_challenge().user_pool_id(self.pool_id.as_str());
        let call = call.client_id(self.client_id.as_str());
        let call = call.challenge_name(ChallengeNameType::from(request.challenge.as_str()));
        let call = call.set_session(exposed(&request.session));
        let call = call.set_challenge_responses(Some(pairs));
        let call = call.set_client_metadata(metadata(&context.metadata));
        let call = call.set_context_data(admin_context(context)?);
        let call = call.customize().config_override(once());
        received!(sent_observed("AdminRespondToAuthChallenge", call.send()).await?)
    }
}

/// SRP_A can be sent twice; every other start may send a code or run a trigger.
fn retries(request: &Initiate) -> ConfigBuilder {
    if request.flow == "USER_SRP_AUTH" { Config::builder() } else { once() }
}

fn exposed(session: &Option<ChallengeSession>) -> Option<String> {
    session.as_ref().map(|session| session.expose_secret().to_owned())
}

fn admin_context(context: &Context) -> Result<Option<ContextDataType>, Error> {
    let Some(data) = &context.data else { return Ok(None) };
    let ContextData { encoded_data, ip_address, server_name, server_path, http_headers } = data;
    let header = |(name, value): (&String, &String)| {
        HttpHeader::builder().header_name(name).header_value(value).build()
    };
    let built = ContextDataType::builder()
        .set_encoded_data(encoded_data.clone())
        .set_ip_address(ip_address.clone())
        .set_server_name(server_name.clone())
        .set_server_path(server_path.clone())
        .set_http_headers(Some(http_headers.iter().map(header).collect()))
        .build();
    built.map(Some).map_err(|error| Error::new(ErrorKind::Configuration).with_source(error))
}

fn answer(
    result: Option<AuthenticationResultType>,
    name: Option<ChallengeNameType>,
    session: Option<String>,
    parameters: Option<Pairs>,
    available: Vec<ChallengeNameType>,
) -> Result<Answer, Error> {
    match (name, result) {
        (Some(name), _) => Ok(Answer::Challenge(ChallengeAnswer {
            name: name.as_str().to_owned(),
            session: session.map(Into::into),
            parameters: parameters.unwrap_or_default().into_iter().collect(),
            available: available.iter().map(|name| name.as_str().to_owned()).collect(),
        })),
        (None, Some(result)) => Ok(Answer::Tokens(new_tokens(result)?)),
        (None, None) => Err(unreadable()),
    }
}

pub(super) fn new_tokens(result: AuthenticationResultType) -> Result<NewTokens, Error> {
    let access_token: AccessToken = result.access_token.ok_or_else(unreadable)?.into();
    let lifetime = lifetime(result.expires_in, unverified::lifetime(&access_token));
    Ok(NewTokens {
        access_token,
        id_token: result.id_token.map(Into::into),
        refresh_token: result.refresh_token.map(Into::into),
        lifetime,
        new_device: result.new_device_metadata.and_then(new_device),
    })
}

/// The shortest lifetime that an app client can give an access token.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Returns how long an access token is used: as ExpiresIn says, and no longer than its claims say.
///
/// ExpiresIn is optional in the service's model; the SDK makes a missing one 0.
fn lifetime(expires_in: i32, claimed: Option<Duration>) -> Duration {
    let stated = u64::try_from(expires_in).ok().filter(|seconds| *seconds > 0);
    let stated = stated.map(Duration::from_secs);
    let shorter = match (stated, claimed) {
        (Some(stated), Some(claimed)) => Some(stated.min(claimed)),
        (stated, claimed) => stated.or(claimed),
    };
    shorter.unwrap_or(SHORTEST_LIFETIME)
}

fn new_device(metadata: NewDeviceMetadataType) -> Option<NewDevice> {
    Some(NewDevice { key: metadata.device_key?, group_key: metadata.device_group_key? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lifetime_is_the_shorter_of_what_is_stated_and_what_is_claimed() {
        let seconds = Duration::from_secs;
        for (expires_in, claimed, expected) in [
            (300, Some(seconds(300)), seconds(300)),
            (3600, Some(seconds(300)), seconds(300)),
            (i32::MAX, Some(seconds(3600)), seconds(3600)),
            (0, Some(seconds(3600)), seconds(3600)),
            (-1, Some(seconds(3600)), seconds(3600)),
            (i32::MIN, None, seconds(300)),
            (300, None, seconds(300)),
            (0, None, seconds(300)),
        ] {
            assert_eq!(lifetime(expires_in, claimed), expected, "{expires_in}, {claimed:?}");
        }
    }
}
