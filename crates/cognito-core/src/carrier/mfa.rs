//! Second factors.

use aws_sdk_cognitoidentityprovider::types::{
    EmailMfaSettingsType, SmsMfaSettingsType, SoftwareTokenMfaSettingsType,
};
use cognito_tokens::{AccessToken, ChallengeSession, Code, SoftwareTokenSecret};

use super::retry::once;
use super::{Carrier, sent, unreadable};
use crate::error::Error;
use crate::mfa::{Factor, MfaPreference};
use crate::user::AuthFactors;

const ASSOCIATE: &str = "AssociateSoftwareToken";
const VERIFY: &str = "VerifySoftwareToken";

impl Carrier {
    /// AssociateSoftwareToken in the middle of a sign-in; another Session follows.
    pub(crate) async fn associate_software_token(
        &self,
        session: &ChallengeSession,
    ) -> Result<(SoftwareTokenSecret, Option<ChallengeSession>), Error> {
        let call = self.client.associate_software_token().session(session.expose_secret());
        let call = call.customize().config_override(once());
        let output = sent(ASSOCIATE, call.send()).await?;
        let secret = output.secret_code.ok_or_else(unreadable)?;
        Ok((secret.into(), output.session.map(Into::into)))
    }

    /// AssociateSoftwareToken for a signed-in user.
    pub(crate) async fn associate_software_token_of(
        &self,
        token: &AccessToken,
    ) -> Result<SoftwareTokenSecret, Error> {
        let call = self.client.associate_software_token().access_token(token.expose_secret());
        let output = sent(ASSOCIATE, call.send()).await?;
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
        let call = call.customize().config_override(once());
        let output = sent(VERIFY, call.send()).await?;
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
        let call = call.customize().config_override(once());
        sent(VERIFY, call.send()).await.map(drop)
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
        sent("SetUserMFAPreference", call.send()).await.map(drop)
    }

    /// GetUserAuthFactors.
    pub(crate) async fn auth_factors(&self, token: &AccessToken) -> Result<AuthFactors, Error> {
        let call = self.client.get_user_auth_factors().access_token(token.expose_secret());
        let output = sent("GetUserAuthFactors", call.send()).await?;
        let configured = output.configured_user_auth_factors.unwrap_or_default();
        Ok(AuthFactors {
            first: configured.iter().map(|factor| factor.as_str().to_owned()).collect(),
            second: output.user_mfa_setting_list.unwrap_or_default(),
            preferred_second: output.preferred_mfa_setting,
        })
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
