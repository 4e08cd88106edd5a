//! The categories of operations that share a request rate, and their documented rates.

use std::fmt;

macro_rules! categories {
    ($($(#[$doc:meta])* $name:ident $rate:literal $($adjustable:ident)?,)+) => {
        /// A category of operations that share a request rate quota of the account in a Region.
        ///
        /// See [Quotas](https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Category {
            $($(#[$doc])* $name,)+
        }

        impl Category {
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

            /// Returns whether an account can have another rate, which GetProvisionedLimit reads.
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
    /// Sign-ins and refreshed tokens.
    UserAuthentication 120 adjustable,
    /// Sign-ups, and users that administrators create and confirm.
    UserCreation 50 adjustable,
    /// Sign-ins at identity providers.
    UserFederation 25 adjustable,
    /// Passwords that are changed, forgotten and set.
    UserAccountRecovery 30,
    /// Single users.
    UserRead 120 adjustable,
    /// Changes of users and of their memberships.
    UserUpdate 25,
    /// Tokens that are revoked.
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
}

/// The access to one user, each of which has a rate of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Access {
    Read,
    Write,
}

impl Category {
    /// Returns whether each operation of the category has a rate of its own in each pool.
    pub(super) fn is_limited_in_pool(self) -> bool {
        matches!(
            self,
            Self::UserPoolResourceRead
                | Self::UserPoolResourceUpdate
                | Self::UserPoolClientRead
                | Self::UserPoolClientUpdate
        )
    }

    /// Returns the access to one user that requests of the category are.
    pub(super) fn access(self) -> Access {
        match self {
            Self::UserRead | Self::UserResourceRead | Self::UserList => Access::Read,
            _ => Access::Write,
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
