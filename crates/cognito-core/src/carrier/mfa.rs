//! Second factors.

use aws_sdk_cognitoidentityprovider::types::{
    AuthFactorType, EmailMfaSettingsType, MfaOptionType, SmsMfaSettingsType,
    SoftwareTokenMfaSettingsType, VerifySoftwareTokenResponseType, WebAuthnMfaSettingsType,
};
use cognito_types::{AccessToken, ChallengeSession, Code, SoftwareTokenSecret};

use super::retry::once;
use super::{Carrier, given_code, sent, unreadable};
use crate::error::{Error, ErrorKind};
use crate::mfa::{Factor, MfaOption, MfaPreference};
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
        let call = call.user_code(given_code(code)?);
        let call = call.set_friendly_device_name(device_name.map(str::to_owned));
        let call = call.customize().config_override(once());
        let output = sent(VERIFY, call.send()).await?;
        verified(output.status)?;
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
        let call = call.user_code(given_code(code)?);
        let call = call.set_friendly_device_name(device_name.map(str::to_owned));
        let call = call.customize().config_override(once());
        verified(sent(VERIFY, call.send()).await?.status)
    }

    /// SetUserMFAPreference, with the factors that are named and no others.
    pub(crate) async fn set_mfa_preference(
        &self,
        token: &AccessToken,
        preference: MfaPreference,
    ) -> Result<(), Error> {
        let call = self.client.set_user_mfa_preference().access_token(token.expose_secret());
        let call = call.set_software_token_mfa_settings(preference.software_token_settings());
        let call = call.set_sms_mfa_settings(preference.sms_settings());
        let call = call.set_email_mfa_settings(preference.email_settings());
        let call = call.set_web_authn_mfa_settings(preference.passkey_settings());
        sent("SetUserMFAPreference", call.send()).await.map(drop)
    }

    /// GetUserAuthFactors.
    pub(crate) async fn auth_factors(&self, token: &AccessToken) -> Result<AuthFactors, Error> {
        let call = self.client.get_user_auth_factors().access_token(token.expose_secret());
        let output = sent("GetUserAuthFactors", call.send()).await?;
        Ok(auth_factors(
            output.configured_user_auth_factors,
            output.user_mfa_setting_list,
            output.preferred_mfa_setting,
        ))
    }
}

/// The response may say with status 200 that the token was not verified.
fn verified(status: Option<VerifySoftwareTokenResponseType>) -> Result<(), Error> {
    match status.ok_or_else(unreadable)? {
        VerifySoftwareTokenResponseType::Success => Ok(()),
        _ => Err(Error::new(ErrorKind::CodeMismatch).of_operation(VERIFY)),
    }
}

pub(crate) fn mfa_options(listed: Option<Vec<MfaOptionType>>) -> Vec<MfaOption> {
    let option = |option: MfaOptionType| MfaOption {
        medium: option.delivery_medium.map(|medium| medium.as_str().to_owned()),
        attribute: option.attribute_name,
    };
    listed.unwrap_or_default().into_iter().map(option).collect()
}

pub(crate) fn auth_factors(
    first: Option<Vec<AuthFactorType>>,
    second: Option<Vec<String>>,
    preferred_second: Option<String>,
) -> AuthFactors {
    let first = first.unwrap_or_default();
    AuthFactors {
        first: first.iter().map(|factor| factor.as_str().to_owned()).collect(),
        second: second.unwrap_or_default(),
        preferred_second,
    }
}

/// The settings of the factors that are named, and of no others.
impl MfaPreference {
    pub(crate) fn software_token_settings(self) -> Option<SoftwareTokenMfaSettingsType> {
        let settings = SoftwareTokenMfaSettingsType::builder();
        let factor = self.software_token?;
        Some(settings.enabled(factor.is_on()).preferred_mfa(factor.is_preferred()).build())
    }

    pub(crate) fn sms_settings(self) -> Option<SmsMfaSettingsType> {
        let settings = SmsMfaSettingsType::builder();
        let factor = self.sms?;
        Some(settings.enabled(factor.is_on()).preferred_mfa(factor.is_preferred()).build())
    }

    pub(crate) fn passkey_settings(self) -> Option<WebAuthnMfaSettingsType> {
        Some(WebAuthnMfaSettingsType::builder().enabled(self.passkey?).build())
    }

    pub(crate) fn email_settings(self) -> Option<EmailMfaSettingsType> {
        let settings = EmailMfaSettingsType::builder();
        let factor = self.email?;
        Some(settings.enabled(factor.is_on()).preferred_mfa(factor.is_preferred()).build())
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
