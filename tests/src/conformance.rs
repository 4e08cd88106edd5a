//! The conformance suite for pools, as functions over a target: the emulator in process and over
//! HTTP, and other servers.

pub mod administration;
pub mod configuration;
pub mod jobs;

use std::time::SystemTime;

use cognito::account::{Attributes, Factor, MfaPreference};
use cognito::types::{BoxFuture, Code, SoftwareTokenSecret};
use cognito::{Challenge, ErrorKind, Session, SignIn, UserPool};

use crate::fixture::{PASSWORD, app_code, done, wrong_app_code};

/// A pool with a client that allows SRP, plain passwords and refresh.
pub struct Target {
    /// The client's side.
    pub pool: UserPool,
    /// The server's side.
    pub server: Box<dyn Server>,
}

/// The access of a test to a server beyond its API.
pub trait Server: Send + Sync {
    /// Returns the last code that was sent.
    fn last_code<'a>(&'a self, username: &'a str) -> BoxFuture<'a, Code>;

    /// Returns the time by the server's clock.
    fn now(&self) -> SystemTime;

    /// Waits until an authenticator app shows another code, if the server accepts a code only once.
    fn wait_for_next_code(&self) -> BoxFuture<'_, ()>;

    /// Confirms a sign-up, by default with the code that was sent.
    fn confirm<'a>(&'a self, pool: &'a UserPool, username: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let code = self.last_code(username).await;
            pool.confirm_sign_up(username, code).await.unwrap();
        })
    }
}

type Step = fn(&Target) -> BoxFuture<'_, ()>;

/// The steps that need the codes of messages.
pub const STEPS_WITH_CODES: [(&str, Step); 2] = [
    ("registers and confirms, not with a wrong code", |target| Box::pin(registration(target))),
    ("replaces a forgotten password", |target| Box::pin(recovery(target))),
];

/// The other steps. Each step has a separate user.
pub const STEPS: [(&str, Step); 7] = [
    ("refuses a wrong password and an unconfirmed user", |target| Box::pin(refusals(target))),
    ("signs in over SRP, tokens verified", |target| Box::pin(sign_in(target))),
    ("signs in with a password over the wire", |target| Box::pin(over_the_wire(target))),
    ("sets up an app and asks for its codes", |target| Box::pin(software_token(target))),
    ("refreshes", |target| Box::pin(refresh(target))),
    ("changes a profile and a password", |target| Box::pin(account(target))),
    ("signs out everywhere, and old tokens are refused", |target| Box::pin(sign_out(target))),
];

impl Target {
    async fn register(&self, username: &str) {
        let sign_up = self.pool.sign_up(username).password(PASSWORD);
        sign_up.attribute("email", format!("{username}@example.com")).await.unwrap();
        self.server.confirm(&self.pool, username).await;
    }

    async fn signed_in(&self, username: &str) -> Session {
        self.register(username).await;
        done(self.pool.sign_in(username).password(PASSWORD).await.unwrap())
    }

    async fn refused(&self, username: &str, password: &str) -> ErrorKind {
        self.pool.sign_in(username).password(password).await.unwrap_err().kind()
    }

    /// Returns the code of an app with a key, and a wrong code.
    fn app_codes(&self, secret: &SoftwareTokenSecret) -> (String, String) {
        let now = self.server.now();
        (app_code(secret, now), wrong_app_code(secret, now))
    }
}

async fn registration(target: &Target) {
    let sign_up = target.pool.sign_up("anne").password(PASSWORD);
    let signed_up = sign_up.attribute("email", "anne@example.com").await.unwrap();
    assert!(!signed_up.is_confirmed() && !signed_up.subject().is_empty());
    let again = target.pool.sign_up("anne").password(PASSWORD).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::UserExists);
    let weak = target.pool.sign_up("anders").password("short").await.unwrap_err();
    assert_eq!(weak.kind(), ErrorKind::InvalidPassword);
    let wrong = target.pool.confirm_sign_up("anne", "000000").await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::CodeMismatch);
    let code = target.server.last_code("anne").await;
    target.pool.confirm_sign_up("anne", code).await.unwrap();
}

async fn refusals(target: &Target) {
    let sign_up = target.pool.sign_up("bert").password(PASSWORD);
    sign_up.attribute("email", "bert@example.com").await.unwrap();
    assert_eq!(target.refused("bert", PASSWORD).await, ErrorKind::UserNotConfirmed);
    target.server.confirm(&target.pool, "bert").await;
    assert_eq!(target.refused("bert", "Wrong-horse1").await, ErrorKind::BadCredentials);
}

async fn sign_in(target: &Target) {
    let session = target.signed_in("carla").await;
    let id = session.id_claims().await.unwrap();
    let access = session.access_claims().await.unwrap();
    assert_eq!(id.email(), Some("carla@example.com"));
    assert_eq!((access.username(), access.subject()), (Some("carla"), id.subject()));
    let user = session.user().await.unwrap();
    assert_eq!(user.attributes().email(), Some("carla@example.com"));
    assert_eq!(user.subject(), Some(id.subject()));
}

async fn over_the_wire(target: &Target) {
    target.register("dora").await;
    let sign_in = target.pool.sign_in("dora").password_over_the_wire(PASSWORD);
    let session = done(sign_in.await.unwrap());
    assert_eq!(session.access_claims().await.unwrap().username(), Some("dora"));
}

async fn software_token(target: &Target) {
    let session = target.signed_in("emil").await;
    let app = session.associate_software_token().await.unwrap();
    let (right, wrong) = target.app_codes(app.secret());
    let refused = app.verify(wrong).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::CodeMismatch);
    app.verify(right).device_name("suite").await.unwrap();
    let preference = MfaPreference::default().software_token(Factor::Preferred);
    session.set_mfa_preference(preference).await.unwrap();

    target.server.wait_for_next_code().await;
    let next = target.pool.sign_in("emil").password(PASSWORD).await.unwrap();
    let SignIn::Challenge(Challenge::SoftwareToken(mfa)) = next else {
        panic!("no code was asked for");
    };
    let (right, wrong) = target.app_codes(app.secret());
    let refused = mfa.respond(wrong).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::CodeMismatch);
    done(refused.retry().unwrap().respond(right).await.unwrap());
}

async fn refresh(target: &Target) {
    let session = target.signed_in("frida").await;
    let before = session.access_token().await.unwrap();
    session.refresh().await.unwrap();
    let after = session.access_token().await.unwrap();
    assert_ne!(after.expose_secret(), before.expose_secret());
    assert_eq!(session.access_claims().await.unwrap().username(), Some("frida"));
}

async fn account(target: &Target) {
    let session = target.signed_in("gerd").await;
    let user = session.user().await.unwrap();
    let mut wanted: Attributes = user.attributes().clone();
    wanted.set("name", "Gerd");
    session.save_attributes(&wanted.changes(user.attributes())).await.unwrap();
    assert_eq!(session.user().await.unwrap().attributes().name(), Some("Gerd"));

    let wrong = session.change_password("Wrong-horse1", "Better-horse2").await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::BadCredentials);
    session.change_password(PASSWORD, "Better-horse2").await.unwrap();
    assert_eq!(target.refused("gerd", PASSWORD).await, ErrorKind::BadCredentials);
    done(target.pool.sign_in("gerd").password("Better-horse2").await.unwrap());
}

async fn recovery(target: &Target) {
    target.register("hanna").await;
    let sent_to = target.pool.forgot_password("hanna").await.unwrap();
    assert!(sent_to.is_some());
    let code = target.server.last_code("hanna").await;
    let wrong = target.pool.confirm_forgot_password("hanna", "000000", "Better-horse2").await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::CodeMismatch);
    target.pool.confirm_forgot_password("hanna", code, "Better-horse2").await.unwrap();
    done(target.pool.sign_in("hanna").password("Better-horse2").await.unwrap());
}

async fn sign_out(target: &Target) {
    let session = target.signed_in("ida").await;
    let (held, token) = (session.clone(), session.access_token().await.unwrap());
    session.sign_out_everywhere().await.unwrap();
    assert_eq!(held.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    let held = target.pool.with_access_token(token).await.unwrap();
    assert_eq!(held.user().await.unwrap_err().kind(), ErrorKind::TokenRevoked);
}
