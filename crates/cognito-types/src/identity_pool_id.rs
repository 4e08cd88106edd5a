//! The ids of identity pools and of the identities in them.

use std::fmt;
use std::str::FromStr;

use crate::pool_id::is_region;

/// The maximum length of an id.
const MAX_BYTES: usize = 55;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the Region of the identity pool.
            pub fn region(&self) -> &str {
                self.0.split_once(':').map_or("", |(region, _)| region)
            }
        }

        impl FromStr for $name {
            type Err = InvalidIdentityPoolId;

            fn from_str(id: &str) -> Result<Self, Self::Err> {
                is_id(id).then(|| Self(id.to_owned())).ok_or(InvalidIdentityPoolId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// The id of an identity pool: its Region, a colon and a UUID.
    ///
    /// ```
    /// # mod cognito { pub use cognito_types as identity_pool; }
    /// use cognito::identity_pool::IdentityPoolId;
    ///
    /// let pool: IdentityPoolId = "eu-west-1:1f0c7a5e-3d2b-4c1a-9e8f-0123456789ab".parse()?;
    /// assert_eq!(pool.region(), "eu-west-1");
    /// assert!("eu-west-1_Ab12Cd34E".parse::<IdentityPoolId>().is_err()); // the id of a user pool
    /// # Ok::<(), cognito_types::InvalidIdentityPoolId>(())
    /// ```
    IdentityPoolId;
    /// The id of an identity in an identity pool: a Region, a colon and a UUID.
    ///
    /// IAM policies refer to it as `${cognito-identity.amazonaws.com:sub}`.
    ///
    /// # Security
    ///
    /// Anyone who has the id of a guest's identity can get its credentials.
    IdentityId;
}

/// Returns whether a text is an id. The Region becomes part of a host name, so this is stricter
/// than the service's model, `[\w-]+:[0-9a-f-]+`.
fn is_id(text: &str) -> bool {
    let is_uuid_part = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    text.len() <= MAX_BYTES
        && text.split_once(':').is_some_and(|(region, uuid)| {
            is_region(region) && !uuid.is_empty() && uuid.bytes().all(is_uuid_part)
        })
}

/// The error for a text that is not the id of an identity pool or of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the id of an identity pool or an identity is a Region, a colon and a UUID, at most \
     {MAX_BYTES} characters, such as eu-west-1:1f0c7a5e-3d2b-4c1a-9e8f-0123456789ab"
)]
pub struct InvalidIdentityPoolId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_ids_are_rejected() {
        let too_long = format!("eu-west-1:{}", "a".repeat(46));
        for text in [
            "",
            ":",
            "eu-west-1",
            "eu-west-1:",
            ":1f0c7a5e",
            "eu-west-1_Ab12Cd34E",
            "eu-west-1:1F0C7A5E",
            "eu-west-1:1f0c:7a5e",
            "eu-west-1:1f0c/../x",
            "evil.example/eu-west-1:1f0c",
            "eu west-1:1f0c",
            " eu-west-1:1f0c",
            "eu-west-1:1f0c\n",
            &too_long,
        ] {
            assert_eq!(text.parse::<IdentityPoolId>(), Err(InvalidIdentityPoolId), "{text:?}");
            assert_eq!(text.parse::<IdentityId>(), Err(InvalidIdentityPoolId), "{text:?}");
        }
        assert!(format!("eu-west-1:{}", "a".repeat(45)).parse::<IdentityId>().is_ok());
    }

    #[test]
    fn the_region_precedes_the_colon() {
        let id: IdentityPoolId = "us-gov-west-1:0-1".parse().unwrap();
        assert_eq!((id.region(), id.as_str()), ("us-gov-west-1", "us-gov-west-1:0-1"));
    }
}
