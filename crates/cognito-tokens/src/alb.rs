//! The header `x-amzn-oidc-data`, which an Application Load Balancer adds for a signed-in user.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64_simd::{STANDARD, URL_SAFE};
use serde::de::DeserializeOwned;

use crate::claims::CustomClaimsError;
use crate::clock::{Clock, Moment, SystemClock};
use crate::error::VerifyError;
use crate::fetch::{FetchError, FetchKeys};
use crate::json::{Object, object};
use crate::key_source::UNKNOWN_KEY_COOLDOWN;
use crate::policy::Clients;
use crate::pool_id::{Region, UserPoolId};
use crate::rules::{DEFAULT_LEEWAY, DEFAULT_MAX_TOKEN_BYTES};

/// How many keys are kept; a load balancer signs with one at a time.
const MAX_KEYS: usize = 8;

/// How many keys are fetched within one [`UNKNOWN_KEY_COOLDOWN`].
const MAX_FETCHES: usize = 4;

/// Verifies the header `x-amzn-oidc-data` of one load balancer (ES256, padded base64).
///
/// The load balancer is asked for by its ARN, because everybody's signs with keys of the same
/// address.
///
/// See [authenticating users](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html).
///
/// ```no_run
/// use std::sync::Arc;
/// use cognito_tokens::{AlbVerifier, Clients, FetchKeys};
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
    issuers: [String; 2],
    clients: Clients,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
}

impl AlbVerifier {
    /// Verifies what this load balancer says of users of this pool.
    pub fn new(
        signer: LoadBalancerArn,
        pool: &UserPoolId,
        clients: Clients,
        fetcher: Arc<dyn FetchKeys>,
    ) -> Self {
        let keys = Arc::new(Keys { fetcher, known: Mutex::default(), fetches: Default::default() });
        let issuers = [pool.issuer(), pool.updated_issuer()];
        Self { signer, issuers, clients, keys, clock: Arc::new(SystemClock) }
    }

    /// The same, telling the time by this clock.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Verifies the value of the header.
    ///
    /// # Errors
    ///
    /// The first rule of [`VerifyError`] that it breaks, or [`VerifyError::KeysUnavailable`].
    pub async fn verify(&self, header: &str) -> Result<AlbClaims, VerifyError> {
        let now = Moment::now(&*self.clock);
        let jws = PaddedJws::parse(header)?;
        // Before a key is fetched, because the header names it.
        self.check(&jws, now.wall)?;
        let key = self.keys.get(&jws.kid, &self.signer.key_uri(&jws.kid), &now).await?;
        let verified = key.verify_sig(jws.signing_input.as_bytes(), &jws.signature);
        verified.map_err(|_| VerifyError::WrongSignature)?;
        let PaddedJws { payload, expires_at, .. } = jws;
        AlbClaims::new(payload, expires_at)
    }

    fn check(&self, jws: &PaddedJws<'_>, now: SystemTime) -> Result<(), VerifyError> {
        if jws.signer != self.signer.0 {
            return Err(VerifyError::WrongSigner);
        }
        if !self.issuers.contains(&jws.issuer) {
            return Err(VerifyError::WrongIssuer);
        }
        if self.clients.find(&jws.client).is_none() {
            return Err(VerifyError::WrongClient);
        }
        let expired_at = jws.expires_at;
        match expired_at.checked_add(DEFAULT_LEEWAY) {
            Some(end) if end <= now => Err(VerifyError::Expired { expired_at, now }),
            _ => Ok(()),
        }
    }
}

/// What a load balancer says of a user, verified.
#[derive(Clone)]
pub struct AlbClaims {
    subject: String,
    expires_at: SystemTime,
    payload: String,
}

impl AlbClaims {
    fn new(payload: String, expires_at: SystemTime) -> Result<Self, VerifyError> {
        let read = AlbPayload::parse(&payload).ok_or(VerifyError::Malformed("payload"))?;
        Ok(Self { subject: read.sub.required()?.to_owned(), expires_at, payload })
    }

    /// The user (`sub`).
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// When the statement expires (`exp`).
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// All claims, read as a type of your own.
    ///
    /// # Errors
    ///
    /// [`CustomClaimsError`] when the claims are not of that shape.
    pub fn extra<T: DeserializeOwned>(&self) -> Result<T, CustomClaimsError> {
        serde_json::from_str(&self.payload).map_err(CustomClaimsError)
    }
}

impl fmt::Debug for AlbClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlbClaims").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// The ARN of an Application Load Balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancerArn(String, Region);

impl LoadBalancerArn {
    /// Where the load balancers of a Region publish the key of that `kid`.
    fn key_uri(&self, kid: &str) -> String {
        let Self(_, region) = self;
        if region.as_str().starts_with("us-gov-") {
            format!("https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}/{kid}")
        } else {
            format!("https://public-keys.auth.elb.{region}.amazonaws.com/{kid}")
        }
    }
}

impl FromStr for LoadBalancerArn {
    type Err = InvalidLoadBalancerArn;

    fn from_str(arn: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = arn.split(':').collect();
        match *parts {
            ["arn", partition, "elasticloadbalancing", region, account, resource]
                if partition.starts_with("aws")
                    && !account.is_empty()
                    && resource.starts_with("loadbalancer/app/") =>
            {
                let region = region.parse().map_err(|_| InvalidLoadBalancerArn)?;
                Ok(Self(arn.to_owned(), region))
            }
            _ => Err(InvalidLoadBalancerArn),
        }
    }
}

/// A text is not the ARN of an Application Load Balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidLoadBalancerArn;

impl fmt::Display for InvalidLoadBalancerArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not an ARN like arn:aws:elasticloadbalancing:eu-west-1:1111:loadbalancer/app/x/y",
        )
    }
}

impl std::error::Error for InvalidLoadBalancerArn {}

object! {
    AlbHeader {
        alg "alg",
        client "client",
        crit "crit",
        exp "exp",
        iss "iss",
        kid "kid",
        signer "signer",
    }
}

object! {
    AlbPayload { sub "sub", }
}

/// The header's value, of which nothing can be trusted yet.
struct PaddedJws<'a> {
    kid: String,
    signer: String,
    issuer: String,
    client: String,
    expires_at: SystemTime,
    payload: String,
    signing_input: &'a str,
    signature: Vec<u8>,
}

impl<'a> PaddedJws<'a> {
    fn parse(token: &'a str) -> Result<Self, VerifyError> {
        let (limit, found) = (DEFAULT_MAX_TOKEN_BYTES, token.len());
        if found > limit {
            return Err(VerifyError::TooLong { limit, found });
        }
        let structure = VerifyError::Malformed("structure");
        let Some((signing_input, signature)) = token.rsplit_once('.') else {
            return Err(structure);
        };
        let (header, payload) = signing_input.split_once('.').ok_or(structure)?;
        let header = decode_text(header).ok_or(VerifyError::Malformed("header"))?;
        let header = AlbHeader::parse(&header).ok_or(VerifyError::Malformed("header"))?;
        if header.crit.value.is_some() {
            return Err(VerifyError::UnsupportedHeader("crit"));
        }
        if header.alg.text() != Ok(Some("ES256")) {
            return Err(VerifyError::UnsupportedHeader("alg"));
        }
        let kid = header.kid.required()?;
        Ok(Self {
            kid: is_uuid(kid).then(|| kid.to_owned()).ok_or(VerifyError::UnknownKey)?,
            signer: header.signer.required()?.to_owned(),
            issuer: header.iss.required()?.to_owned(),
            client: header.client.required()?.to_owned(),
            expires_at: header.exp.time()?.ok_or(VerifyError::MissingClaim("exp"))?,
            payload: decode_text(payload).ok_or(VerifyError::Malformed("payload"))?,
            signing_input,
            signature: decode(signature).ok_or(VerifyError::Malformed("signature"))?,
        })
    }
}

/// The one place where base64 is padded; it must be then.
fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE.decode_to_vec(text).ok()
}

fn decode_text(text: &str) -> Option<String> {
    String::from_utf8(decode(text)?).ok()
}

/// A `kid` becomes a part of an address, so that it must be what the service sends.
fn is_uuid(kid: &str) -> bool {
    let fits = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    kid.len() == 36 && kid.bytes().enumerate().all(fits)
}

#[derive(Debug)]
struct Keys {
    fetcher: Arc<dyn FetchKeys>,
    /// The last ones that were fetched.
    known: Mutex<Vec<(String, Arc<ParsedPublicKey>)>>,
    /// When keys were fetched of late. Who holds it is fetching, and only who needs an unknown key
    /// waits for it.
    fetches: futures_util::lock::Mutex<Vec<Moment>>,
}

impl Keys {
    async fn get(
        &self,
        kid: &str,
        uri: &str,
        now: &Moment,
    ) -> Result<Arc<ParsedPublicKey>, VerifyError> {
        if let Some(key) = self.find(kid) {
            return Ok(key);
        }
        let mut fetches = self.fetches.lock().await;
        if let Some(key) = self.find(kid) {
            return Ok(key);
        }
        fetches.retain(|at| now.since(at) < UNKNOWN_KEY_COOLDOWN);
        if fetches.len() >= MAX_FETCHES {
            return Err(VerifyError::UnknownKey);
        }
        fetches.push(*now);
        let fetched = self.fetcher.fetch(uri).await.and_then(|pem| parse_pem(&pem));
        let key = fetched.map_err(|error| VerifyError::KeysUnavailable(Arc::new(error)))?;
        self.keep(kid, &key);
        Ok(key)
    }

    fn find(&self, kid: &str) -> Option<Arc<ParsedPublicKey>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(known, _)| known == kid).map(|(_, key)| Arc::clone(key))
    }

    fn keep(&self, kid: &str, key: &Arc<ParsedPublicKey>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KEYS {
            known.remove(0);
        }
        known.push((kid.to_owned(), Arc::clone(key)));
    }
}

fn parse_pem(pem: &str) -> Result<Arc<ParsedPublicKey>, FetchError> {
    let invalid = || FetchError::new("the answer is no public key of P-256");
    let body = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----");
    let body = body.and_then(|body| body.strip_suffix("-----END PUBLIC KEY-----"));
    let base64: String = body.ok_or_else(invalid)?.split_ascii_whitespace().collect();
    let der = STANDARD.decode_to_vec(base64).map_err(|_| invalid())?;
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, der).map(Arc::new).map_err(|_| invalid())
}

#[cfg(test)]
mod tests;
