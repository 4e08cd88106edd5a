//! Credentials that callers share: the last ones, and the request under way.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cognito_types::{Clock, Lifetime, SingleFlight};

use super::client::{Client, Received};
use super::issued::IdentityCredentials;
use super::login::{Login, LoginDigest};
use crate::error::Error;

/// The part of the lifetime, before its end, in which credentials are requested again: a fifth.
const MARGIN_SHARE: u32 = 5;

/// The longest time before their end at which credentials are requested again.
const MAX_MARGIN: Duration = Duration::from_secs(5 * 60);

/// The time for which the AWS SDK gets the same credentials, because its clients may request them
/// concurrently. A later request means that the SDK's copy is about to expire.
const SAME_FOR_SDK: Duration = Duration::from_secs(60);

/// The time after which callers give up a request of another runtime, which may not run any more.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The state that all callers share.
pub(super) struct Shared {
    client: Client,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    under_way: Option<UnderWay>,
    /// The number of requests so far.
    started: u64,
}

type Flight = SingleFlight<Result<IdentityCredentials, Error>>;

/// The newest request, until it ends or is invalidated. The result of an older request, for another
/// user or other groups, is returned to its callers but not kept.
struct UnderWay {
    number: u64,
    digest: LoginDigest,
    flight: Flight,
}

/// The credentials of a login.
struct Held {
    digest: LoginDigest,
    credentials: IdentityCredentials,
    lifetime: Lifetime,
}

/// The required age of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// Any age, unless they are about to expire.
    Any,
    /// Less than [`SAME_FOR_SDK`].
    Recent,
}

impl Shared {
    pub(super) fn new(client: Client) -> Self {
        Self { client, state: Mutex::default() }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns credentials of the current login.
    pub(super) async fn credentials(
        self: &Arc<Self>,
        age: Age,
    ) -> Result<IdentityCredentials, Error> {
        loop {
            // The login is read each time, because the user or the groups may have changed.
            let login = self.client.login().await?;
            let digest = Login::digest(login.as_ref());
            let (flight, is_own) = {
                let mut state = self.state();
                if let Some(held) = state.held(digest, age, &*self.client.clock) {
                    return Ok(held.clone());
                }
                match state.flight_of(digest) {
                    Some(flight) => (flight.clone(), false),
                    None => (self.start(&mut state, login, digest)?, true),
                }
            };
            match flight.outcome_within(PATIENCE).await {
                Ok(outcome) => return outcome,
                // The runtime of another caller was shut down: request again.
                Err(_) if !is_own => {}
                Err(lost) => return Err(lost.into()),
            }
        }
    }

    /// Drops the credentials, and the result of a request under way.
    pub(super) fn invalidate(&self) {
        let mut state = self.state();
        (state.held, state.under_way) = (None, None);
    }

    /// Starts a request, which completes even if its callers leave.
    fn start(
        self: &Arc<Self>,
        state: &mut State,
        login: Option<Login>,
        digest: LoginDigest,
    ) -> Result<Flight, Error> {
        let (shared, number) = (Arc::clone(self), state.started);
        let flight = SingleFlight::spawn(async move {
            let outcome = shared.client.credentials(login).await;
            shared.state().finish_flight(number, outcome, &*shared.client.clock)
        })?;
        state.started = number.wrapping_add(1);
        state.under_way = Some(UnderWay { number, digest, flight: flight.clone() });
        Ok(flight)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code under the lock can panic, so the state is valid even if the lock is poisoned.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn held(
        &self,
        digest: LoginDigest,
        age: Age,
        clock: &dyn Clock,
    ) -> Option<&IdentityCredentials> {
        let Held { credentials, lifetime, .. } =
            self.held.as_ref().filter(|held| held.digest == digest)?;
        let margin = lifetime.last_part(MARGIN_SHARE, MAX_MARGIN);
        let serves = lifetime.remaining(clock) > margin
            && (age == Age::Any || lifetime.age(clock) < SAME_FOR_SDK);
        serves.then_some(credentials)
    }

    fn flight_of(&self, digest: LoginDigest) -> Option<&Flight> {
        let under_way = self.under_way.as_ref().filter(|under_way| under_way.digest == digest)?;
        Some(&under_way.flight).filter(|flight| !flight.has_ended())
    }

    /// Ends a request, and keeps its credentials for the login that the service accepted.
    fn finish_flight(
        &mut self,
        number: u64,
        outcome: Result<Received, Error>,
        clock: &dyn Clock,
    ) -> Result<IdentityCredentials, Error> {
        let is_newest = self.under_way.as_ref().is_some_and(|newest| newest.number == number);
        if is_newest {
            self.under_way = None;
        }
        let Received { credentials, digest, date } = outcome?;
        if is_newest {
            let now = clock.now();
            // The expiration is a time of the service's clock, which may differ from this
            // machine's. The Date header has whole seconds, so up to a second more may have passed.
            let latest = date.and_then(|date| date.checked_add(Duration::from_secs(1)));
            let length = credentials.expires_at.duration_since(latest.unwrap_or(now));
            let length = length.unwrap_or_default();
            let lifetime = Lifetime::new(now, length, clock);
            self.held = Some(Held { digest, credentials: credentials.clone(), lifetime });
        }
        Ok(credentials)
    }
}
