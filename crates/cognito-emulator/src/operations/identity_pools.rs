//! The operations of identity pools by name, with their support.

mod credentials;
mod developers;
mod identities;
pub(crate) mod pools;
mod roles;
mod tags;
pub(crate) mod web_identity;

use crate::flows::storage::Access;
use crate::model;
use crate::operations::table::{Handler, Operation, Support, body};

operations! {
    "CreateIdentityPool" => service pools::create,
    "DeleteIdentities" => service identities::delete,
    "DeleteIdentityPool" => service pools::delete,
    "DescribeIdentity" => service identities::describe [Read],
    "DescribeIdentityPool" => service pools::describe [Read],
    "GetCredentialsForIdentity" => service credentials::get_credentials,
    "GetId" => service identities::get_id,
    "GetIdentityPoolRoles" => service roles::get [Read],
    "GetOpenIdToken" => service credentials::get_open_id_token,
    "GetOpenIdTokenForDeveloperIdentity" => service developers::get_open_id_token,
    "ListIdentities" => service identities::list [Read],
    "ListIdentityPools" => service pools::list [Read],
    "ListTagsForResource" => service tags::list [Read, Stored],
    "LookupDeveloperIdentity" => service developers::lookup [Read],
    "MergeDeveloperIdentities" => service developers::merge,
    "SetIdentityPoolRoles" => service roles::set,
    "TagResource" => service tags::tag [Stored],
    "UnlinkDeveloperIdentity" => service developers::unlink,
    "UnlinkIdentity" => service identities::unlink,
    "UntagResource" => service tags::untag [Stored],
    "UpdateIdentityPool" => service pools::update,
}
