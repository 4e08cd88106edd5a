//! `cognito verify`: checks a token, and shows its claims.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use cognito::verify::{Clients, Required, ReqwestFetcher, Verifier, VerifyError};
use serde_json::{Map, Value};

use crate::app::App;
use crate::aws;
use crate::configuration::Setting;
use crate::failure::{ALLOW_PLAIN_HTTP_HINT, Exit, Failure, Outcome};
use crate::output::{Record, printable};

const EXAMPLES: &str = "\
Examples:
  cognito token | cognito verify
  cognito verify --pool eu-west-1_Ab12Cd34E --fields sub,scope < token.txt
";

/// Verifies an access or ID token, and prints its claims
///
/// Checks the signature, the issuer, the app client and the times. Without an app client in the settings, tokens of all
/// app clients of the user pool are accepted. The exit code is 1 for an invalid token.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Token, also with `Bearer` before it; by default, or for `-`, it is read from standard input. Other users of the
    /// machine can see an argument: pipe in a token that has not expired
    token: Option<String>,
    /// Require this value in the claim `aud` of an access token
    #[arg(long, value_name = "URL")]
    audience: Option<String>,
}

pub(crate) async fn run(arguments: Arguments, app: &App) -> Outcome {
    let text = match arguments.token.as_deref() {
        Some(text) if text != "-" => text.into(),
        _ => app.terminal.read_secret("pipe the token in").await?,
    };
    let token = without_header(text.expose_secret());
    let malformed = || refused(&VerifyError::Malformed("payload"), &Map::new());
    let payload = payload(token).ok_or_else(malformed)?;
    let verifier = verifier(arguments.audience, &payload, app).await?;
    let checked = match payload.get("token_use").and_then(Value::as_str) {
        Some("id") => verifier.id_token(token).await.map(drop),
        _ => verifier.access_token(token).await.map(drop),
    };
    checked.map_err(|error| refused(&error, &payload))?;
    let claims = payload.into_iter();
    let record = claims.fold(Record::new(), |record, (name, value)| record.with(name, value));
    app.output.record(&record)
}

async fn verifier(
    audience: Option<String>,
    payload: &Map<String, Value>,
    app: &App,
) -> Outcome<Verifier> {
    if app.settings.get(Setting::Pool).is_none() {
        return Err(unnamed_pool(payload));
    }
    let pool = aws::pool_id(app).await?;
    let clients = app.settings.get(Setting::Client).map_or(Clients::Any, Clients::only);
    let fetcher =
        ReqwestFetcher::new().map_err(|error| Failure::failed("tls", error.to_string()))?;
    let builder = Verifier::builder(&pool, clients, Arc::new(fetcher));
    let builder = builder.allow_plain_http(app.environment.plain_http_hosts());
    let builder = builder.rules(|rules| match audience {
        Some(audience) => rules.audience(Required::any_of([audience])),
        None => rules.allow_any_audience(),
    });
    Ok(match app.settings.get(Setting::EndpointUrl) {
        Some(endpoint) => builder.endpoint(endpoint).build(),
        None => builder.build(),
    })
}

/// Returns the failure for a missing pool. The caller has to choose it, because a token must not
/// choose the keys that verify it.
fn unnamed_pool(payload: &Map<String, Value>) -> Failure {
    let failure = Failure::usage(
        "the user pool is not named, and the issuer of an unverified token is not trusted",
    );
    let issuer = payload.get("iss").and_then(Value::as_str).unwrap_or_default();
    match issuer.rsplit_once('/') {
        Some((_, pool)) if pool.parse::<cognito::UserPoolId>().is_ok() => {
            failure.hint(format!("if you trust the issuer of the token, pass --pool {pool}"))
        }
        _ => failure.hint("pass --pool"),
    }
}

/// Returns the token without the name and scheme of a header, which users may have copied with it.
fn without_header(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix("Authorization:").map_or(text, str::trim);
    text.strip_prefix("Bearer ").map_or(text, str::trim)
}

fn payload(token: &str) -> Option<Map<String, Value>> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn refused(error: &VerifyError, payload: &Map<String, Value>) -> Failure {
    let claim = |name: &str| payload.get(name).and_then(Value::as_str).map(printable);
    let client = || claim("client_id").or_else(|| claim("aud"));
    let hint = match error {
        VerifyError::WrongClient => {
            client().map(|id| format!("the token was issued to the app client {id}"))
        }
        VerifyError::WrongIssuer => {
            claim("iss").map(|issuer| format!("the issuer of the token is {issuer}"))
        }
        VerifyError::KeysUnavailable(_) => Some("check the network and --endpoint-url".to_owned()),
        VerifyError::InsecureKeySet => Some(ALLOW_PLAIN_HTTP_HINT.to_owned()),
        VerifyError::Malformed(_) => {
            Some("a token has three parts with dots between them".to_owned())
        }
        _ => None,
    };
    let failure = invalid(error);
    hint.into_iter().fold(failure, Failure::hint)
}

fn invalid(error: &VerifyError) -> Failure {
    let (exit, code) = match error {
        VerifyError::KeysUnavailable(_) => (Exit::Failed, "keys_unavailable"),
        VerifyError::InsecureKeySet => (Exit::Usage, "configuration"),
        _ => (Exit::Failed, "invalid_token"),
    };
    Failure::new(exit, code, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_taken_out_of_headers() {
        for text in ["a.b.c", " a.b.c\n", "Bearer a.b.c", "Authorization: Bearer a.b.c"] {
            assert_eq!(without_header(text), "a.b.c");
        }
    }
}
