//! Operations of a session that are dropped at each of their awaits, and runtimes that are shut
//! down there: the session, its record and its other callers continue.

use std::sync::Arc;

use cognito::account::Attributes;
use cognito::session::{SessionKey, TokenRequest, TokenSource};
use cognito::types::BoxFuture;
use cognito::{ErrorKind, MemoryStore, Session, TokenStore, UserPool};
use cognito_tests::cancelled::{Stopped, Yielding, at_each_await, at_each_round, within_rounds};
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use tokio::runtime::Builder;

use crate::support::{record, rotating};

/// An operation of a session, whose outcome does not matter.
type Operation = fn(Session) -> BoxFuture<'static, ()>;

/// A session whose store and HTTP client yield.
struct World {
    fixture: Fixture,
    pool: UserPool,
    another: UserPool,
    store: Arc<Yielding<MemoryStore>>,
    session: Session,
    key: SessionKey,
}

impl World {
    /// Signs in a user of a pool that rotates refresh tokens, with a grace period in seconds.
    async fn new(grace: u64) -> Self {
        let store = Arc::new(Yielding(MemoryStore::default()));
        let fixture = Fixture::new(rotating(grace));
        let client = || {
            let store: Arc<dyn TokenStore> = Arc::<Yielding<MemoryStore>>::clone(&store);
            let http = Yielding(fixture.wire.clone());
            fixture.another_client(|builder| builder.http_client(http).token_store(store))
        };
        let (pool, another) = (client(), client());
        fixture.register("alice").await;
        let sign_in = pool.sign_in("alice").password(PASSWORD).store_as("alice");
        let session = done(sign_in.await.unwrap());
        let key = session.key().unwrap().clone();
        Self { fixture, pool, another, store, session, key }
    }

    /// Asserts that the store has the newest refresh token of the session.
    async fn assert_newest_is_stored(&self, context: &str) {
        let tokens = self.session.tokens().unwrap();
        let stored = record(&*self.store, &self.key).await.expect(context);
        let newest = tokens.refresh_token().unwrap().expose_secret();
        assert!(stored.to_string().contains(newest), "{context}: the record is old");
    }

    /// Asserts that the session serves callers, here and in another program, and survives refreshes.
    async fn assert_usable(&self, context: &str) {
        let session = &self.session;
        let (token, refreshed) = tokio::join!(session.access_token(), session.refresh());
        token.and(refreshed).expect(context);
        self.assert_newest_is_stored(context).await;
        self.fixture.advance(3600);
        session.access_token().await.expect(context);
        self.assert_newest_is_stored(context).await;
        let elsewhere = self.another.restore(&self.key).await.expect(context).expect(context);
        elsewhere.refresh().await.expect(context);
        session.refresh().await.expect(context);
        session.user().await.expect(context);
        self.assert_newest_is_stored(context).await;
    }

    /// Asserts that the session has ended here, in the store and in other programs.
    async fn assert_ended(&self, context: &str) {
        let refused = self.session.access_token().await.expect_err(context);
        assert_eq!(refused.kind(), ErrorKind::SessionEnded, "{context}");
        assert!(record(&*self.store, &self.key).await.is_none(), "{context}: the record remains");
    }
}

const CONTINUE: [(&str, Operation); 5] = [
    ("access_token", |session| Box::pin(async move { drop(session.access_token().await) })),
    ("refresh", |session| Box::pin(async move { drop(session.refresh().await) })),
    ("token", |session| Box::pin(async move { drop(session.token(&TokenRequest::id()).await) })),
    ("user", |session| Box::pin(async move { drop(session.user().await) })),
    ("update_attributes", |session| {
        Box::pin(async move {
            let mut attributes = Attributes::new();
            attributes.set("name", "Alice");
            drop(session.update_attributes(&attributes).await);
        })
    }),
];

const END: [(&str, Operation); 4] = [
    ("sign_out", |session| Box::pin(async move { drop(session.sign_out().await) })),
    ("sign_out_everywhere", |session| {
        Box::pin(async move { drop(session.sign_out_everywhere().await) })
    }),
    ("delete_account", |session| Box::pin(async move { drop(session.delete_account().await) })),
    ("into_tokens", |session| Box::pin(async move { drop(session.into_tokens().await) })),
];

#[tokio::test]
async fn a_session_serves_others_after_a_dropped_operation() {
    for (name, operation) in CONTINUE {
        for expired in [false, true] {
            at_each_await(name, async |rounds| {
                let world = World::new(0).await;
                world.fixture.advance(if expired { 3600 } else { 3500 });
                let done = within_rounds(operation(world.session.clone()), rounds).await.is_some();
                world.assert_usable(&format!("{name} after {rounds} rounds")).await;
                done
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_dropped_end_of_a_session_can_be_repeated() {
    for (name, operation) in END {
        at_each_await(name, async |rounds| {
            let world = World::new(0).await;
            let done = within_rounds(operation(world.session.clone()), rounds).await.is_some();
            operation(world.session.clone()).await;
            world.assert_ended(&format!("{name} after {rounds} rounds")).await;
            done
        })
        .await;
    }
}

#[tokio::test]
async fn a_session_continues_after_a_dropped_release() {
    at_each_await("into_tokens", async |rounds| {
        let world = World::new(0).await;
        let done = within_rounds(world.session.clone().into_tokens(), rounds).await.is_some();
        if !done {
            world.assert_usable(&format!("into_tokens after {rounds} rounds")).await;
        }
        done
    })
    .await;
}

#[tokio::test]
async fn a_caller_is_served_while_another_is_dropped() {
    at_each_await("refresh", async |rounds| {
        let world = World::new(0).await;
        world.fixture.advance(3600);
        let (first, second) = (world.session.clone(), world.session.clone());
        let dropped = within_rounds(async move { first.refresh().await }, rounds);
        let (done, token) = tokio::join!(dropped, second.access_token());
        token.unwrap();
        world.assert_usable(&format!("beside a caller of {rounds} rounds")).await;
        done.is_some()
    })
    .await;
}

#[tokio::test]
async fn a_dropped_sign_in_keeps_the_session_that_is_stored() {
    at_each_await("sign_in", async |rounds| {
        let world = World::new(0).await;
        let again = world.pool.sign_in("alice").password(PASSWORD).store_as("alice");
        let done = within_rounds(async move { again.await }, rounds).await.is_some();
        let context = format!("sign_in after {rounds} rounds");
        let refreshed = world.session.refresh().await;
        refreshed.expect(&context);
        world.assert_newest_is_stored(&context).await;
        world.another.restore(&world.key).await.expect(&context).expect(&context);
        done
    })
    .await;
}

#[tokio::test]
async fn a_dropped_restore_leaves_the_record() {
    at_each_await("restore", async |rounds| {
        let world = World::new(0).await;
        world.fixture.advance(3600);
        let done = within_rounds(world.another.restore(&world.key), rounds).await.is_some();
        world.assert_usable(&format!("restore after {rounds} rounds")).await;
        done
    })
    .await;
}

#[test]
fn a_session_survives_the_shutdown_of_a_runtime_at_each_await() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let release: (&str, Operation) =
        ("into_tokens", |session| Box::pin(async move { drop(session.into_tokens().await) }));
    for (name, operation) in CONTINUE.into_iter().chain([release]) {
        for seconds in [0, 3500, 3600] {
            at_each_round(name, |rounds| {
                let world = runtime.block_on(World::new(60));
                world.fixture.advance(seconds);
                if Stopped::after(rounds, operation(world.session.clone())).has_completed {
                    return true;
                }
                let context = format!("{name} at {seconds} s, shut down after {rounds} rounds");
                runtime.block_on(world.assert_usable(&context));
                false
            });
        }
    }
}
