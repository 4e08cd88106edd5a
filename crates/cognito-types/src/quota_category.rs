//! The categories of operations that share a request rate quota, and their documented rates.

mod operations;

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! categories {
    ($($(#[$doc:meta])* $name:ident $rate:literal $($adjustable:ident)?,)+) => {
        /// A category of operations that share a request rate quota of the account in a Region.
        ///
        /// See [Quotas](https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html).
        ///
        /// ```
        /// # mod cognito { pub use cognito_types as types; }
        /// use cognito::types::QuotaCategory;
        ///
        /// let category = QuotaCategory::of("AdminGetUser");
        /// assert_eq!(category, Some(QuotaCategory::UserRead));
        /// assert_eq!(QuotaCategory::UserRead.default_rate(), 120);
        /// ```
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
        )]
        #[non_exhaustive]
        pub enum QuotaCategory {
            $($(#[$doc])* $name,)+
        }

        impl QuotaCategory {
            /// All categories.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns the name, such as `UserList`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// Returns the documented rate of a new account, in requests per second.
            pub fn default_rate(self) -> u32 {
                match self {
                    $(Self::$name => $rate,)+
                }
            }

            /// Returns whether the account's rate can be changed; GetProvisionedLimit reads it and
            /// UpdateProvisionedLimit sets it.
            pub fn is_adjustable(self) -> bool {
                match self {
                    $(Self::$name => adjustable!($($adjustable)?),)+
                }
            }
        }
    };
}

macro_rules! adjustable {
    () => {
        false
    };
    (adjustable) => {
        true
    };
}

categories! {
    /// Sign-ins and refreshes of tokens. Responses to challenges have an allowance of three times
    /// the rate; further responses count here.
    UserAuthentication 120 adjustable,
    /// Sign-ups, and creation and confirmation of users by administrators.
    UserCreation 50 adjustable,
    /// Sign-ins with identity providers, which are not operations of the API.
    UserFederation 25 adjustable,
    /// Changes, resets and recovery of passwords.
    UserAccountRecovery 30,
    /// Single users.
    UserRead 120 adjustable,
    /// Changes of users and of their group memberships.
    UserUpdate 25,
    /// Revocation of tokens.
    UserToken 120 adjustable,
    /// Groups, devices and sessions of users.
    UserResourceRead 50 adjustable,
    /// Changes of devices, factors and sessions of users.
    UserResourceUpdate 25,
    /// Lists of users.
    UserList 30,
    /// Pools.
    UserPoolRead 15,
    /// Changes of pools.
    UserPoolUpdate 15,
    /// Groups, identity providers and other resources of pools.
    UserPoolResourceRead 20,
    /// Changes of resources of pools.
    UserPoolResourceUpdate 15,
    /// App clients.
    UserPoolClientRead 15,
    /// Changes of app clients.
    UserPoolClientUpdate 15,
    /// Tokens of machine clients.
    ClientAuthentication 150,
    /// Provisioned limits.
    LimitManagement 1,
    /// Identities of identity pools.
    GetId 25,
    /// AWS credentials of identities.
    GetCredentialsForIdentity 200,
    /// OpenID tokens of identities.
    GetOpenIdToken 200,
    /// OpenID tokens of users that another server authenticated.
    GetOpenIdTokenForDeveloperIdentity 50,
}

impl QuotaCategory {
    /// The rate of one operation in one pool, in requests per second, for categories with a limit
    /// per pool ([`is_limited_in_pool`](Self::is_limited_in_pool)).
    pub const RATE_IN_POOL: u32 = 5;

    /// Returns whether each operation of the category also has a rate limit per pool.
    pub fn is_limited_in_pool(self) -> bool {
        matches!(
            self,
            Self::UserPoolResourceRead
                | Self::UserPoolResourceUpdate
                | Self::UserPoolClientRead
                | Self::UserPoolClientUpdate
        )
    }

    /// Returns whether the category belongs to identity pools, not user pools.
    pub fn is_of_identity_pools(self) -> bool {
        matches!(
            self,
            Self::GetId
                | Self::GetCredentialsForIdentity
                | Self::GetOpenIdToken
                | Self::GetOpenIdTokenForDeveloperIdentity
        )
    }
}

impl fmt::Display for QuotaCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_serialized_by_their_names() {
        for category in QuotaCategory::ALL {
            let json = serde_json::to_value(category).unwrap();
            assert_eq!(json, category.as_str());
            assert_eq!(serde_json::from_value::<QuotaCategory>(json).unwrap(), *category);
        }
        assert!(serde_json::from_str::<QuotaCategory>("\"UserLst\"").is_err());
    }
}
