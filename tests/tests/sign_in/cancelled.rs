//! Responses to challenges, and changes of second factors and devices, that are dropped at each of
//! their awaits: the saved challenge can be responded to unless the service has accepted the
//! response, and the next sign-in works.

use std::sync::Arc;

use cognito::account::{Factor, MfaPreference};
use cognito::types::{BoxFuture, SoftwareTokenSecret};
use cognito::{Challenge, Error, ErrorKind, MemoryStore, Session, SignIn, TokenStore, UserPool};
use cognito_emulator::{Mfa, PoolSettings};
use cognito_tests::cancelled::{Yielding, at_each_await, within_rounds};
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{Fixture, PASSWORD, challenge, done};
use serde_json::json;

/// The operation that responds to a challenge.
const RESPOND: &str = "RespondToAuthChallenge";

const NEW_PASSWORD: &str = "Better-horse2";

/// A pool, a client whose store and HTTP client yield, and the key of alice's app.
struct World {
    fixture: Fixture,
    pool: UserPool,
    secret: SoftwareTokenSecret,
}

/// A challenge of a user with a password.
struct Case {
    name: &'static str,
    settings: fn() -> PoolSettings,
    /// Creates the user alice, and the key of her app.
    prepare: for<'a> fn(&'a Fixture) -> BoxFuture<'a, Option<SoftwareTokenSecret>>,
    /// Returns the text that responds to the challenge.
    respond: fn(&World) -> String,
}

fn clients(settings: PoolSettings) -> (Fixture, UserPool) {
    let fixture = Fixture::new(settings);
    let store: Arc<dyn TokenStore> = Arc::new(Yielding(MemoryStore::default()));
    let http = Yielding(fixture.wire.clone());
    let pool = fixture.another_client(|builder| builder.http_client(http).token_store(store));
    (fixture, pool)
}

impl World {
    async fn of(case: &Case) -> Self {
        let (fixture, pool) = clients((case.settings)());
        let secret = (case.prepare)(&fixture).await.unwrap_or_else(|| "".into());
        fixture.advance(30);
        Self { fixture, pool, secret }
    }

    /// Returns the number of requests of an operation that have arrived.
    fn arrived(&self, operation: &str) -> usize {
        self.fixture.wire.seen(operation).len()
    }

    async fn challenge(&self) -> Challenge {
        challenge(self.pool.sign_in("alice").password(PASSWORD).await.unwrap())
    }
}

async fn set_up_app(session: &Session, fixture: &Fixture) -> SoftwareTokenSecret {
    let app = session.associate_software_token().await.unwrap();
    app.verify(fixture.app_code(app.secret())).await.unwrap();
    let preference = MfaPreference::default().software_token(Factor::Preferred);
    session.set_mfa_preference(preference).await.unwrap();
    app.secret().clone()
}

fn with_app(fixture: &Fixture) -> BoxFuture<'_, Option<SoftwareTokenSecret>> {
    Box::pin(async move { Some(set_up_app(&fixture.signed_in("alice").await, fixture).await) })
}

fn with_email(fixture: &Fixture) -> BoxFuture<'_, Option<SoftwareTokenSecret>> {
    Box::pin(async move {
        let session = fixture.signed_in("alice").await;
        let preference = MfaPreference::default().email(Factor::Preferred);
        session.set_mfa_preference(preference).await.unwrap();
        None
    })
}

fn with_temporary_password(fixture: &Fixture) -> BoxFuture<'_, Option<SoftwareTokenSecret>> {
    let input = json!({ "Username": "alice", "TemporaryPassword": PASSWORD });
    fixture.admin("AdminCreateUser", input);
    Box::pin(std::future::ready(None))
}

fn mfa() -> PoolSettings {
    let email = json!({ "Subject": "Your code" });
    PoolSettings::default().mfa(Mfa::Optional).pool_member("EmailMfaConfiguration", email)
}

const CASES: [Case; 3] = [
    Case {
        name: "SOFTWARE_TOKEN_MFA",
        settings: mfa,
        prepare: with_app,
        respond: |world| world.fixture.app_code(&world.secret),
    },
    Case {
        name: "EMAIL_OTP",
        settings: mfa,
        prepare: with_email,
        respond: |world| world.fixture.local.code_for("alice").unwrap().expose_secret().to_owned(),
    },
    Case {
        name: "NEW_PASSWORD_REQUIRED",
        settings: PoolSettings::default,
        prepare: with_temporary_password,
        respond: |_| NEW_PASSWORD.to_owned(),
    },
];

/// Signs in from the start, with the old or the new password.
async fn sign_in(world: &World, case: &Case) -> Result<Session, Error> {
    world.fixture.advance(30);
    let changed = world.pool.sign_in("alice").password(NEW_PASSWORD).await;
    let next = match changed {
        Ok(SignIn::Done(session)) => return Ok(session),
        _ => world.challenge().await,
    };
    Ok(done(next.respond((case.respond)(world)).await?))
}

#[tokio::test]
async fn a_saved_challenge_can_be_responded_to_after_a_dropped_response() {
    for case in CASES {
        at_each_await(case.name, async |rounds| {
            let world = World::of(&case).await;
            let (challenge, context) = (world.challenge().await, format!("{rounds} rounds"));
            assert_eq!(challenge.name(), case.name);
            let (saved, text) = (challenge.save(), (case.respond)(&world));
            let before = world.arrived(RESPOND);
            let first = challenge.respond(text.as_str()).into_future();
            let done = within_rounds(first, rounds).await.is_some();
            let has_arrived = world.arrived(RESPOND) > before;
            let again = world.pool.resume(saved).unwrap().respond(text).await;
            match again {
                Ok(next) => assert!(matches!(next, SignIn::Done(_)) && !done, "{context}"),
                // The service has accepted the first response.
                Err(refused) => {
                    assert!(has_arrived, "{context}: {refused}");
                    assert_eq!(refused.error().kind(), ErrorKind::ChallengeExpired, "{context}");
                }
            }
            sign_in(&world, &case).await.expect(&context);
            done
        })
        .await;
    }
}

#[tokio::test]
async fn a_dropped_sign_in_does_not_prevent_the_next_one() {
    for case in CASES {
        at_each_await(case.name, async |rounds| {
            let world = World::of(&case).await;
            let first = world.pool.sign_in("alice").password(PASSWORD).into_future();
            let done = within_rounds(first, rounds).await.is_some();
            sign_in(&world, &case).await.expect(case.name);
            done
        })
        .await;
    }
}

/// A pool in which users set an app up during the first sign-in.
async fn with_required_app() -> World {
    let (fixture, pool) = clients(PoolSettings::default().mfa(Mfa::Required));
    fixture.register("alice").await;
    World { fixture, pool, secret: "".into() }
}

/// Signs in with the app, or sets one up.
async fn sign_in_with_app(world: &World, secret: Option<&SoftwareTokenSecret>) -> Session {
    world.fixture.advance(30);
    match world.challenge().await {
        Challenge::MfaSetup(setup) => {
            let setup = setup.associate_software_token().await.unwrap();
            let code = world.fixture.app_code(setup.secret());
            done(setup.respond(code).await.unwrap())
        }
        Challenge::SoftwareToken(mfa) => {
            let code = world.fixture.app_code(secret.expect("the app has a key"));
            done(mfa.respond(code).await.unwrap())
        }
        other => panic!("{} was returned", other.name()),
    }
}

#[tokio::test]
async fn an_app_can_be_set_up_after_a_dropped_request_for_its_key() {
    at_each_await("associate_software_token", async |rounds| {
        let world = with_required_app().await;
        let setup = expect_challenge!(world.challenge().await, MfaSetup);
        let saved = setup.save();
        let done = within_rounds(setup.associate_software_token(), rounds).await.is_some();
        let has_arrived = world.arrived("AssociateSoftwareToken") > 0;
        let setup = expect_challenge!(world.pool.resume(saved).unwrap(), MfaSetup);
        if let Err(refused) = setup.associate_software_token().await {
            assert!(has_arrived, "{rounds} rounds: {refused}");
            assert_eq!(refused.error().kind(), ErrorKind::ChallengeExpired, "{rounds} rounds");
        }
        sign_in_with_app(&world, None).await;
        done
    })
    .await;
}

#[tokio::test]
async fn an_app_works_after_a_dropped_first_code() {
    at_each_await("SoftwareTokenSetup::respond", async |rounds| {
        let world = with_required_app().await;
        let setup = expect_challenge!(world.challenge().await, MfaSetup);
        let setup = setup.associate_software_token().await.unwrap();
        let (saved, secret) = (setup.save(), setup.secret().clone());
        let first = setup.respond(world.fixture.app_code(&secret)).into_future();
        let done = within_rounds(first, rounds).await.is_some();
        let has_arrived = world.arrived("VerifySoftwareToken") > 0;
        world.fixture.advance(30);
        let setup = expect_challenge!(world.pool.resume(saved).unwrap(), SoftwareTokenSetup);
        if let Err(refused) = setup.respond(world.fixture.app_code(&secret)).await {
            assert!(has_arrived, "{rounds} rounds: {refused}");
            assert_eq!(refused.error().kind(), ErrorKind::ChallengeExpired, "{rounds} rounds");
        }
        sign_in_with_app(&world, Some(&secret)).await;
        done
    })
    .await;
}

#[tokio::test]
async fn an_app_of_a_session_works_after_a_dropped_set_up() {
    at_each_await("set-up of an app", async |rounds| {
        let (fixture, pool) = clients(mfa());
        fixture.register("alice").await;
        let session = done(pool.sign_in("alice").password(PASSWORD).await.unwrap());
        let done = within_rounds(set_up_app(&session, &fixture), rounds).await.is_some();
        fixture.advance(30);
        let secret = set_up_app(&session, &fixture).await;
        fixture.advance(30);
        let next = challenge(pool.sign_in("alice").password(PASSWORD).await.unwrap());
        let code = fixture.app_code(&secret);
        let next = next.respond(code).await.unwrap_or_else(|error| panic!("{rounds}: {error}"));
        assert!(matches!(next, SignIn::Done(_)), "after {rounds} rounds");
        done
    })
    .await;
}
