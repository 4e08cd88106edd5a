//! The part of an emulator that its adapters share: the service, the request log and the seed file.

use std::sync::Arc;

use cognito_types::Clock;

use crate::adapters::error::EmulatorError;
use crate::adapters::origins::Origins;
use crate::adapters::seed_file;
use crate::adapters::state_file::{StateFile, StateFileError};
use crate::flows::caller::Caller;
use crate::flows::http_client::ConnectTls;
use crate::flows::service::Service;
use crate::flows::storage::{self, Access, Writer};
use crate::flows::tokens::IssuedTokens;
use crate::flows::tokens::test_tokens::{self, TestTokens};
use crate::flows::workers::{block_on, may_block};
use crate::model::ServiceError;
use crate::state::outbox::Message;
use crate::state::request_log::{RequestLog, RequestRecord};

/// A callback for the record of every request.
pub(crate) type OnRequest = Arc<dyn Fn(&RequestRecord) + Send + Sync>;

/// The address of a server over TLS, and its certificate authority.
pub(crate) struct TlsInfo {
    /// Without a slash at the end.
    pub(crate) endpoint: String,
    /// The CA certificate that clients must trust, in PEM.
    pub(crate) ca_certificate: String,
    /// A TLS client for other servers with certificates of this CA.
    pub(crate) client: Arc<dyn ConnectTls>,
}

/// The service, with the state that only the adapters need.
pub(crate) struct Host {
    pub(crate) service: Arc<Service>,
    pub(crate) requests: RequestLog,
    pub(crate) on_request: Option<OnRequest>,
    /// The address for TLS, if it is on.
    pub(crate) tls: Option<TlsInfo>,
    /// The web origins and host names that belong to the emulator.
    pub(crate) origins: Origins,
    /// True if clients may use the test interface.
    pub(crate) has_test_interface: bool,
    /// The seed file, which a reset applies again.
    pub(crate) seed_file: Option<String>,
    /// Writes the state file; stops with the last handle.
    pub(crate) writer: Option<Writer>,
}

impl Host {
    /// Restores the pools of a state file. If the file is new or missing, creates the pools of the
    /// seed file.
    pub(crate) fn begin(&mut self, state_file: Option<StateFile>) -> Result<(), EmulatorError> {
        let Some(mut state_file) = state_file else {
            return self.seed();
        };
        if state_file.restore(&self.service)? {
            self.seed()?;
        }
        state_file.write_first(&self.service)?;
        if let Some(commits) = &self.service.shared.commits {
            let path = state_file.path().to_owned();
            let failed = |error| EmulatorError::StateFile { path, source: error };
            let writer = Writer::start(&self.service, commits, state_file);
            self.writer = Some(writer.map_err(|error| failed(StateFileError::Io(error)))?);
        }
        Ok(())
    }

    /// Runs a change that is not a request, and waits until it is stored.
    pub(crate) fn stored<T>(
        &self,
        work: impl FnOnce() -> Result<T, EmulatorError>,
    ) -> Result<T, EmulatorError> {
        let work = async { work() };
        block_on(storage::committed(&self.service, Access::Write, work))?
    }

    /// Creates the pools of the seed file.
    fn seed(&self) -> Result<(), EmulatorError> {
        self.seed_file.as_ref().map_or(Ok(()), |json| seed_file::apply(&self.service, json))
    }

    /// Resets to the state after the start: the pools of the seed file, no messages, faults or
    /// requests, and the time of the operating system.
    pub(crate) fn reset(&self) -> Result<(), EmulatorError> {
        self.service.reset(|fresh| match &self.seed_file {
            Some(json) => seed_file::apply(fresh, json),
            None => Ok(()),
        })?;
        self.requests.clear();
        Ok(())
    }

    /// Rotates the keys of a user pool, or of all user pools and identity pools. With a state file,
    /// waits until the new keys are created, so that they can be stored.
    pub(crate) fn rotate_keys(&self, pool_id: Option<&str>) -> Result<(), ServiceError> {
        let pools = match pool_id {
            Some(id) => vec![self.service.pool(id)?],
            None => self.service.pools(),
        };
        pools.iter().try_for_each(|pool| {
            pool.step(&self.service.shared, &mut Caller::default(), |step| {
                let now = step.now();
                step.pool.keys.rotate(now);
                Ok(())
            })
        })?;
        let now = self.service.shared.now();
        let rotates =
            pool_id.is_none() && self.service.with_identity_pools(|pools| pools.rotate_keys(now));
        if self.writer.is_some() {
            if rotates {
                let _made = self.service.identity_pool_keys();
            }
            pools.iter().try_for_each(|pool| pool.keys().map(drop))?;
        }
        Ok(())
    }

    /// Returns the last message to a user, who may be named by an alias.
    pub(crate) fn last_message(
        &self,
        pool_id: &str,
        username: &str,
    ) -> Result<Option<Message>, ServiceError> {
        let username =
            self.service.in_pool(pool_id, |step| Ok(step.pool.known_or_flattened(username)))?;
        Ok(self.service.shared.outbox.last(pool_id, &username))
    }

    /// Issues tokens without a sign-in.
    pub(crate) fn issue_tokens(
        &self,
        pool_id: &str,
        request: TestTokens,
    ) -> Result<IssuedTokens, ServiceError> {
        let keys = self.service.pool(pool_id)?.keys()?;
        self.service.in_pool(pool_id, |step| test_tokens::issue(step, &keys, request))
    }

    /// Adds a request of a client to the log. The callback may call the emulator.
    pub(crate) fn record(&self, record: RequestRecord, is_logged: bool) {
        if let Some(on_request) = &self.on_request {
            may_block(|| on_request(&record));
        }
        if is_logged {
            self.requests.push(record);
        }
    }

    pub(crate) fn now(&self) -> std::time::SystemTime {
        self.service.shared.clock.now()
    }
}
