//! Methods of a session for the user's account.

use cognito_types::{Code, Password};

use super::effect::Effect;
use super::requests::{SendAttributeCode, UpdateUserAttributes, VerifySoftwareToken};
use super::{Session, SessionError};
use crate::attributes::{AttributeChanges, Attributes};
use crate::delivery::CodeDelivery;
use crate::error::Error;
use crate::mfa::{MfaPreference, SoftwareTokenAssociation};
use crate::transport::Operation;
use crate::user::{AuthFactors, User};

/// Every method refreshes the tokens first if they are about to expire, and fails as
/// [`access_token`](Self::access_token) does, or with
/// [`TokenRevoked`](crate::ErrorKind::TokenRevoked) for a user who signed out everywhere.
/// They require the scope [`API_SCOPE`](crate::API_SCOPE): without it they send nothing and fail
/// with [`MissingScope`](crate::ErrorKind::MissingScope).
impl Session {
    /// Reads the user's profile (GetUser).
    ///
    /// # Errors
    ///
    /// Those of every method here.
    #[doc(alias = "get_user")]
    pub async fn user(&self) -> Result<User, Error> {
        let token = self.token_for(Operation::GetUser).await?;
        let outcome = self.inner.pool.app_client().get_user(&token).await;
        self.heed(&token, outcome)
    }

    /// Sets attributes of the user and leaves the others alone (UpdateUserAttributes).
    ///
    /// It is sent when it is awaited, and returns where codes were sent that verify changed
    /// addresses.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for an attribute that does not
    /// exist or cannot be changed, [`NotAuthorized`](crate::ErrorKind::NotAuthorized) for one that
    /// the app client may not write, [`AliasExists`](crate::ErrorKind::AliasExists).
    #[doc(alias("update_profile", "update_user_attributes"))]
    pub fn update_attributes(&self, attributes: &Attributes) -> UpdateUserAttributes {
        UpdateUserAttributes::new(self, attributes)
    }

    /// Sends what was changed of the profile, and nothing else: values that are new, then names
    /// that are gone.
    ///
    /// ```
    /// # use cognito_core::{Attributes, Error, Session};
    /// async fn rename(session: &Session) -> Result<(), Error> {
    ///     let user = session.user().await?;
    ///     let mut wanted = user.attributes().clone();
    ///     wanted.set("given_name", "Jane");
    ///     session.save_attributes(&wanted.changes(user.attributes())).await?;
    ///     Ok(())
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// As [`update_attributes`](Self::update_attributes).
    pub async fn save_attributes(
        &self,
        changes: &AttributeChanges,
    ) -> Result<Vec<CodeDelivery>, Error> {
        let sent_to = self.update_attributes(changes.set()).await?;
        self.delete_attributes(changes.removed()).await?;
        Ok(sent_to)
    }

    /// Deletes attributes of the user (DeleteUserAttributes).
    ///
    /// # Errors
    ///
    /// As [`update_attributes`](Self::update_attributes).
    pub async fn delete_attributes<N: Into<String>>(
        &self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<(), Error> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.is_empty() {
            return Ok(());
        }
        let token = self.token_for(Operation::DeleteUserAttributes).await?;
        let outcome = self.inner.pool.app_client().delete_attributes(&token, names).await;
        self.heed(&token, outcome)
    }

    /// Sends a code that verifies an attribute, `email` or `phone_number`
    /// (GetUserAttributeVerificationCode), when it is awaited.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for an attribute that cannot be verified,
    /// [`AttemptsExceeded`](crate::ErrorKind::AttemptsExceeded) when it was sent too often.
    #[doc(alias("get_user_attribute_verification_code", "send_verification"))]
    pub fn send_attribute_code(&self, attribute: &str) -> SendAttributeCode {
        SendAttributeCode::new(self, attribute)
    }

    /// Verifies an attribute with the code that was sent (VerifyUserAttribute).
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) or
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired).
    #[doc(alias("validate_verification", "verify_user_attribute"))]
    pub async fn verify_attribute(
        &self,
        attribute: &str,
        code: impl Into<Code>,
    ) -> Result<(), Error> {
        let token = self.token_for(Operation::VerifyUserAttribute).await?;
        let outcome =
            self.inner.pool.app_client().verify_attribute(&token, attribute, &code.into()).await;
        self.heed(&token, outcome)
    }

    /// Changes the password (ChangePassword).
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](crate::ErrorKind::BadCredentials) for a wrong previous password,
    /// [`InvalidPassword`](crate::ErrorKind::InvalidPassword) for a new one against the policy.
    pub async fn change_password(
        &self,
        previous: impl Into<Password>,
        proposed: impl Into<Password>,
    ) -> Result<(), Error> {
        let token = self.token_for(Operation::ChangePassword).await?;
        let (previous, proposed) = (previous.into(), proposed.into());
        let outcome =
            self.inner.pool.app_client().change_password(&token, Some(&previous), &proposed).await;
        self.heed(&token, outcome)
    }

    /// Sets the first password of a user who signs in without one (ChangePassword).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a user who has a password.
    pub async fn set_first_password(&self, proposed: impl Into<Password>) -> Result<(), Error> {
        let token = self.token_for(Operation::ChangePassword).await?;
        let outcome =
            self.inner.pool.app_client().change_password(&token, None, &proposed.into()).await;
        self.heed(&token, outcome)
    }

    /// Deletes the user's account (DeleteUser), and ends the session.
    ///
    /// It is repeated if the response is lost. An account that does not exist any more is deleted.
    ///
    /// # Errors
    ///
    /// Transient kinds have the session, so that it can be tried again.
    #[doc(alias = "delete_user")]
    pub async fn delete_account(self) -> Result<(), SessionError> {
        let client = self.inner.pool.app_client();
        let deleted = self.resolve(Effect::AccountDeleted, |token| async move {
            client.delete_user(&token).await
        });
        deleted.await.map_err(|error| self.kept_with(error))?;
        self.settle().await;
        self.forget_kept_device().await;
        self.close(Ok(())).await
    }
}

/// Second factors.
impl Session {
    /// Gets the key of an authenticator app for the user (AssociateSoftwareToken).
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for a pool that offers no such apps.
    pub async fn associate_software_token(&self) -> Result<SoftwareTokenAssociation, Error> {
        let token = self.token_for(Operation::AssociateSoftwareToken).await?;
        let client = self.inner.pool.app_client();
        let outcome = client.associate_software_token_of(&token).await;
        let secret = self.heed(&token, outcome)?;
        Ok(SoftwareTokenAssociation::new(self.clone(), secret))
    }

    /// Verifies the first code of an authenticator app (VerifySoftwareToken), when it is awaited.
    ///
    /// It goes on from [`associate_software_token`](Self::associate_software_token), also in
    /// another process: the service knows which key it handed out last. A web server that associates
    /// in one request verifies in the next with the restored session. White space in the code is
    /// ignored.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) for a wrong code,
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for one that is not of six digits.
    pub fn verify_software_token(&self, code: impl Into<Code>) -> VerifySoftwareToken {
        VerifySoftwareToken::new(self, code.into())
    }

    /// Sets which second factors the user has and prefers (SetUserMFAPreference).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a factor that is not set up.
    #[doc(alias = "set_user_mfa_preference")]
    pub async fn set_mfa_preference(&self, preference: MfaPreference) -> Result<(), Error> {
        let token = self.token_for(Operation::SetUserMFAPreference).await?;
        let outcome = self.inner.pool.app_client().set_mfa_preference(&token, preference).await;
        self.heed(&token, outcome)
    }

    /// Reads how the user can sign in (GetUserAuthFactors).
    ///
    /// # Errors
    ///
    /// Those of every method here.
    pub async fn auth_factors(&self) -> Result<AuthFactors, Error> {
        let token = self.token_for(Operation::GetUserAuthFactors).await?;
        let outcome = self.inner.pool.app_client().auth_factors(&token).await;
        self.heed(&token, outcome)
    }
}
