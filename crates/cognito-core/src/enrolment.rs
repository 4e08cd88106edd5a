//! Transfer of a key to an authenticator app: a URI, and a QR code.

use std::fmt;

use cognito_types::SoftwareTokenSecret;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

#[cfg(feature = "qr")]
pub use self::qr::{QrCodeTooLong, QrText};

/// Characters that are escaped in a URI: all but the unreserved ones (RFC 3986, section 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The URI that sets up an authenticator app (`otpauth://totp/...`).
///
/// It follows the [key URI format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format)
/// and states the parameters of user pools: SHA-1, six digits, 30 seconds. It holds the key, so it is
/// wiped when dropped and `Debug` prints `[redacted]`.
///
/// ```
/// # mod cognito { pub use cognito_core as account; pub use cognito_core as types; }
/// use cognito::account::OtpAuthUri;
/// use cognito::types::SoftwareTokenSecret;
///
/// let secret = SoftwareTokenSecret::from("JBSWY3DPEHPK3PXP");
/// let uri = OtpAuthUri::new(&secret, "Example Shop", "alice@example.com");
/// assert_eq!(
///     uri.expose_secret(),
///     "otpauth://totp/Example%20Shop:alice%40example.com?secret=JBSWY3DPEHPK3PXP\
///      &issuer=Example%20Shop&algorithm=SHA1&digits=6&period=30",
/// );
/// assert_eq!(format!("{uri:?}"), "OtpAuthUri([redacted])");
/// ```
#[derive(Clone)]
pub struct OtpAuthUri(Zeroizing<String>);

impl OtpAuthUri {
    /// Creates the URI of a key. The app shows the `issuer`, which is the name of the application
    /// or its company, and the user's `account` beside the codes.
    ///
    /// An empty issuer is left out.
    pub fn new(secret: &SoftwareTokenSecret, issuer: &str, account: &str) -> Self {
        // Padding is not part of the format.
        let secret = secret.expose_secret().trim_end_matches('=');
        let escaped = |text| utf8_percent_encode(text, ESCAPED);
        // An escaped byte takes three characters; a reallocation would leave copies of the key
        // behind.
        let texts = secret.len() + 2 * issuer.len() + account.len();
        let mut uri = String::with_capacity(3 * texts + 100);
        uri.push_str("otpauth://totp/");
        // Apps take the text before the first colon for the issuer.
        if !issuer.is_empty() && !issuer.contains(':') {
            uri.extend(escaped(issuer));
            uri.push(':');
        }
        uri.extend(escaped(account));
        uri.push_str("?secret=");
        uri.extend(escaped(secret));
        if !issuer.is_empty() {
            uri.push_str("&issuer=");
            uri.extend(escaped(issuer));
        }
        uri.push_str("&algorithm=SHA1&digits=6&period=30");
        Self(Zeroizing::new(uri))
    }

    /// Returns the URI. Open or show it only where no one but the user sees it.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

// Declared below the main methods, so that the documentation lists those first.
#[cfg(feature = "qr")]
mod qr;

impl fmt::Debug for OtpAuthUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtpAuthUri([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = "&algorithm=SHA1&digits=6&period=30";

    fn uri(secret: &str, issuer: &str, account: &str) -> String {
        let uri = OtpAuthUri::new(&secret.into(), issuer, account);
        uri.expose_secret().strip_suffix(REST).unwrap().to_owned()
    }

    #[test]
    fn issuer_and_account_are_escaped() {
        let cases = [
            ("", "al", "al?secret=ABC"),
            ("A", "", "A:?secret=ABC&issuer=A"),
            ("A&b=c", "x/y?z#", "A%26b%3Dc:x%2Fy%3Fz%23?secret=ABC&issuer=A%26b%3Dc"),
            ("A+ b", "a+b", "A%2B%20b:a%2Bb?secret=ABC&issuer=A%2B%20b"),
            ("Caf\u{e9}", "\u{1f600}", "Caf%C3%A9:%F0%9F%98%80?secret=ABC&issuer=Caf%C3%A9"),
            ("A:b", "al", "al?secret=ABC&issuer=A%3Ab"),
            ("A", "a:l%", "A:a%3Al%25?secret=ABC&issuer=A"),
        ];
        for (issuer, account, expected) in cases {
            assert_eq!(uri("ABC", issuer, account), format!("otpauth://totp/{expected}"));
        }
    }

    #[test]
    fn the_key_is_written_without_padding_and_cannot_add_parameters() {
        assert_eq!(uri("ABC===", "", "al"), "otpauth://totp/al?secret=ABC");
        assert_eq!(uri("A&digits=8", "", "al"), "otpauth://totp/al?secret=A%26digits%3D8");
    }

    #[test]
    fn the_buffer_is_never_reallocated() {
        let text = "\u{1f600}".repeat(100);
        let uri = OtpAuthUri::new(&text.as_str().into(), &text, &text);
        assert!(uri.0.capacity() < 3 * 4 * text.len() + 200);
        assert!(uri.0.len() <= 3 * 4 * text.len() + 100);
    }
}
