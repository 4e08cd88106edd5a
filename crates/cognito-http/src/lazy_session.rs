//! A session that begins when its first token is asked for, and begins again when it has ended.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cognito_core::{Error, Fault, Password, Session, SignIn, UserPool};
use cognito_tokens::{
    BoxFuture, Clock, IssuedToken, SystemClock, TokenError, TokenErrorKind, TokenRequest,
    TokenSource,
};

use crate::flight::{Flight, launch, under_way};
use crate::pause::Pause;

/// A [`TokenSource`] that signs in by itself.
///
/// The sign-in happens once for all who wait, and to its end even if they leave. When it fails it
/// is not tried again before a pause, so that no program locks its user out.
#[derive(Clone)]
pub struct LazySession {
    inner: Arc<Inner>,
}

type Begin = dyn Fn() -> BoxFuture<'static, Result<Session, TokenError>> + Send + Sync;

struct Inner {
    begin: Box<Begin>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Numbered>,
    /// How many sessions there were.
    count: u64,
    flight: Option<Flight<Numbered>>,
    pause: Option<Pause>,
}

/// A session and its number: each counts its own generations.
#[derive(Clone)]
struct Numbered {
    session: Session,
    number: u64,
}

/// The bits of a generation that the session's own generation has.
const OWN_BITS: u32 = 32;
const OWN_MASK: u64 = 0xffff_ffff;

impl LazySession {
    /// Signs in over SRP with this name and password, for users of whom nothing more is asked.
    ///
    /// The password stays in memory, to sign in again when the session has ended.
    pub fn with_password(
        pool: UserPool,
        username: impl Into<String>,
        password: impl Into<Password>,
    ) -> Self {
        let (username, password): (String, Password) = (username.into(), password.into());
        Self::new(move || pool.sign_in(username.clone()).password(password.clone()).send())
    }

    /// Signs in by this function, which answers the challenges that it can.
    ///
    /// One that it returns unanswered is an error of the kind [`TokenErrorKind::Ended`]: the user
    /// has to sign in.
    pub fn new<F, T>(begin: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<SignIn, Error>> + Send + 'static,
    {
        let begin = Arc::new(begin);
        let begin = move || -> BoxFuture<'static, _> {
            let begin = Arc::clone(&begin);
            Box::pin(async move { session_of(begin().await) })
        };
        let (clock, state) = (Arc::new(SystemClock), Mutex::new(State::default()));
        Self { inner: Arc::new(Inner { begin: Box::new(begin), clock, state }) }
    }

    /// Begins with a session that is there, and signs in when it has ended.
    #[must_use]
    pub fn with_session(self, session: Session) -> Self {
        self.inner.state().begin(session);
        self
    }

    /// The session, begun if there is none.
    async fn current(&self) -> Result<Numbered, TokenError> {
        let flight = {
            let mut state = self.inner.state();
            if let Some(current) = &state.current {
                return Ok(current.clone());
            }
            let now = self.inner.clock.elapsed();
            match (under_way(&state.flight), &state.pause) {
                (Some(flight), _) => flight,
                (None, Some(pause)) if pause.lasts(now) => return Err(pause.error.clone()),
                _ => {
                    let inner = Arc::clone(&self.inner);
                    let flight = launch(async move {
                        let begun = (inner.begin)().await;
                        inner.arrived(begun)
                    })?;
                    state.flight = Some(flight.clone());
                    flight
                }
            }
        };
        flight.await
    }

    async fn fetch(&self, want: &TokenRequest) -> Result<IssuedToken, TokenError> {
        let current = self.current().await?;
        match current.token(want).await {
            Err(error) if error.kind() == TokenErrorKind::Ended => {
                self.inner.state().end(current.number);
                self.current().await?.token(want).await
            }
            result => result,
        }
    }
}

impl Inner {
    fn arrived(&self, begun: Result<Session, TokenError>) -> Result<Numbered, TokenError> {
        let mut state = self.state();
        state.flight = None;
        match begun {
            Ok(session) => Ok(state.begin(session)),
            Err(error) => {
                let before = state.pause.as_ref();
                let pause = Pause::after(error.clone(), before, self.clock.elapsed());
                state.pause = Some(pause);
                Err(error)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn begin(&mut self, session: Session) -> Numbered {
        self.count = self.count.saturating_add(1);
        let current = Numbered { session, number: self.count };
        (self.current, self.pause) = (Some(current.clone()), None);
        current
    }

    /// Forgets the session of that number; there may be another by now.
    fn end(&mut self, number: u64) {
        self.current.take_if(|current| current.number == number);
    }
}

impl Numbered {
    async fn token(&self, want: &TokenRequest) -> Result<IssuedToken, TokenError> {
        let token = self.session.token(want).await?;
        let own = token.generation() & OWN_MASK;
        Ok(token.with_generation(self.number << OWN_BITS | own))
    }
}

impl TokenSource for LazySession {
    fn token(&self, want: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        let want = want.clone();
        Box::pin(async move { self.fetch(&want).await })
    }

    fn reject(&self, token: &IssuedToken) {
        let (number, own) = (token.generation() >> OWN_BITS, token.generation() & OWN_MASK);
        let current = self.inner.state().current.clone();
        if let Some(current) = current.filter(|current| current.number == number) {
            current.session.reject(&token.clone().with_generation(own));
        }
    }
}

fn session_of(begun: Result<SignIn, Error>) -> Result<Session, TokenError> {
    match begun {
        Ok(SignIn::Done(session)) => Ok(session),
        Ok(SignIn::Challenge(challenge)) => {
            let asked = format!("the sign-in asks for more: {}", challenge.name());
            Err(TokenError::new(TokenErrorKind::Ended, asked))
        }
        Err(error) => {
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
