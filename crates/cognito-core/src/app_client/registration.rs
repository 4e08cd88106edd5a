//! Registration and recovery.

use cognito_types::{ChallengeSession, Code, Password};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::wire::{AttributeList, ContextMembers, Delivered, Delivery, Nothing, secret};
use super::{AppClient, given_code, unreadable};
use crate::attributes::Attributes;
use crate::context::Context;
use crate::delivery::CodeDelivery;
use crate::error::Error;
use crate::transport::Operation;

/// Input of SignUp.
#[derive(Clone, Debug)]
pub(crate) struct SignUpRequest {
    pub(crate) username: String,
    /// None for users who sign in without a password.
    pub(crate) password: Option<Password>,
    pub(crate) attributes: Attributes,
    pub(crate) validation_data: Attributes,
}

/// Output of SignUp.
pub(crate) struct SignUpResponse {
    pub(crate) confirmed: bool,
    pub(crate) subject: String,
    pub(crate) delivery: Option<CodeDelivery>,
    pub(crate) session: Option<ChallengeSession>,
}

/// Input of ConfirmSignUp.
#[derive(Clone, Debug)]
pub(crate) struct ConfirmSignUpRequest {
    pub(crate) username: String,
    pub(crate) code: Code,
    pub(crate) force_alias_creation: bool,
    pub(crate) session: Option<ChallengeSession>,
}

/// Input of ConfirmForgotPassword.
#[derive(Clone, Debug)]
pub(crate) struct NewPasswordRequest {
    pub(crate) username: String,
    pub(crate) code: Code,
    pub(crate) password: Password,
}

/// A request about a user of the app client.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserRequest<'a, M> {
    client_id: &'a str,
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_hash: Option<String>,
    #[serde(flatten)]
    context: ContextMembers<'a>,
    /// The members of the operation.
    #[serde(flatten)]
    members: &'a M,
}

impl AppClient {
    /// Sends SignUp.
    pub(crate) async fn sign_up(
        &self,
        request: &SignUpRequest,
        context: &Context,
    ) -> Result<SignUpResponse, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Members<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            password: Option<&'a str>,
            #[serde(skip_serializing_if = "AttributeList::is_empty")]
            user_attributes: AttributeList<'a>,
            #[serde(skip_serializing_if = "AttributeList::is_empty")]
            validation_data: AttributeList<'a>,
        }
        let members = Members {
            password: request.password.as_ref().map(Password::expose_secret),
            user_attributes: AttributeList(&request.attributes),
            validation_data: AttributeList(&request.validation_data),
        };
        let output: SignUpOutput =
            self.call_for_user(Operation::SignUp, &request.username, &members, context).await?;
        Ok(SignUpResponse {
            confirmed: output.user_confirmed.unwrap_or_default(),
            subject: output.user_sub.ok_or_else(unreadable)?,
            delivery: output.code_delivery_details.map(Into::into),
            session: output.session,
        })
    }

    /// Sends ConfirmSignUp; returns a Session to sign in with, if the app client allows that.
    pub(crate) async fn confirm_sign_up(
        &self,
        request: &ConfirmSignUpRequest,
        context: &Context,
    ) -> Result<Option<ChallengeSession>, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Members<'a> {
            confirmation_code: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            force_alias_creation: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            session: Option<&'a str>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            #[serde(default, deserialize_with = "secret")]
            session: Option<ChallengeSession>,
        }
        let members = Members {
            confirmation_code: given_code(&request.code)?,
            force_alias_creation: request.force_alias_creation.then_some(true),
            session: request.session.as_ref().map(ChallengeSession::expose_secret),
        };
        let operation = Operation::ConfirmSignUp;
        let output: Output =
            self.call_for_user(operation, &request.username, &members, context).await?;
        Ok(output.session)
    }

    /// Sends ResendConfirmationCode.
    pub(crate) async fn resend_confirmation_code(
        &self,
        username: &str,
        context: &Context,
    ) -> Result<Option<CodeDelivery>, Error> {
        self.send_code(Operation::ResendConfirmationCode, username, context).await
    }

    /// Sends ForgotPassword.
    pub(crate) async fn forgot_password(
        &self,
        username: &str,
        context: &Context,
    ) -> Result<Option<CodeDelivery>, Error> {
        self.send_code(Operation::ForgotPassword, username, context).await
    }

    /// Sends ConfirmForgotPassword.
    pub(crate) async fn confirm_forgot_password(
        &self,
        request: &NewPasswordRequest,
        context: &Context,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Members<'a> {
            confirmation_code: &'a str,
            password: &'a str,
        }
        let members = Members {
            confirmation_code: given_code(&request.code)?,
            password: request.password.expose_secret(),
        };
        let operation = Operation::ConfirmForgotPassword;
        let Nothing {} =
            self.call_for_user(operation, &request.username, &members, context).await?;
        Ok(())
    }

    async fn send_code(
        &self,
        operation: Operation,
        username: &str,
        context: &Context,
    ) -> Result<Option<CodeDelivery>, Error> {
        let output: Delivered = self.call_for_user(operation, username, &(), context).await?;
        Ok(output.delivery())
    }

    /// Sends a request about a user, with SECRET_HASH and the options of the request.
    async fn call_for_user<O>(
        &self,
        operation: Operation,
        username: &str,
        members: &(impl Serialize + Sync),
        context: &Context,
    ) -> Result<O, Error>
    where
        O: DeserializeOwned + Send,
    {
        let transport = &self.transport.within(context.timeout);
        self.with_secret(|secret| async move {
            let input = UserRequest {
                client_id: self.client_id.as_str(),
                username,
                secret_hash: self.hash(username, secret.as_ref()),
                context: context.into(),
                members,
            };
            transport.call(operation, &input).await
        })
        .await
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SignUpOutput {
    user_confirmed: Option<bool>,
    user_sub: Option<String>,
    code_delivery_details: Option<Delivery>,
    #[serde(default, deserialize_with = "secret")]
    session: Option<ChallengeSession>,
}
