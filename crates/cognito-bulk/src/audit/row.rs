//! Rows of users on disk, with the data that an audit needs.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{JobError, OfFile};
use crate::listing::{Complete, GroupsOfUsers, ListedUser, Paths};

/// A user.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Row<'a> {
    #[serde(borrow)]
    pub(super) username: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) sub: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) status: Cow<'a, str>,
    pub(super) enabled: bool,
    /// In seconds since 1970.
    pub(super) created: Option<i64>,
    pub(super) modified: Option<i64>,
    pub(super) email: Option<Cow<'a, str>>,
    pub(super) email_verified: bool,
    pub(super) phone: Option<Cow<'a, str>>,
    pub(super) phone_verified: bool,
    /// The numbers of the groups, in order.
    pub(super) groups: Vec<u32>,
    /// True if a second factor is enabled; `None` if this was not read.
    pub(super) mfa: Option<bool>,
}

impl<'a> Row<'a> {
    pub(super) fn new(listed: ListedUser<'a>) -> Self {
        let ListedUser { user, groups, details } = listed;
        let attributes = user.attributes();
        let (email, phone) = (attributes.email(), attributes.phone_number());
        let with_text = |text: Option<&'a str>| text.filter(|text| !text.is_empty());
        Self {
            username: user.username().into(),
            sub: user.subject().unwrap_or_default().into(),
            status: user.status().as_str().into(),
            enabled: user.is_enabled(),
            created: user.created_at().and_then(seconds),
            modified: user.modified_at().and_then(seconds),
            email: with_text(email).map(Cow::from),
            email_verified: attributes.email_verified() == Some(true),
            phone: with_text(phone).map(Cow::from),
            phone_verified: attributes.phone_number_verified() == Some(true),
            groups: groups.unwrap_or_default().to_vec(),
            mfa: details.map(|details| !details.mfa_factors().is_empty()),
        }
    }

    /// Appends the row with its line break.
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        // An object of strings and numbers can always be serialized.
        let _ = serde_json::to_writer(&mut *to, self);
        to.push(b'\n');
    }
}

fn seconds(time: SystemTime) -> Option<i64> {
    Timestamp::try_from(time).ok().map(Timestamp::as_second)
}

/// Calls a function with each row of the complete parts, in order.
pub(super) fn for_each_row(
    paths: &Paths,
    users: &Complete,
    mut visit: impl FnMut(&Row<'_>) -> Result<(), JobError>,
) -> Result<(), JobError> {
    for prefix in users.parts.keys() {
        let groups = users.groups_of_users(paths, prefix)?;
        for_each_row_of_part(&paths.part(prefix), &groups, &mut visit)?;
    }
    Ok(())
}

/// Calls a function with each row of a part. `groups` contains the groups of its users, if they
/// were listed by group.
fn for_each_row_of_part(
    path: &Path,
    groups: &GroupsOfUsers,
    visit: &mut impl FnMut(&Row<'_>) -> Result<(), JobError>,
) -> Result<(), JobError> {
    let (mut reader, mut line) = (BufReader::new(File::open(path).of_file(path)?), Vec::new());
    while reader.read_until(b'\n', &mut line).of_file(path)? > 0 {
        let row = serde_json::from_slice(&line).map_err(io::Error::from);
        let mut row: Row<'_> = row.of_file(path)?;
        row.groups.extend(groups.of(&row.sub));
        visit(&row)?;
        line.clear();
    }
    Ok(())
}
