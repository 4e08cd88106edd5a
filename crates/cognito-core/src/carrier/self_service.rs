//! What users do for themselves, with an access token or a Session.

use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, EmailMfaSettingsType, SmsMfaSettingsType, SoftwareTokenMfaSettingsType,
};
use cognito_tokens::{AccessToken, ChallengeSession, Code, SoftwareTokenSecret};

use super::{Carrier, once, unreadable};
use crate::error::Error;
use crate::mfa::{Factor, MfaPreference};
use crate::user::User;

const ASSOCIATE: &str = "AssociateSoftwareToken";
const VERIFY: &str = "VerifySoftwareToken";

impl Carrier {
    /// GetUser.
    pub(crate) async fn get_user(&self, token: &AccessToken) -> Result<User, Error> {
        let sent = self.client.get_user().access_token(token.expose_secret()).send().await;
        let output = sent.map_err(|error| Error::from_sdk("GetUser", error))?;
        let pair = |attribute: AttributeType| {
            let AttributeType { name, value, .. } = attribute;
            (name, value.unwrap_or_default())
        };
        Ok(User {
            username: output.username,
            attributes: output.user_attributes.into_iter().map(pair).collect(),
            mfa_factors: output.user_mfa_setting_list.unwrap_or_default(),
            preferred_mfa: output.preferred_mfa_setting,
        })
    }

    /// GlobalSignOut.
    pub(crate) async fn global_sign_out(&self, token: &AccessToken) -> Result<(), Error> {
        let call = self.client.global_sign_out().access_token(token.expose_secret());
        call.send().await.map(drop).map_err(|error| Error::from_sdk("GlobalSignOut", error))
    }

    /// AssociateSoftwareToken in the middle of a sign-in; another Session follows.
    pub(crate) async fn associate_software_token(
        &self,
        session: &ChallengeSession,
    ) -> Result<(SoftwareTokenSecret, Option<ChallengeSession>), Error> {
        let call = self.client.associate_software_token().session(session.expose_secret());
        let sent = call.customize().config_override(once()).send().await;
        let output = sent.map_err(|error| Error::from_sdk(ASSOCIATE, error))?;
        let secret = output.secret_code.ok_or_else(unreadable)?;
        Ok((secret.into(), output.session.map(Into::into)))
    }

    /// AssociateSoftwareToken for a signed-in user.
    pub(crate) async fn associate_software_token_of(
        &self,
        token: &AccessToken,
    ) -> Result<SoftwareTokenSecret, Error> {
        let call = self.client.associate_software_token().access_token(token.expose_secret());
        let output = call.send().await.map_err(|error| Error::from_sdk(ASSOCIATE, error))?;
        Ok(output.secret_code.ok_or_else(unreadable)?.into())
    }

    /// VerifySoftwareToken in the middle of a sign-in; another Session follows.
    pub(crate) async fn verify_software_token(
        &self,
        session: &ChallengeSession,
        code: &Code,
        device_name: Option<&str>,
    ) -> Result<Option<ChallengeSession>, Error> {
        let call = self.client.verify_software_token().session(session.expose_secret());
        let call = call.user_code(code.expose_secret());
        let call = call.set_friendly_device_name(device_name.map(str::to_owned));
        let sent = call.customize().config_override(once()).send().await;
        let output = sent.map_err(|error| Error::from_sdk(VERIFY, error))?;
        Ok(output.session.map(Into::into))
    }

    /// VerifySoftwareToken for a signed-in user.
    pub(crate) async fn verify_software_token_of(
        &self,
        token: &AccessToken,
        code: &Code,
        device_name: Option<&str>,
    ) -> Result<(), Error> {
        let call = self.client.verify_software_token().access_token(token.expose_secret());
        let call = call.user_code(code.expose_secret());
        let call = call.set_friendly_device_name(device_name.map(str::to_owned));
        let sent = call.customize().config_override(once()).send().await;
        sent.map(drop).map_err(|error| Error::from_sdk(VERIFY, error))
    }

    /// SetUserMFAPreference, with the factors that are named and no others.
    pub(crate) async fn set_mfa_preference(
        &self,
        token: &AccessToken,
        preference: MfaPreference,
    ) -> Result<(), Error> {
        let software_token = preference.software_token.map(|factor| {
            let settings = SoftwareTokenMfaSettingsType::builder();
            settings.enabled(factor.is_on()).preferred_mfa(factor.is_preferred()).build()
        });
        let sms = preference.sms.map(|factor| {
            let settings = SmsMfaSettingsType::builder();
            settings.enabled(factor.is_on()).preferred_mfa(factor.is_preferred()).build()
        });
        let email = preference.email.map(|factor| {
            let settings = EmailMfaSettingsType::builder();
            settings.enabled(factor.is_on()).preferred_mfa(factor.is_preferred()).build()
        });
        let call = self.client.set_user_mfa_preference().access_token(token.expose_secret());
        let call = call.set_software_token_mfa_settings(software_token);
        let call = call.set_sms_mfa_settings(sms).set_email_mfa_settings(email);
        let sent = call.send().await;
        sent.map(drop).map_err(|error| Error::from_sdk("SetUserMFAPreference", error))
    }
}

impl Factor {
    fn is_on(self) -> bool {
        self != Self::Off
    }

    fn is_preferred(self) -> bool {
        self == Self::Preferred
    }
}
