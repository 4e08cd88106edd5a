//! Lines of an input that cannot be imported, and the reasons.

use serde::{Serialize, Serializer};

/// A line of an input that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RejectedLine {
    /// The number of the line, from 1. For CSV it is the first line of the record.
    pub line: u64,
    /// The user name in the line, if it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The reason.
    pub reason: RejectionReason,
}

/// The reason why a line of an input cannot be imported. It may contain names, but no values of
/// attributes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RejectionReason {
    /// The line is longer than 1 MiB.
    #[error("it is longer than 1 MiB")]
    TooLong,
    /// The line is not in UTF-8. It may be in UTF-16 without a byte order mark.
    #[error("it is not in UTF-8")]
    NotUtf8,
    /// The line is not a JSON object, or does not have as many fields as the header.
    #[error("it is not a JSON object, or has another number of fields than the header of CSV")]
    Malformed,
    /// A field that an import does not support.
    #[error("the field {0:?} is unknown")]
    UnknownField(String),
    /// A field whose value has a wrong type or format.
    #[error("the field {0:?} has an invalid value")]
    InvalidField(String),
    /// The value of an attribute is a number in JSON that is not an integer of 64 bits.
    #[error("the number of {0:?} may lose digits; write it as a text in quotation marks")]
    InexactNumber(String),
    /// The line has no user name.
    #[error("the user name is missing")]
    MissingUsername,
    /// The user name is too long, or has a space or a control character.
    #[error("the user name has to have 1 to 128 characters without spaces")]
    InvalidUsername,
    /// The user name looks like an e-mail address or a phone number, which are aliases in the pool.
    #[error("the user name must not have the form of an alias of the pool, {0}")]
    UsernameLikeAlias(&'static str),
    /// The pool uses e-mail addresses or phone numbers as user names, and the user has none.
    #[error("the user has no {0}, which the pool uses as the user name")]
    MissingAddress(&'static str),
    /// An earlier line has the same user name, or an alias that only one user can have.
    #[error("line {line} has the same {field}")]
    Duplicate {
        /// The field that only one user can have.
        field: &'static str,
        /// The number of the earlier line.
        line: u64,
    },
    /// An attribute that is not in the pool's schema.
    #[error("the pool has no attribute {0:?}")]
    UnknownAttribute(String),
    /// A required attribute of the pool is missing.
    #[error("the attribute {0:?} is required")]
    RequiredAttribute(String),
    /// A value that does not have the type of the attribute.
    #[error("the attribute {name:?} is not {expected}")]
    AttributeType {
        /// The name of the attribute.
        name: String,
        /// The values that are allowed.
        expected: &'static str,
    },
    /// A value that is too short, too long, too small or too large.
    #[error("the attribute {name:?} has to be {bound} {limit}")]
    AttributeBound {
        /// The name of the attribute.
        name: String,
        /// The violated bound, such as `no longer than`.
        bound: &'static str,
        /// The limit in the schema, with its unit if it is a length.
        limit: String,
    },
    /// An address is marked as verified, but is missing.
    #[error("the attribute {0} is marked as verified, but is missing")]
    MissingVerified(&'static str),
    /// A group that does not exist in the pool, unless
    /// [`Import::create_groups`](crate::Import::create_groups) is set.
    #[error("the pool has no group {0:?}")]
    UnknownGroup(String),
    /// The name of a group is too long, or has a space or a control character.
    #[error("the name of a group has to have 1 to 128 characters without spaces")]
    InvalidGroup,
    /// The user has more than 100 groups.
    #[error("a user can be in 100 groups at most")]
    TooManyGroups,
    /// The pool would have more than 10,000 groups.
    #[error("a pool can have 10,000 groups at most")]
    TooManyGroupsInPool,
    /// A user with this status cannot be created by an administrator.
    #[error("a user with the status {0:?} cannot be created by an administrator")]
    Status(String),
    /// The password does not conform to the policy of the pool.
    #[error("the {0} does not conform to the policy of the pool")]
    PasswordPolicy(&'static str),
    /// The line has more than one of a password, a temporary password and a password hash.
    #[error("the user has more than one password")]
    TwoPasswords,
    /// The line has the hash of a password, which AdminCreateUser does not accept.
    #[error("a password hash can be imported only by a user import job of the service")]
    PasswordHash,
    /// The line has a value that a user import job cannot set. Only for a
    /// [`CsvImport`](crate::CsvImport).
    #[error("a user import job does not set {0}")]
    NotByJob(&'static str),
    /// The user has no verified address of a kind that the pool verifies. Only for a
    /// [`CsvImport`](crate::CsvImport).
    #[error("the user has no verified address to reset the password with")]
    NoVerifiedAddress,
    /// A value that the file of a user import job cannot represent: with a line break, a backslash
    /// at its end or spaces around it, or a `birthdate` that is not a date.
    #[error("the value of {0:?} cannot be written to the file of a user import job")]
    NotInFile(String),
    /// The line of the user would have more than 16,000 characters in the file of a user import job.
    #[error("it is longer than 16,000 characters in the file of a user import job")]
    TooLongForJob,
    /// The user is to be invited, but has no address for the invitation.
    #[error("the user has no e-mail address and no phone number for the invitation")]
    NoAddressForInvitation,
}

impl RejectionReason {
    /// Returns the code of the reason for programs, such as `unknown_attribute`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::NotUtf8 => "not_utf8",
            Self::Malformed => "malformed",
            Self::UnknownField(_) => "unknown_field",
            Self::InvalidField(_) => "invalid_field",
            Self::InexactNumber(_) => "inexact_number",
            Self::MissingUsername => "missing_username",
            Self::InvalidUsername => "invalid_username",
            Self::UsernameLikeAlias(_) => "username_like_alias",
            Self::MissingAddress(_) => "missing_address",
            Self::Duplicate { .. } => "duplicate",
            Self::UnknownAttribute(_) => "unknown_attribute",
            Self::RequiredAttribute(_) => "required_attribute",
            Self::AttributeType { .. } => "attribute_type",
            Self::AttributeBound { .. } => "attribute_bound",
            Self::MissingVerified(_) => "missing_verified",
            Self::UnknownGroup(_) => "unknown_group",
            Self::InvalidGroup => "invalid_group",
            Self::TooManyGroups => "too_many_groups",
            Self::TooManyGroupsInPool => "too_many_groups_in_pool",
            Self::Status(_) => "status",
            Self::PasswordPolicy(_) => "password_policy",
            Self::TwoPasswords => "two_passwords",
            Self::PasswordHash => "password_hash",
            Self::NotByJob(_) => "not_by_job",
            Self::NoVerifiedAddress => "no_verified_address",
            Self::NotInFile(_) => "not_in_file",
            Self::TooLongForJob => "too_long_for_job",
            Self::NoAddressForInvitation => "no_address_for_invitation",
        }
    }
}

/// Serializes the reason as its code and its message.
impl Serialize for RejectionReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("code", self.code()), ("message", &self.to_string())])
    }
}

/// The maximum number of characters of a name that are kept.
const LONGEST: usize = 128;

/// Returns a name from an input, truncated if it is long.
pub(super) fn name(name: &str) -> String {
    name.chars().take(LONGEST).collect()
}
