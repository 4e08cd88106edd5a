//! Registration and recovery.

use cognito_types::{ChallengeSession, Code, Password};

use super::retry::once;
use super::{Carrier, attributes, delivery, given_code, metadata, sent, user_context};
use crate::attributes::Attributes;
use crate::context::Context;
use crate::delivery::CodeDelivery;
use crate::error::Error;

/// What SignUp takes.
#[derive(Clone, Debug)]
pub(crate) struct SignUpRequest {
    pub(crate) username: String,
    /// None for users who sign in by other means.
    pub(crate) password: Option<Password>,
    pub(crate) attributes: Attributes,
    pub(crate) validation_data: Attributes,
}

/// What SignUp gives.
pub(crate) struct SignUpAnswer {
    pub(crate) confirmed: bool,
    pub(crate) subject: String,
    pub(crate) delivery: Option<CodeDelivery>,
    pub(crate) session: Option<ChallengeSession>,
}

/// What ConfirmSignUp takes.
#[derive(Clone, Debug)]
pub(crate) struct ConfirmSignUpRequest {
    pub(crate) username: String,
    pub(crate) code: Code,
    pub(crate) force_alias_creation: bool,
    pub(crate) session: Option<ChallengeSession>,
}

/// What ConfirmForgotPassword takes.
#[derive(Clone, Debug)]
pub(crate) struct NewPasswordRequest {
    pub(crate) username: String,
    pub(crate) code: Code,
    pub(crate) password: Password,
}

impl Carrier {
    /// SignUp.
    pub(crate) async fn sign_up(
        &self,
        request: &SignUpRequest,
        context: &Context,
    ) -> Result<SignUpAnswer, Error> {
        self.with_secret(|secret| async move {
            let call = self.client.sign_up().client_id(self.client_id.as_str());
            let password = request.password.as_ref();
            let password = password.map(|password| password.expose_secret().to_owned());
            let call = call.username(&request.username).set_password(password);
            let call = call.set_secret_hash(self.hash(&request.username, secret.as_ref()));
            let call = call.set_user_attributes(attributes(&request.attributes));
            let call = call.set_validation_data(attributes(&request.validation_data));
            let call = call.set_client_metadata(metadata(&context.metadata));
            let call = call.set_user_context_data(user_context(context));
            let call = call.customize().config_override(once());
            let output = sent("SignUp", call.send()).await?;
            Ok(SignUpAnswer {
                confirmed: output.user_confirmed,
                subject: output.user_sub,
                delivery: output.code_delivery_details.map(delivery),
                session: output.session.map(Into::into),
            })
        })
        .await
    }

    /// ConfirmSignUp; its Session goes on with a sign-in where the app client allows that.
    pub(crate) async fn confirm_sign_up(
        &self,
        request: &ConfirmSignUpRequest,
        context: &Context,
    ) -> Result<Option<ChallengeSession>, Error> {
        self.with_secret(|secret| async move {
            let call = self.client.confirm_sign_up().client_id(self.client_id.as_str());
            let call = call.username(&request.username);
            let call = call.confirmation_code(given_code(&request.code)?);
            let call = call.set_secret_hash(self.hash(&request.username, secret.as_ref()));
            let session = request.session.as_ref();
            let call = call.set_session(session.map(|session| session.expose_secret().to_owned()));
            let force = request.force_alias_creation.then_some(true);
            let call = call.set_force_alias_creation(force);
            let call = call.set_client_metadata(metadata(&context.metadata));
            let call = call.set_user_context_data(user_context(context));
            let call = call.customize().config_override(once());
            let output = sent("ConfirmSignUp", call.send()).await?;
            Ok(output.session.map(Into::into))
        })
        .await
    }

    /// ResendConfirmationCode.
    pub(crate) async fn resend_confirmation_code(
        &self,
        username: &str,
        context: &Context,
    ) -> Result<Option<CodeDelivery>, Error> {
        self.with_secret(|secret| async move {
            let call = self.client.resend_confirmation_code().client_id(self.client_id.as_str());
            let hash = self.hash(username, secret.as_ref());
            let call = call.username(username).set_secret_hash(hash);
            let call = call.set_client_metadata(metadata(&context.metadata));
            let call = call.set_user_context_data(user_context(context));
            let call = call.customize().config_override(once());
            let output = sent("ResendConfirmationCode", call.send()).await?;
            Ok(output.code_delivery_details.map(delivery))
        })
        .await
    }

    /// ForgotPassword.
    pub(crate) async fn forgot_password(
        &self,
        username: &str,
        context: &Context,
    ) -> Result<Option<CodeDelivery>, Error> {
        self.with_secret(|secret| async move {
            let call = self.client.forgot_password().client_id(self.client_id.as_str());
            let hash = self.hash(username, secret.as_ref());
            let call = call.username(username).set_secret_hash(hash);
            let call = call.set_client_metadata(metadata(&context.metadata));
            let call = call.set_user_context_data(user_context(context));
            let call = call.customize().config_override(once());
            let output = sent("ForgotPassword", call.send()).await?;
            Ok(output.code_delivery_details.map(delivery))
        })
        .await
    }

    /// ConfirmForgotPassword.
    pub(crate) async fn confirm_forgot_password(
        &self,
        request: &NewPasswordRequest,
        context: &Context,
    ) -> Result<(), Error> {
        self.with_secret(|secret| async move {
            let call = self.client.confirm_forgot_password().client_id(self.client_id.as_str());
            let hash = self.hash(&request.username, secret.as_ref());
            let call = call.username(&request.username).set_secret_hash(hash);
            let call = call.confirmation_code(given_code(&request.code)?);
            let call = call.password(request.password.expose_secret());
            let call = call.set_client_metadata(metadata(&context.metadata));
            let call = call.set_user_context_data(user_context(context));
            let call = call.customize().config_override(once());
            sent("ConfirmForgotPassword", call.send()).await.map(drop)
        })
        .await
    }
}
