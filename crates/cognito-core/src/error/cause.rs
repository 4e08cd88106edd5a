//! A cause that consists of a text only.

/// A cause with a text of this library, which contains no secret and no text of the service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Cause(String);

impl Cause {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// Finds a cause of this type in the chain of causes of an error.
    #[cfg(feature = "admin")]
    pub(super) fn find(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let causes = std::iter::successors(Some(error), |error| (*error).source());
        causes.into_iter().find_map(|error| error.downcast_ref().cloned())
    }
}
