//! Our client against ministack, a server that others wrote: registration to sign-out.
//!
//! Usage: `against_ministack ENDPOINT POOL_ID CLIENT_ID [CLIENT_SECRET]`

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use cognito::{
    Challenge, ErrorKind, Factor, MfaPreference, Session, SignIn, SoftwareTokenSecret, UserPool,
};
use serde_json::Value;
use totp_rs::{Builder, Secret};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USERNAME: &str = "alice";
const EMAIL: &str = "alice@example.com";
const PASSWORD: &str = "Correct-horse1";

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, pool_id, client_id, rest @ ..] = &*arguments else {
        return Err("usage: against_ministack ENDPOINT POOL_ID CLIENT_ID [CLIENT_SECRET]".into());
    };
    let mut builder = UserPool::builder(pool_id.parse()?, client_id.as_str()).endpoint(endpoint);
    if let Some(secret) = rest.first().filter(|secret| !secret.is_empty()) {
        builder = builder.client_secret(secret.as_str());
    }
    let pool = builder.build();
    register(&pool, endpoint).await?;
    let session = sign_in(&pool).await?;
    let secret = set_up_app(&session).await?;
    let session = sign_in_with_app(&pool, &secret).await?;
    renew_and_sign_out(session).await
}

async fn register(pool: &UserPool, endpoint: &str) -> Result<()> {
    step("registers");
    let sign_up = pool.sign_up(USERNAME).password(PASSWORD).attribute("email", EMAIL);
    let signed_up = sign_up.send().await?;
    assert!(!signed_up.is_confirmed() && !signed_up.subject().is_empty());

    step("confirms, and not with a wrong code");
    let wrong = pool.confirm_sign_up(USERNAME, "000000").await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::CodeMismatch);
    pool.confirm_sign_up(USERNAME, last_code(endpoint).await?).await?;
    Ok(())
}

async fn sign_in(pool: &UserPool) -> Result<Session> {
    step("is refused with a wrong password");
    let wrong = pool.sign_in(USERNAME).password("Wrong-horse1").send().await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::BadCredentials);

    step("signs in over SRP, tokens verified");
    let SignIn::Done(session) = pool.sign_in(USERNAME).password(PASSWORD).send().await? else {
        return Err("a challenge came".into());
    };
    assert_eq!(session.id_claims().await?.email(), Some(EMAIL));
    assert_eq!(session.access_claims().await?.username(), Some(USERNAME));
    assert_eq!(session.user().await?.attribute("email"), Some(EMAIL));
    Ok(session)
}

async fn set_up_app(session: &Session) -> Result<SoftwareTokenSecret> {
    step("sets up TOTP, and not with a wrong code");
    let app = session.associate_software_token().await?;
    let wrong = app.verify(wrong_code(app.secret())?, None).await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::CodeMismatch);
    app.verify(code(app.secret())?, Some("interop")).await?;
    let preference = MfaPreference::default().software_token(Factor::Preferred);
    session.set_mfa_preference(preference).await?;
    Ok(app.secret().clone())
}

async fn sign_in_with_app(pool: &UserPool, secret: &SoftwareTokenSecret) -> Result<Session> {
    step("answers the TOTP challenge, and not with a wrong code");
    let next = pool.sign_in(USERNAME).password(PASSWORD).send().await?;
    let SignIn::Challenge(Challenge::SoftwareToken(mfa)) = next else {
        return Err("no code was asked for".into());
    };
    let refused = mfa.respond(wrong_code(secret)?).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::CodeMismatch);
    match refused.retry()?.respond(code(secret)?).await? {
        SignIn::Done(session) => Ok(session),
        SignIn::Challenge(challenge) => Err(format!("{} came", challenge.name()).into()),
    }
}

async fn renew_and_sign_out(session: Session) -> Result<()> {
    step("refreshes");
    let before = session.access_token().await?;
    session.renew().await?;
    assert_ne!(session.access_token().await?.expose_secret(), before.expose_secret());

    step("signs out everywhere, and old tokens are refused");
    let held = session.clone();
    session.sign_out_everywhere().await?;
    assert_eq!(held.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    println!("  every step passed");
    Ok(())
}

fn code(secret: &SoftwareTokenSecret) -> Result<String> {
    let secret = Secret::try_from_base32(secret.expose_secret())?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Builder::new().with_secret(secret).build()?.generate(now.as_secs()).to_string())
}

fn wrong_code(secret: &SoftwareTokenSecret) -> Result<String> {
    let right: u32 = code(secret)?.parse()?;
    Ok(format!("{:06}", (right + 500_000) % 1_000_000))
}

/// The code in the last message that ministack would have sent.
async fn last_code(endpoint: &str) -> Result<String> {
    let messages = reqwest::get(format!("{endpoint}/_ministack/ses/messages")).await?;
    let messages: Value = serde_json::from_str(&messages.text().await?)?;
    let of_account = messages["messages"].as_object().and_then(|accounts| accounts.values().next());
    let last = of_account.and_then(|messages| messages.as_array()?.last());
    let text = last.and_then(|message| message["BodyText"].as_str()).ok_or("no message")?;
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    let mut words = text.split(|c: char| !c.is_ascii_digit());
    Ok(words.find(is_code).ok_or("no code in the message")?.to_owned())
}

fn step(name: &str) {
    println!("  {name}");
}
