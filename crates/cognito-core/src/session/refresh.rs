//! Refresh: once for all who wait, to its end even if they leave, stored before it is seen.

use std::time::Duration;

use cognito_tokens::TokenSet;
use futures_util::FutureExt;
use futures_util::future::Shared;
use tokio::runtime::Handle;

use super::Session;
use super::state::{Age, Current};
use crate::error::{Error, ErrorKind};

/// A refresh under way, for everybody who waits for it.
pub(super) type Refresh = Shared<cognito_tokens::BoxFuture<'static, Result<(), Error>>>;

/// How often the store is looked at after a refusal, and how long between two looks: a program
/// that was answered needs no longer to store what it got.
const LOOKS: usize = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

impl Session {
    /// Tokens that hold, verified; refreshed first if they are about to end.
    pub(super) async fn fresh(&self) -> Result<TokenSet, Error> {
        self.store_if_new().await?;
        let clock = self.inner.pool.clock();
        let (age, generation, pauses) = {
            let state = self.state();
            let current = state.current()?;
            (current.age(clock), current.generation, state.pauses(clock))
        };
        match age {
            Age::Fresh => {}
            Age::Ending if pauses => {}
            // What still holds is better than an error.
            Age::Ending => match self.refresh_from(generation).await {
                Err(error) if error.ends_session() => return Err(error),
                _ => {}
            },
            Age::Over => self.refresh_from(generation).await?,
        }
        self.verified().await?;
        Ok(self.state().current()?.set.clone())
    }

    /// Refreshes the tokens unless that has happened since `generation`.
    pub(super) async fn refresh_from(&self, generation: u64) -> Result<(), Error> {
        let refresh = {
            let mut state = self.state();
            if state.current()?.generation != generation {
                return Ok(());
            }
            match &state.refresh {
                Some(refresh) => refresh.clone(),
                None => {
                    let refresh = self.start_refresh()?;
                    state.refresh = Some(refresh.clone());
                    refresh
                }
            }
        };
        refresh.await
    }

    /// Runs on a task of its own, which nobody's leaving stops.
    fn start_refresh(&self) -> Result<Refresh, Error> {
        let runtime = Handle::try_current()
            .map_err(|error| Error::new(ErrorKind::NoRuntime).with_source(error))?;
        let session = self.clone();
        let task = runtime.spawn(async move {
            let result = session.refresh_once().await;
            let mut state = session.state();
            state.refresh = None;
            if result.is_err() {
                state.failed_at = Some(session.inner.pool.clock().elapsed());
            }
            result
        });
        let outcome = async move {
            let joined = task.await;
            joined.unwrap_or_else(|error| Err(Error::new(ErrorKind::Service).with_source(error)))
        };
        Ok(outcome.boxed().shared())
    }

    /// Waits for the refresh under way, if there is one: it may be storing what it got.
    pub(super) async fn settle(&self) {
        let refresh = self.state().refresh.clone();
        if let Some(refresh) = refresh {
            let _ = refresh.await;
        }
    }

    async fn refresh_once(&self) -> Result<(), Error> {
        let unsaved = self.state().unsaved.clone();
        if let Some(unsaved) = unsaved {
            // They were refreshed before and only have to be stored.
            return self.save(unsaved).await;
        }
        // To send a refresh token that another program has spent could end the session for both.
        if self.take_newer().await? == Some(Age::Fresh) {
            return Ok(());
        }
        loop {
            let refused = match self.request_tokens().await {
                Ok(refreshed) => return self.save(refreshed).await,
                Err(error) if ends_session(error.kind()) => error,
                Err(error) => return Err(error),
            };
            match self.wait_for_newer().await? {
                // Newer and expired: it has a refresh token that may still be good.
                Some(Age::Over) => {}
                Some(_) => return Ok(()),
                None => return Err(self.ended(refused).await),
            }
        }
    }

    async fn request_tokens(&self) -> Result<Current, Error> {
        self.confirm_device_before_refresh().await?;
        let Current { set, device, .. } = self.state().current()?.clone();
        let refresh_token = set.refresh_token().ok_or(ErrorKind::SessionEnded)?;
        let pool = &self.inner.pool;
        let device_key = device.as_ref().map(|device| device.credentials.key());
        let refreshed = pool.carrier().refresh(refresh_token, device_key, pool.refresh_metadata());
        let refreshed = Current::new(refreshed.await?, Some(refresh_token.clone()), pool.clock());
        Ok(refreshed.with_device(device))
    }

    /// A refusal may mean that another program has refreshed and is about to store what it got.
    async fn wait_for_newer(&self) -> Result<Option<Age>, Error> {
        for _ in 0..LOOKS {
            let newer = self.take_newer().await?;
            if newer.is_some() || self.inner.key.is_none() {
                return Ok(newer);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        Ok(None)
    }

    /// Ends the session because the service did.
    async fn ended(&self, reason: Error) -> Error {
        match self.end().await {
            Ok(()) if reason.kind() == ErrorKind::SessionEnded => reason,
            Ok(()) => Error::new(ErrorKind::SessionEnded).with_source(reason),
            Err(error) => error.ended(),
        }
    }
}

/// Whether a refusal of the refresh token is for good.
fn ends_session(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TokenRevoked
            | ErrorKind::TokenExpired
            | ErrorKind::RefreshTokenReuse
            | ErrorKind::UserDisabled
            | ErrorKind::UserNotFound
            | ErrorKind::NotAuthorized
            | ErrorKind::PasswordResetRequired
            | ErrorKind::SessionEnded
            | ErrorKind::DeviceForgotten
    )
}
