//! Devices: from the sign-in that adds them to sign-ins with device SRP.

use cognito_emulator::{Mfa, NextStep, PoolSettings};
use cognito_srp::{DeviceSecret, Identity};
use getrandom::SysRng;
use serde_json::{Value, json};

use crate::support::{
    PASSWORD, Pool, Refusal, claims, invalid_parameter, not_authorized, pair, refusal, result,
    settings, text, with,
};

/// Returns a pool that tracks devices, and remembers all confirmed devices or those that users
/// choose.
fn tracking(prompts: bool) -> PoolSettings {
    settings().pool_member(
        "DeviceConfiguration",
        json!({
            "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": prompts
        }),
    )
}

/// A device as stored by a client.
struct Device {
    key: String,
    group: String,
    secret: DeviceSecret,
}

impl Device {
    /// Creates the device from the response of a sign-in.
    #[track_caller]
    fn new(tokens: &Value) -> Self {
        let metadata = &tokens["NewDeviceMetadata"];
        let (key, group) = (text(&metadata["DeviceKey"]), text(&metadata["DeviceGroupKey"]));
        let secret = DeviceSecret::generate(&group, &key, &mut SysRng).unwrap();
        Self { key, group, secret }
    }

    fn confirm(&self, pool: &Pool, token: &Value) -> Result<Value, Refusal> {
        let verifier = self.secret.password_verifier();
        pool.try_call(
            "ConfirmDevice",
            json!({
                "AccessToken": token, "DeviceKey": self.key, "DeviceName": "laptop",
                "DeviceSecretVerifierConfig": {
                    "PasswordVerifier": verifier, "Salt": self.secret.salt()
                }
            }),
        )
    }

    /// Responds to DEVICE_SRP_AUTH and the next challenge, with or without Sessions.
    fn prove(
        &self,
        pool: &Pool,
        challenge: &Value,
        password: &str,
        sessions: bool,
    ) -> Result<Value, Refusal> {
        assert_eq!(challenge["ChallengeName"], "DEVICE_SRP_AUTH", "{challenge}");
        let strip = |challenge: Value| match sessions {
            true => challenge,
            false => with(challenge, "Session", Value::Null),
        };
        let pair = pair();
        let srp_a = json!({ "SRP_A": pair.srp_a(), "DEVICE_KEY": self.key });
        let challenge = strip(pool.respond(&strip(challenge.clone()), srp_a)?);
        assert_eq!(challenge["ChallengeName"], "DEVICE_PASSWORD_VERIFIER");
        assert_eq!(challenge["ChallengeParameters"]["DEVICE_KEY"], self.key);
        let identity = Identity::device(&self.group, &self.key);
        let claim = pool.claim(pair, identity, &challenge, password);
        pool.respond(&challenge, with(claim, "DEVICE_KEY", self.key.as_str().into()))
    }
}

/// Returns a user with a confirmed device, and the tokens of the sign-in that added it.
fn confirmed(pool: &Pool) -> (Device, Value) {
    pool.user("alice");
    let tokens = pool.tokens("alice");
    let device = Device::new(&tokens);
    device.confirm(pool, &tokens["AccessToken"]).unwrap();
    (device, tokens)
}

fn sign_in_with(pool: &Pool, key: &str) -> Result<Value, Refusal> {
    pool.srp_sign_in(json!({ "USERNAME": "alice", "DEVICE_KEY": key }), PASSWORD)
}

#[test]
fn devices_are_added_only_in_pools_that_track_them() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let tokens = pool.tokens("alice");
    assert!(tokens.get("NewDeviceMetadata").is_none());
    assert!(claims(&tokens["AccessToken"]).get("device_key").is_none());

    let pool = Pool::new(tracking(false));
    pool.user("alice");
    let tokens = pool.tokens("alice");
    let key = text(&tokens["NewDeviceMetadata"]["DeviceKey"]);
    let (region, id) = key.split_once('_').unwrap();
    assert_eq!((region, id.len()), ("us-east-1", 36));
    assert_eq!(text(&tokens["NewDeviceMetadata"]["DeviceGroupKey"]).len(), 9);
    assert_eq!(claims(&tokens["AccessToken"])["device_key"], key);
    assert!(claims(&tokens["IdToken"]).get("device_key").is_none());
}

#[test]
fn a_remembered_device_proves_its_password() {
    let pool = Pool::new(tracking(false));
    let (device, _) = confirmed(&pool);
    for sessions in [true, false] {
        let challenge = sign_in_with(&pool, &device.key).unwrap();
        assert!(challenge["Session"].is_string());
        let answer = device.prove(&pool, &challenge, device.secret.password(), sessions).unwrap();
        let tokens = result(&answer);
        assert!(tokens.get("NewDeviceMetadata").is_none());
        assert_eq!(claims(&tokens["AccessToken"])["device_key"], device.key);
    }
    let challenge = sign_in_with(&pool, &device.key).unwrap();
    let refused = device.prove(&pool, &challenge, "another password", true).unwrap_err();
    assert_eq!(refused, not_authorized("Incorrect username or password."));
}

#[test]
fn plain_password_is_followed_by_device_srp() {
    let pool = Pool::new(tracking(false));
    let (device, _) = confirmed(&pool);
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": PASSWORD, "DEVICE_KEY": device.key });
    let challenge = pool.initiate("USER_PASSWORD_AUTH", parameters).unwrap();
    result(&device.prove(&pool, &challenge, device.secret.password(), true).unwrap());
}

#[test]
fn device_key_in_the_srp_response_is_used() {
    let pool = Pool::new(tracking(false));
    let (device, _) = confirmed(&pool);
    let pair = pair();
    let parameters = json!({ "USERNAME": "alice", "SRP_A": pair.srp_a() });
    let challenge = pool.initiate("USER_SRP_AUTH", parameters).unwrap();
    let id = pool.0.id();
    let identity = Identity::user(id.pool_name(), "alice");
    let claim = pool.claim(pair, identity, &challenge, PASSWORD);
    let claim = with(claim, "DEVICE_KEY", device.key.as_str().into());
    let challenge = pool.respond(&challenge, claim).unwrap();
    result(&device.prove(&pool, &challenge, device.secret.password(), true).unwrap());
}

#[test]
fn device_verifiers_must_be_numbers_and_are_not_checked_further() {
    let pool = Pool::new(tracking(false));
    pool.user("alice");
    let tokens = pool.tokens("alice");
    let device = Device::new(&tokens);
    let confirm = |key: &str, verifier: &str| {
        pool.try_call(
            "ConfirmDevice",
            json!({
                "AccessToken": tokens["AccessToken"], "DeviceKey": key,
                "DeviceSecretVerifierConfig": { "PasswordVerifier": verifier, "Salt": "AQ==" }
            }),
        )
    };
    let unknown = confirm("us-east-1_0f1e2d3c-4b5a", "AQ==").unwrap_err();
    assert_eq!(unknown, invalid_parameter("Invalid device key given"));
    for bad in ["", "AA==", "not base64"] {
        assert_eq!(confirm(&device.key, bad).unwrap_err().0, "InvalidParameterException");
    }
    let confirmed = confirm(&device.key, "AQ==").unwrap();
    assert_eq!(confirmed, json!({ "UserConfirmationNecessary": false }));
    assert_eq!(confirm(&device.key, "AQ==").unwrap_err().0, "DeviceKeyExistsException");
    let challenge = sign_in_with(&pool, &device.key).unwrap();
    let refused = device.prove(&pool, &challenge, device.secret.password(), true).unwrap_err();
    assert_eq!(refused, not_authorized("Incorrect username or password."));
}

#[test]
fn device_is_remembered_when_its_user_chooses_it() {
    let pool = Pool::new(tracking(true));
    pool.user("alice");
    let tokens = pool.tokens("alice");
    let device = Device::new(&tokens);
    let confirmed = device.confirm(&pool, &tokens["AccessToken"]).unwrap();
    assert_eq!(confirmed, json!({ "UserConfirmationNecessary": true }));
    let done = result(&sign_in_with(&pool, &device.key).unwrap());
    assert_eq!(claims(&done["AccessToken"])["device_key"], device.key);
    assert!(done.get("NewDeviceMetadata").is_none(), "it is known");
    let status = |status: &str| {
        pool.try_call(
            "UpdateDeviceStatus",
            json!({
                "AccessToken": tokens["AccessToken"], "DeviceKey": device.key,
                "DeviceRememberedStatus": status
            }),
        )
    };
    assert_eq!(status("remembered"), Ok(json!({})));
    assert_eq!(sign_in_with(&pool, &device.key).unwrap()["ChallengeName"], "DEVICE_SRP_AUTH");
    assert_eq!(status("not_remembered"), Ok(json!({})));
    result(&sign_in_with(&pool, &device.key).unwrap());
    assert_eq!(status("maybe").unwrap_err().0, "InvalidParameterException");
}

#[test]
fn forgotten_device_does_not_exist() {
    let pool = Pool::new(tracking(false));
    let (device, tokens) = confirmed(&pool);
    let input = json!({ "AccessToken": tokens["AccessToken"], "DeviceKey": device.key });
    assert_eq!(pool.call("ForgetDevice", input.clone()), json!({}));
    let gone = refusal("ResourceNotFoundException", "Device does not exist.");
    assert_eq!(pool.refused("ForgetDevice", input.clone()), gone);
    assert_eq!(pool.refused("GetDevice", input), gone);
    assert_eq!(sign_in_with(&pool, &device.key).unwrap_err(), gone);
    let wrong = json!({ "USERNAME": "alice", "DEVICE_KEY": device.key });
    let refused = pool.srp_sign_in(wrong, "Wrong-horse1").unwrap_err();
    assert_eq!(
        refused,
        not_authorized("Incorrect username or password."),
        "the password is checked before the device"
    );
    let refresh = json!({ "RefreshToken": tokens["RefreshToken"], "DeviceKey": device.key });
    let refused = pool.refused("GetTokensFromRefreshToken", refresh);
    assert_eq!(refused, not_authorized("Invalid Refresh Token"));
}

#[test]
fn tokens_are_refreshed_only_with_their_device() {
    let pool = Pool::new(tracking(false));
    pool.user("alice");
    let tokens = pool.tokens("alice");
    let device = Device::new(&tokens);
    let refresh = |key: Option<&str>| {
        let input = json!({ "RefreshToken": tokens["RefreshToken"], "DeviceKey": key });
        pool.try_call("GetTokensFromRefreshToken", input)
    };
    let invalid = not_authorized("Invalid Refresh Token");
    assert_eq!(refresh(Some(&device.key)).unwrap_err(), invalid, "not yet confirmed");
    device.confirm(&pool, &tokens["AccessToken"]).unwrap();
    assert_eq!(refresh(None).unwrap_err(), invalid);
    assert_eq!(refresh(Some("us-east-1_0f1e2d3c")).unwrap_err(), invalid);
    let refreshed = result(&refresh(Some(&device.key)).unwrap());
    assert_eq!(claims(&refreshed["AccessToken"])["device_key"], device.key);
    let mut parameters = json!({ "REFRESH_TOKEN": tokens["RefreshToken"] });
    assert_eq!(pool.initiate("REFRESH_TOKEN_AUTH", parameters.clone()).unwrap_err(), invalid);
    parameters["DEVICE_KEY"] = device.key.as_str().into();
    result(&pool.initiate("REFRESH_TOKEN_AUTH", parameters).unwrap());
}

#[test]
fn devices_are_listed_by_pages() {
    let pool = Pool::new(tracking(false));
    pool.user("alice");
    let mut keys = Vec::new();
    for _ in 0..3 {
        let tokens = pool.tokens("alice");
        let device = Device::new(&tokens);
        device.confirm(&pool, &tokens["AccessToken"]).unwrap();
        keys.push(device.key);
    }
    keys.sort();
    let token = json!({ "AccessToken": pool.access_token("alice") });
    let listed = |page: &Value| -> Vec<String> {
        let devices = page["Devices"].as_array().unwrap();
        devices.iter().map(|device| text(&device["DeviceKey"])).collect()
    };
    let all = pool.call("ListDevices", token.clone());
    assert_eq!(listed(&all), keys, "a device that is not confirmed is not listed");
    assert!(all.get("PaginationToken").is_none());
    let first = pool.call("ListDevices", with(token.clone(), "Limit", 2.into()));
    assert_eq!(listed(&first), keys[..2]);
    let input = json!({ "Username": "alice", "PaginationToken": first["PaginationToken"] });
    let rest = pool.call("AdminListDevices", input);
    assert_eq!(listed(&rest), keys[2..]);
    assert!(rest.get("PaginationToken").is_none());
    let refused = pool.refused("ListDevices", with(token.clone(), "Limit", 61.into()));
    assert_eq!(refused.0, "InvalidParameterException");
    let refused = pool.refused("ListDevices", with(token, "PaginationToken", "made-up".into()));
    assert_eq!(refused, invalid_parameter("Invalid pagination token given."));
}

#[test]
fn device_has_the_attributes_of_the_service() {
    let pool = Pool::new(tracking(false));
    let (device, tokens) = confirmed(&pool);
    let id = pool.0.id();
    let owner = format!("alice.{id}");
    let key = &device.key;
    let arn = format!("arn:aws:cognito-idp:us-east-1:000000000000:owner/{owner}/device/{key}");
    for status in ["remembered", "not_remembered"] {
        let input =
            json!({ "Username": "alice", "DeviceKey": key, "DeviceRememberedStatus": status });
        pool.call("AdminUpdateDeviceStatus", input.clone());
        let attributes = json!([
            { "Name": "device_status", "Value": "valid" },
            { "Name": "device_name", "Value": "laptop" },
            { "Name": "dev:device_arn", "Value": arn },
            { "Name": "dev:device_owner", "Value": owner },
            { "Name": "last_ip_used", "Value": "127.0.0.1" },
            { "Name": "dev:device_remembered_status", "Value": status },
            { "Name": "dev:device_sdk", "Value": "aws-sdk-unknown-unknown" },
        ]);
        let own = json!({ "AccessToken": tokens["AccessToken"], "DeviceKey": key });
        let by_administrator = pool.call("AdminGetDevice", input.clone())["Device"].clone();
        assert_eq!(by_administrator["DeviceAttributes"], attributes);
        assert!(by_administrator["DeviceCreateDate"].is_f64());
        assert_eq!(pool.call("GetDevice", own)["Device"], by_administrator);
        let listed = pool.call("AdminListDevices", json!({ "Username": "alice" }));
        assert_eq!(listed["Devices"], json!([by_administrator]));
    }
}

#[test]
fn administrators_see_and_forget_devices() {
    let pool = Pool::new(tracking(false));
    let (device, _) = confirmed(&pool);
    let input = json!({ "Username": "alice", "DeviceKey": device.key });
    let seen = pool.call("AdminGetDevice", input.clone());
    assert_eq!(seen["Device"]["DeviceKey"], device.key);
    let forget = with(input.clone(), "DeviceRememberedStatus", "not_remembered".into());
    pool.call("AdminUpdateDeviceStatus", forget);
    result(&sign_in_with(&pool, &device.key).unwrap());
    pool.call("AdminForgetDevice", input.clone());
    let gone = refusal("ResourceNotFoundException", "Device does not exist.");
    assert_eq!(pool.refused("AdminGetDevice", input), gone);
}

/// Returns a user with e-mail MFA.
fn with_second_factor(challenge_on_new: bool) -> (Pool, Device) {
    let pool = Pool::new(
        settings()
            .mfa(Mfa::Optional)
            .pool_member("EmailMfaConfiguration", json!({ "Subject": "Code" }))
            .pool_member(
                "DeviceConfiguration",
                json!({
                    "ChallengeRequiredOnNewDevice": challenge_on_new
                }),
            ),
    );
    let (device, _) = confirmed(&pool);
    pool.call(
        "AdminSetUserMFAPreference",
        json!({
            "Username": "alice", "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true }
        }),
    );
    (pool, device)
}

#[test]
fn remembered_device_replaces_the_second_factor() {
    let (pool, device) = with_second_factor(true);
    let challenge = sign_in_with(&pool, &device.key).unwrap();
    result(&device.prove(&pool, &challenge, device.secret.password(), true).unwrap());
    let unknown = pool.password_sign_in("alice", PASSWORD).unwrap();
    assert_eq!(unknown["ChallengeName"], "EMAIL_OTP", "a new device does not replace the factor");
}

#[test]
fn device_that_does_not_replace_mfa_follows_the_second_factor() {
    let (pool, device) = with_second_factor(false);
    let challenge = sign_in_with(&pool, &device.key).unwrap();
    assert_eq!(challenge["ChallengeName"], "EMAIL_OTP");
    let code = json!({ "EMAIL_OTP_CODE": pool.code("alice") });
    let challenge = pool.respond(&challenge, code).unwrap();
    result(&device.prove(&pool, &challenge, device.secret.password(), true).unwrap());
}

#[test]
fn device_key_of_no_confirmed_device_is_rejected_by_every_flow() {
    let policies =
        json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } });
    let pool = Pool::new(
        tracking(false)
            .pool_member("Policies", policies)
            .define_auth_challenge(|_| NextStep::IssueTokens),
    );
    pool.user("alice");
    let unconfirmed = Device::new(&pool.tokens("alice")).key;
    let gone = refusal("ResourceNotFoundException", "Device does not exist.");
    for key in [&*unconfirmed, "us-east-1_0f1e2d3c-4b5a-4000-8000-000000000000", "any"] {
        let user = json!({ "USERNAME": "alice", "DEVICE_KEY": key });
        let password = with(user.clone(), "PASSWORD", PASSWORD.into());
        for (flow, parameters) in [("CUSTOM_AUTH", &user), ("USER_PASSWORD_AUTH", &password)] {
            let refused = pool.initiate(flow, parameters.clone()).unwrap_err();
            assert_eq!(refused, gone, "{flow} {key}");
        }
        let preferred = with(user, "PREFERRED_CHALLENGE", "EMAIL_OTP".into());
        let challenge = pool.initiate("USER_AUTH", preferred).unwrap();
        let code = json!({ "EMAIL_OTP_CODE": pool.code("alice") });
        assert_eq!(pool.respond(&challenge, code).unwrap_err(), gone, "USER_AUTH {key}");
    }
    let without = json!({ "USERNAME": "alice" });
    result(&pool.initiate("CUSTOM_AUTH", without).unwrap());
}
