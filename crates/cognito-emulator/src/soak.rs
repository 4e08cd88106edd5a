//! The memory of a pool that is used for hours stays constant. Messages have a separate limit.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Emulator, LocalPool, PoolSettings, SigningKeys};

/// The number of users of the pool.
const USERS: usize = 10_000;

/// The number of users who sign up per minute; as many are deleted.
const COMING: usize = 15;

/// The number of new users who sign in per minute, and of earlier sign-ins that are refreshed.
const ACTIVE: usize = 4;

const MINUTE: Duration = Duration::from_secs(60);

/// The numbers of entries of a pool.
#[derive(Clone, Copy, Debug, Default)]
struct Remembered {
    users: usize,
    members: usize,
    challenges: usize,
    exchanges: usize,
    sign_ins: usize,
    limits: usize,
}

impl Remembered {
    fn of(pool: &LocalPool) -> Self {
        let emulator = pool.emulator();
        let remembered = emulator.service().in_pool(pool.id().as_str(), |step| {
            let pool = &*step.pool;
            Ok(Self {
                users: pool.users.len().max(pool.users.index_len()),
                members: pool.groups["all"].members.len(),
                challenges: pool.challenges.len(),
                exchanges: pool.exchanges.len(),
                sign_ins: pool.sign_ins.len(),
                limits: pool.hourly_limits.len() + pool.lockouts.len(),
            })
        });
        remembered.unwrap()
    }

    fn max(self, other: Self) -> Self {
        Self {
            users: self.users.max(other.users),
            members: self.members.max(other.members),
            challenges: self.challenges.max(other.challenges),
            exchanges: self.exchanges.max(other.exchanges),
            sign_ins: self.sign_ins.max(other.sign_ins),
            limits: self.limits.max(other.limits),
        }
    }

    /// Returns whether no number has grown by more than a tenth.
    fn is_level_with(self, before: Self) -> bool {
        let pairs = [
            (self.users, before.users),
            (self.members, before.members),
            (self.challenges, before.challenges),
            (self.exchanges, before.exchanges),
            (self.sign_ins, before.sign_ins),
            (self.limits, before.limits),
        ];
        pairs.iter().all(|(now, before)| now * 10 <= before * 11)
    }
}

/// A pool and its users, oldest first.
struct Crowd {
    pool: LocalPool,
    users: VecDeque<String>,
    made: usize,
    /// Refresh tokens of the previous minute.
    tokens: Vec<Value>,
}

impl Crowd {
    fn new() -> Self {
        let flows = json!(["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]);
        let factors = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
        let settings = PoolSettings::default()
            .pool_member("Policies", json!({ "SignInPolicy": factors }))
            .pool_member("UserPoolAddOns", json!({ "AdvancedSecurityMode": "AUDIT" }))
            .client_member("ExplicitAuthFlows", flows)
            .client_member("PreventUserExistenceErrors", "ENABLED")
            .client_member("AccessTokenValidity", 5)
            .client_member("RefreshTokenValidity", 60)
            .client_member(
                "TokenValidityUnits",
                json!({ "AccessToken": "minutes", "RefreshToken": "minutes" }),
            )
            .client_member(
                "RefreshTokenRotation",
                json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 }),
            );
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).seed(7).in_process();
        let pool = emulator.create_pool(settings).unwrap();
        let users: VecDeque<_> = (0..USERS).map(|number| format!("user-{number}")).collect();
        pool.call("CreateGroup", json!({ "GroupName": "all" })).unwrap();
        for username in &users {
            let user = json!({ "Username": username, "GroupName": "all" });
            pool.call("AdminCreateUser", user.clone()).unwrap();
            pool.call("AdminAddUserToGroup", user).unwrap();
        }
        Self { pool, users, made: USERS, tokens: Vec::new() }
    }

    fn call(&self, operation: &str, input: Value) -> Value {
        self.pool.call(operation, input).unwrap()
    }

    fn code(&self, username: &str) -> String {
        self.pool.code_for(username).unwrap().expose_secret().to_owned()
    }

    fn minute(&mut self) {
        for _ in 0..COMING {
            self.arrive();
            let oldest = self.users.pop_front().unwrap();
            self.call("AdminDeleteUser", json!({ "Username": oldest }));
        }
        let refreshed: Vec<_> = std::mem::take(&mut self.tokens)
            .into_iter()
            .map(|token| self.refresh(&token))
            .collect();
        for (at, token) in refreshed.iter().enumerate() {
            match at % 2 {
                0 => self.call("GlobalSignOut", json!({ "AccessToken": token["AccessToken"] })),
                _ => self.call("RevokeToken", json!({ "Token": token["RefreshToken"] })),
            };
        }
        let newest: Vec<_> = self.users.iter().rev().take(ACTIVE).cloned().collect();
        self.tokens = newest.iter().map(|username| self.sign_in(username)).collect();
        self.guess();
        self.pool.clock().advance(MINUTE);
    }

    /// Signs up a user, with one wrong code before the right one.
    fn arrive(&mut self) {
        let username = format!("user-{}", self.made);
        let email = json!([{ "Name": "email", "Value": format!("{username}@example.com") }]);
        self.call("SignUp", json!({ "Username": username, "UserAttributes": email }));
        let wrong = json!({ "Username": username, "ConfirmationCode": "wrong" });
        assert!(self.pool.call("ConfirmSignUp", wrong).is_err());
        let code = self.code(&username);
        self.call("ConfirmSignUp", json!({ "Username": username, "ConfirmationCode": code }));
        self.call("AdminAddUserToGroup", json!({ "Username": username, "GroupName": "all" }));
        self.made += 1;
        self.users.push_back(username);
    }

    fn begin(&self, username: &str) -> Value {
        let parameters = json!({ "USERNAME": username, "PREFERRED_CHALLENGE": "EMAIL_OTP" });
        self.call("InitiateAuth", json!({ "AuthFlow": "USER_AUTH", "AuthParameters": parameters }))
    }

    fn sign_in(&self, username: &str) -> Value {
        let challenge = self.begin(username);
        let responses = json!({ "USERNAME": username, "EMAIL_OTP_CODE": self.code(username) });
        let response = json!({
            "ChallengeName": challenge["ChallengeName"], "Session": challenge["Session"],
            "ChallengeResponses": responses
        });
        self.call("RespondToAuthChallenge", response)["AuthenticationResult"].clone()
    }

    fn refresh(&self, tokens: &Value) -> Value {
        let input = json!({ "RefreshToken": tokens["RefreshToken"] });
        self.call("GetTokensFromRefreshToken", input)["AuthenticationResult"].clone()
    }

    /// Starts sign-ins without completing them, and guesses passwords, of existing and unknown
    /// users.
    fn guess(&self) {
        for at in 0..10 {
            self.begin(&self.users[USERS - 1 - at]);
            let unknown = format!("unknown-{}-{at}", self.made);
            let parameters = json!({ "USERNAME": unknown, "PASSWORD": "Wrong-horse1" });
            let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
            assert!(self.pool.call("InitiateAuth", input).is_err());
            self.call("ForgotPassword", json!({ "Username": unknown }));
        }
        let parameters = json!({ "USERNAME": "nobody", "SRP_A": "abcdef" });
        let input = json!({ "AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters });
        self.call("InitiateAuth", input);
    }

    /// Returns the maximum numbers of entries in an hour.
    fn hour(&mut self) -> Remembered {
        (0..60).fold(Remembered::default(), |most, _| {
            self.minute();
            most.max(Remembered::of(&self.pool))
        })
    }
}

#[test]
fn memory_of_a_busy_pool_stays_constant() {
    let mut crowd = Crowd::new();
    // Tokens expire after an hour, are kept for another hour, and are then dropped in sweeps.
    let _filling = [crowd.hour(), crowd.hour(), crowd.hour()];
    let (before, after) = (crowd.hour(), crowd.hour());
    assert!(after.is_level_with(before), "{before:?} became {after:?}");
}
