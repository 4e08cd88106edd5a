//! Signs requests of this crate's transport with AWS credentials.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use base16ct::lower;
use bytes::Bytes;
use cognito_types::BoxFuture;
use http::{HeaderValue, Request, header};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::error::{Cause, Error};
use crate::transport::Sign;

/// The lifetime of credentials without an expiration, as in the AWS SDK.
const DEFAULT_EXPIRY: Duration = Duration::from_secs(15 * 60);

/// The time before their expiration at which credentials are loaded again.
const EXPIRY_BUFFER: Duration = Duration::from_secs(10);

/// The maximum time to load credentials. The timeout of a job's request is much longer, and a
/// credentials program that waits for an input would block the job for that time.
const LOAD_TIMEOUT: Duration = Duration::from_secs(60);

const TOO_SLOW: &str = "the source of the credentials did not respond within 60 seconds";

/// Signs requests with Signature Version 4.
pub(crate) struct Signer {
    region: String,
    provider: SharedCredentialsProvider,
    /// The last credentials, and the time at which they are loaded again.
    cached: Mutex<Option<(Credentials, SystemTime)>>,
}

impl Signer {
    pub(crate) fn new(provider: SharedCredentialsProvider, region: String) -> Self {
        Self { region, provider, cached: Mutex::new(None) }
    }

    async fn credentials(&self, now: SystemTime) -> Result<Credentials, Error> {
        let mut cached = self.cached.lock().await;
        if let Some((credentials, reload)) = &*cached
            && now < *reload
        {
            return Ok(credentials.clone());
        }
        let loaded = timeout(LOAD_TIMEOUT, self.provider.provide_credentials()).await;
        let loaded = loaded.unwrap_or_else(|_| Err(CredentialsError::provider_error(TOO_SLOW)));
        let credentials = loaded.map_err(Error::from)?;
        let reload = match credentials.expiry() {
            Some(expiry) => expiry.checked_sub(EXPIRY_BUFFER),
            None => now.checked_add(DEFAULT_EXPIRY),
        };
        *cached = Some((credentials.clone(), reload.unwrap_or(now)));
        Ok(credentials)
    }

    async fn signed(&self, mut request: Request<Bytes>) -> Result<Request<Bytes>, Error> {
        let now = SystemTime::now();
        let identity = self.credentials(now).await?.into();
        let host = request.uri().authority().map_or("", |authority| authority.as_str());
        let host = HeaderValue::from_str(host).map_err(|_| unsignable())?;
        request.headers_mut().insert(header::HOST, host);
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("cognito-idp")
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| unsignable())?;
        let instructions = {
            let uri = request.uri().to_string();
            let headers = request.headers().iter();
            let headers =
                headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
            // The signing crate would log a body at level trace.
            let digest = Sha256::digest(request.body());
            let body = SignableBody::Precomputed(lower::encode_string(&digest));
            let signable = SignableRequest::new("POST", uri, headers, body);
            let signable = signable.map_err(|_| unsignable())?;
            let output = sign(signable, &SigningParams::V4(params)).map_err(|_| unsignable())?;
            output.into_parts().0
        };
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

fn unsignable() -> Error {
    Cause::new("the request cannot be signed").into()
}

impl Sign for Signer {
    fn sign(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Request<Bytes>, Error>> {
        Box::pin(self.signed(request))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("region", &self.region).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::future::ProvideCredentials as Future;
    use tokio::time::Instant;

    use super::*;

    /// A program that waits for an input.
    #[derive(Debug)]
    struct Waiting;

    impl ProvideCredentials for Waiting {
        fn provide_credentials<'a>(&'a self) -> Future<'a>
        where
            Self: 'a,
        {
            Future::new(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn source_of_credentials_that_does_not_respond_fails_after_a_minute() {
        let provider = SharedCredentialsProvider::new(Waiting);
        let signer = Signer::new(provider, "eu-west-1".to_owned());
        let start = Instant::now();
        let error = signer.credentials(SystemTime::now()).await.unwrap_err();
        assert_eq!(start.elapsed(), LOAD_TIMEOUT);
        assert!(!error.is_transient() && error.was_not_sent(), "{error:?}");
        assert!(error.report().contains(TOO_SLOW), "{}", error.report());
    }
}
