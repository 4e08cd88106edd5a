//! Logs at the finest level, of this library and all below it, hold no secret.

use std::sync::Arc;

use cognito::account::{Factor, MfaPreference};
use cognito::admin::Filter;
use cognito::sdk::types::IdentityProviderTypeType::{Facebook, Oidc};
use cognito::sign_in::{FirstFactor, UserPoolBuilder};
use cognito::types::Clock;
use cognito::{Admin, Challenge, MemoryStore, SignIn, UserPool};
use cognito_emulator::{Emulator, LocalPool, Mfa, PoolSettings, SigningKeys};
use cognito_tests::fixture::{admin_config, app_code, challenge, done};
use cognito_tests::logs::{assert_no_secret, logged};
use serde_json::json;

const CLIENT_SECRET: &str = "planted-client-secret-0123456789";
const PASSWORD: &str = "Planted-password1";
const NEW_PASSWORD: &str = "Planted-password2";
const METADATA: &str = "planted-metadata";
const ADDRESS: &str = "planted@example.com";

/// A pool whose requests go over TCP, and the same over a client of the SDK.
async fn pools() -> [(LocalPool, UserPool); 2] {
    let keys = || Emulator::builder().signing_keys(SigningKeys::ForTests);
    let (over_tcp, builder) = pool_of(&keys().start().await.unwrap());
    let over_tcp = (over_tcp, builder.build().unwrap());
    let emulator = keys().in_process();
    let (over_sdk, builder) = pool_of(&emulator);
    let config = admin_config().into_builder().http_client(emulator.http_client()).build();
    [over_tcp, (over_sdk, builder.sdk_config(&config).build().unwrap())]
}

fn pool_of(emulator: &Emulator) -> (LocalPool, UserPoolBuilder) {
    let flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"];
    let factors = ["PASSWORD", "EMAIL_OTP"];
    let settings = PoolSettings::default()
        .mfa(Mfa::Optional)
        .client_secret(CLIENT_SECRET)
        .pool_member("DeviceConfiguration", json!({ "ChallengeRequiredOnNewDevice": false }))
        .pool_member("Policies", json!({ "SignInPolicy": { "AllowedFirstAuthFactors": factors } }))
        .client_member("ExplicitAuthFlows", json!(flows));
    let local = emulator.create_pool(settings).unwrap();
    let pool = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
    let pool = pool.client_secret(CLIENT_SECRET).clock(local.clock());
    (local, pool.token_store(Arc::new(MemoryStore::default())))
}

/// Does a bit of everything and returns what must not be seen.
async fn use_everything(local: &LocalPool, pool: &UserPool) -> Vec<String> {
    let mut secrets: Vec<String> =
        [CLIENT_SECRET, PASSWORD, NEW_PASSWORD, METADATA, ADDRESS].map(str::to_owned).into();
    let sign_up = pool.sign_up("alice").password(PASSWORD).attribute("email", ADDRESS);
    sign_up.client_metadata("key", METADATA).await.unwrap();
    let code = local.code_for("alice").unwrap();
    secrets.push(code.expose_secret().to_owned());
    pool.confirm_sign_up("alice", code).await.unwrap();

    let otp = pool.sign_in("alice").first_factor(FirstFactor::EmailOtp).await.unwrap();
    let Challenge::EmailOtp(otp) = challenge(otp) else { panic!("no code") };
    let code = local.code_for("alice").unwrap();
    secrets.push(code.expose_secret().to_owned());
    done(otp.respond(code).await.unwrap());
    done(pool.sign_in("alice").password_over_the_wire(PASSWORD).await.unwrap());
    drop(pool.sign_in("alice").password("Wrong-password1").await.unwrap_err());

    let SignIn::Done(session) = pool.sign_in("alice").password(PASSWORD).await.unwrap() else {
        panic!("a challenge came")
    };
    let app = session.associate_software_token().await.unwrap();
    secrets.push(app.secret().expose_secret().to_owned());
    let code = app_code(app.secret(), local.clock().now());
    secrets.push(code.clone());
    app.verify(code).await.unwrap();
    let preference = MfaPreference::default().software_token(Factor::Preferred);
    session.set_mfa_preference(preference).await.unwrap();
    local.clock().advance(std::time::Duration::from_secs(30));
    let mfa = pool.sign_in("alice").password(PASSWORD).await.unwrap();
    let saved = challenge(mfa).save();
    let Challenge::SoftwareToken(mfa) = pool.resume(saved).unwrap() else { panic!("no code") };
    let code = app_code(app.secret(), local.clock().now());
    secrets.push(code.clone());
    let session = done(mfa.respond(code).await.unwrap());

    session.change_password(PASSWORD, NEW_PASSWORD).await.unwrap();
    session.refresh().await.unwrap();
    session.user().await.unwrap();
    let tokens = session.tokens().unwrap();
    secrets.push(tokens.access_token().expose_secret().to_owned());
    secrets.push(tokens.id_token().unwrap().expose_secret().to_owned());
    secrets.push(tokens.refresh_token().unwrap().expose_secret().to_owned());
    secrets.push(session.device().unwrap().password().expose_secret().to_owned());
    let admin = pool.admin(&admin_config());
    drop(admin.user("alice").devices().await.unwrap());
    secrets.extend(administer(&admin, local.client_id().as_str()).await);
    session.sign_out_everywhere().await.unwrap();
    secrets
}

/// Does and is refused what has secrets, of users and of settings.
async fn administer(admin: &Admin, client: &str) -> [String; 5] {
    let [temporary, of_provider, of_client] =
        ["Planted-temporary1", "planted-of-provider", "planted_of_client_0123456789"];
    let user = |name| admin.create_user(name).temporary_password(temporary);
    user("bob").attribute("email", ADDRESS).suppress_invitation().await.unwrap();
    user("bob").client_metadata("key", METADATA).await.unwrap_err();
    admin.user("nobody").set_password(PASSWORD).await.unwrap_err();
    admin.users().filter(Filter::email().equals(ADDRESS)).await.unwrap();
    let details = [
        ("attributes_request_method", "GET"),
        ("authorize_scopes", "openid"),
        ("client_id", "ours"),
        ("client_secret", of_provider),
        ("oidc_issuer", "https://idp.example.com"),
    ];
    for (name, kind) in [("Corp", Oidc), ("Google", Facebook)] {
        let details = details.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let call = admin.create_identity_provider(name, kind, |call| {
            call.set_provider_details(Some(details.into()))
        });
        assert_eq!(call.await.is_ok(), name == "Corp");
    }
    admin.identity_provider("Corp").update(|call| call).await.unwrap();
    let client = admin.client(client);
    let added = client.add_secret_value(of_client).await.unwrap();
    client.describe().await.unwrap();
    client.delete_secret(added.id()).await.unwrap();
    let made = client.add_secret().await.unwrap();
    let made = made.value().unwrap().expose_secret().to_owned();
    let role = "arn:aws:iam::123456789012:role/import-log";
    let job = admin.create_import_job("night", role, |job| job).await.unwrap();
    admin.import_jobs().await.unwrap();
    let address = job.pre_signed_url().unwrap().to_owned();
    [temporary.to_owned(), of_provider.to_owned(), of_client.to_owned(), made, address]
}

#[test]
fn logs_tell_operations_and_outcomes_and_no_secret() {
    let (secrets, log) = logged(async {
        let mut secrets = Vec::new();
        for (local, pool) in pools().await {
            secrets.extend(use_everything(&local, &pool).await);
        }
        secrets
    });
    // That libraries below log too is what makes the test worth its name.
    for wanted in [
        "hyper",
        "aws_smithy_runtime",
        "operation=\"InitiateAuth\"",
        "attempts=1",
        "latency_ms=",
        "error=BadCredentials",
    ] {
        assert!(log.contains(wanted), "{wanted} is not logged");
    }
    assert_no_secret(&log, &secrets);
}
