//! Sign-in settings and sessions of a user.

use aws_sdk_cognitoidentityprovider::types::{AuthEventType, FeedbackValueType};
use serde::Serialize;

use super::UserHandle;
use crate::admin::convert::auth_factors;
use crate::admin::sdk_client::sent;
use crate::admin::{List, Page};
use crate::error::Error;
use crate::mfa::MfaPreference;
use crate::request::Request;
use crate::transport::Operation;
use crate::user::AuthFactors;
use crate::user_session::{self, UserSession};

/// The members that identify the user.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Members<'a> {
    user_pool_id: &'a str,
    username: &'a str,
}

/// Access.
impl UserHandle {
    /// Lets the user sign in again (AdminEnableUser).
    ///
    /// Permission `cognito-idp:AdminEnableUser`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn enable(&self) -> Request<'static, ()> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_enable_user();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            sent(user.admin.limits(), Operation::AdminEnableUser, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Prevents the user from signing in, and ends all sessions (AdminDisableUser).
    ///
    /// Permission `cognito-idp:AdminDisableUser`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn disable(&self) -> Request<'static, ()> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_disable_user();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            sent(user.admin.limits(), Operation::AdminDisableUser, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Ends all sessions of the user (AdminUserGlobalSignOut).
    ///
    /// The service then refuses the user's access tokens. Servers that only verify signatures
    /// accept them until they expire.
    ///
    /// Permission `cognito-idp:AdminUserGlobalSignOut`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn sign_out_everywhere(&self) -> Request<'static, ()> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_user_global_sign_out();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            sent(user.admin.limits(), Operation::AdminUserGlobalSignOut, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Lists the user's sessions (AdminListUserSessions).
    ///
    /// Permission `cognito-idp:AdminListUserSessions`; quota UserResourceRead.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) in a pool that does not track sessions, and
    /// as [all methods](Self#errors).
    pub fn sessions(&self) -> List<UserSession> {
        let user = self.clone();
        List::new(move |page| {
            let user = user.clone();
            async move {
                let (operation, members) = (Operation::AdminListUserSessions, user.members());
                let transport = user.admin.transport().within(page.timeout);
                let listed = user_session::list(&transport, operation, &members, page.token);
                listed.await.map_err(Error::of_administrator)
            }
        })
    }

    /// Ends one of the user's sessions (AdminRevokeUserSession).
    ///
    /// Permission `cognito-idp:AdminRevokeUserSession`; quota UserResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) for an unknown id, and as
    /// [all methods](Self#errors).
    pub fn revoke_session<'a>(&self, id: &'a str) -> Request<'a, ()> {
        Request::of(self, move |user| async move {
            let (operation, members) = (Operation::AdminRevokeUserSession, user.members());
            let revoked = user_session::revoke(user.admin.transport(), operation, &members, id);
            revoked.await.map_err(Error::of_administrator)
        })
    }

    fn members(&self) -> Members<'_> {
        Members { user_pool_id: self.admin.id(), username: &self.username }
    }

    /// Sets the second factors that the user enables and prefers (AdminSetUserMFAPreference).
    ///
    /// Permission `cognito-idp:AdminSetUserMFAPreference`; quota UserResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a factor that is not set up,
    /// and as [all methods](Self#errors).
    pub fn set_mfa_preference(&self, preference: MfaPreference) -> Request<'static, ()> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_set_user_mfa_preference();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            let call = call.set_software_token_mfa_settings(preference.software_token_settings());
            let call = call.set_sms_mfa_settings(preference.sms_settings());
            let call = call.set_email_mfa_settings(preference.email_settings());
            let call = call.set_web_authn_mfa_settings(preference.passkey_settings());
            sent(user.admin.limits(), Operation::AdminSetUserMFAPreference, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Removes the user's authenticator app (AdminDeleteSoftwareToken).
    ///
    /// Permission `cognito-idp:AdminDeleteSoftwareToken`; quota UserResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn delete_software_token(&self) -> Request<'static, ()> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_delete_software_token();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            sent(user.admin.limits(), Operation::AdminDeleteSoftwareToken, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Gets the factors that the user can sign in with (AdminGetUserAuthFactors).
    ///
    /// Permission `cognito-idp:AdminGetUserAuthFactors`; quota UserRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn auth_factors(&self) -> Request<'static, AuthFactors> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_get_user_auth_factors();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            let output = sent(user.admin.limits(), Operation::AdminGetUserAuthFactors, || {
                call.clone().send()
            })
            .await?;
            Ok(auth_factors(
                output.configured_user_auth_factors,
                output.user_mfa_setting_list,
                output.preferred_mfa_setting,
            ))
        })
    }

    /// Lists the user's sign-ins as recorded by threat protection, newest first
    /// (AdminListUserAuthEvents).
    ///
    /// Permission `cognito-idp:AdminListUserAuthEvents`; quota UserResourceRead.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) in a pool without threat protection, and as
    /// [all methods](Self#errors).
    pub fn auth_events(&self) -> List<AuthEventType> {
        let user = self.clone();
        List::new(move |page| {
            let call = user.admin.sdk().admin_list_user_auth_events();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            let call = call.set_max_results(page.limit).set_next_token(page.token);
            let limits = user.admin.limits().within(page.timeout);
            async move {
                let output =
                    sent(limits, Operation::AdminListUserAuthEvents, || call.clone().send())
                        .await?;
                Ok(Page::new(output.auth_events, output.next_token))
            }
        })
    }

    /// Reports to threat protection whether a sign-in was the user's own
    /// (AdminUpdateAuthEventFeedback).
    ///
    /// Permission `cognito-idp:AdminUpdateAuthEventFeedback`; quota UserResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) in a pool without threat protection, and as
    /// [all methods](Self#errors).
    pub fn rate_auth_event(
        &self,
        event_id: impl Into<String>,
        feedback: FeedbackValueType,
    ) -> Request<'static, ()> {
        let event_id: String = event_id.into();
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_update_auth_event_feedback();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            let call = call.event_id(event_id).feedback_value(feedback);
            sent(user.admin.limits(), Operation::AdminUpdateAuthEventFeedback, || {
                call.clone().send()
            })
            .await
            .map(drop)
        })
    }
}
