//! The AWS SDK as the carrier of requests: from this crate's types to the SDK's and back.

mod self_service;

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_sdk_cognitoidentityprovider::config::{Builder as ConfigBuilder, Config};
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFlowType, AuthenticationResultType, ChallengeNameType,
    CodeDeliveryDetailsType,
};
use cognito_srp::secret_hash;
use cognito_tokens::{ChallengeSession, ClientId, ClientSecret, Code, Password, RefreshToken};

use crate::client_secret::SecretSource;
use crate::delivery::CodeDelivery;
use crate::error::{Error, ErrorKind};
use crate::sign_in::wire::{Answer, ChallengeAnswer, NewTokens, Request};

/// Sends requests of one app client.
#[derive(Clone, Debug)]
pub(crate) struct Carrier {
    pub(crate) client: Client,
    pub(crate) client_id: ClientId,
    pub(crate) secret: SecretSource,
}

/// Pairs of ClientMetadata, which triggers receive.
pub(crate) type ClientMetadata = BTreeMap<String, String>;

impl Carrier {
    /// Runs a request with the current secret, and once more if the service refuses that one and
    /// the application may know another.
    ///
    /// Nothing is taken by a request whose secret is refused, so repeating it is safe.
    pub(crate) async fn with_secret<T, F>(
        &self,
        send: impl Fn(Option<ClientSecret>) -> F + Send + Sync,
    ) -> Result<T, Error>
    where
        T: Send,
        F: Future<Output = Result<T, Error>> + Send,
    {
        let result = send(self.secret.get().await).await;
        match result {
            Err(error) if error.kind() == ErrorKind::SecretHash && self.secret.may_change() => {
                send(self.secret.get().await).await
            }
            result => result,
        }
    }

    /// Sends a request of a sign-in.
    pub(crate) async fn send(
        &self,
        request: &Request,
        metadata: &ClientMetadata,
    ) -> Result<Answer, Error> {
        self.with_secret(|secret| self.send_with(request, metadata, secret)).await
    }

    async fn send_with(
        &self,
        request: &Request,
        metadata: &ClientMetadata,
        secret: Option<ClientSecret>,
    ) -> Result<Answer, Error> {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut parameters: HashMap<_, _> = request.parameters().iter().map(own).collect();
        if let Some(hash) = self.hash(request.username(), secret.as_ref()) {
            parameters.insert("SECRET_HASH".to_owned(), hash);
        }
        let metadata = given(metadata);
        match request {
            Request::Initiate { flow, .. } => self.initiate(flow, parameters, metadata).await,
            Request::Respond { challenge, session, .. } => {
                self.respond(challenge, session.as_ref(), parameters, metadata).await
            }
        }
    }

    /// InitiateAuth.
    async fn initiate(
        &self,
        flow: &str,
        parameters: HashMap<String, String>,
        metadata: Option<HashMap<String, String>>,
    ) -> Result<Answer, Error> {
        let call = self.client.initiate_auth().client_id(self.client_id.as_str());
        let call = call.auth_flow(AuthFlowType::from(flow));
        let call = call.set_auth_parameters(Some(parameters));
        let sent = call.set_client_metadata(metadata).send().await;
        let output = sent.map_err(|error| Error::from_sdk("InitiateAuth", error))?;
        answer(
            output.authentication_result,
            output.challenge_name,
            output.session,
            output.challenge_parameters,
        )
    }

    /// RespondToAuthChallenge.
    async fn respond(
        &self,
        challenge: &str,
        session: Option<&ChallengeSession>,
        responses: HashMap<String, String>,
        metadata: Option<HashMap<String, String>>,
    ) -> Result<Answer, Error> {
        let call = self.client.respond_to_auth_challenge().client_id(self.client_id.as_str());
        let call = call.challenge_name(ChallengeNameType::from(challenge));
        let call = call.set_session(session.map(|session| session.expose_secret().to_owned()));
        let call = call.set_challenge_responses(Some(responses)).set_client_metadata(metadata);
        let sent = call.customize().config_override(once()).send().await;
        let output = sent.map_err(|error| Error::from_sdk("RespondToAuthChallenge", error))?;
        answer(
            output.authentication_result,
            output.challenge_name,
            output.session,
            output.challenge_parameters,
        )
    }

    /// SignUp.
    pub(crate) async fn sign_up(&self, request: &SignUpRequest) -> Result<SignUpAnswer, Error> {
        self.with_secret(|secret| async move {
            let call = self.client.sign_up().client_id(self.client_id.as_str());
            let call = call.username(&request.username);
            let call = call.password(request.password.expose_secret());
            let hash = self.hash(&request.username, secret.as_ref());
            let call = call.set_secret_hash(hash);
            let call = call.set_user_attributes(attributes(&request.attributes)?);
            let call = call.set_validation_data(attributes(&request.validation_data)?);
            let call = call.set_client_metadata(given(&request.metadata));
            let sent = call.customize().config_override(once()).send().await;
            let output = sent.map_err(|error| Error::from_sdk("SignUp", error))?;
            Ok(SignUpAnswer {
                confirmed: output.user_confirmed,
                subject: output.user_sub,
                delivery: output.code_delivery_details.map(delivery),
            })
        })
        .await
    }

    /// ConfirmSignUp.
    pub(crate) async fn confirm_sign_up(&self, username: &str, code: &Code) -> Result<(), Error> {
        self.with_secret(|secret| async move {
            let call = self.client.confirm_sign_up().client_id(self.client_id.as_str());
            let call = call.username(username).confirmation_code(code.expose_secret());
            let call = call.set_secret_hash(self.hash(username, secret.as_ref()));
            let sent = call.customize().config_override(once()).send().await;
            sent.map(drop).map_err(|error| Error::from_sdk("ConfirmSignUp", error))
        })
        .await
    }

    /// ResendConfirmationCode.
    pub(crate) async fn resend_confirmation_code(
        &self,
        username: &str,
    ) -> Result<Option<CodeDelivery>, Error> {
        self.with_secret(|secret| async move {
            let call = self.client.resend_confirmation_code().client_id(self.client_id.as_str());
            let call = call.username(username);
            let call = call.set_secret_hash(self.hash(username, secret.as_ref()));
            let sent = call.customize().config_override(once()).send().await;
            let output = sent.map_err(|error| Error::from_sdk("ResendConfirmationCode", error))?;
            Ok(output.code_delivery_details.map(delivery))
        })
        .await
    }

    /// GetTokensFromRefreshToken.
    ///
    /// It names no user, so no hash can be of the wrong name, and it works whether or not the app
    /// client rotates refresh tokens.
    pub(crate) async fn renew(&self, token: &RefreshToken) -> Result<NewTokens, Error> {
        const OPERATION: &str = "GetTokensFromRefreshToken";
        self.with_secret(|secret| async move {
            let call = self.client.get_tokens_from_refresh_token();
            let call = call.client_id(self.client_id.as_str()).refresh_token(token.expose_secret());
            let secret = secret.map(|secret| secret.expose_secret().to_owned());
            let call = call.set_client_secret(secret);
            let sent = call.customize().config_override(twice_at_once()).send().await;
            let output = sent.map_err(|error| Error::from_sdk(OPERATION, error))?;
            new_tokens(output.authentication_result.ok_or_else(unreadable)?)
        })
        .await
    }

    /// RevokeToken.
    pub(crate) async fn revoke(&self, token: &RefreshToken) -> Result<(), Error> {
        self.with_secret(|secret| async move {
            let call = self.client.revoke_token().client_id(self.client_id.as_str());
            let secret = secret.map(|secret| secret.expose_secret().to_owned());
            let call = call.token(token.expose_secret()).set_client_secret(secret);
            let sent = call.send().await;
            sent.map(drop).map_err(|error| Error::from_sdk("RevokeToken", error))
        })
        .await
    }

    fn hash(&self, username: &str, secret: Option<&ClientSecret>) -> Option<String> {
        let secret = secret?.expose_secret();
        Some(secret_hash(username, self.client_id.as_str(), secret))
    }
}

/// What SignUp takes.
#[derive(Clone, Debug)]
pub(crate) struct SignUpRequest {
    pub(crate) username: String,
    pub(crate) password: Password,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) validation_data: BTreeMap<String, String>,
    pub(crate) metadata: ClientMetadata,
}

/// What SignUp gives.
pub(crate) struct SignUpAnswer {
    pub(crate) confirmed: bool,
    pub(crate) subject: String,
    pub(crate) delivery: Option<CodeDelivery>,
}

/// For requests that must not be repeated when it is not known whether they arrived: they send
/// codes, or use up a Session.
fn once() -> ConfigBuilder {
    Config::builder().retry_config(RetryConfig::disabled())
}

/// For the renewal, which is repeated at once: a rotated refresh token works only for a moment.
fn twice_at_once() -> ConfigBuilder {
    let retries = RetryConfig::standard().with_max_attempts(2);
    Config::builder().retry_config(retries.with_initial_backoff(Duration::ZERO))
}

fn answer(
    result: Option<AuthenticationResultType>,
    name: Option<ChallengeNameType>,
    session: Option<String>,
    parameters: Option<HashMap<String, String>>,
) -> Result<Answer, Error> {
    match (name, result) {
        (Some(name), _) => Ok(Answer::Challenge(ChallengeAnswer {
            name: name.as_str().to_owned(),
            session: session.map(Into::into),
            parameters: parameters.unwrap_or_default().into_iter().collect(),
        })),
        (None, Some(result)) => Ok(Answer::Tokens(new_tokens(result)?)),
        (None, None) => Err(unreadable()),
    }
}

fn new_tokens(result: AuthenticationResultType) -> Result<NewTokens, Error> {
    let seconds = u64::try_from(result.expires_in).unwrap_or_default();
    Ok(NewTokens {
        access_token: result.access_token.ok_or_else(unreadable)?.into(),
        id_token: result.id_token.map(Into::into),
        refresh_token: result.refresh_token.map(Into::into),
        lifetime: Duration::from_secs(seconds),
    })
}

pub(crate) fn delivery(details: CodeDeliveryDetailsType) -> CodeDelivery {
    CodeDelivery {
        destination: details.destination.unwrap_or_default(),
        medium: details.delivery_medium.map(|medium| medium.as_str().to_owned()),
        attribute: details.attribute_name,
    }
}

fn attributes(given: &BTreeMap<String, String>) -> Result<Option<Vec<AttributeType>>, Error> {
    if given.is_empty() {
        return Ok(None);
    }
    let built = given.iter().map(|(name, value)| {
        let attribute = AttributeType::builder().name(name).value(value).build();
        attribute.map_err(|_| Error::new(ErrorKind::InvalidParameter))
    });
    built.collect::<Result<_, _>>().map(Some)
}

fn given(metadata: &ClientMetadata) -> Option<HashMap<String, String>> {
    let pairs = metadata.iter().map(|(name, value)| (name.clone(), value.clone()));
    (!metadata.is_empty()).then(|| pairs.collect())
}

fn unreadable() -> Error {
    ErrorKind::Service.into()
}
