//! Second factors.

use cognito_types::{AccessToken, ChallengeSession, Code, SoftwareTokenSecret};
use serde::{Deserialize, Serialize};

use super::wire::{Nothing, TokenRequest, secret};
use super::{AppClient, given_code, unreadable};
use crate::error::{Error, ErrorKind};
use crate::mfa::{Factor, MfaOption, MfaPreference};
use crate::transport::Operation;
use crate::user::AuthFactors;

/// The authorization of a request about an authenticator app: the Session of a challenge or a
/// token.
#[derive(Serialize)]
enum By<'a> {
    Session(&'a str),
    AccessToken(&'a str),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Associated {
    #[serde(default, deserialize_with = "secret")]
    secret_code: Option<SoftwareTokenSecret>,
    #[serde(default, deserialize_with = "secret")]
    session: Option<ChallengeSession>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Verified {
    status: Option<String>,
    #[serde(default, deserialize_with = "secret")]
    session: Option<ChallengeSession>,
}

impl AppClient {
    /// Sends AssociateSoftwareToken during a sign-in; returns the key and the next Session.
    pub(crate) async fn associate_software_token(
        &self,
        session: &ChallengeSession,
    ) -> Result<(SoftwareTokenSecret, Option<ChallengeSession>), Error> {
        let (operation, by) =
            (Operation::AssociateSoftwareTokenInSignIn, By::Session(session.expose_secret()));
        let output: Associated = self.transport.call(operation, &by).await?;
        Ok((output.secret_code.ok_or_else(unreadable)?, output.session))
    }

    /// Sends AssociateSoftwareToken for a signed-in user.
    pub(crate) async fn associate_software_token_of(
        &self,
        token: &AccessToken,
    ) -> Result<SoftwareTokenSecret, Error> {
        let by = By::AccessToken(token.expose_secret());
        let output: Associated =
            self.transport.call(Operation::AssociateSoftwareToken, &by).await?;
        output.secret_code.ok_or_else(unreadable)
    }

    /// Sends VerifySoftwareToken during a sign-in; returns the next Session.
    pub(crate) async fn verify_software_token(
        &self,
        session: &ChallengeSession,
        code: &Code,
        device_name: Option<&str>,
    ) -> Result<Option<ChallengeSession>, Error> {
        self.verify(By::Session(session.expose_secret()), code, device_name).await
    }

    /// Sends VerifySoftwareToken for a signed-in user.
    pub(crate) async fn verify_software_token_of(
        &self,
        token: &AccessToken,
        code: &Code,
        device_name: Option<&str>,
    ) -> Result<(), Error> {
        self.verify(By::AccessToken(token.expose_secret()), code, device_name).await.map(drop)
    }

    async fn verify(
        &self,
        by: By<'_>,
        code: &Code,
        device_name: Option<&str>,
    ) -> Result<Option<ChallengeSession>, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            #[serde(flatten)]
            by: By<'a>,
            user_code: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            friendly_device_name: Option<&'a str>,
        }
        const OPERATION: Operation = Operation::VerifySoftwareToken;
        let input = Input { by, user_code: given_code(code)?, friendly_device_name: device_name };
        let output: Verified = self.transport.call(OPERATION, &input).await?;
        // A wrong code may also be reported with status 200.
        match output.status.ok_or_else(unreadable)?.as_str() {
            "SUCCESS" => Ok(output.session),
            _ => Err(Error::new(ErrorKind::CodeMismatch).of_operation(OPERATION.name())),
        }
    }

    /// Sends SetUserMFAPreference with the named factors only.
    pub(crate) async fn set_mfa_preference(
        &self,
        token: &AccessToken,
        preference: MfaPreference,
    ) -> Result<(), Error> {
        let input =
            PreferenceInput { access_token: token.expose_secret(), settings: preference.into() };
        let Nothing {} = self.transport.call(Operation::SetUserMFAPreference, &input).await?;
        Ok(())
    }

    /// Sends GetUserAuthFactors.
    pub(crate) async fn auth_factors(&self, token: &AccessToken) -> Result<AuthFactors, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            configured_user_auth_factors: Option<Vec<String>>,
            #[serde(rename = "UserMFASettingList")]
            user_mfa_setting_list: Option<Vec<String>>,
            preferred_mfa_setting: Option<String>,
        }
        let input = TokenRequest { access_token: token.expose_secret() };
        let output: Output = self.transport.call(Operation::GetUserAuthFactors, &input).await?;
        Ok(AuthFactors {
            first: output.configured_user_auth_factors.unwrap_or_default(),
            second: output.user_mfa_setting_list.unwrap_or_default(),
            preferred_second: output.preferred_mfa_setting,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PreferenceInput<'a> {
    access_token: &'a str,
    #[serde(flatten)]
    settings: PreferenceSettings,
}

/// The settings of the named factors.
#[derive(Serialize)]
struct PreferenceSettings {
    #[serde(rename = "SoftwareTokenMfaSettings", skip_serializing_if = "Option::is_none")]
    software_token: Option<FactorSettings>,
    #[serde(rename = "SMSMfaSettings", skip_serializing_if = "Option::is_none")]
    sms: Option<FactorSettings>,
    #[serde(rename = "EmailMfaSettings", skip_serializing_if = "Option::is_none")]
    email: Option<FactorSettings>,
    #[serde(rename = "WebAuthnMfaSettings", skip_serializing_if = "Option::is_none")]
    passkey: Option<PasskeySettings>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FactorSettings {
    enabled: bool,
    preferred_mfa: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PasskeySettings {
    enabled: bool,
}

impl From<MfaPreference> for PreferenceSettings {
    fn from(preference: MfaPreference) -> Self {
        let settings = |factor: Factor| FactorSettings {
            enabled: factor.is_on(),
            preferred_mfa: factor.is_preferred(),
        };
        Self {
            software_token: preference.software_token.map(settings),
            sms: preference.sms.map(settings),
            email: preference.email.map(settings),
            passkey: preference.passkey.map(|enabled| PasskeySettings { enabled }),
        }
    }
}

/// MFAOptionType.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WireMfaOption {
    delivery_medium: Option<String>,
    attribute_name: Option<String>,
}

pub(super) fn mfa_options(listed: Option<Vec<WireMfaOption>>) -> Vec<MfaOption> {
    let option = |option: WireMfaOption| MfaOption {
        medium: option.delivery_medium,
        attribute: option.attribute_name,
    };
    listed.unwrap_or_default().into_iter().map(option).collect()
}
