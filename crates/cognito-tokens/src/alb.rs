//! The header `x-amzn-oidc-data`, which an Application Load Balancer adds for a signed-in user.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito_types::{Clock, Moment, SystemClock, UserPoolId};

use crate::error::VerifyError;
use crate::fetch::{Address, FetchKeys};
use crate::plain_http::PlainHttpHosts;
use crate::policy::Clients;
use crate::rules::{DEFAULT_LEEWAY, DEFAULT_MAX_TOKEN_BYTES};

mod arn;
mod claims;
mod header;
mod keys;
#[cfg(test)]
mod tests;

pub use arn::{InvalidLoadBalancerArn, LoadBalancerArn};
pub use claims::AlbClaims;

use header::PaddedJws;
use keys::Keys;

/// Verifies the header `x-amzn-oidc-data` of one load balancer (ES256, padded base64).
///
/// The ARN of the load balancer is required because the load balancers of all accounts in a Region
/// publish their keys at the same URL: without it, a header from any of them would be accepted.
///
/// See [authenticating users](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html).
///
/// ```no_run
/// # mod cognito { pub use cognito_tokens as verify; }
/// use std::sync::Arc;
/// use cognito::verify::{AlbVerifier, Clients, FetchKeys};
///
/// # async fn example(fetcher: Arc<dyn FetchKeys>, header: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/my-lb/0123abcd";
/// let pool = "eu-west-1_Ab12Cd34E".parse()?;
/// let verifier = AlbVerifier::new(arn.parse()?, &pool, Clients::only("lb-client"), fetcher);
/// let claims = verifier.verify(header).await?;
/// println!("{} is behind the load balancer", claims.subject());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AlbVerifier {
    signer: LoadBalancerArn,
    issuers: Vec<String>,
    clients: Clients,
    key_address: String,
    fetcher: Arc<dyn FetchKeys>,
    plain_http: PlainHttpHosts,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    leeway: Duration,
    max_header_bytes: usize,
}

impl AlbVerifier {
    /// Verifies the headers that this load balancer signs about users of this pool.
    pub fn new(
        signer: LoadBalancerArn,
        pool: &UserPoolId,
        clients: Clients,
        fetcher: Arc<dyn FetchKeys>,
    ) -> Self {
        Self {
            issuers: vec![pool.issuer(), pool.updated_issuer()],
            key_address: signer.key_address(),
            signer,
            clients,
            fetcher,
            plain_http: PlainHttpHosts::default(),
            keys: Arc::default(),
            clock: Arc::new(SystemClock),
            leeway: DEFAULT_LEEWAY,
            max_header_bytes: DEFAULT_MAX_TOKEN_BYTES,
        }
    }

    /// Replaces the pool's own two issuers by these, such as the issuer of another identity
    /// provider.
    #[must_use]
    pub fn issuers(self, issuers: impl IntoIterator<Item = String>) -> Self {
        Self { issuers: issuers.into_iter().collect(), ..self }
    }

    /// Fetches keys from `<url>/<kid>` instead of the URL for the load balancer's Region.
    #[must_use]
    pub fn key_address(self, url: impl AsRef<str>) -> Self {
        let key_address = url.as_ref().trim_end_matches('/').to_owned();
        Self { key_address, keys: Arc::default(), ..self }
    }

    /// Allows keys to be fetched over plain HTTP from these hosts, named without scheme and port.
    /// By default, they must come over HTTPS or from a loopback address.
    ///
    /// # Security
    ///
    /// An attacker on the network to such a host can replace the keys and forge claims.
    #[must_use]
    pub fn allow_plain_http<H: AsRef<str>>(self, hosts: impl IntoIterator<Item = H>) -> Self {
        Self { plain_http: PlainHttpHosts::new(hosts), keys: Arc::default(), ..self }
    }

    /// Sets the clock; the system clock by default.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, keys: Arc::default(), ..self }
    }

    /// Sets the tolerance for clocks that differ; [`DEFAULT_LEEWAY`] by default.
    #[must_use]
    pub fn leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// Sets the longest header that is parsed; [`DEFAULT_MAX_TOKEN_BYTES`] by default.
    #[must_use]
    pub fn max_header_bytes(self, bytes: usize) -> Self {
        Self { max_header_bytes: bytes, ..self }
    }

    /// Verifies the value of the header.
    ///
    /// # Errors
    ///
    /// The first rule of [`VerifyError`] that it breaks, or [`VerifyError::KeysUnavailable`].
    pub async fn verify(&self, header: &str) -> Result<AlbClaims, VerifyError> {
        self.verified(header).await.inspect_err(VerifyError::log)
    }

    async fn verified(&self, header: &str) -> Result<AlbClaims, VerifyError> {
        let now = Moment::now(&*self.clock);
        let jws = PaddedJws::parse(header, self.max_header_bytes)?;
        // The checks come before the fetch because the header names the key.
        self.check(&jws, now.wall)?;
        let address = || {
            let uri = format!("{}/{}", self.key_address, jws.kid);
            let fetcher = Some(Arc::clone(&self.fetcher));
            (Address::new(uri, fetcher, &self.plain_http), Arc::clone(&self.clock))
        };
        let key = self.keys.get(&jws.kid, &now, address).await?;
        let verified = key.verify_sig(jws.signing_input.as_bytes(), &jws.signature);
        verified.map_err(|_| VerifyError::WrongSignature)?;
        let PaddedJws { payload, expires_at, .. } = jws;
        AlbClaims::new(payload, expires_at)
    }

    fn check(&self, jws: &PaddedJws<'_>, now: SystemTime) -> Result<(), VerifyError> {
        if jws.signer != self.signer.as_str() {
            return Err(VerifyError::WrongSigner);
        }
        if self.issuers.is_empty() {
            return Err(VerifyError::Misconfigured("issuer"));
        }
        if !self.issuers.contains(&jws.issuer) {
            return Err(VerifyError::WrongIssuer);
        }
        self.clients.accepted(&jws.client)?;
        let expired_at = jws.expires_at;
        match expired_at.checked_add(self.leeway) {
            Some(end) if end <= now => Err(VerifyError::Expired { expired_at, now }),
            _ => Ok(()),
        }
    }
}
