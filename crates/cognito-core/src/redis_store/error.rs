//! The errors of a store in Redis.

use std::error::Error;

use cognito_types::StoreError;
use redis::RedisError;

use super::REDIS_STORE_MAX_SESSION_BYTES;

type Source = Box<dyn Error + Send + Sync>;

/// The reason why a [`RedisStore`](super::RedisStore) failed; the source of its [`StoreError`]s.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisStoreError {
    /// The address is not one of Redis.
    #[error("the address of Redis is invalid; write it as redis://host:6379")]
    InvalidUrl {
        /// The part of it that is wrong.
        source: Source,
    },
    /// The server cannot be reached, or did not respond in time. It passes.
    #[error("Redis cannot be reached; check that it runs at this address")]
    Unavailable {
        /// The cause.
        source: Source,
    },
    /// The server refused a command.
    #[error(
        "Redis refused a command; check the user's permissions (GET, SET, DEL, EVAL) and memory"
    )]
    Refused {
        /// The server's error.
        source: Source,
    },
    /// A value is not what was written for this session. Loading leaves it as it is.
    #[error("the key in Redis holds no such session")]
    Damaged,
    /// A value is of a version that this library does not know. Loading leaves it as it is.
    #[error("the session in Redis was written by another version")]
    UnknownVersion,
    /// The session is longer than [`REDIS_STORE_MAX_SESSION_BYTES`].
    #[error("the session is longer than {REDIS_STORE_MAX_SESSION_BYTES} bytes")]
    TooLong,
    /// There is no tokio runtime to connect on.
    #[error("Redis is connected to only on a tokio runtime")]
    NoRuntime,
    /// The system has no random numbers.
    #[error("the session cannot be encoded")]
    System {
        /// The system's error.
        source: Source,
    },
}

impl RedisStoreError {
    pub(super) fn invalid_url(error: RedisError) -> Self {
        Self::InvalidUrl { source: error.into() }
    }

    pub(super) fn from_redis(error: RedisError) -> Self {
        let is_lost = error.is_io_error()
            || error.is_timeout()
            || error.is_connection_dropped()
            || error.is_connection_refusal()
            || error.is_unrecoverable_error();
        let source = error.into();
        if is_lost { Self::Unavailable { source } } else { Self::Refused { source } }
    }

    pub(super) fn other(error: impl Into<Source>) -> Self {
        Self::System { source: error.into() }
    }
}

impl From<RedisStoreError> for StoreError {
    fn from(error: RedisStoreError) -> Self {
        match error {
            RedisStoreError::Damaged | RedisStoreError::UnknownVersion => Self::unreadable(error),
            _ => Self::new(error),
        }
    }
}
