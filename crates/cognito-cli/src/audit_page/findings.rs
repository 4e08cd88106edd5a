//! Descriptions of findings.

use cognito::bulk::{Finding, FindingKind};

use crate::output::printable;

/// A finding of the page.
pub(super) struct ShownFinding {
    pub(super) title: String,
    pub(super) meaning: &'static str,
    pub(super) count: u64,
    pub(super) examples: Vec<Vec<String>>,
    pub(super) has_more: bool,
}

impl ShownFinding {
    pub(super) fn new(finding: &Finding) -> Self {
        let (title, meaning) = meaning(finding.kind);
        let names = |names: &Vec<String>| names.iter().map(|name| printable(name)).collect();
        let shown = u64::try_from(finding.examples.len()).unwrap_or(u64::MAX);
        Self {
            title,
            meaning,
            count: finding.count,
            examples: finding.examples.iter().map(names).collect(),
            has_more: is_of_single_names(finding) && finding.count > shown,
        }
    }
}

/// Returns whether each example is a single user or group, so that the count is the number of all
/// examples.
fn is_of_single_names(finding: &Finding) -> bool {
    finding.examples.iter().all(|example| example.len() == 1)
}

/// Returns the title of a kind of finding, and its remedy.
pub(crate) fn meaning(kind: FindingKind) -> (String, &'static str) {
    let (title, meaning) = match kind {
        FindingKind::EmptyGroup => ("Groups without users", "Delete those that nothing uses."),
        FindingKind::SharedPrecedence => (
            "Groups with different roles and the same precedence",
            "Tokens of their users have no cognito:preferred_role: give them different precedences.",
        ),
        FindingKind::WithoutGroup => (
            "Users without a group",
            "If groups decide about access, check what these users may do.",
        ),
        FindingKind::SameUsername => (
            "User names that differ only in case",
            "A user pool cannot be made case-insensitive later: merge the accounts before a migration.",
        ),
        FindingKind::SameEmail => (
            "Users with the same e-mail address",
            "Only one of them can sign in with it as an alias; recovery may reach another account.",
        ),
        FindingKind::SamePhoneNumber => (
            "Users with the same phone number",
            "Only one of them can sign in with it as an alias; recovery may reach another account.",
        ),
        FindingKind::UnverifiedEmail => (
            "E-mail addresses that are not verified",
            "These users cannot recover their account by e-mail.",
        ),
        FindingKind::UnverifiedPhoneNumber => (
            "Phone numbers that are not verified",
            "These users cannot recover their account by text message.",
        ),
        FindingKind::StaleForceChangePassword => (
            "Temporary passwords that were not replaced for a long time",
            "Send the invitation again, or delete the user.",
        ),
        FindingKind::StaleResetRequired => (
            "Resets of passwords that were not finished for a long time",
            "These users cannot sign in until they set a new password.",
        ),
        FindingKind::StaleUnconfirmed => (
            "Sign-ups that were not confirmed for a long time",
            "They hold user names and aliases: delete or confirm them.",
        ),
        FindingKind::WithoutMfa => (
            "Users without a second factor",
            "Users of identity providers are not counted: their provider asks for it.",
        ),
        other => return (other.to_string(), ""),
    };
    (title.to_owned(), meaning)
}
