//! A pool with users, and JSON requests to it.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use cognito_srp::{EphemeralKeyPair, Identity, SrpChallenge, Timestamp};
use cognito_types::Clock;
use getrandom::SysRng;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

pub(crate) use crate::refusal::Refusal;

/// The password of all users.
pub(crate) const PASSWORD: &str = "Correct-horse1";

/// Returns settings of a pool whose client allows every flow.
pub(crate) fn settings() -> PoolSettings {
    PoolSettings::default().client_member(
        "ExplicitAuthFlows",
        json!([
            "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            "ALLOW_CUSTOM_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
            "ALLOW_USER_AUTH",
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_USER_SRP_AUTH",
        ]),
    )
}

pub(crate) struct Pool(pub(crate) LocalPool);

pub(crate) fn refusal(name: &str, message: &str) -> Refusal {
    (name.to_owned(), message.to_owned())
}

pub(crate) fn not_authorized(message: &str) -> Refusal {
    refusal("NotAuthorizedException", message)
}

pub(crate) fn invalid_parameter(message: &str) -> Refusal {
    refusal("InvalidParameterException", message)
}

impl Pool {
    pub(crate) fn new(settings: PoolSettings) -> Self {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
        Self(emulator.create_pool(settings).unwrap())
    }

    pub(crate) fn try_call(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        self.0.call(operation, input).map_err(crate::refusal::of)
    }

    #[track_caller]
    pub(crate) fn call(&self, operation: &str, input: Value) -> Value {
        self.try_call(operation, input).unwrap()
    }

    #[track_caller]
    pub(crate) fn refused(&self, operation: &str, input: Value) -> Refusal {
        self.try_call(operation, input).unwrap_err()
    }

    pub(crate) fn sign_up(&self, name: &str, pairs: &[(&str, &str)]) -> Result<Value, Refusal> {
        let input = json!({
            "Username": name, "Password": PASSWORD, "UserAttributes": attributes(pairs)
        });
        self.try_call("SignUp", input)
    }

    pub(crate) fn admin_create(
        &self,
        name: &str,
        pairs: &[(&str, &str)],
    ) -> Result<Value, Refusal> {
        let input = json!({
            "Username": name, "UserAttributes": attributes(pairs), "MessageAction": "SUPPRESS"
        });
        self.try_call("AdminCreateUser", input)
    }

    pub(crate) fn admin_update(
        &self,
        name: &str,
        pairs: &[(&str, &str)],
    ) -> Result<Value, Refusal> {
        let input = json!({ "Username": name, "UserAttributes": attributes(pairs) });
        self.try_call("AdminUpdateUserAttributes", input)
    }

    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> Value {
        self.call("AdminGetUser", json!({ "Username": name }))
    }

    /// Returns the value of an attribute from AdminGetUser.
    #[track_caller]
    pub(crate) fn value(&self, name: &str, of: &str) -> Option<String> {
        attribute(&self.read(name), of).map(str::to_owned)
    }

    /// Creates a user with a permanent password and a verified e-mail address.
    pub(crate) fn user(&self, username: &str) {
        let attributes = json!([
            { "Name": "email", "Value": format!("{username}@example.com") },
            { "Name": "email_verified", "Value": "true" },
        ]);
        self.call(
            "AdminCreateUser",
            json!({
                "Username": username, "MessageAction": "SUPPRESS", "UserAttributes": attributes
            }),
        );
        self.set_password(username, PASSWORD);
    }

    pub(crate) fn set_password(&self, username: &str, password: &str) {
        let input = json!({ "Username": username, "Password": password, "Permanent": true });
        self.call("AdminSetUserPassword", input);
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.0.clock().advance(Duration::from_secs(seconds));
    }

    /// Returns the last code that was sent to a user.
    pub(crate) fn code(&self, username: &str) -> String {
        self.0.code_for(username).unwrap().expose_secret().to_owned()
    }

    pub(crate) fn initiate(&self, flow: &str, parameters: Value) -> Result<Value, Refusal> {
        self.try_call("InitiateAuth", json!({ "AuthFlow": flow, "AuthParameters": parameters }))
    }

    /// Responds to a challenge with its Session.
    pub(crate) fn respond(&self, challenge: &Value, responses: Value) -> Result<Value, Refusal> {
        self.try_call("RespondToAuthChallenge", answer(challenge, responses))
    }

    /// Starts a sign-in with a plain password.
    pub(crate) fn password_sign_in(
        &self,
        username: &str,
        password: &str,
    ) -> Result<Value, Refusal> {
        let parameters = json!({ "USERNAME": username, "PASSWORD": password });
        self.initiate("USER_PASSWORD_AUTH", parameters)
    }

    /// Signs in with a plain password, and returns the tokens.
    #[track_caller]
    pub(crate) fn tokens(&self, username: &str) -> Value {
        result(&self.password_sign_in(username, PASSWORD).unwrap())
    }

    #[track_caller]
    pub(crate) fn access_token(&self, username: &str) -> String {
        text(&self.tokens(username)["AccessToken"])
    }

    /// Responds to the PASSWORD_VERIFIER challenge for the SRP_A of the pair.
    pub(crate) fn prove(
        &self,
        pair: EphemeralKeyPair,
        challenge: &Value,
        password: &str,
    ) -> Result<Value, Refusal> {
        let user_id = text(&challenge["ChallengeParameters"]["USER_ID_FOR_SRP"]);
        let id = self.0.id();
        let identity = Identity::user(id.pool_name(), &user_id);
        self.respond(challenge, self.claim(pair, identity, challenge, password))
    }

    /// Returns the response to PASSWORD_VERIFIER or DEVICE_PASSWORD_VERIFIER.
    pub(crate) fn claim(
        &self,
        pair: EphemeralKeyPair,
        identity: Identity<'_>,
        challenge: &Value,
        password: &str,
    ) -> Value {
        let parameters = &challenge["ChallengeParameters"];
        let parameter = |name: &str| parameters[name].as_str().unwrap();
        let (salt, b, block) = (parameter("SALT"), parameter("SRP_B"), parameter("SECRET_BLOCK"));
        let parsed = SrpChallenge::parse(salt, b, block).unwrap();
        let now = self.0.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let timestamp = Timestamp::from_unix_seconds(now).unwrap();
        let claim = pair.claim(identity, password, &parsed, &timestamp).unwrap();
        json!({
            "USERNAME": parameters["USERNAME"],
            "TIMESTAMP": timestamp.as_str(),
            "PASSWORD_CLAIM_SIGNATURE": claim.signature(),
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
        })
    }

    /// Signs in by SRP, up to the step after the password.
    pub(crate) fn srp_sign_in(&self, parameters: Value, password: &str) -> Result<Value, Refusal> {
        let pair = pair();
        let parameters = with(parameters, "SRP_A", pair.srp_a().into());
        let challenge = self.initiate("USER_SRP_AUTH", parameters)?;
        self.prove(pair, &challenge, password)
    }
}

pub(crate) fn pair() -> EphemeralKeyPair {
    EphemeralKeyPair::generate(&mut SysRng).unwrap()
}

/// Returns a response to a challenge, with its Session and its user.
pub(crate) fn answer(challenge: &Value, responses: Value) -> Value {
    let username = ["USERNAME", "USER_ID_FOR_SRP"]
        .iter()
        .find_map(|name| challenge["ChallengeParameters"].get(name))
        .cloned()
        .unwrap_or_default();
    let mut responses = responses;
    responses.as_object_mut().unwrap().entry("USERNAME").or_insert(username);
    json!({
        "ChallengeName": challenge["ChallengeName"],
        "Session": challenge["Session"],
        "ChallengeResponses": responses,
    })
}

/// Returns AuthenticationResult of a complete sign-in.
#[track_caller]
pub(crate) fn result(answer: &Value) -> Value {
    assert!(answer.get("ChallengeName").is_none(), "{answer}");
    answer["AuthenticationResult"].clone()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Returns the AttributeType of each attribute.
pub(crate) fn attributes(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
}

/// Returns the code of an authenticator app with a secret, by the pool's clock.
pub(crate) fn totp(secret: &str, pool: &Pool) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let app = Builder::new().with_secret(secret).build_noncompliant();
    app.generate(pool.0.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs()).to_string()
}

/// Returns an object with an additional member.
pub(crate) fn with(mut object: Value, name: &str, value: Value) -> Value {
    object.as_object_mut().unwrap().insert(name.to_owned(), value);
    object
}

/// Returns the claims of a token.
pub(crate) fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Returns the value of an attribute in the response of GetUser or AdminGetUser.
pub(crate) fn attribute<'a>(user: &'a Value, name: &str) -> Option<&'a str> {
    let attributes = user["UserAttributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["Name"] == name)?;
    found["Value"].as_str()
}

pub(crate) fn is_base64_of(text: &Value, length: usize) -> bool {
    STANDARD.decode(text.as_str().unwrap()).unwrap().len() == length
}
