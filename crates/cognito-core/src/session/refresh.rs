//! The work of a flight: stores and verifies pending tokens, claims the record, requests new
//! tokens, and stores the response.

use std::time::Duration;

use cognito_types::RefreshToken;
use tokio::time::Instant;

use super::Session;
use super::flight::{Flight, FlightKind};
use super::persistence::Claimed;
use super::record_store::within;
use super::request_tokens::RefreshBy;
use super::state::Plan;
use super::tokens::{Current, Pending, Standing};
use crate::error::{Error, ErrorKind};

/// The time that a caller waits for a refresh before it gets a token that one server has refused
/// and others may accept.
const PREFERENCE: Duration = Duration::from_secs(5);

/// The time limit for a refresh without a claim. It is above the limits of the pool, as a last
/// resort for a callback of the application that never returns.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

impl Session {
    /// Returns valid tokens, refreshing them first if necessary.
    pub(super) async fn fresh(&self) -> Result<Current, Error> {
        let clock = self.inner.pool.clock();
        let plan = self.state().plan(clock)?;
        match plan {
            Plan::Serve => {}
            Plan::ServeBesideRefresh => drop(self.join(FlightKind::RefreshIfNeeded)),
            Plan::PreferRefresh => {
                let refresh = within(PREFERENCE, self.refreshed(FlightKind::RefreshIfNeeded));
                if let Ok(Some(Err(error))) = refresh.await
                    && !self.state().holds(clock)
                {
                    return Err(error);
                }
            }
            Plan::AwaitRefresh => self.refreshed_after_pause().await?,
        }
        self.state().current().cloned().ok_or_else(|| ErrorKind::SessionEnded.into())
    }

    /// Waits for a refresh, or returns the error of the last one in the pause after it.
    async fn refreshed_after_pause(&self) -> Result<(), Error> {
        let clock = self.inner.pool.clock();
        let Some(error) = self.state().pause(clock) else {
            return self.refreshed(FlightKind::RefreshIfNeeded).await;
        };
        // Tokens that only have to be stored or verified need no request, so they do not wait.
        if self.state().pending().is_some() {
            self.refreshed(FlightKind::Store).await?;
        }
        if self.state().holds(clock) { Ok(()) } else { Err(error) }
    }

    /// Waits for a flight that serves the caller, and starts one if none is under way.
    pub(super) async fn refreshed(&self, kind: FlightKind) -> Result<(), Error> {
        let seen = self.state().flights;
        loop {
            let (flight, is_own) = self.join(kind)?;
            match flight.outcome().await {
                Ok(outcome) if flight.serves(kind, seen) => return outcome,
                Ok(Err(error)) if error.ends_session() => return Err(error),
                // The runtime of another caller was shut down, or its callback panicked: try again.
                Err(_) if !is_own => {}
                Err(lost) => return Err(lost.into()),
                Ok(_) => {}
            }
        }
    }

    /// Returns the flight under way or starts one, and whether it was started.
    fn join(&self, kind: FlightKind) -> Result<(Flight, bool), Error> {
        let mut state = self.state();
        state.visible()?;
        if let Some(flight) = state.flight(self.inner.pool.clock()) {
            return Ok((flight.clone(), false));
        }
        // Other callers wait for it too, so the timeout of this caller does not limit it.
        let session = self.clone().with_pool_limits();
        let work = |number| async move {
            let outcome = session.run_flight(kind).await;
            let failure =
                session.state().finish_flight(number, &outcome, session.inner.pool.clock());
            if let Some(error) = failure {
                tracing::warn!(error = ?error.kind(), "the tokens cannot be refreshed or stored");
            }
            outcome
        };
        Ok((state.start_flight(kind, work)?, true))
    }

    /// Runs other work as a flight, once none is under way.
    pub(super) async fn as_flight<F>(&self, work: impl FnOnce(Self) -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let flight = loop {
            self.wait_for_flight().await;
            let mut state = self.state();
            state.visible()?;
            if state.flight(self.inner.pool.clock()).is_none() {
                let session = self.clone().with_pool_limits();
                let work = work(session.clone());
                let work = |number| async move {
                    let outcome = work.await;
                    session.state().remove_flight(number);
                    outcome
                };
                break state.start_flight(FlightKind::Release, work)?;
            }
        };
        flight.outcome().await?
    }

    /// Waits for the flight under way, if any, because it may be storing tokens.
    pub(super) async fn wait_for_flight(&self) {
        let flight = self.state().flight(self.inner.pool.clock()).cloned();
        if let Some(flight) = flight {
            let _ = flight.outcome().await;
        }
    }

    pub(super) async fn run_flight(&self, kind: FlightKind) -> Result<(), Error> {
        let clock = self.inner.pool.clock();
        let has_published = self.complete_pending(None).await?;
        self.save_changes().await?;
        let is_done = match kind {
            FlightKind::Store | FlightKind::Release => true,
            FlightKind::RefreshIfNeeded if has_published => self.state().holds(clock),
            FlightKind::RefreshIfNeeded => self.state().is_fresh(clock),
            FlightKind::Refresh => false,
        };
        if is_done { Ok(()) } else { self.refresh_once(kind).await }
    }

    async fn refresh_once(&self, kind: FlightKind) -> Result<(), Error> {
        let clock = self.inner.pool.clock();
        loop {
            let (base, refresh_by) = self.refreshable().await?;
            self.pause_after_throttling().await?;
            // Confirm before the claim, whose time is for the refresh alone.
            self.confirm_device_before_refresh().await?;
            // Sending a refresh token that another program has used would end the session for both.
            let Claimed::Own(work_until) = self.claim_record().await? else {
                self.complete_pending(None).await?;
                if kind == FlightKind::RefreshIfNeeded && self.state().is_fresh(clock) {
                    return Ok(());
                }
                continue;
            };
            match self.request_tokens(&base, refresh_by, work_until).await {
                Ok(()) => {
                    let completed = self.complete_pending(work_until).await;
                    return self.release_after(completed).await.map(drop);
                }
                Err(error) if is_definite(&error) => {
                    let has_newer = self.has_newer_record().await;
                    if !self.release_after(has_newer).await? {
                        return Err(self.end_refused(error).await);
                    }
                    self.complete_pending(None).await?;
                    if self.state().holds(clock) {
                        return Ok(());
                    }
                }
                Err(error) => {
                    self.release_record().await;
                    return Err(error);
                }
            }
        }
    }

    /// Releases the claim after a failure of the work under it.
    ///
    /// The claim remains if new tokens are not stored yet: it keeps other programs from sending the
    /// refresh token that they replace.
    async fn release_after<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        let is_unstored = self.state().pending().is_some_and(|pending| !pending.is_stored);
        if outcome.is_err() && !is_unstored {
            self.release_record().await;
        }
        outcome
    }

    /// Returns the refresh token and the way to use it. A session without one ends when its tokens
    /// expire.
    async fn refreshable(&self) -> Result<(RefreshToken, RefreshBy), Error> {
        let newest = self.state().newest()?.clone();
        if let Some(token) = newest.set.refresh_token() {
            return Ok((token.clone(), newest.refresh_by));
        }
        if self.state().holds(self.inner.pool.clock()) {
            const DETAIL: &str = "the session has no refresh token; sign in again for new tokens";
            return Err(Error::new(ErrorKind::Configuration).with_detail(DETAIL));
        }
        let standing = self.state().current().map(|current| current.standing);
        let reason = match standing {
            Some(Standing::Revoked) => ErrorKind::TokenRevoked,
            _ => ErrorKind::TokenExpired,
        };
        Err(self.end_refused(reason.into()).await)
    }

    /// Waits for the pause after throttling; a long pause is returned to the caller as an error.
    async fn pause_after_throttling(&self) -> Result<(), Error> {
        let now = self.inner.pool.clock().elapsed();
        let (long, left) = {
            let throttling = &self.state().throttling;
            (throttling.long_pause(now), throttling.left(now))
        };
        if let Some(error) = long {
            return Err(error);
        }
        if !left.is_zero() {
            tokio::time::sleep(left).await;
        }
        Ok(())
    }

    /// Requests new tokens before the work under a claim ends; the new tokens become pending.
    async fn request_tokens(
        &self,
        refresh_token: &RefreshToken,
        refresh_by: RefreshBy,
        work_until: Option<Instant>,
    ) -> Result<(), Error> {
        let limit = work_until.map(|end| end.saturating_duration_since(Instant::now()));
        let limit = limit.unwrap_or(REQUEST_TIMEOUT);
        let pool = &self.inner.pool;
        let device = self.own_device();
        let key = device.as_ref().map(|device| device.credentials());
        let outcome = refresh_by.request(pool, refresh_token, key, limit).await;
        let mut state = self.state();
        state.throttling.note(&outcome, pool.clock().elapsed());
        let tokens = outcome?.after(refresh_token, state.current()).with_device(device);
        if state.offer(Pending::refreshed(tokens, refresh_token)) {
            Ok(())
        } else {
            Err(ErrorKind::SessionEnded.into())
        }
    }
}

/// Returns whether the service will never accept the refresh token again.
///
/// NotAuthorizedException has many causes, among them wrong settings of the app client that an
/// administrator may correct, so only known messages count.
fn is_definite(error: &Error) -> bool {
    const FINAL: [&str; 5] = [
        "Invalid Refresh Token",
        "Refresh Token has been revoked",
        "Refresh Token has expired",
        "Refresh Token has different Client",
        "The user has been deleted for the associated refresh token",
    ];
    match error.kind() {
        ErrorKind::RefreshTokenReuse
        | ErrorKind::UserDisabled
        | ErrorKind::UserNotFound
        | ErrorKind::PasswordResetRequired
        | ErrorKind::DeviceForgotten => true,
        _ if error.ends_session() => true,
        _ if error.exception() == Some("NotAuthorizedException") => {
            let message = error.service_message().unwrap_or_default();
            FINAL.iter().any(|known| message.trim_end_matches('.') == *known)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_of_the_service_is_definite() {
        for kind in [ErrorKind::NotAuthorized, ErrorKind::TokenRevoked, ErrorKind::Store] {
            assert!(!is_definite(&Error::new(kind)), "{kind:?}");
        }
        assert!(is_definite(&Error::new(ErrorKind::RefreshTokenReuse)));
    }
}
