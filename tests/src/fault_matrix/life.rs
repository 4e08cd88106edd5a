//! The life cycle of a user, step by step, from registration to deletion.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cognito::account::{Attributes, Factor, MfaPreference, SoftwareTokenAssociation};
use cognito::session::SessionError;
use cognito::sign_in::Retries;
use cognito::types::{BoxFuture, Clock, Code};
use cognito::{Challenge, Error, FileStore, Session, SignIn, UserPool};
use cognito_emulator::{Emulator, LocalPool, Mfa, PoolSettings, SigningKeys};
use serde_json::json;
use tempfile::TempDir;

use super::proxy::{FaultProxy, Plan};
use crate::fixture::{PASSWORD, app_code};

const NAME: &str = "alice";
const SECRET: &str = "a-secret-of-the-app-client";
const CHANGED_PASSWORD: &str = "Better-horse2";
const RESET_PASSWORD: &str = "Faster-horse3";

/// The names of the sessions in the store, one for each of the user's two devices.
pub(super) const PHONE: &str = "phone";
pub(super) const LAPTOP: &str = "laptop";

/// A step of the life cycle. A failed step can be repeated.
pub(super) type Step = for<'a> fn(&'a mut Life) -> BoxFuture<'a, Result<(), Error>>;

macro_rules! steps {
    ($($step:ident)+) => {
        /// All steps in order, with their names.
        pub(super) const STEPS: &[(&str, Step)] =
            &[$((stringify!($step), |life| Box::pin(life.$step()))),+];
    };
}

steps! {
    sign_up resend_code confirm_sign_up
    sign_in read_profile
    associate_app verify_app prefer_app read_factors
    list_devices read_device remember_device
    sign_in_with_app refresh_laptop sign_out_laptop forget_laptop
    refresh refresh_when_expired restart refresh
    sign_in_with_device
    update_profile delete_attribute change_address send_code verify_address read_profile
    change_password forgot_password reset_password
    sign_in_with_new_password sign_out_everywhere
    sign_in_with_new_password delete_account
}

/// A user, the user's program, and the service.
pub(super) struct Life {
    pub(super) local: LocalPool,
    pub(super) proxy: FaultProxy,
    pub(super) pool: UserPool,
    /// The session on the phone.
    pub(super) session: Option<Session>,
    laptop: Option<Session>,
    /// A session from an error: the user is signed in, but the tokens are not verified yet.
    unverified: Option<Session>,
    app: Option<SoftwareTokenAssociation>,
    home: TempDir,
}

impl Life {
    pub(super) async fn new(plan: Option<Plan>) -> Self {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests);
        let emulator = emulator.start().await.unwrap();
        let local = emulator.create_pool(settings()).unwrap();
        let server = emulator.endpoint().trim_start_matches("http://").parse().unwrap();
        let proxy = FaultProxy::start(server, plan).await.unwrap();
        let home = in_memory().or_else(|_| tempfile::tempdir()).unwrap();
        let pool = client(&local, &proxy, home.path());
        let (session, laptop, unverified, app) = (None, None, None, None);
        Self { local, proxy, pool, session, laptop, unverified, app, home }
    }

    /// Advances the clock, as before a user's next attempt.
    pub(super) fn wait(&self) {
        // Two attempts fit into the grace period of a rotated refresh token.
        self.local.clock().advance(Duration::from_secs(15));
    }

    pub(super) fn store_directory(&self) -> PathBuf {
        self.home.path().join("sessions")
    }

    /// Returns the sessions whose tokens must be stored.
    ///
    /// A sign-in with unverified tokens has replaced the session of its name.
    pub(super) fn held_sessions(&self) -> impl Iterator<Item = &Session> {
        let new = self.unverified.as_ref();
        let older = [self.session.as_ref(), self.laptop.as_ref()].into_iter().flatten();
        older.filter(move |older| new.is_none_or(|new| new.key() != older.key())).chain(new)
    }

    fn session(&self) -> &Session {
        self.session.as_ref().expect("the user is signed in")
    }

    fn code(&self) -> Code {
        self.local.code_for(NAME).expect("a code was sent")
    }

    fn app_code(&self) -> String {
        let app = self.app.as_ref().expect("the app is associated");
        app_code(app.secret(), self.local.clock().now())
    }
}

/// Registration.
impl Life {
    async fn sign_up(&mut self) -> Result<(), Error> {
        let sign_up = self.pool.sign_up(NAME).password(PASSWORD);
        sign_up.attribute("email", "alice@example.com").await.map(drop)
    }

    async fn resend_code(&mut self) -> Result<(), Error> {
        self.pool.resend_confirmation_code(NAME).await.map(drop)
    }

    async fn confirm_sign_up(&mut self) -> Result<(), Error> {
        self.pool.confirm_sign_up(NAME, self.code()).await.map(drop)
    }
}

/// Sign-in.
impl Life {
    async fn sign_in(&mut self) -> Result<(), Error> {
        if self.session.is_none() {
            self.session = Some(self.signed_in(PHONE, PASSWORD).await?);
        }
        self.session().confirm_device().await
    }

    async fn sign_in_with_app(&mut self) -> Result<(), Error> {
        // A code of the app is valid once.
        self.local.clock().advance(Duration::from_secs(30));
        self.laptop = Some(self.signed_in(LAPTOP, PASSWORD).await?);
        Ok(())
    }

    async fn sign_in_with_device(&mut self) -> Result<(), Error> {
        self.session = Some(self.signed_in(PHONE, PASSWORD).await?);
        Ok(())
    }

    async fn sign_in_with_new_password(&mut self) -> Result<(), Error> {
        self.session = Some(self.signed_in(PHONE, RESET_PASSWORD).await?);
        Ok(())
    }

    async fn signed_in(&mut self, device: &str, password: &str) -> Result<Session, SessionError> {
        if let Some(session) = self.unverified.clone() {
            session.access_token().await?;
            self.unverified = None;
            return Ok(session);
        }
        let signed_in = self.send_sign_in(device, password).await;
        self.unverified = signed_in.as_ref().err().and_then(SessionError::session).cloned();
        signed_in
    }

    async fn send_sign_in(&self, device: &str, password: &str) -> Result<Session, SessionError> {
        let sign_in = self.pool.sign_in(NAME).password(password).store_as(device);
        let next = match sign_in.await? {
            SignIn::Challenge(Challenge::SoftwareToken(challenge)) => {
                challenge.respond(self.app_code()).await?
            }
            next => next,
        };
        match next {
            SignIn::Done(session) => Ok(session),
            SignIn::Challenge(challenge) => panic!("{} is not expected", challenge.name()),
        }
    }
}

/// The authenticator app.
impl Life {
    async fn associate_app(&mut self) -> Result<(), Error> {
        self.app = Some(self.session().associate_software_token().await?);
        Ok(())
    }

    async fn verify_app(&mut self) -> Result<(), Error> {
        let code = self.app_code();
        self.app.as_ref().expect("the app is associated").verify(code).await
    }

    async fn prefer_app(&mut self) -> Result<(), Error> {
        let preference = MfaPreference::default().software_token(Factor::Preferred);
        self.session().set_mfa_preference(preference).await
    }

    async fn read_factors(&mut self) -> Result<(), Error> {
        let factors = self.session().auth_factors().await?;
        assert_eq!(factors.preferred_second(), Some("SOFTWARE_TOKEN_MFA"));
        Ok(())
    }
}

/// Devices.
impl Life {
    fn own_key(&self) -> String {
        self.session().device().expect("the pool tracks devices").key().to_owned()
    }

    async fn list_devices(&mut self) -> Result<(), Error> {
        let devices = self.session().devices().await?;
        assert!(devices.iter().any(|device| device.key() == self.own_key()));
        Ok(())
    }

    async fn read_device(&mut self) -> Result<(), Error> {
        self.session().device_details(&self.own_key()).await.map(drop)
    }

    async fn remember_device(&mut self) -> Result<(), Error> {
        assert!(self.session().asks_to_remember_device());
        self.session().remember_device(&self.own_key(), true).await
    }

    fn laptop(&self) -> &Session {
        self.laptop.as_ref().expect("the user is signed in on the laptop")
    }

    async fn refresh_laptop(&mut self) -> Result<(), Error> {
        self.laptop().refresh().await?;
        assert!(!self.laptop().has_unconfirmed_device());
        Ok(())
    }

    async fn sign_out_laptop(&mut self) -> Result<(), Error> {
        self.laptop().clone().sign_out().await?;
        self.laptop = None;
        Ok(())
    }

    /// Forgets the laptop from the phone.
    async fn forget_laptop(&mut self) -> Result<(), Error> {
        let devices = self.session().devices().await?;
        let other = devices.iter().find(|device| device.key() != self.own_key());
        match other {
            Some(laptop) => self.session().forget_device(laptop.key()).await,
            None => Ok(()),
        }
    }
}

/// Refresh.
impl Life {
    async fn refresh(&mut self) -> Result<(), Error> {
        self.session().refresh().await
    }

    async fn refresh_when_expired(&mut self) -> Result<(), Error> {
        if !self.session().needs_refresh()? {
            self.local.clock().advance(Duration::from_secs(3600));
        }
        self.session().access_token().await.map(drop)
    }

    /// Restarts the program.
    async fn restart(&mut self) -> Result<(), Error> {
        self.pool = client(&self.local, &self.proxy, self.home.path());
        let restored = self.pool.restore(&self.pool.session_key(PHONE)).await?;
        self.session = Some(restored.expect("the session was stored"));
        Ok(())
    }
}

/// The profile and the password.
impl Life {
    async fn read_profile(&mut self) -> Result<(), Error> {
        assert_eq!(self.session().user().await?.username(), NAME);
        Ok(())
    }

    async fn update(&self, name: &str, value: &str) -> Result<(), Error> {
        let attributes: Attributes = [(name, value)].into_iter().collect();
        self.session().update_attributes(&attributes).await.map(drop)
    }

    async fn update_profile(&mut self) -> Result<(), Error> {
        self.update("nickname", "Al").await
    }

    async fn delete_attribute(&mut self) -> Result<(), Error> {
        self.session().delete_attributes(["nickname"]).await
    }

    async fn change_address(&mut self) -> Result<(), Error> {
        self.update("email", "al@example.com").await
    }

    async fn send_code(&mut self) -> Result<(), Error> {
        self.session().send_attribute_code("email").await.map(drop)
    }

    async fn verify_address(&mut self) -> Result<(), Error> {
        self.session().verify_attribute("email", self.code()).await
    }

    async fn change_password(&mut self) -> Result<(), Error> {
        self.session().change_password(PASSWORD, CHANGED_PASSWORD).await
    }

    async fn forgot_password(&mut self) -> Result<(), Error> {
        self.pool.forgot_password(NAME).await.map(drop)
    }

    async fn reset_password(&mut self) -> Result<(), Error> {
        self.pool.confirm_forgot_password(NAME, self.code(), RESET_PASSWORD).await
    }
}

/// The end.
impl Life {
    async fn sign_out_everywhere(&mut self) -> Result<(), Error> {
        self.session().clone().sign_out_everywhere().await?;
        self.session = None;
        Ok(())
    }

    async fn delete_account(&mut self) -> Result<(), Error> {
        self.session().clone().delete_account().await?;
        self.session = None;
        Ok(())
    }
}

/// Returns a directory in memory: the store flushes every change, which would take minutes on a
/// disk.
fn in_memory() -> io::Result<TempDir> {
    tempfile::tempdir_in("/dev/shm")
}

fn settings() -> PoolSettings {
    let devices = json!({
        "ChallengeRequiredOnNewDevice": true,
        "DeviceOnlyRememberedOnUserPrompt": true,
    });
    let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 60 });
    PoolSettings::default()
        .mfa(Mfa::Optional)
        .client_secret(SECRET)
        .pool_member("DeviceConfiguration", devices)
        .client_member("RefreshTokenRotation", rotation)
}

/// Returns a client with a file store and short timeouts.
fn client(local: &LocalPool, proxy: &FaultProxy, home: &Path) -> UserPool {
    UserPool::builder(local.id(), local.client_id())
        .client_secret(SECRET)
        .endpoint(proxy.url())
        .issuer(format!("{}/{}", local.endpoint(), local.id()))
        .attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(12))
        .retries(Retries::default().first_pause(Duration::from_millis(20)))
        .token_store(Arc::new(FileStore::open(home.join("sessions")).unwrap()))
        .clock(local.clock())
        .build()
        .unwrap()
}
