//! Sign-in with AWS credentials, on behalf of a user.

use std::fmt;

use aws_sdk_cognitoidentityprovider::Client;
use aws_types::SdkConfig;

use crate::challenge::Challenge;
use crate::device::Device;
use crate::error::Error;
use crate::pool::UserPool;
use crate::saved::SavedChallenge;
use crate::sign_in::SignInBuilder;

/// A pool whose users are signed in by an administrator, such as a web server's back end.
///
/// Sign-ins and the answers to their challenges are sent as AdminInitiateAuth and
/// AdminRespondToAuthChallenge, for which the credentials need the permissions
/// `cognito-idp:AdminInitiateAuth` and `cognito-idp:AdminRespondToAuthChallenge`.
#[derive(Clone)]
pub struct PoolAsAdmin {
    pool: UserPool,
    access: AdminAccess,
}

impl PoolAsAdmin {
    pub(crate) fn new(pool: UserPool, config: &SdkConfig) -> Self {
        let client = Client::from_conf(pool.admin_config(config));
        Self { pool, access: AdminAccess { client, legacy: false } }
    }

    /// Names the flow of a password over the wire ADMIN_NO_SRP_AUTH, as app clients that were made
    /// before 2020 may want it, instead of ADMIN_USER_PASSWORD_AUTH.
    #[must_use]
    pub fn legacy_flow(self) -> Self {
        Self { access: AdminAccess { legacy: true, ..self.access }, ..self }
    }

    /// Starts a sign-in.
    pub fn sign_in(&self, username: impl Into<String>) -> SignInBuilder {
        SignInBuilder::new(self.pool.clone(), Some(self.access.clone()), username.into())
    }

    /// Takes up a challenge of a sign-in that an administrator started.
    ///
    /// # Errors
    ///
    /// As [`UserPool::resume`].
    pub fn resume(&self, saved: SavedChallenge) -> Result<Challenge, Error> {
        saved.resume(self.pool.clone(), Some(self.access.clone()))
    }

    /// Lists a user's devices (AdminListDevices; permission `cognito-idp:AdminListDevices`).
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound),
    /// [`MissingPermission`](crate::ErrorKind::MissingPermission).
    pub async fn devices(&self, username: &str) -> Result<Vec<Device>, Error> {
        self.pool.carrier().admin_list_devices(&self.access.client, username).await
    }

    /// Reads one of a user's devices (AdminGetDevice; permission `cognito-idp:AdminGetDevice`).
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for a key that is not known.
    pub async fn device(&self, username: &str, device_key: &str) -> Result<Device, Error> {
        self.pool.carrier().admin_get_device(&self.access.client, username, device_key).await
    }

    /// Forgets one of a user's devices (AdminForgetDevice; permission
    /// `cognito-idp:AdminForgetDevice`).
    ///
    /// # Errors
    ///
    /// As [`device`](Self::device).
    pub async fn forget_device(&self, username: &str, device_key: &str) -> Result<(), Error> {
        self.pool.carrier().admin_forget_device(&self.access.client, username, device_key).await
    }

    /// Remembers one of a user's devices, or does not (AdminUpdateDeviceStatus; permission
    /// `cognito-idp:AdminUpdateDeviceStatus`).
    ///
    /// # Errors
    ///
    /// As [`device`](Self::device).
    pub async fn remember_device(
        &self,
        username: &str,
        device_key: &str,
        remembered: bool,
    ) -> Result<(), Error> {
        let (carrier, client) = (self.pool.carrier(), &self.access.client);
        carrier.admin_update_device_status(client, username, device_key, remembered).await
    }
}

impl fmt::Debug for PoolAsAdmin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolAsAdmin").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// What makes a request an administrator's.
#[derive(Clone)]
pub(crate) struct AdminAccess {
    client: Client,
    legacy: bool,
}

impl AdminAccess {
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The AuthFlow of a password that is sent.
    pub(crate) fn password_flow(&self) -> &'static str {
        if self.legacy { "ADMIN_NO_SRP_AUTH" } else { "ADMIN_USER_PASSWORD_AUTH" }
    }
}

impl fmt::Debug for AdminAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminAccess").field("legacy", &self.legacy).finish_non_exhaustive()
    }
}
