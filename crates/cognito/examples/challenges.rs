//! Responds to every challenge of a pool of the emulator: codes, choices, new passwords, custom challenges.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::error::Error;
use std::time::{Duration, UNIX_EPOCH};

use cognito::account::{Factor, MfaPreference};
use cognito::types::{Clock, Code, SoftwareTokenSecret};
use cognito::{Challenge, Session, SignIn, UserPool};
use cognito_emulator::{
    CustomChallengeParameters, Emulator, LocalPool, Mfa, NextStep, PoolSettings,
};
use serde_json::json;
use totp_rs::{Builder, Secret};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const PASSWORD: &str = "Correct-horse1";
const EMAIL: &str = "alice@example.com";

/// The user who signs in, with her authenticator app.
struct Alice {
    local: LocalPool,
    app: Option<SoftwareTokenSecret>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let emulator = Emulator::builder().in_process();
    let local = emulator.create_pool(settings())?;
    let pool = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
    let pool = pool.http_client(local.http_client()).clock(local.clock()).build()?;
    let new = json!({
        "Username": "alice",
        "TemporaryPassword": "Temporary-horse1",
        "UserAttributes": [
            { "Name": "email", "Value": EMAIL }, { "Name": "email_verified", "Value": "true" },
        ],
    });
    local.call("AdminCreateUser", new)?;
    let mut alice = Alice { local, app: None };

    println!("A temporary password:");
    let next = pool.sign_in("alice").password("Temporary-horse1").await?;
    alice.finish(next).await?;
    println!("A choice of first factors:");
    let next = pool.sign_in("alice").choose_first_factor().await?;
    let session = alice.finish(next).await?;
    println!("A custom challenge after the password:");
    let next = pool.sign_in("alice").custom_after_password(PASSWORD).await?;
    alice.finish(next).await?;
    println!("A choice of second factors:");
    alice.set_up_factors(&session).await?;
    let next = pool.sign_in("alice").password(PASSWORD).await?;
    alice.finish(next).await.map(drop)
}

impl Alice {
    /// Responds to challenges until the sign-in is complete.
    async fn finish(&self, mut next: SignIn) -> Result<Session> {
        loop {
            next = match next {
                SignIn::Done(session) => return Ok(session),
                SignIn::Challenge(challenge) => {
                    println!("  {}", challenge.name());
                    self.respond(challenge).await?
                }
            };
        }
    }

    async fn respond(&self, challenge: Challenge) -> Result<SignIn> {
        Ok(match challenge {
            Challenge::NewPassword(asked) => asked.respond(PASSWORD).await?,
            Challenge::SelectChallenge(select) => select.email_otp().await?,
            Challenge::SelectMfa(select) => select.respond("SOFTWARE_TOKEN_MFA").await?,
            Challenge::EmailOtp(otp) => otp.respond(self.sent_code()?).await?,
            Challenge::SmsOtp(otp) => otp.respond(self.sent_code()?).await?,
            Challenge::SmsMfa(mfa) => mfa.respond(self.sent_code()?).await?,
            Challenge::SoftwareToken(mfa) => mfa.respond(self.app_code()?).await?,
            Challenge::PasswordSrp(asked) => asked.respond(PASSWORD).await?,
            Challenge::Custom(custom) => {
                println!("    {}", custom.parameters()["riddle"]);
                custom.respond("a towel").await?
            }
            other => return Err(format!("unexpected challenge {}", other.name()).into()),
        })
    }

    /// Sets up an app and codes by e-mail without a preference, so that the next sign-in returns a choice.
    async fn set_up_factors(&mut self, session: &Session) -> Result<()> {
        let app = session.associate_software_token().await?;
        self.app = Some(app.secret().clone());
        app.verify(self.app_code()?).await?;
        let preference = MfaPreference::default().software_token(Factor::On).email(Factor::On);
        session.set_mfa_preference(preference).await?;
        self.local.clock().advance(Duration::from_secs(30)); // a code is accepted once
        Ok(())
    }

    fn sent_code(&self) -> Result<Code> {
        Ok(self.local.code_for("alice").ok_or("no code was sent")?)
    }

    fn app_code(&self) -> Result<String> {
        let secret = self.app.as_ref().ok_or("no app was set up")?.expose_secret();
        let app = Builder::new().with_secret(Secret::try_from_base32(secret)?).build()?;
        let now = self.local.clock().now().duration_since(UNIX_EPOCH)?;
        Ok(app.generate(now.as_secs()).to_string())
    }
}

/// Returns the settings of a pool with nearly every challenge.
fn settings() -> PoolSettings {
    let factors = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
    let flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_CUSTOM_AUTH"];
    PoolSettings::default()
        .mfa(Mfa::Optional)
        .pool_member("Policies", json!({ "SignInPolicy": factors }))
        .pool_member("EmailMfaConfiguration", json!({}))
        .client_member("ExplicitAuthFlows", json!(flows))
        .define_auth_challenge(|auth| match auth.session.last() {
            Some(last) if last.name == "SRP_A" => NextStep::PasswordVerifier,
            Some(last) if last.name == "CUSTOM_CHALLENGE" && last.correct => NextStep::IssueTokens,
            _ => NextStep::CustomChallenge,
        })
        .create_auth_challenge(|_| {
            let riddle = "What does a traveller always carry?";
            CustomChallengeParameters::default()
                .public("riddle", riddle)
                .private("answer", "a towel")
        })
        .verify_auth_challenge(|given| given.private.get("answer") == Some(&given.answer))
}
