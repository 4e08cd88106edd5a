//! The read-only details of SAML providers: URLs from their metadata, and the pool's certificate.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DistinguishedName, DnType, SerialNumber, date_time_ymd};
use roxmltree::Document;

use crate::state::identity_provider::IdentityProvider;
use crate::state::keys::ReadyKeys;
use crate::state::pool::Pool;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// The services in a provider's metadata, and the details with their URLs.
const SERVICES: [(&str, &str); 2] = [
    ("SingleSignOnService", "SSORedirectBindingURI"),
    ("SingleLogoutService", "SLORedirectBindingURI"),
];

/// The validity of a pool's certificate: about ten years, as in captures.
const VALIDITY: Duration = Duration::from_secs(3652 * 86_400);

/// The latest start of a certificate, in the year 9892, because years in certificates have four
/// digits.
const LATEST: Duration = Duration::from_secs(250_000_000_000);

/// Adds the read-only details of a SAML provider. The URLs are parsed from `MetadataFile`; a
/// `MetadataURL` is not fetched. The certificate has a key of the pool.
pub(crate) fn complete(pool: &Pool, keys: &ReadyKeys, provider: &mut IdentityProvider) {
    let details = &mut provider.provider_details;
    let metadata = details.get("MetadataFile").cloned().unwrap_or_default();
    for (detail, address) in redirect_addresses(&metadata) {
        details.insert(detail.to_owned(), address);
    }
    if let Some(certificate) = certificate(pool, keys) {
        details.insert("ActiveEncryptionCertificate".to_owned(), certificate);
    }
}

/// Returns the encryption certificate for SAML providers, as base64 of DER without the lines of
/// PEM. It names the pool, as in captures.
fn certificate(pool: &Pool, keys: &ReadyKeys) -> Option<String> {
    // In whole seconds, and not before 1970.
    let created = Duration::try_from_secs_f64(pool.created).unwrap_or_default();
    let created = Duration::from_secs(created.as_secs()).min(LATEST);
    let mut certificate = CertificateParams::default();
    certificate.not_before = date_time_ymd(1970, 1, 1) + created;
    certificate.not_after = certificate.not_before + VALIDITY;
    certificate.serial_number = Some(SerialNumber::from(created.as_secs()));
    certificate.distinguished_name = DistinguishedName::new();
    certificate.distinguished_name.push(DnType::CommonName, pool.id.as_str());
    let signed = certificate.self_signed(keys.id()).ok()?;
    Some(STANDARD.encode(signed.der()))
}

/// Returns the redirect URLs by the names of details, or nothing for an invalid document.
fn redirect_addresses(metadata: &str) -> Vec<(&'static str, String)> {
    let Ok(document) = Document::parse(metadata) else {
        return Vec::new();
    };
    let mut elements = document.descendants();
    let provider = elements.find(|element| element.has_tag_name((METADATA, "IDPSSODescriptor")));
    let address = |(service, detail): (&str, &'static str)| {
        let mut services = provider?.children();
        let by_redirect = services.find(|element| {
            element.has_tag_name((METADATA, service))
                && element.attribute("Binding") == Some(REDIRECT)
        })?;
        Some((detail, by_redirect.attribute("Location")?.to_owned()))
    };
    SERVICES.into_iter().filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_those_of_the_redirect_binding() {
        let metadata = format!(
            r#"<?xml version="1.0"?>
            <md:EntityDescriptor xmlns:md="{METADATA}" entityID="idp">
              <md:SPSSODescriptor>
                <md:SingleLogoutService Binding="{REDIRECT}" Location="https://sp.example.com"/>
              </md:SPSSODescriptor>
              <md:IDPSSODescriptor>
                <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
                                        Location="https://idp.example.com/post"/>
                <md:SingleSignOnService Binding="{REDIRECT}"
                                        Location="https://idp.example.com/sso?a=1&amp;b=2"/>
              </md:IDPSSODescriptor>
            </md:EntityDescriptor>"#
        );
        let expected = ("SSORedirectBindingURI", "https://idp.example.com/sso?a=1&b=2".to_owned());
        assert_eq!(redirect_addresses(&metadata), [expected]);
    }

    #[test]
    fn invalid_documents_have_no_urls() {
        let entities = r#"<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>"#;
        for metadata in ["", "x", "<a><b></a>", "<a/>", entities] {
            assert!(redirect_addresses(metadata).is_empty(), "{metadata}");
        }
    }
}
