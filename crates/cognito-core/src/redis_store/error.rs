//! Errors of a Redis store.

use std::error::Error;

use cognito_types::StoreError;
use redis::{ErrorKind, RedisError, RetryMethod};

use super::REDIS_STORE_MAX_SESSION_BYTES;

type Source = Box<dyn Error + Send + Sync>;

/// The reason why a [`RedisStore`](super::RedisStore) failed; the source of its [`StoreError`]s.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisStoreError {
    /// The URL is not a Redis URL.
    #[error("the address of Redis is invalid; write it as redis://host:6379")]
    InvalidUrl {
        /// The reason.
        source: Source,
    },
    /// The server cannot be reached, did not respond in time, is loading, or is no longer a
    /// primary. The error is transient, and the store reconnects.
    #[error("Redis cannot be reached or is not ready; check that a primary runs at this address")]
    Unavailable {
        /// The cause.
        source: Source,
    },
    /// The server refused a command.
    #[error(
        "Redis refused a command; check the password, the user's permissions (GET, SET, DEL, EVALSHA, \
         SCRIPT|LOAD) and memory"
    )]
    Refused {
        /// The server's error.
        source: Source,
    },
    /// A value is damaged or was written for another session. Loading keeps it.
    #[error("the session in Redis is damaged or of another key; sign in again")]
    Damaged,
    /// A value has a format version that this library does not know. Loading keeps it.
    #[error(
        "the session in Redis was written by another version; update this program or sign in again"
    )]
    UnknownVersion,
    /// The session is longer than [`REDIS_STORE_MAX_SESSION_BYTES`].
    #[error("the session is longer than {REDIS_STORE_MAX_SESSION_BYTES} bytes")]
    TooLong,
    /// There is no tokio runtime to connect on.
    #[error("there is no tokio runtime to connect to Redis on; call this library inside one")]
    NoRuntime,
    /// The system cannot generate random numbers.
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
        let is_unavailable = is_lost(&error) || is_of_wrong_server(&error);
        let source = error.into();
        if is_unavailable { Self::Unavailable { source } } else { Self::Refused { source } }
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

fn is_lost(error: &RedisError) -> bool {
    // A wrong password stays wrong on a new connection.
    error.kind() != ErrorKind::AuthenticationFailed
        && (error.is_io_error()
            || error.is_timeout()
            || error.is_connection_dropped()
            || error.is_connection_refusal()
            || error.is_unrecoverable_error())
}

/// Returns whether the server cannot execute the command now, and a new connection may reach one
/// that can.
///
/// After a failover, connections to the old primary, now a replica, stay open.
fn is_of_wrong_server(error: &RedisError) -> bool {
    let retry = error.retry_method();
    matches!(retry, RetryMethod::WaitAndRetry | RetryMethod::RefreshSlotsAndRetry)
        || matches!(error.code(), Some("BUSY" | "NOREPLICAS"))
        // Before Redis 7, the error of a command in a script is part of the script's error.
        || error.detail().is_some_and(|detail| detail.contains(" -READONLY "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(response: &str) -> RedisStoreError {
        let value = redis::parse_redis_value(format!("-{response}\r\n").as_bytes()).unwrap();
        RedisStoreError::from_redis(value.extract_error().unwrap_err())
    }

    #[test]
    fn a_server_that_is_not_ready_is_unavailable() {
        for response in [
            "READONLY You can't write against a read only replica.",
            "ERR Error running script (call to f_ab): @user_script:4: @user_script: 4: -READONLY \
             You can't write against a read only replica.",
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
            "LOADING Redis is loading the dataset in memory",
            "BUSY Redis is busy running a script.",
            "NOREPLICAS Not enough good replicas to write.",
        ] {
            let error = of(response);
            assert!(matches!(error, RedisStoreError::Unavailable { .. }), "{response}");
        }
    }

    #[test]
    fn a_command_that_stays_forbidden_is_refused() {
        for response in [
            "NOPERM User app has no permissions to run the 'evalsha' command",
            "NOAUTH Authentication required.",
            "OOM command not allowed when used memory > 'maxmemory'.",
            "MOVED 3999 127.0.0.1:6381",
            "ERR Error running script: The user executing the script can't run this command",
        ] {
            let error = of(response);
            assert!(matches!(error, RedisStoreError::Refused { .. }), "{response}");
        }
    }
}
