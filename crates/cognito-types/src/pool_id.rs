//! The id of a user pool, and the URLs that are derived from it.

use std::fmt;
use std::str::FromStr;

/// The maximum length of an id.
const MAX_BYTES: usize = 55;

/// The id of a user pool, such as `eu-west-1_Ab12Cd34E`: its Region, an underscore, its name.
///
/// ```
/// # mod cognito { pub use cognito_types::*; }
/// use cognito::UserPoolId;
///
/// let pool: UserPoolId = "eu-west-1_Ab12Cd34E".parse()?;
/// assert_eq!(pool.region(), "eu-west-1");
/// assert_eq!(pool.pool_name(), "Ab12Cd34E");
/// assert_eq!(pool.issuer(), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E");
/// # Ok::<(), cognito_types::InvalidUserPoolId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserPoolId {
    id: String,
    underscore: usize,
}

impl UserPoolId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.id
    }

    /// Returns the Region in which the pool was created.
    pub fn region(&self) -> &str {
        self.id.get(..self.underscore).unwrap_or_default()
    }

    /// Returns the part after the underscore, which is part of SRP's hashes.
    pub fn pool_name(&self) -> &str {
        self.id.get(self.underscore.saturating_add(1)..).unwrap_or_default()
    }

    /// Returns the domain of the AWS partition that the Region belongs to.
    ///
    /// It is `amazonaws.com`, also for GovCloud, `amazonaws.com.cn` in China, and `amazonaws.eu` in
    /// the European Sovereign Cloud.
    pub fn partition_suffix(&self) -> &'static str {
        suffix(self.region())
    }

    /// Returns the `iss` of tokens of a pool whose issuer type is ORIGINAL.
    pub fn issuer(&self) -> String {
        self.host("cognito-idp")
    }

    /// Returns the `iss` of tokens of a pool whose issuer type is UPDATED.
    ///
    /// See [IssuerConfigurationType](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_IssuerConfigurationType.html).
    pub fn updated_issuer(&self) -> String {
        self.host("issuer-cognito-idp")
    }

    /// Returns the `iss` of tokens that a replica in another Region issues, if the pool's issuer
    /// type is ORIGINAL.
    pub fn replica_issuer(&self, region: &Region) -> String {
        format!("https://cognito-idp.{region}.{}/{}", suffix(region.as_str()), self.id)
    }

    fn host(&self, service: &str) -> String {
        format!("https://{service}.{}.{}/{}", self.region(), self.partition_suffix(), self.id)
    }
}

impl FromStr for UserPoolId {
    type Err = InvalidUserPoolId;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        let (region, name) = id.split_once('_').ok_or(InvalidUserPoolId)?;
        let valid = id.len() <= MAX_BYTES
            && !name.is_empty()
            && is_region(region)
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !valid {
            return Err(InvalidUserPoolId);
        }
        Ok(Self { id: id.to_owned(), underscore: region.len() })
    }
}

impl fmt::Display for UserPoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

/// The error for a text that is not the id of a user pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a user pool's id is a Region, an underscore and letters or digits, at most {MAX_BYTES} in all, \
     such as eu-west-1_Ab12Cd34E"
)]
pub struct InvalidUserPoolId;

/// An AWS Region, such as `eu-west-1`.
///
/// ```
/// # mod cognito { pub use cognito_types as types; }
/// use cognito::types::Region;
///
/// let region: Region = "eu-west-1".parse()?;
/// assert_eq!(region.as_str(), "eu-west-1");
/// assert!("eu-west-1.evil.example/".parse::<Region>().is_err());
/// # Ok::<(), cognito_types::InvalidRegion>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

impl Region {
    /// Returns the name of the Region.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the domain of the AWS partition that the Region belongs to, such as
    /// `amazonaws.com`.
    pub fn partition_suffix(&self) -> &'static str {
        suffix(&self.0)
    }
}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        is_region(text).then(|| Self(text.to_owned())).ok_or(InvalidRegion)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error for a text that is not an AWS Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a Region is letters, digits and hyphens, such as eu-west-1")]
pub struct InvalidRegion;

/// Returns the domain of the partition that a Region belongs to.
fn suffix(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "amazonaws.com.cn",
        region if region.starts_with("eusc-") => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

pub(crate) fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_follow_the_partition() {
        let cases = [
            ("us-east-1_Ab", "us-east-1.amazonaws.com/us-east-1_Ab"),
            ("us-gov-west-1_Ab", "us-gov-west-1.amazonaws.com/us-gov-west-1_Ab"),
            ("cn-north-1_Ab", "cn-north-1.amazonaws.com.cn/cn-north-1_Ab"),
            ("eusc-de-east-1_Ab", "eusc-de-east-1.amazonaws.eu/eusc-de-east-1_Ab"),
        ];
        for (id, rest) in cases {
            let pool: UserPoolId = id.parse().unwrap();
            assert_eq!(pool.issuer(), format!("https://cognito-idp.{rest}"));
            assert_eq!(pool.updated_issuer(), format!("https://issuer-cognito-idp.{rest}"));
        }
    }

    #[test]
    fn a_replica_issues_from_its_own_region() {
        let pool: UserPoolId = "us-east-1_Ab".parse().unwrap();
        let issuer = pool.replica_issuer(&"us-west-2".parse().unwrap());
        assert_eq!(issuer, "https://cognito-idp.us-west-2.amazonaws.com/us-east-1_Ab");
        for text in ["", "us west", "us-west-2/", "us-west-2.evil", "ü"] {
            assert_eq!(text.parse::<Region>(), Err(InvalidRegion), "{text}");
        }
    }

    #[test]
    fn malformed_pool_ids_are_refused() {
        let too_long = format!("us-east-1_{}", "a".repeat(46));
        let ids = [
            "",
            "_",
            "us-east-1",
            "us-east-1_",
            "_Ab12",
            "us-east-1_Ab-12",
            "us-east-1_Ab_12",
            "us-east-1_Ab/../x",
            "evil.com/us-east-1_Ab",
            "us east-1_Ab",
            "us-east-1_Äb",
            &too_long,
        ];
        for id in ids {
            assert_eq!(id.parse::<UserPoolId>(), Err(InvalidUserPoolId), "{id:?}");
        }
        assert!(format!("us-east-1_{}", "a".repeat(45)).parse::<UserPoolId>().is_ok());
    }
}
