//! Passwords, codes and tokens as types that are wiped when dropped and never printed.

use std::fmt;

use zeroize::Zeroizing;

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        ///
        /// `Debug` prints `[redacted]`; there is no `Display`. Memory is wiped when the value is
        /// dropped.
        #[derive(Clone)]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// The secret itself, for the one place that sends or stores it.
            pub fn expose_secret(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(secret: String) -> Self {
                Self(Zeroizing::new(secret))
            }
        }

        impl From<&str> for $name {
            fn from(secret: &str) -> Self {
                Self::from(secret.to_owned())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    )+};
}

secrets! {
    /// A user's password, permanent or temporary.
    ///
    /// ```
    /// use cognito_tokens::Password;
    ///
    /// let password = Password::from("correct horse");
    /// assert_eq!(format!("{password:?}"), "Password([redacted])");
    /// assert_eq!(password.expose_secret(), "correct horse");
    /// ```
    Password;
    /// A code that the service sent, or that an authenticator app shows.
    Code;
    /// An app client's secret.
    ClientSecret;
    /// The key of an authenticator app, in base32, as AssociateSoftwareToken returns it.
    SoftwareTokenSecret;
    /// An access token, a JWT.
    AccessToken;
    /// An ID token, a JWT.
    IdToken;
    /// A refresh token, which is opaque.
    RefreshToken;
    /// The Session of a challenge, which is opaque, lives minutes and can be used once.
    ChallengeSession;
}
