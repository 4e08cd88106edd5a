//! The report of an audit.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The report of a finished audit.
///
/// All fields are public, and the report can be serialized and deserialized with serde.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditReport {
    /// The id of the pool.
    pub pool_id: String,
    /// The Region of the pool.
    pub region: String,
    /// The time at which ages are computed, in RFC 3339.
    pub time: String,
    /// The number of users that were listed.
    pub users: u64,
    /// The number of users that the service estimated at the start (EstimatedNumberOfUsers), which
    /// is not exact.
    pub expected: u64,
    /// The numbers of users by the service's name of their status, such as `CONFIRMED`.
    pub statuses: BTreeMap<String, StatusCount>,
    /// The numbers of users by the month of their creation, such as `2026-11`, in UTC.
    pub sign_ups: BTreeMap<String, u64>,
    /// The number of memberships of these users in groups.
    pub memberships: u64,
    /// The groups, the largest first.
    pub groups: Vec<GroupSummary>,
    /// The pairs of the 20 largest groups that share users, the largest overlap first.
    pub overlaps: Vec<GroupOverlap>,
    /// The groups that were deleted during the audit.
    pub deleted_groups: Vec<String>,
    /// The findings of each requested kind.
    pub findings: Vec<Finding>,
}

/// The numbers of users with a status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatusCount {
    /// The number of enabled users, who may sign in.
    pub enabled: u64,
    /// The number of disabled users.
    pub disabled: u64,
}

/// A group of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupSummary {
    /// The name.
    pub name: String,
    /// The number of its users.
    pub users: u64,
    /// The rank among the groups of a user: 0 is the highest.
    pub precedence: Option<u32>,
    /// The IAM role of the group.
    pub role_arn: Option<String>,
}

/// Two groups that share users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupOverlap {
    /// The names of the groups, the larger one first.
    pub groups: [String; 2],
    /// The number of users who are in both.
    pub users: u64,
}

/// A finding: the users or groups that it applies to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The kind.
    pub kind: FindingKind,
    /// The number of users or groups.
    pub count: u64,
    /// At most ten examples, each with the name of a user or a group, or with at most ten names of
    /// users or groups that share a value.
    pub examples: Vec<Vec<String>>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $text:literal,)+) => {
        /// A kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum FindingKind {
            $($(#[$doc])* #[serde(rename = $text)] $name,)+
        }

        impl FindingKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns the name, such as `empty_group`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

kinds! {
    /// Groups without users.
    EmptyGroup "empty_group",
    /// Groups with different roles and the same precedence: their users' tokens have no
    /// `cognito:preferred_role`.
    SharedPrecedence "shared_precedence",
    /// Users without a group, in a pool with groups.
    WithoutGroup "without_group",
    /// Users whose names differ only in the case of letters.
    SameUsername "same_username",
    /// Users with the same e-mail address, without regard to case.
    SameEmail "same_email",
    /// Users with the same phone number.
    SamePhoneNumber "same_phone_number",
    /// Users whose e-mail address is not verified.
    UnverifiedEmail "unverified_email",
    /// Users whose phone number is not verified.
    UnverifiedPhoneNumber "unverified_phone_number",
    /// Users who have not replaced their temporary password for a long time.
    StaleForceChangePassword "stale_force_change_password",
    /// Users who have not set a new password after a reset for a long time.
    StaleResetRequired "stale_reset_required",
    /// Users who have not confirmed their sign-up for a long time.
    StaleUnconfirmed "stale_unconfirmed",
    /// Users without a second factor, apart from those of identity providers.
    WithoutMfa "without_mfa",
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl AuditReport {
    /// Returns the finding of a kind; `None` if the kind was not requested.
    pub fn finding(&self, kind: FindingKind) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.kind == kind)
    }
}
