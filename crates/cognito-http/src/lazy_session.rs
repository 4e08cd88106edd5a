//! A session that starts when a token is first needed, and is replaced when it has ended.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cognito_core::{Error, Fault, Password, Session, SessionError, SignIn, UserPool};
use cognito_types::{
    BoxFuture, Clock, IssuedToken, RejectionPauses, SystemClock, TokenError, TokenErrorKind,
    TokenRequest, TokenSource,
};

use crate::attempts::{Attempts, Next};
use crate::flight::{Flight, lost};

/// The default time limit of a sign-in by [`LazySession`].
pub const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(60);

/// A [`TokenSource`] that signs a user in when a token is needed.
///
/// Concurrent callers share one sign-in, which completes even if they are dropped, and fails after
/// a [time limit](Self::timeout). After a failure there is a pause, which grows with each failure
/// in a row. After a refusal, such as of a wrong password, it grows from
/// [`REFUSED_PAUSE`](crate::REFUSED_PAUSE) to
/// [`LONGEST_REFUSED_PAUSE`](crate::LONGEST_REFUSED_PAUSE), so that the program does not lock its
/// user out; [`end_pause`](Self::end_pause) ends it.
///
/// Clones share the session. It needs a tokio runtime with a timer.
#[derive(Clone)]
pub struct LazySession {
    inner: Arc<Inner>,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

type Begin = dyn Fn() -> BoxFuture<'static, Result<Session, TokenError>> + Send + Sync;

struct Inner {
    begin: Box<Begin>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Numbered>,
    /// The number of sessions so far.
    count: u64,
    attempts: Attempts<Numbered>,
    /// The highest generation that was returned; a rejection of an older token is ignored.
    newest: u64,
    /// The limit for all sessions: a server that rejects every token must not cause sign-ins
    /// either.
    rejections: RejectionPauses,
}

/// A session and its number, because each session counts its own generations.
#[derive(Clone)]
struct Numbered {
    session: Session,
    number: u64,
}

/// The number of bits of a generation that hold the session's own generation.
const OWN_BITS: u32 = 32;
const OWN_MASK: u64 = 0xffff_ffff;

impl LazySession {
    /// Creates a source that signs in over SRP with this user name and password, for users without
    /// further challenges.
    ///
    /// The password is kept in memory, to sign in again when the session has ended.
    ///
    /// The sign-ins do not name a device: each one registers a new device if the pool tracks
    /// devices. To keep the device in the pool's token store, sign in with a name:
    /// `LazySession::new(move || pool.sign_in(..).password(..).store_as(..).into_future())`.
    pub fn with_password(
        pool: UserPool,
        username: impl Into<String>,
        password: impl Into<Password>,
    ) -> Self {
        let (username, password): (String, Password) = (username.into(), password.into());
        Self::new(move || pool.sign_in(username.clone()).password(password.clone()).into_future())
    }

    /// Creates a source that signs in with this function, which also responds to challenges.
    ///
    /// If the function returns a challenge, the error has kind [`TokenErrorKind::Ended`]: the user
    /// must sign in.
    pub fn new<F, T>(begin: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<SignIn, SessionError>> + Send + 'static,
    {
        let begin = Arc::new(begin);
        let begin = move || -> BoxFuture<'static, _> {
            let begin = Arc::clone(&begin);
            Box::pin(async move { session_of(begin().await) })
        };
        let inner = Inner { begin: Box::new(begin), state: Mutex::default() };
        Self { inner: Arc::new(inner), clock: Arc::new(SystemClock), timeout: SIGN_IN_TIMEOUT }
    }

    /// Starts with an existing session, and signs in when it has ended.
    #[must_use]
    pub fn with_session(self, session: Session) -> Self {
        self.inner.state().begin(session);
        self
    }

    /// Sets the clock for pauses.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Sets the time limit of a sign-in, [`SIGN_IN_TIMEOUT`] by default.
    ///
    /// Set a longer limit if the function asks a user for a code.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Ends the pause after a failed sign-in: the next caller signs in.
    ///
    /// Call it when the cause is fixed, for example after an administrator set the password. If the
    /// sign-in is refused again, the next pause is still longer.
    pub fn end_pause(&self) {
        self.inner.state().attempts.end_pause();
    }

    /// Returns the session, and starts one if there is none.
    async fn current(&self) -> Result<Numbered, TokenError> {
        loop {
            let (flight, is_own) = {
                let mut state = self.inner.state();
                if let Some(current) = &state.current {
                    return Ok(current.clone());
                }
                match state.attempts.next(self.clock.elapsed()) {
                    Next::Join(flight) => (flight, false),
                    Next::Fail(error) => return Err(error),
                    Next::Start => (self.start(&mut state)?, true),
                }
            };
            match flight.outcome(self.clock.elapsed()).await {
                Some(outcome) => return outcome,
                // The runtime of another caller was shut down: sign in again.
                None if !is_own => {}
                None => return Err(lost()),
            }
        }
    }

    fn start(&self, state: &mut State) -> Result<Flight<Numbered>, TokenError> {
        let inner = Arc::clone(&self.inner);
        let work = async move { (inner.begin)().await };
        let (inner, clock) = (Arc::clone(&self.inner), Arc::clone(&self.clock));
        let arrived = move |begun| inner.arrived(begun, &*clock);
        let flight = Flight::launch((self.clock.elapsed(), self.timeout), work, arrived)?;
        state.attempts.started(flight.clone());
        Ok(flight)
    }

    async fn fetch(&self, request: &TokenRequest) -> Result<IssuedToken, TokenError> {
        let current = self.current().await?;
        let token = match current.token(request).await {
            Err(error) if error.kind() == TokenErrorKind::Ended => {
                self.inner.state().end(current.number);
                self.current().await?.token(request).await?
            }
            token => token?,
        };
        let mut state = self.inner.state();
        state.newest = state.newest.max(token.generation());
        Ok(token)
    }
}

impl Inner {
    fn arrived(
        &self,
        begun: Result<Session, TokenError>,
        clock: &dyn Clock,
    ) -> Result<Numbered, TokenError> {
        let mut state = self.state();
        match begun {
            Ok(session) => {
                tracing::debug!("signed in");
                Ok(state.begin(session))
            }
            Err(error) => {
                tracing::warn!(error = ?error.kind(), "the sign-in failed");
                state.attempts.failed(error.clone(), clock.elapsed());
                Err(error)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code under the lock can panic, so the state is valid even if the lock is poisoned.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn begin(&mut self, session: Session) -> Numbered {
        self.count = self.count.saturating_add(1);
        let current = Numbered { session, number: self.count };
        self.current = Some(current.clone());
        self.attempts.succeeded();
        current
    }

    /// Drops the session with this number; there may be another one by now.
    fn end(&mut self, number: u64) {
        self.current.take_if(|current| current.number == number);
    }
}

impl Numbered {
    async fn token(&self, request: &TokenRequest) -> Result<IssuedToken, TokenError> {
        let token = self.session.token(request).await?;
        let own = token.generation() & OWN_MASK;
        Ok(token.with_generation(self.number << OWN_BITS | own))
    }
}

impl TokenSource for LazySession {
    fn token(&self, request: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        let request = request.clone();
        Box::pin(async move { self.fetch(&request).await })
    }

    fn reject(&self, token: &IssuedToken) {
        let (number, own) = (token.generation() >> OWN_BITS, token.generation() & OWN_MASK);
        let mut state = self.inner.state();
        let Some(current) = state.current.clone().filter(|current| current.number == number) else {
            return;
        };
        if token.generation() < state.newest {
            return;
        }
        let allowed = state.rejections.allow_refresh(self.clock.elapsed());
        drop(state);
        if allowed {
            current.session.reject(&token.clone().with_generation(own));
        }
    }
}

fn session_of(begun: Result<SignIn, SessionError>) -> Result<Session, TokenError> {
    match begun {
        Ok(SignIn::Done(session)) => Ok(session),
        Ok(SignIn::Challenge(challenge)) => {
            let name = challenge.name();
            let detail = format!(
                "the sign-in needs a response to {name}; respond in the function of the LazySession"
            );
            Err(TokenError::new(TokenErrorKind::Ended, detail))
        }
        Err(error) => {
            let error = Error::from(error);
            let kind = match error.fault() {
                _ if error.is_transient() => TokenErrorKind::Transient,
                Fault::User => TokenErrorKind::Ended,
                _ => TokenErrorKind::Configuration,
            };
            let wait = error.retry_after();
            let error = TokenError::new(kind, error);
            Err(wait.into_iter().fold(error, TokenError::with_retry_after))
        }
    }
}

impl fmt::Debug for LazySession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed_in = self.inner.state().current.is_some();
        f.debug_struct("LazySession").field("signed_in", &signed_in).finish_non_exhaustive()
    }
}
