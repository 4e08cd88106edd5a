//! Signs requests of this crate's transport with AWS credentials.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use base16ct::lower;
use bytes::Bytes;
use cognito_types::BoxFuture;
use http::{HeaderValue, Request, header};
use sha2::{Digest, Sha256};

use super::credentials::CachedCredentials;
use crate::error::{Cause, Error};
use crate::transport::Sign;

/// Signs requests with Signature Version 4.
pub(crate) struct Signer {
    region: String,
    credentials: Arc<CachedCredentials>,
}

impl Signer {
    pub(crate) fn new(credentials: Arc<CachedCredentials>, region: String) -> Self {
        Self { region, credentials }
    }

    async fn signed(&self, mut request: Request<Bytes>) -> Result<Request<Bytes>, Error> {
        let now = SystemTime::now();
        let identity = self.credentials.get(now).await?.into();
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

    fn load(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { Ok(self.credentials.get(SystemTime::now()).await.map(drop)?) })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("region", &self.region).finish_non_exhaustive()
    }
}
