//! Sign-in with AWS credentials, on behalf of a user.

use std::fmt;

use aws_types::SdkConfig;
use cognito_types::SecurityToken;

use crate::admin::sdk_config;
use crate::admin_access::AdminAccess;
use crate::challenge::Challenge;
use crate::error::Error;
use crate::pool::UserPool;
use crate::saved::SavedChallenge;
use crate::sign_in::SignInBuilder;
use crate::token_exchange::TokenExchange;

/// A pool whose users are signed in by an administrator, such as the back end of a web server.
///
/// Sign-ins are sent as AdminInitiateAuth, and the responses to their challenges as
/// AdminRespondToAuthChallenge.
#[derive(Clone)]
pub struct PoolAsAdmin {
    pool: UserPool,
    access: AdminAccess,
}

impl PoolAsAdmin {
    pub(crate) fn new(pool: UserPool, config: &SdkConfig) -> Self {
        let credentials = sdk_config::cached_credentials(config);
        let access = AdminAccess::new(pool.signing_transport(config, credentials));
        Self { pool, access }
    }

    /// Sends passwords with the flow ADMIN_NO_SRP_AUTH instead of ADMIN_USER_PASSWORD_AUTH, as app
    /// clients created before 2020 may require.
    #[must_use]
    pub fn legacy_flow(self) -> Self {
        Self { access: self.access.legacy(), ..self }
    }

    /// Starts a sign-in (AdminInitiateAuth, AdminRespondToAuthChallenge).
    ///
    /// Permissions `cognito-idp:AdminInitiateAuth` and `cognito-idp:AdminRespondToAuthChallenge`;
    /// quota UserAuthentication.
    #[doc(alias("admin_authenticate", "admin_initiate_auth"))]
    pub fn sign_in(&self, username: impl Into<String>) -> SignInBuilder {
        SignInBuilder::new(self.pool.clone(), Some(self.access.clone()), username.into())
    }

    /// Exchanges a user's token for a token that is bound to a service, like
    /// [`UserPool::exchange_token`], but with a signed request (GetDerivedToken).
    ///
    /// Permission `cognito-idp:GetDerivedToken`; quota UserToken.
    pub fn exchange_token(&self, subject: impl Into<SecurityToken>) -> TokenExchange {
        TokenExchange::new(self.pool.clone(), Some(self.access.clone()), subject.into())
    }

    /// Resumes a sign-in of an administrator from a saved challenge.
    ///
    /// # Errors
    ///
    /// The errors of [`UserPool::resume`].
    pub fn resume(&self, saved: SavedChallenge) -> Result<Challenge, Error> {
        Challenge::resume(saved, self.pool.clone(), Some(self.access.clone()))
    }
}

impl fmt::Debug for PoolAsAdmin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolAsAdmin").field("pool", &self.pool).finish_non_exhaustive()
    }
}
