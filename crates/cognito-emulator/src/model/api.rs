//! The two services, and the names of operations in requests.

use crate::model::shape::{Auth, Operation};
use crate::model::{identity_shapes, shapes};

/// A service of Amazon Cognito.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    UserPools,
    IdentityPools,
}

/// The operation that a request names, which may not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    pub(crate) api: Api,
    pub(crate) name: &'a str,
}

impl Api {
    const ALL: [Self; 2] = [Self::UserPools, Self::IdentityPools];

    /// Returns the name of the service in the header `X-Amz-Target`.
    const fn target_prefix(self) -> &'static str {
        match self {
            Self::UserPools => "AWSCognitoIdentityProviderService",
            Self::IdentityPools => "AWSCognitoIdentityService",
        }
    }

    /// Returns the operations of the service in alphabetical order.
    pub(crate) fn operations(self) -> &'static [Operation] {
        match self {
            Self::UserPools => &shapes::OPERATIONS,
            Self::IdentityPools => &identity_shapes::OPERATIONS,
        }
    }

    /// Returns an operation of the service by its name.
    pub(crate) fn operation(self, name: &str) -> Option<&'static Operation> {
        // The operations are sorted, which a test checks.
        let operations = self.operations();
        let found = operations.binary_search_by_key(&name, |operation| operation.name);
        found.ok().and_then(|index| operations.get(index))
    }
}

impl<'a> Target<'a> {
    /// Parses the header `X-Amz-Target`; returns `None` if it names another service.
    pub(crate) fn read(header: &'a str) -> Option<Self> {
        let (prefix, name) = header.split_once('.')?;
        let api = Api::ALL.into_iter().find(|api| api.target_prefix() == prefix)?;
        Some(Self { api, name })
    }

    /// Returns the operation with a name, which may have the prefix of a target. Without a prefix,
    /// a name of both services, such as `TagResource`, is the operation of user pools.
    pub(crate) fn named(name: &'a str) -> Self {
        let has = |api: &Api| api.operation(name).is_some();
        let api = || Api::ALL.into_iter().find(has).unwrap_or(Api::UserPools);
        Self::read(name).unwrap_or_else(|| Self { api: api(), name })
    }

    /// Returns whether the service accepts the operation only with a signature.
    pub(crate) fn is_signed(self) -> bool {
        self.api.operation(self.name).is_some_and(|operation| operation.auth == Auth::Iam)
    }

    /// Returns an operation of user pools.
    pub(crate) const fn of_user_pools(name: &'a str) -> Self {
        Self { api: Api::UserPools, name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_by_name_and_by_target() {
        for api in Api::ALL {
            let names: Vec<_> = api.operations().iter().map(|operation| operation.name).collect();
            assert!(names.is_sorted(), "{api:?}");
            for name in names {
                let header = format!("{}.{name}", api.target_prefix());
                assert_eq!(Target::read(&header), Some(Target { api, name }));
                assert_eq!(Target::named(&header).api, api);
            }
        }
        assert_eq!(Target::named("GetId").api, Api::IdentityPools);
        assert_eq!(Target::named("TagResource").api, Api::UserPools);
        assert_eq!(Target::named("Unknown").api, Api::UserPools);
        assert_eq!(Target::read("AWSCognitoSyncService.GetId"), None);
    }
}
