//! AssumeRoleWithWebIdentity of AWS STS, the last step of the classic flow: its parameters and
//! errors.

use std::time::{Duration, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::flows::identity_pools::open_id_token::TokenError;
use crate::flows::identity_pools::web_identity::{self, AssumedRole, Assumption};
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::model::{self, ServiceError, sts};

/// The default validity of credentials in seconds.
const LIFETIME: u64 = 3600;

/// An error of STS.
pub(crate) struct StsError {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRequest {
    role_arn: String,
    role_session_name: String,
    web_identity_token: String,
    duration_seconds: Option<u64>,
}

/// The response to a request.
pub(crate) struct Assumed {
    pub(crate) role: AssumedRole,
    pub(crate) role_id: String,
    pub(crate) session_name: String,
    pub(crate) session_arn: String,
    /// The expiration of the credentials in the format of XML.
    pub(crate) expiration: String,
}

/// Assumes a role, by the parameters of a form.
pub(crate) fn assume(service: &Service, form: &Parameters) -> Result<Assumed, StsError> {
    let action = form.get("Action").unwrap_or_default();
    if action != "AssumeRoleWithWebIdentity" {
        return Err(invalid("InvalidAction", format!("Could not find operation {action}")));
    }
    let request = model::fit(&sts::ASSUME_ROLE_WITH_WEB_IDENTITY_REQUEST, members(form));
    let request: AssumeRequest = request.and_then(model::typed)?;
    let session_name = request.role_session_name;
    let session_arn = session_arn(&request.role_arn, &session_name)?;
    let assumption = Assumption {
        role_arn: request.role_arn,
        session_name: session_name.clone(),
        token: request.web_identity_token,
        lifetime: request.duration_seconds.unwrap_or(LIFETIME),
    };
    let role =
        web_identity::assume(service, assumption).map_err(|error| rejected(service, error))?;
    let expiration = timestamp(role.credentials.expiration);
    let role_id = service.random().role_id();
    Ok(Assumed { role, role_id, session_name, session_arn, expiration })
}

/// Returns the parameters as JSON, with numbers where the shape has them.
fn members(form: &Parameters) -> Value {
    let member = |(name, text): (&str, &str)| {
        let number = text.parse::<i64>().ok().filter(|_| name == "DurationSeconds");
        (name.to_owned(), number.map_or_else(|| text.into(), Value::from))
    };
    let given = form.iter().filter(|(_, text)| !text.is_empty());
    Value::Object(given.map(member).collect::<Map<_, _>>())
}

/// Returns the ARN of a session of a role.
fn session_arn(role_arn: &str, session_name: &str) -> Result<String, StsError> {
    let role = role_arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":role/"));
    let name = role.map(|(_, path)| path.rsplit('/').next().unwrap_or(path));
    match role.zip(name) {
        Some(((account, _), name)) if !account.is_empty() && !name.is_empty() => {
            Ok(format!("arn:aws:sts::{account}:assumed-role/{name}/{session_name}"))
        }
        _ => Err(invalid("ValidationError", format!("{role_arn} is invalid"))),
    }
}

/// The codes are from the API reference, the messages from public reports.
fn rejected(service: &Service, error: TokenError) -> StsError {
    let (code, message) = match error {
        TokenError::Malformed => (
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an \
             Access Token)"
                .to_owned(),
        ),
        TokenError::UnknownIssuer(issuer) => (
            "InvalidIdentityToken",
            format!("No OpenIDConnect provider found in your account for {issuer}"),
        ),
        TokenError::WrongSignature => (
            "InvalidIdentityToken",
            "Couldn't retrieve verification key from your identity provider,  please reference \
             AssumeRoleWithWebIdentity documentation for requirements"
                .to_owned(),
        ),
        TokenError::Expired(expires) => (
            "ExpiredTokenException",
            format!(
                "Token expired: current date/time {} must be before the expiration date/time \
                 {expires}",
                service.shared.now()
            ),
        ),
    };
    invalid(code, message)
}

fn invalid(code: &'static str, message: String) -> StsError {
    StsError { code, message }
}

impl From<ServiceError> for StsError {
    /// Converts the error of an invalid request. The code for text in place of a number is a guess.
    fn from(error: ServiceError) -> Self {
        invalid("ValidationError", error.message.into_owned())
    }
}

/// Returns a time, in seconds since 1970, in the format of XML.
fn timestamp(seconds: u64) -> String {
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH);
    jiff::Timestamp::try_from(time).unwrap_or_default().to_string()
}
