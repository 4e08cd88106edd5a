//! Requests of one app client: the operations that need no AWS credentials.

mod devices;
mod exchange;
mod mfa;
mod passkeys;
mod profile;
mod registration;
mod sign_in;
mod tokens;
mod wire;

use std::time::Duration;

use cognito_srp::secret_hash;
use cognito_types::{ClientId, ClientSecret, Code, InvalidClientSecret, SecretSource, UserPoolId};

pub(crate) use self::exchange::ExchangeRequest;
pub(crate) use self::registration::{ConfirmSignUpRequest, NewPasswordRequest, SignUpRequest};
#[cfg(feature = "credentials")]
pub(crate) use self::wire::secret;
pub(crate) use self::wire::{EpochSeconds, Nothing};
use crate::error::{Error, ErrorKind};
use crate::transport::Transport;

/// Sends requests of one app client.
#[derive(Clone, Debug)]
pub(crate) struct AppClient {
    pub(crate) transport: Transport,
    pub(crate) pool_id: UserPoolId,
    pub(crate) client_id: ClientId,
    pub(crate) secret: SecretSource,
}

impl AppClient {
    /// Returns the client with another time limit for a request and its retries.
    pub(crate) fn within(&self, timeout: Option<Duration>) -> Self {
        Self { transport: self.transport.within(timeout), ..self.clone() }
    }

    /// Sends a request with the current secret, and again if the service refuses that secret and
    /// the application has another one.
    ///
    /// A request with a refused secret has no effect, so a retry is safe.
    async fn with_secret<T, F>(
        &self,
        send: impl Fn(Option<ClientSecret>) -> F + Send + Sync,
    ) -> Result<T, Error>
    where
        T: Send,
        F: Future<Output = Result<T, Error>> + Send,
    {
        let secret = self.secret.get().await.map_err(unavailable)?;
        let result = send(secret.clone()).await;
        let (Err(error), Some(refused)) = (&result, secret) else {
            return result;
        };
        if error.kind() != ErrorKind::SecretHash {
            return result;
        }
        match self.secret.instead_of(&refused).await.map_err(unavailable)? {
            Some(next) => send(Some(next)).await,
            None => result,
        }
    }

    fn hash(&self, username: &str, secret: Option<&ClientSecret>) -> Option<String> {
        let secret = secret?.expose_secret();
        Some(secret_hash(username, self.client_id.as_str(), secret))
    }
}

fn unavailable(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    match error.downcast_ref::<InvalidClientSecret>() {
        Some(invalid) => Error::new(ErrorKind::Configuration).with_detail(invalid.problem()),
        None => Error::new(ErrorKind::SecretUnavailable).with_source(error),
    }
}

/// Returns a code to send, or an error if it is empty: sending an empty code would use up an
/// attempt or the Session.
pub(crate) fn given_code(code: &Code) -> Result<&str, Error> {
    Some(code.expose_secret())
        .filter(|code| !code.is_empty())
        .ok_or_else(|| Error::new(ErrorKind::CodeMismatch).with_detail("the code is empty"))
}

/// Returns the error of a response without a required member.
pub(crate) fn unreadable() -> Error {
    Error::new(ErrorKind::Service).with_detail("the response lacks a required member")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::pending;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    use bytes::Bytes;
    use cognito_types::{AccessToken, BoxFuture, HttpError, SendHttp};
    use http::{Request, Response, Uri};

    use super::*;
    use crate::error::Fault;
    use crate::transport::Limits;

    /// An HTTP client whose requests get no response.
    #[derive(Debug)]
    struct Silent;

    impl SendHttp for Silent {
        fn send(
            &self,
            _: Request<Bytes>,
            _: usize,
        ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
            Box::pin(pending())
        }
    }

    fn client(secret: SecretSource) -> AppClient {
        AppClient {
            transport: Transport {
                http: Arc::new(Silent),
                uri: Ok(Uri::from_static("https://pool.example")),
                limits: Limits::default(),
                signer: None,
            },
            pool_id: "eu-west-1_Ab12Cd34E".parse().unwrap(),
            client_id: "client".into(),
            secret,
        }
    }

    #[tokio::test]
    async fn invalid_secret_of_a_function_is_a_permanent_error_that_names_the_problem() {
        let next = |refused: Option<ClientSecret>| async move {
            let secret = if refused.is_some() { "next\n" } else { "first" };
            Ok::<_, Infallible>(ClientSecret::from(secret))
        };
        for (source, sent) in [
            (SecretSource::read_by(async |_| Ok::<_, Infallible>("secret\n".into())), 0),
            (SecretSource::read_by(next), 1),
        ] {
            let count = AtomicUsize::new(0);
            let refuse = |_| async {
                count.fetch_add(1, Ordering::Relaxed);
                Err::<(), _>(ErrorKind::SecretHash.into())
            };
            let error = client(source).with_secret(refuse).await.unwrap_err();
            let seen = (error.kind(), error.fault(), error.is_transient());
            assert_eq!(seen, (ErrorKind::Configuration, Fault::Application, false));
            assert!(error.to_string().contains("line break"), "{error}");
            assert_eq!(count.load(Ordering::Relaxed), sent);
        }
    }

    #[tokio::test]
    async fn timeout_of_a_list_replaces_the_timeout_of_the_pool() {
        let client = client(SecretSource::none());
        let (token, time) = (AccessToken::from("a token"), Duration::from_millis(20));
        let start = Instant::now();
        let errors = [
            client.list_devices(&token).timeout(time).await.unwrap_err(),
            client.list_passkeys(&token).timeout(time).await.unwrap_err(),
            client.list_sessions(&token).timeout(time).await.unwrap_err(),
        ];
        assert_eq!(errors.map(|error| error.kind()), [ErrorKind::Transport; 3]);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
