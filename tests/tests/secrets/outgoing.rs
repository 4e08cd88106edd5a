//! Secrets of machine clients, token exchange, managed login, and AWS credentials.

use std::error::Error;
use std::sync::{Arc, Mutex};

use cognito::http::{
    BearerAuth, ClientCredentials, MachineTokenCache, MachineTokenKey, MemoryTokenCache, Origins,
    TokenExchanger, TokenFrom, VerifyLayer,
};
use cognito::identity_pool::{IdentityPoolCredentials, ProvideCredentials};
use cognito::managed_login::ManagedLogin;
use cognito::session::{TokenRequest, TokenSet, TokenSource};
use cognito::types::{AccessToken, BoxFuture};
use cognito::{SignIn, UserPool};
use cognito_emulator::{Emulator, IdentityPoolSettings, LocalPool, PoolSettings, SigningKeys};
use cognito_tests::browser::Browser;
use cognito_tests::logs::logged;
use serde_json::json;

use crate::users::METADATA;
use crate::witness::Witness;

const PASSWORD: &str = "Planted-password1";
const CALLBACK: &str = "https://www.example.com/callback";
const WRONG_SECRET: &str = "planted-wrong-client-secret";

/// A cache that remembers the last key.
#[derive(Debug, Default)]
struct Remembering {
    tokens: MemoryTokenCache,
    key: Mutex<Option<MachineTokenKey>>,
}

impl MachineTokenCache for Remembering {
    fn get<'a>(&'a self, key: &'a MachineTokenKey) -> BoxFuture<'a, Option<TokenSet>> {
        self.tokens.get(key)
    }

    fn put<'a>(&'a self, key: &'a MachineTokenKey, token: TokenSet) -> BoxFuture<'a, ()> {
        *self.key.lock().unwrap() = Some(key.clone());
        self.tokens.put(key, token)
    }
}

fn settings() -> PoolSettings {
    let flows = [
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
        "ALLOW_TOKEN_EXCHANGE_DELEGATION",
    ];
    PoolSettings::default()
        .client_member("ExplicitAuthFlows", json!(flows))
        .managed_login([CALLBACK])
}

async fn local_pool() -> LocalPool {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let local = emulator.create_pool(settings()).unwrap();
    local.add_user("alice", PASSWORD).unwrap();
    local
}

/// Runs operations on a pool, and searches the output and the logs.
fn assert_nothing_shown(run: impl AsyncFn(&LocalPool, &mut Witness)) {
    let (witness, log) = logged(async {
        let local = local_pool().await;
        let mut witness = Witness::default();
        witness.plant("password", PASSWORD);
        run(&local, &mut witness).await;
        witness
    });
    witness.assert_nothing_shown(&log);
}

fn assert_kind(witness: &mut Witness, name: &'static str, error: impl Error + 'static) {
    witness.see_error(name, &error);
}

#[test]
fn nothing_secret_of_machine_clients_is_shown_or_logged() {
    assert_nothing_shown(async |local, witness| {
        let (client, secret) = local.create_machine_client(["orders/read"]).unwrap();
        witness.plant("client secret", secret.expose_secret());
        witness.plant("wrong client secret", WRONG_SECRET);
        let builder = ClientCredentials::at_domain(local.endpoint(), &client).clock(local.clock());
        let wrong = builder.clone().client_secret(WRONG_SECRET).build().unwrap();
        let builder = builder.client_secret(secret).client_metadata("key", METADATA);
        witness.plant("metadata", METADATA);
        let cache = Arc::new(Remembering::default());
        let builder = builder.cache(Arc::<Remembering>::clone(&cache));
        witness.see("builder", &builder);
        let source = builder.build().unwrap();
        let token = source.token(&TokenRequest::access()).await.unwrap();
        witness.plant("access token", token.expose_secret());
        witness.see("source", &source);
        witness.see("issued token", &token);
        witness.see("cache", &cache.tokens);
        witness.see("key of the cache", &*cache.key.lock().unwrap());
        let refused = wrong.token(&TokenRequest::access()).await.unwrap_err();
        assert_kind(witness, "refused client", refused);
        let origins = Origins::only(["https://api.example.com"]).unwrap();
        witness.see("middleware", &BearerAuth::new(source, origins));
    });
}

/// Returns a session of alice with planted tokens.
async fn session(local: &LocalPool, witness: &mut Witness) -> (UserPool, cognito::Session) {
    let pool = UserPool::builder(local.id(), local.client_id());
    let pool = pool.endpoint(local.endpoint()).clock(local.clock()).build().unwrap();
    let step = pool.sign_in("alice").password(PASSWORD).await.unwrap();
    let SignIn::Done(session) = step else { panic!("a challenge was returned") };
    let tokens = session.tokens().unwrap();
    witness.plant("access token", tokens.access_token().expose_secret());
    witness.plant("ID token", tokens.id_token().unwrap().expose_secret());
    witness.plant("refresh token", tokens.refresh_token().unwrap().expose_secret());
    (pool, session)
}

#[test]
fn nothing_secret_of_exchanges_is_shown_or_logged() {
    assert_nothing_shown(async |local, witness| {
        let (pool, session) = session(local, witness).await;
        let subject = session.access_token().await.unwrap();
        let exchange = pool.exchange_token(subject.clone()).audience("orders");
        witness.see("exchange", &exchange);
        let derived = exchange.await.unwrap();
        witness.plant("derived token", derived.access_token().unwrap().expose_secret());
        witness.see("derived token", &derived);
        let refused = pool.exchange_token(AccessToken::from("planted.forgedpayload.signature"));
        witness.plant("forged token", "planted.forgedpayload.signature");
        assert_kind(witness, "refused exchange", refused.audience("orders").await.unwrap_err());

        witness.plant("client secret", WRONG_SECRET);
        let builder = TokenExchanger::at_domain(local.endpoint(), local.client_id());
        let builder = builder.client_secret(WRONG_SECRET).clock(local.clock());
        witness.see("builder", &builder);
        let source = builder.build().unwrap().on_behalf_of(&subject).audience("orders");
        witness.see("source", &source);
        let refused = source.token(&TokenRequest::access()).await.unwrap_err();
        assert_kind(witness, "refused client", refused);
        witness.see("extension", &TokenFrom::new(source));
        let layer = VerifyLayer::access_tokens(pool.verifier().clone());
        witness.see("layer", &layer);
    });
}

#[test]
fn nothing_secret_of_managed_login_is_shown_or_logged() {
    assert_nothing_shown(async |local, witness| {
        let login = ManagedLogin::builder(&local.id(), local.client_id(), local.endpoint());
        let login = login.endpoint(local.endpoint()).clock(local.clock());
        witness.plant("client secret", WRONG_SECRET);
        let with_secret = login.clone().client_secret(WRONG_SECRET);
        witness.see("builder", &with_secret);
        let login = login.build().unwrap();
        witness.see("managed login", &login);
        let request = login.authorization_url(CALLBACK).build().unwrap();
        let url = request.url().to_string();
        let pending = request.into_pending();
        let written = serde_json::to_value(&pending).unwrap();
        for secret in ["state", "nonce", "code_verifier"] {
            witness.plant(secret, written[secret].as_str().unwrap());
        }
        witness.see("pending sign-in", &pending);
        let page = Browser::default().sign_in(&url, "alice", PASSWORD).await;
        let code = page.url.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        witness.plant("authorization code", code);
        let refused = with_secret.build().unwrap().exchange(&pending, &page.url).await.unwrap_err();
        assert_kind(witness, "refused exchange", refused);
        let tokens = login.exchange(&pending, &page.url).await.unwrap();
        witness.see("verified tokens", &tokens);
        let set = tokens.into_tokens();
        witness.plant("access token", set.access_token().expose_secret());
        witness.plant("ID token", set.id_token().unwrap().expose_secret());
        witness.plant("refresh token", set.refresh_token().unwrap().expose_secret());
        let again = login.exchange(&pending, &page.url).await.unwrap_err();
        assert_kind(witness, "code that was used", again);
    });
}

#[test]
fn nothing_secret_of_aws_credentials_is_shown_or_logged() {
    assert_nothing_shown(async |local, witness| {
        let (_, session) = session(local, witness).await;
        let settings = IdentityPoolSettings::default().user_pool(local);
        let identities = local.emulator().create_identity_pool(settings).unwrap();
        let builder = IdentityPoolCredentials::builder(identities.id());
        let builder = builder.session(session);
        let builder = builder.endpoint(identities.endpoint()).clock(local.clock());
        witness.see("builder", &builder);
        let provider = builder.build().unwrap();
        witness.see("provider", &provider);
        let issued = provider.credentials().await.unwrap();
        witness.plant("AWS secret", issued.credentials().secret_access_key());
        witness.plant("AWS session token", issued.credentials().session_token().unwrap());
        witness.see("credentials", &issued);
        witness.see("credentials of the SDK", &provider.provide_credentials().await.unwrap());
        let open_id = provider.open_id_token().await.unwrap();
        witness.plant("OpenID token", open_id.expose_secret());
        witness.see("OpenID token", &open_id);
        local.call("AdminDeleteUser", json!({ "Username": "alice" })).unwrap();
        witness.see("provider", &provider);
    });
}
