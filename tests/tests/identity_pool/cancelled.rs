//! Requests to an identity pool that are dropped at each of their awaits, and runtimes that stop
//! there: the next caller has the same identity, and a guest is created once.

use std::sync::Arc;
use std::time::Duration;

use cognito::MemoryStore;
use cognito::identity_pool::{IdentityId, IdentityPoolCredentials, ProvideCredentials};
use cognito::types::BoxFuture;
use cognito_emulator::IdentityPoolSettings;
use cognito_tests::cancelled::{Stopped, Yielding, at_each_await, at_each_round, within_rounds};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::support::Identities;

/// The time limit of a caller, which a paused runtime reaches when nothing else can happen.
const LIMIT: Duration = Duration::from_secs(300);

/// A request, whose outcome does not matter.
type Request = fn(IdentityPoolCredentials) -> BoxFuture<'static, ()>;

const REQUESTS: [(&str, Request); 4] = [
    ("identity_id", |provider| Box::pin(async move { drop(provider.identity_id().await) })),
    ("credentials", |provider| Box::pin(async move { drop(provider.credentials().await) })),
    ("open_id_token", |provider| Box::pin(async move { drop(provider.open_id_token().await) })),
    ("provide_credentials", |provider| {
        Box::pin(async move { drop(provider.provide_credentials().await) })
    }),
];

/// An identity pool, and providers with one cache whose cache and HTTP client yield.
struct World {
    identities: Identities,
    cache: Arc<Yielding<MemoryStore>>,
}

impl World {
    fn new() -> Self {
        let identities = Identities::with(IdentityPoolSettings::guests);
        Self { identities, cache: Arc::new(Yielding(MemoryStore::default())) }
    }

    fn guest(&self) -> IdentityPoolCredentials {
        let builder = IdentityPoolCredentials::builder(self.identities.pool.id()).guest();
        self.build(self.identities.connected(builder))
    }

    async fn user(&self) -> IdentityPoolCredentials {
        let session = self.identities.users.signed_in("alice").await;
        self.build(self.identities.builder(session))
    }

    fn build(
        &self,
        builder: cognito::identity_pool::IdentityPoolCredentialsBuilder,
    ) -> IdentityPoolCredentials {
        let http = Yielding(self.identities.users.wire.clone());
        let cache = Arc::<Yielding<MemoryStore>>::clone(&self.cache);
        builder.http_client(http).identity_cache(cache).build().unwrap()
    }

    /// Asserts that a provider serves all requests, with the identity of another provider of the
    /// cache, and returns it.
    async fn assert_serves(&self, provider: &IdentityPoolCredentials, context: &str) -> IdentityId {
        let id = provider.identity_id().await.expect(context);
        let credentials = provider.credentials().await.expect(context);
        assert_eq!(*credentials.identity_id(), id, "{context}");
        provider.provide_credentials().await.expect(context);
        provider.open_id_token().await.expect(context);
        id
    }
}

#[tokio::test]
async fn a_dropped_request_of_a_guest_creates_one_guest() {
    for (name, request) in REQUESTS {
        at_each_await(name, async |rounds| {
            let (world, context) = (World::new(), format!("{name} after {rounds} rounds"));
            let provider = world.guest();
            let done = within_rounds(request(provider.clone()), rounds).await.is_some();
            let id = world.assert_serves(&provider, &context).await;
            let restarted = world.guest().identity_id().await.expect(&context);
            assert_eq!((restarted, world.identities.count("GetId")), (id, 1), "{context}");
            done
        })
        .await;
    }
}

#[tokio::test]
async fn a_dropped_request_of_a_user_costs_no_further_request() {
    for (name, request) in REQUESTS {
        at_each_await(name, async |rounds| {
            let (world, context) = (World::new(), format!("{name} after {rounds} rounds"));
            let provider = world.user().await;
            let done = within_rounds(request(provider.clone()), rounds).await.is_some();
            world.assert_serves(&provider, &context).await;
            let requests = ["GetId", "GetCredentialsForIdentity"];
            let requests = requests.map(|operation| world.identities.count(operation));
            assert_eq!(requests, [1, 1], "{context}");
            done
        })
        .await;
    }
}

#[tokio::test]
async fn a_dropped_unlink_can_be_repeated() {
    at_each_await("unlink", async |rounds| {
        let (world, context) = (World::new(), format!("after {rounds} rounds"));
        let provider = world.user().await;
        let old = provider.identity_id().await.unwrap();
        let done = within_rounds(provider.unlink(), rounds).await.is_some();
        drop(provider.unlink().await);
        let new = world.assert_serves(&provider, &context).await;
        assert_ne!(old, new, "{context}: the login is linked to it still");
        done
    })
    .await;
}

/// Returns a runtime whose time advances when it waits.
fn paused() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

#[test]
fn a_caller_is_served_when_the_runtime_of_the_request_stops() {
    for (name, request) in REQUESTS {
        for is_shut_down in [true, false] {
            at_each_round(name, |rounds| {
                let world = World::new();
                let provider = world.guest();
                let stopped = Stopped::after(rounds, request(provider.clone()));
                let done = stopped.has_completed;
                let _stopped = Some(stopped).filter(|_| !is_shut_down);
                let context = format!("{name} after {rounds} rounds, shut down: {is_shut_down}");
                paused().block_on(async {
                    let serves = world.assert_serves(&provider, &context);
                    timeout(LIMIT, serves).await.expect(&context)
                });
                done
            });
        }
    }
}
