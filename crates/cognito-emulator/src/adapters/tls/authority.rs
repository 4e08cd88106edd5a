//! A certificate authority whose certificate permits names of this host only.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PublicKeyData, SanType, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::TlsError;

/// The validity of a CA certificate, about ten years.
const CA_LIFETIME: Duration = Duration::from_secs(3650 * 86_400);

/// The validity of a server certificate. Apple's clients reject more than 825 days.
const LIFETIME: Duration = Duration::from_secs(90 * 86_400);

/// The age at which a server certificate is replaced.
pub(super) const RENEW_AFTER: Duration = Duration::from_secs(45 * 86_400);

/// The tolerated lag of a client's clock, for example in a virtual machine.
const CLOCK_SKEW: Duration = Duration::from_secs(86_400);

/// An authority with its key.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    /// Creates an authority for loopback names and `hosts`.
    pub(super) fn create(hosts: &[ServerName<'_>]) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let mut params = ca_params(&key);
        set_validity(&mut params, CA_LIFETIME);
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: permitted(hosts)?,
            excluded_subtrees: Vec::new(),
        });
        let certificate = params.self_signed(&key)?;
        let (pem, certificate) = (certificate.pem(), certificate.der().clone());
        Ok(Self { issuer: Issuer::new(params, key), certificate, pem })
    }

    /// Restores an authority from its certificate and key.
    pub(super) fn restore(certificate: CertificateDer<'static>, pem: String, key: KeyPair) -> Self {
        Self { issuer: Issuer::new(ca_params(&key), key), certificate, pem }
    }

    /// Returns the certificate that clients must trust.
    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    pub(super) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Issues a certificate for the names, with a new key. The serial number is derived from the
    /// key, and browsers reject two certificates with the same number.
    pub(super) fn issue(
        &self,
        names: &[ServerName<'_>],
    ) -> Result<(CertificateDer<'static>, KeyPair), TlsError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        set_validity(&mut params, LIFETIME);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "cognito-emulator");
        params.subject_alt_names = names.iter().map(alternative).collect::<Result<_, _>>()?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok((certificate.der().clone(), key))
    }

    /// Verifies a certificate for the name in the same way as clients that trust this authority.
    pub(super) fn verify(&self, name: &ServerName<'_>) -> Result<(), TlsError> {
        let (certificate, _) = self.issue(std::slice::from_ref(name))?;
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone())?;
        let provider = Arc::new(default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        verifier.verify_server_cert(&certificate, &[], name, &[], UnixTime::now())?;
        Ok(())
    }
}

/// Returns the fields of the CA certificate that are derived from its key.
fn ca_params(key: &KeyPair) -> CertificateParams {
    let fingerprint = digest(&SHA256, key.der_bytes());
    let fingerprint = fingerprint.as_ref().iter().take(4).map(|byte| format!("{byte:02x}"));
    // Unique, because trust stores find authorities by name.
    let name = format!("cognito-emulator CA {}", fingerprint.collect::<String>());
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Returns the name constraints (RFC 5280, 4.2.1.10), so that a trusted key cannot be used for
/// other hosts.
fn permitted(hosts: &[ServerName<'_>]) -> Result<Vec<GeneralSubtree>, rcgen::Error> {
    let mut permitted = vec![
        // Includes all names below it.
        GeneralSubtree::DnsName("localhost".to_owned()),
        GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(Ipv6Addr::LOCALHOST.into(), 128)),
    ];
    for host in hosts {
        permitted.push(match alternative(host)? {
            SanType::IpAddress(ip) => {
                let prefix = if ip.is_ipv4() { 32 } else { 128 };
                GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(ip, prefix))
            }
            _ => GeneralSubtree::DnsName(host.to_str().into_owned()),
        });
    }
    Ok(permitted)
}

fn alternative(name: &ServerName<'_>) -> Result<SanType, rcgen::Error> {
    Ok(match name {
        ServerName::IpAddress(ip) => SanType::IpAddress(IpAddr::from(*ip)),
        name => SanType::DnsName(Ia5String::try_from(name.to_str().into_owned())?),
    })
}

/// Sets the validity of a certificate from now on, by the clock of the operating system.
fn set_validity(params: &mut CertificateParams, lifetime: Duration) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    params.not_before = date_time_ymd(1970, 1, 1) + now.saturating_sub(CLOCK_SKEW);
    params.not_after = params.not_before + CLOCK_SKEW + lifetime;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authority_permits_only_loopback_names_and_its_hosts() {
        let name = |text: &str| ServerName::try_from(text.to_owned()).unwrap();
        let hosts = [name("auth.shop.test"), name("10.0.0.7"), name("fd00::7")];
        let authority = Authority::create(&hosts).unwrap();
        for valid in ["localhost", "shop.auth.eu-west-1.localhost", "127.0.0.1", "127.1.2.3", "::1"]
        {
            authority.verify(&name(valid)).unwrap();
        }
        for host in &hosts {
            authority.verify(host).unwrap();
        }
        for foreign in ["example.com", "shop.test", "cognito-idp.us-east-1.amazonaws.com"] {
            assert!(authority.verify(&name(foreign)).is_err(), "{foreign}");
        }
        for foreign in ["10.0.0.8", "8.8.8.8", "fd00::8", "::2"] {
            assert!(authority.verify(&name(foreign)).is_err(), "{foreign}");
        }
    }
}
