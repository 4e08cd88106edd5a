//! The life cycle of a user, with every secret of a sign-in and a session.

use std::time::Duration;

use cognito::account::{Factor, MfaPreference};
use cognito::session::{TokenRequest, TokenSource};
use cognito::sign_in::FirstFactor;
use cognito::types::{ClientSecret, Clock, Password};
use cognito::{Challenge, Session, UserPool};
use cognito_emulator::LocalPool;
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{app_code, challenge, done, wrong_app_code};

use crate::witness::Witness;

pub(crate) const CLIENT_SECRET: &str = "planted-client-secret-0123456789";
const PASSWORD: &str = "Planted-password1";
const NEW_PASSWORD: &str = "Planted-password2";
const WRONG_PASSWORD: &str = "Planted-wrong-password1";
pub(crate) const METADATA: &str = "planted-metadata";
pub(crate) const ADDRESS: &str = "planted@example.com";

/// Registers, signs in with every factor, changes the password and signs out.
pub(crate) async fn live(local: &LocalPool, pool: &UserPool, witness: &mut Witness) {
    for (kind, secret) in [
        ("client secret", CLIENT_SECRET),
        ("password", PASSWORD),
        ("new password", NEW_PASSWORD),
        ("wrong password", WRONG_PASSWORD),
        ("metadata", METADATA),
        ("address", ADDRESS),
    ] {
        witness.plant(kind, secret);
    }
    witness.see("password", &Password::from(PASSWORD));
    witness.see("client secret", &ClientSecret::from(CLIENT_SECRET));
    witness.see("pool", pool);
    witness.see("local pool", local);
    register(local, pool, witness).await;
    sign_in_without_app(local, pool, witness).await;
    let session = done(pool.sign_in("alice").password(PASSWORD).await.unwrap());
    let session = use_app(local, pool, &session, witness).await;
    use_session(&session, witness).await;
    witness.see("emulator", local.emulator());
    witness.see("outbox", &local.emulator().outbox());
    session.clone().sign_out_everywhere().await.unwrap();
    witness.see_error("ended session", &session.refresh().await.unwrap_err());
}

async fn register(local: &LocalPool, pool: &UserPool, witness: &mut Witness) {
    let sign_up = pool.sign_up("alice").password(PASSWORD).attribute("email", ADDRESS);
    let sign_up = sign_up.client_metadata("key", METADATA);
    witness.see("sign-up", &sign_up);
    sign_up.await.unwrap();
    let code = local.code_for("alice").unwrap();
    witness.plant("code of a sign-up", code.expose_secret());
    witness.see("code", &code);
    let wrong = pool.confirm_sign_up("alice", "000000").await.unwrap_err();
    witness.see_error("wrong code", &wrong);
    pool.confirm_sign_up("alice", code).await.unwrap();
}

async fn sign_in_without_app(local: &LocalPool, pool: &UserPool, witness: &mut Witness) {
    let otp = pool.sign_in("alice").first_factor(FirstFactor::EmailOtp).await.unwrap();
    witness.see("challenge", &otp);
    let otp = expect_challenge!(challenge(otp), EmailOtp);
    let code = local.code_for("alice").unwrap();
    witness.plant("code of a sign-in", code.expose_secret());
    let response = otp.respond(code);
    witness.see("response", &response);
    done(response.await.unwrap());
    let sign_in = pool.sign_in("alice").password_over_the_wire(PASSWORD);
    witness.see("sign-in", &sign_in);
    done(sign_in.await.unwrap());
    let refused = pool.sign_in("alice").password(WRONG_PASSWORD).await.unwrap_err();
    witness.see_error("refused sign-in", &refused);
}

/// Sets up an authenticator app, and signs in with it after a wrong code.
async fn use_app(
    local: &LocalPool,
    pool: &UserPool,
    session: &Session,
    witness: &mut Witness,
) -> Session {
    let app = session.associate_software_token().await.unwrap();
    witness.plant("key of an app", app.secret().expose_secret());
    witness.see("set-up of an app", &app);
    let code = app_code(app.secret(), local.clock().now());
    witness.plant("code of an app", &*code);
    app.verify(code).await.unwrap();
    let preference = MfaPreference::default().software_token(Factor::Preferred);
    session.set_mfa_preference(preference).await.unwrap();
    local.clock().advance(Duration::from_secs(30));
    witness.plant("name of a device", "planted-device-cookie");
    let sign_in = pool.sign_in("alice").password(PASSWORD).store_device_as("planted-device-cookie");
    witness.see("sign-in", &sign_in);
    let mfa = challenge(sign_in.await.unwrap());
    witness.see("challenge of an app", &mfa);
    let saved = mfa.save();
    let written = serde_json::to_value(&saved).unwrap();
    witness.plant("Session of a challenge", written["session"].as_str().unwrap());
    witness.see("saved challenge", &saved);
    let mfa = expect_challenge!(pool.resume(saved).unwrap(), SoftwareToken);
    let wrong = wrong_app_code(app.secret(), local.clock().now());
    witness.plant("wrong code of an app", &*wrong);
    let refused = mfa.respond(wrong).await.unwrap_err();
    witness.see_error("refused code", &refused);
    let mfa = refused.retry().unwrap();
    let code = app_code(app.secret(), local.clock().now());
    witness.plant("code of an app", &*code);
    done(mfa.respond(code).await.unwrap())
}

async fn use_session(session: &Session, witness: &mut Witness) {
    plant_tokens(session, witness);
    session.change_password(PASSWORD, NEW_PASSWORD).await.unwrap();
    let weak = session.change_password(NEW_PASSWORD, "planted-weak").await.unwrap_err();
    witness.plant("weak password", "planted-weak");
    witness.see_error("weak password", &weak);
    session.refresh().await.unwrap();
    plant_tokens(session, witness);
    witness.see("session", session);
    witness.see("tokens", &session.tokens().unwrap());
    witness.see("issued token", &session.token(&TokenRequest::access()).await.unwrap());
    witness.see("claims", &session.id_claims().await.unwrap());
    witness.see("access claims", &session.access_claims().await.unwrap());
    witness.see("user", &session.user().await.unwrap());
    let device = session.device().unwrap();
    witness.plant("secret of a device", device.password().expose_secret());
    witness.see("device", &device);
    witness.see("devices", &session.devices().await.unwrap());
}

fn plant_tokens(session: &Session, witness: &mut Witness) {
    let tokens = session.tokens().unwrap();
    witness.plant("access token", tokens.access_token().expose_secret());
    witness.plant("ID token", tokens.id_token().unwrap().expose_secret());
    witness.plant("refresh token", tokens.refresh_token().unwrap().expose_secret());
}

/// Sets up the authenticator app that a pool requires at the first sign-in.
pub(crate) async fn set_up_required_app(local: &LocalPool, pool: &UserPool, witness: &mut Witness) {
    local.add_user("bob", PASSWORD).unwrap();
    let step = pool.sign_in("bob").password(PASSWORD).await.unwrap();
    let Challenge::MfaSetup(setup) = challenge(step) else { panic!("no app is set up") };
    let setup = setup.associate_software_token().await.unwrap();
    let key = setup.secret().clone();
    witness.plant("key of an app", key.expose_secret());
    witness.see("required set-up", &setup);
    let wrong = wrong_app_code(&key, local.clock().now());
    witness.plant("wrong code of an app", &*wrong);
    let refused = setup.respond(wrong.as_str()).await.unwrap_err();
    witness.see_error("refused code", &refused);
    let code = app_code(&key, local.clock().now());
    witness.plant("code of an app", &*code);
    done(refused.retry().unwrap().respond(code).await.unwrap());
}
