//! The secret of an app client: absent, fixed, or read by a function of the application.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::future::BoxFuture;
use crate::secret::ClientSecret;

/// The source of an app client's secret.
///
/// An app client has two active secrets during rotation, so a function may return another secret
/// after a refusal.
#[derive(Clone, Default)]
pub struct SecretSource(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    None,
    Fixed(ClientSecret),
    Function(Arc<Read>),
}

type Read = dyn Fn(Option<ClientSecret>) -> BoxFuture<'static, Outcome> + Send + Sync;
type Outcome = Result<ClientSecret, ReadError>;
type ReadError = Box<dyn Error + Send + Sync>;

/// The error of [`SecretSource::get`] and [`instead_of`](SecretSource::instead_of) for a secret that
/// cannot be valid. A retry does not solve it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidClientSecret(&'static str);

impl InvalidClientSecret {
    /// Returns the problem and its solution, as [`SecretSource::problem`] does.
    pub fn problem(&self) -> &'static str {
        self.0
    }
}

impl SecretSource {
    /// Creates the source of an app client without a secret.
    pub fn none() -> Self {
        Self::default()
    }

    /// Creates a source with a fixed secret.
    pub fn fixed(secret: impl Into<ClientSecret>) -> Self {
        Self(Source::Fixed(secret.into()))
    }

    /// Creates a source that reads the secret with this function for each request.
    ///
    /// The argument is the secret that the service refused, if any.
    pub fn read_by<F, T, E>(read: F) -> Self
    where
        F: Fn(Option<ClientSecret>) -> T + Send + Sync + 'static,
        T: Future<Output = Result<ClientSecret, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let read = move |refused| -> BoxFuture<'static, Outcome> {
            let reading = read(refused);
            Box::pin(async move { reading.await.map_err(Into::into) })
        };
        Self(Source::Function(Arc::new(read)))
    }

    /// Returns whether the app client has no secret.
    pub fn is_none(&self) -> bool {
        matches!(self.0, Source::None)
    }

    /// Returns the reason why a fixed secret is invalid. A function's secret is checked when it is
    /// read.
    pub fn problem(&self) -> Option<&'static str> {
        match &self.0 {
            Source::Fixed(secret) => problem_of(secret),
            Source::None | Source::Function(_) => None,
        }
    }

    /// Returns the secret; `None` for an app client without a secret.
    ///
    /// # Errors
    ///
    /// The error of the function, or [`InvalidClientSecret`] if its secret is invalid.
    pub async fn get(&self) -> Result<Option<ClientSecret>, Box<dyn Error + Send + Sync>> {
        match &self.0 {
            Source::None => Ok(None),
            Source::Fixed(secret) => Ok(Some(secret.clone())),
            Source::Function(read) => Ok(Some(checked(read(None).await?)?)),
        }
    }

    /// Returns a secret other than the refused one; `None` if there is no other.
    ///
    /// # Errors
    ///
    /// The error of the function, or [`InvalidClientSecret`] if its secret is invalid.
    pub async fn instead_of(
        &self,
        refused: &ClientSecret,
    ) -> Result<Option<ClientSecret>, Box<dyn Error + Send + Sync>> {
        let Source::Function(read) = &self.0 else {
            return Ok(None);
        };
        let next = checked(read(Some(refused.clone())).await?)?;
        Ok(Some(next).filter(|next| next.expose_secret() != refused.expose_secret()))
    }
}

fn checked(secret: ClientSecret) -> Outcome {
    match problem_of(&secret) {
        None => Ok(secret),
        Some(problem) => Err(InvalidClientSecret(problem).into()),
    }
}

/// Secrets of the service consist of letters, digits, `_` and `+` (ClientSecretType in the API
/// model). Other servers may have others, so only the traces of a file or of a copy are rejected.
fn problem_of(secret: &ClientSecret) -> Option<&'static str> {
    let secret = secret.expose_secret();
    let is_invalid = secret.trim() != secret || secret.contains(char::is_control);
    is_invalid.then_some(
        "the client secret has a line break or white space at its start or end, or a control \
         character; remove it, for example with trim_end() after reading a file",
    )
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Source::None => "SecretSource(none)",
            Source::Fixed(_) => "SecretSource([redacted])",
            Source::Function(_) => "SecretSource(function)",
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn text(secret: Result<Option<ClientSecret>, ReadError>) -> Option<String> {
        secret.unwrap().map(|secret| secret.expose_secret().to_owned())
    }

    fn get(source: &SecretSource) -> Option<String> {
        text(source.get().now_or_never().unwrap())
    }

    fn instead_of(source: &SecretSource, refused: &str) -> Option<String> {
        let refused = ClientSecret::from(refused);
        text(source.instead_of(&refused).now_or_never().unwrap())
    }

    #[test]
    fn only_a_function_has_another_secret_after_a_refusal() {
        assert_eq!(get(&SecretSource::none()), None);
        assert_eq!(instead_of(&SecretSource::none(), "old"), None);
        let fixed = SecretSource::fixed("old");
        assert_eq!(get(&fixed).as_deref(), Some("old"));
        assert_eq!(instead_of(&fixed, "old"), None);
        let read = |refused: Option<ClientSecret>| async move {
            let next = if refused.is_some() { "new" } else { "old" };
            Ok::<_, std::io::Error>(ClientSecret::from(next))
        };
        let function = SecretSource::read_by(read);
        assert_eq!(get(&function).as_deref(), Some("old"));
        assert_eq!(instead_of(&function, "old").as_deref(), Some("new"));
        assert_eq!(instead_of(&function, "new"), None, "the function returned the refused secret");
    }

    #[test]
    fn an_error_of_the_function_is_returned() {
        let source = SecretSource::read_by(async |_| Err::<ClientSecret, _>("the vault is sealed"));
        let error = source.get().now_or_never().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the vault is sealed");
    }

    #[test]
    fn secret_with_the_line_break_of_its_file_is_invalid() {
        for invalid in ["secret\n", "secret\r\n", " secret", "sec\0ret", "\u{a0}secret"] {
            let problem = SecretSource::fixed(invalid).problem().unwrap();
            assert!(problem.contains("line break"), "{problem}");
            let read = move |_| std::future::ready(Ok::<_, std::io::Error>(invalid.into()));
            let function = SecretSource::read_by(read);
            assert_eq!(function.problem(), None, "it is not read yet");
            let first = function.get().now_or_never().unwrap();
            let next = function.instead_of(&"old".into()).now_or_never().unwrap();
            for error in [first, next].map(Result::unwrap_err) {
                let invalid = error.downcast_ref::<InvalidClientSecret>().unwrap();
                assert_eq!((invalid.problem(), &*invalid.to_string()), (problem, problem));
            }
        }
        assert_eq!(SecretSource::fixed("1a_+B-c d").problem(), None);
        assert_eq!(SecretSource::none().problem(), None);
    }

    #[test]
    fn secrets_are_not_printed() {
        for source in [SecretSource::fixed("hunter2"), SecretSource::none()] {
            assert!(!format!("{source:?}").contains("hunter2"));
        }
    }
}
