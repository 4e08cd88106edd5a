//! Sessions of a user, as the service lists them.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::app_client::{EpochSeconds, Nothing};
use crate::error::Error;
use crate::list::Page;
use crate::transport::{Operation, Transport};

/// A session of a user, as the service lists it (SessionType and its members).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSession {
    id: String,
    client_id: Option<String>,
    created: Option<SystemTime>,
    last_active: Option<SystemTime>,
    is_current: bool,
}

impl UserSession {
    /// Returns the id (SessionId), with which it is revoked.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the id of the app client of the sign-in.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Returns the time of the sign-in.
    pub fn created_at(&self) -> Option<SystemTime> {
        self.created
    }

    /// Returns the time of the last refresh, or of the sign-in.
    pub fn last_active_at(&self) -> Option<SystemTime> {
        self.last_active
    }

    /// Returns whether the request was sent with a token of this session.
    pub fn is_current(&self) -> bool {
        self.is_current
    }
}

/// Sends ListUserSessions or AdminListUserSessions for the user in `user`.
pub(crate) async fn list(
    transport: &Transport,
    operation: Operation,
    user: &(impl Serialize + Sync),
    next_token: Option<String>,
) -> Result<Page<UserSession>, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input<'a, U> {
        #[serde(flatten)]
        user: &'a U,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Output {
        sessions: Option<Vec<WireSession>>,
        next_token: Option<String>,
    }
    let output: Output = transport.call(operation, &Input { user, next_token }).await?;
    Ok(Page::new(output.sessions, output.next_token))
}

/// Sends RevokeUserSession or AdminRevokeUserSession for the user in `user`.
pub(crate) async fn revoke(
    transport: &Transport,
    operation: Operation,
    user: &(impl Serialize + Sync),
    session_id: &str,
) -> Result<(), Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input<'a, U> {
        #[serde(flatten)]
        user: &'a U,
        session_id: &'a str,
    }
    let Nothing {} = transport.call(operation, &Input { user, session_id }).await?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireSession {
    #[serde(default)]
    session_id: String,
    client_id: Option<String>,
    create_date: Option<EpochSeconds>,
    last_active_date: Option<EpochSeconds>,
    is_current_session: Option<bool>,
}

impl From<WireSession> for UserSession {
    fn from(session: WireSession) -> Self {
        Self {
            id: session.session_id,
            client_id: session.client_id,
            created: session.create_date.and_then(EpochSeconds::time),
            last_active: session.last_active_date.and_then(EpochSeconds::time),
            is_current: session.is_current_session.unwrap_or_default(),
        }
    }
}
