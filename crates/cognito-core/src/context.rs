//! Options of a request: data for triggers, data for threat protection, timeout.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Pairs that triggers receive (ClientMetadata).
pub(crate) type ClientMetadata = BTreeMap<String, String>;

/// Data about the user's device, for the pool's threat protection.
///
/// It is sent as UserContextData, or as ContextData when an administrator signs the user in.
/// ContextData requires the IP address, the server's name and the path.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[must_use]
pub struct ContextData {
    pub(crate) encoded_data: Option<String>,
    pub(crate) ip_address: Option<String>,
    pub(crate) server_name: Option<String>,
    pub(crate) server_path: Option<String>,
    pub(crate) http_headers: BTreeMap<String, String>,
}

impl ContextData {
    /// Sets the fingerprint that the JavaScript or mobile library of AWS computed on the user's
    /// device.
    pub fn encoded_data(self, data: impl Into<String>) -> Self {
        Self { encoded_data: Some(data.into()), ..self }
    }

    /// Sets the user's IP address.
    pub fn ip_address(self, address: impl Into<String>) -> Self {
        Self { ip_address: Some(address.into()), ..self }
    }

    /// Sets the name and the path of the server that the user signs in to; for administrators only.
    pub fn server(self, name: impl Into<String>, path: impl Into<String>) -> Self {
        Self { server_name: Some(name.into()), server_path: Some(path.into()), ..self }
    }

    /// Adds a header of the user's request; for administrators only.
    pub fn http_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.http_headers.insert(name.into(), value.into());
        self
    }
}

impl fmt::Debug for ContextData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses and headers are personal data.
        f.write_str("ContextData([redacted])")
    }
}

/// Options that are sent with a request.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Context {
    pub(crate) metadata: ClientMetadata,
    pub(crate) data: Option<ContextData>,
    /// The id of an Amazon Pinpoint endpoint (AnalyticsMetadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) analytics: Option<String>,
    /// The time limit for a request with its retries. It is a setting of the program, so it is not
    /// saved.
    #[serde(skip)]
    pub(crate) timeout: Option<Duration>,
}

impl Context {
    /// Merges another context into this one; its members replace members that are set.
    pub(crate) fn extend(&mut self, other: Self) {
        self.metadata.extend(other.metadata);
        self.data = other.data.or_else(|| self.data.take());
        self.analytics = other.analytics.or_else(|| self.analytics.take());
        self.timeout = other.timeout.or(self.timeout);
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Context([redacted])")
    }
}

/// Adds the methods to a builder that set its context.
macro_rules! context_setters {
    ($($field:ident).+) => {
        $crate::context::metadata_setters!($($field).+);

        /// Sets data about the user's device, for the pool's threat protection (UserContextData, or
        /// ContextData).
        pub fn context_data(mut self, data: $crate::context::ContextData) -> Self {
            self.$($field).+.data = Some(data);
            self
        }

        /// Sets the id of an Amazon Pinpoint endpoint, for the pool's analytics (AnalyticsMetadata).
        pub fn analytics(mut self, endpoint_id: impl Into<String>) -> Self {
            self.$($field).+.analytics = Some(endpoint_id.into());
            self
        }
    };
}

/// Adds the methods to a builder of requests that carry no device data.
macro_rules! metadata_setters {
    ($($field:ident).+) => {
        /// Adds a pair that triggers receive (ClientMetadata).
        pub fn client_metadata(
            mut self,
            name: impl Into<String>,
            value: impl Into<String>,
        ) -> Self {
            self.$($field).+.metadata.insert(name.into(), value.into());
            self
        }

        /// Sets the time limit for each request with its retries, in place of the pool's
        /// `operation_timeout`.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.$($field).+.timeout = Some(timeout);
            self
        }
    };
}

pub(crate) use {context_setters, metadata_setters};
