//! Methods of a session for the user's account.

use cognito_types::{Code, Password};

use super::effect::Effect;
use super::forget::Newer;
use super::requests::{SendAttributeCode, UpdateUserAttributes, VerifySoftwareToken};
use super::{Session, SessionError};
use crate::attributes::{AttributeChanges, Attributes};
use crate::delivery::CodeDelivery;
use crate::mfa::{MfaPreference, SoftwareTokenAssociation};
use crate::request::Request;
use crate::transport::Operation;
use crate::user::{AuthFactors, User};

/// The user's account.
impl Session {
    /// Gets the user's profile (GetUser).
    ///
    /// # Errors
    ///
    /// The errors of [all requests](Self#errors).
    #[doc(alias = "get_user")]
    pub fn user(&self) -> Request<'static, User> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::GetUser).await?;
            let outcome = session.app_client().get_user(&token).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Sets attributes of the user and leaves the others unchanged (UpdateUserAttributes).
    ///
    /// The request is sent when it is awaited. It returns the destinations of the codes that verify
    /// changed addresses.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for an attribute that does not
    /// exist or cannot be changed, [`NotAuthorized`](crate::ErrorKind::NotAuthorized) for an
    /// attribute that the app client may not write, [`AliasExists`](crate::ErrorKind::AliasExists)
    /// for an address of another user, and as [all requests](Self#errors).
    #[doc(alias("update_profile", "update_user_attributes"))]
    pub fn update_attributes(&self, attributes: &Attributes) -> UpdateUserAttributes {
        UpdateUserAttributes::new(self, attributes)
    }

    /// Sends changes of the profile: new values, then removals.
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
    /// The errors of [`update_attributes`](Self::update_attributes).
    pub fn save_attributes<'a>(
        &self,
        changes: &'a AttributeChanges,
    ) -> Request<'a, Vec<CodeDelivery>> {
        Request::of(self, move |session| async move {
            let sent_to = session.update_attributes(changes.set()).await?;
            session.delete_attributes(changes.removed()).await?;
            Ok(sent_to)
        })
    }

    /// Deletes attributes of the user (DeleteUserAttributes).
    ///
    /// # Errors
    ///
    /// The errors of [`update_attributes`](Self::update_attributes).
    pub fn delete_attributes<N: Into<String>>(
        &self,
        names: impl IntoIterator<Item = N>,
    ) -> Request<'static, ()> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        Request::of(self, move |session| async move {
            if names.is_empty() {
                return Ok(());
            }
            let token = session.token_for(Operation::DeleteUserAttributes).await?;
            let outcome = session.app_client().delete_attributes(&token, names).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Sends a code to verify `email` or `phone_number` (GetUserAttributeVerificationCode), when it
    /// is awaited.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for an attribute that cannot be
    /// verified, [`AttemptsExceeded`](crate::ErrorKind::AttemptsExceeded) after too many requests,
    /// and as [all requests](Self#errors).
    #[doc(alias("get_user_attribute_verification_code", "send_verification"))]
    pub fn send_attribute_code(&self, attribute: &str) -> SendAttributeCode {
        SendAttributeCode::new(self, attribute)
    }

    /// Verifies an attribute with the code that was sent (VerifyUserAttribute).
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) or
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired) for a wrong or expired code, and as
    /// [all requests](Self#errors).
    #[doc(alias("validate_verification", "verify_user_attribute"))]
    pub fn verify_attribute<'a>(
        &self,
        attribute: &'a str,
        code: impl Into<Code>,
    ) -> Request<'a, ()> {
        let code: Code = code.into();
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::VerifyUserAttribute).await?;
            let outcome = session.app_client().verify_attribute(&token, attribute, &code).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Changes the password (ChangePassword).
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](crate::ErrorKind::BadCredentials) for a wrong previous password,
    /// [`InvalidPassword`](crate::ErrorKind::InvalidPassword) for a new password that violates the
    /// policy, and as [all requests](Self#errors).
    pub fn change_password(
        &self,
        previous: impl Into<Password>,
        proposed: impl Into<Password>,
    ) -> Request<'static, ()> {
        let previous: Password = previous.into();
        let proposed: Password = proposed.into();
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::ChangePassword).await?;
            let (previous, proposed) = (previous, proposed);
            let outcome =
                session.app_client().change_password(&token, Some(&previous), &proposed).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Sets the first password of a user without a password (ChangePassword).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a user who has a password,
    /// [`InvalidPassword`](crate::ErrorKind::InvalidPassword) for a password that violates the
    /// policy, and as [all requests](Self#errors).
    pub fn set_first_password(&self, proposed: impl Into<Password>) -> Request<'static, ()> {
        let proposed: Password = proposed.into();
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::ChangePassword).await?;
            let outcome = session.app_client().change_password(&token, None, &proposed).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Deletes the user's account (DeleteUser) and ends the session.
    ///
    /// The request is retried if the response is lost. It also succeeds if the account no longer
    /// exists.
    ///
    /// # Errors
    ///
    /// Transient errors contain the session, for a retry.
    #[doc(alias = "delete_user")]
    pub fn delete_account(self) -> Request<'static, (), SessionError> {
        Request::of(&self, move |session| async move {
            let client = session.app_client();
            let deleted = session.resolve(Effect::AccountDeleted, |token| async move {
                client.delete_user(&token).await
            });
            deleted.await.map_err(|error| session.kept_with(error))?;
            session.wait_for_flight().await;
            session.forget_kept_device().await;
            session.close(Ok(()), Newer::Delete).await
        })
    }
}

/// Second factors.
impl Session {
    /// Gets the key for an authenticator app (AssociateSoftwareToken).
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for a pool without authenticator apps,
    /// and as [all requests](Self#errors).
    pub fn associate_software_token(&self) -> Request<'static, SoftwareTokenAssociation> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::AssociateSoftwareToken).await?;
            let client = session.app_client();
            let outcome = client.associate_software_token_of(&token).await;
            let secret = session.note_rejection(&token, outcome)?;
            Ok(SoftwareTokenAssociation::new(session.with_pool_limits(), secret))
        })
    }

    /// Verifies the first code of an authenticator app (VerifySoftwareToken), when it is awaited.
    ///
    /// It completes [`associate_software_token`](Self::associate_software_token), also in another
    /// process, because the service keeps the last key. A web server can associate the app in one
    /// request and verify it in the next with the restored session. White space in the code is
    /// ignored.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) for a wrong code,
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a code that does not have six
    /// digits, and as [all requests](Self#errors).
    pub fn verify_software_token(&self, code: impl Into<Code>) -> VerifySoftwareToken {
        VerifySoftwareToken::new(self, code.into())
    }

    /// Sets the second factors that the user enables and prefers (SetUserMFAPreference).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a factor that is not set up,
    /// and as [all requests](Self#errors).
    #[doc(alias = "set_user_mfa_preference")]
    pub fn set_mfa_preference(&self, preference: MfaPreference) -> Request<'static, ()> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::SetUserMFAPreference).await?;
            let outcome = session.app_client().set_mfa_preference(&token, preference).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Gets the factors that the user can sign in with (GetUserAuthFactors).
    ///
    /// # Errors
    ///
    /// The errors of [all requests](Self#errors).
    pub fn auth_factors(&self) -> Request<'static, AuthFactors> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::GetUserAuthFactors).await?;
            let outcome = session.app_client().auth_factors(&token).await;
            session.note_rejection(&token, outcome)
        })
    }
}
