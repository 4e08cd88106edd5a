//! Rows of an export.

use std::time::SystemTime;

use cognito_core::UserRecord;
use jiff::Timestamp;
use serde::Serialize;

use crate::listing::{ListedUser, RowFormat, Settings, Started};

/// A user as a row of the output.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    username: &'a str,
    sub: &'a str,
    status: &'a str,
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<Timestamp>,
    attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_mfa: Option<&'a str>,
}

/// Attributes as an object, without `sub`, which has a member of its own.
struct Attributes<'a>(&'a UserRecord);

impl Serialize for Attributes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.attributes().iter().filter(|(name, _)| *name != "sub"))
    }
}

impl<'a> Row<'a> {
    pub(super) fn new(started: &'a Started, listed: ListedUser<'a>) -> Self {
        let ListedUser { user, groups, details } = listed;
        let names =
            |groups: &'a [u32]| groups.iter().filter_map(|group| started.group_name(*group));
        Self {
            username: user.username(),
            sub: user.subject().unwrap_or_default(),
            status: user.status().as_str(),
            enabled: user.is_enabled(),
            created: timestamp(user.created_at()),
            modified: timestamp(user.modified_at()),
            attributes: Attributes(user),
            groups: groups.map(|groups| names(groups).collect()),
            mfa: details.map(UserRecord::mfa_factors),
            preferred_mfa: details.and_then(UserRecord::preferred_mfa),
        }
    }

    /// Appends the row with its line break.
    pub(super) fn write(&self, settings: &Settings, attributes: &[String], to: &mut Vec<u8>) {
        match settings.rows {
            // An object of strings can always be serialized.
            RowFormat::JsonLines | RowFormat::Audit => drop(serde_json::to_writer(&mut *to, self)),
            RowFormat::Csv => self.write_csv(settings.mfa, attributes, to),
        }
        to.push(b'\n');
    }

    fn write_csv(&self, with_mfa: bool, attributes: &[String], to: &mut Vec<u8>) {
        let date = |date: Option<Timestamp>| date.map(|date| date.to_string()).unwrap_or_default();
        let mut cells = vec![
            self.username.to_owned(),
            self.sub.to_owned(),
            self.status.to_owned(),
            self.enabled.to_string(),
            date(self.created),
            date(self.modified),
        ];
        cells.extend(self.groups.as_ref().map(|groups| groups.join(" ")));
        if with_mfa {
            cells.push(self.mfa.unwrap_or_default().join(" "));
            cells.push(self.preferred_mfa.unwrap_or_default().to_owned());
        }
        let values = self.attributes.0.attributes();
        cells.extend(attributes.iter().map(|name| values.get(name).unwrap_or_default().to_owned()));
        write_cells(&cells, to);
    }
}

/// Returns the first line of CSV.
pub(super) fn header(settings: &Settings, attributes: &[String]) -> Vec<u8> {
    let mut cells = vec!["username", "sub", "status", "enabled", "created", "modified"];
    cells.extend(settings.memberships.map(|_| "groups"));
    cells.extend(settings.mfa.then_some(["mfa", "preferred_mfa"]).into_iter().flatten());
    cells.extend(attributes.iter().map(String::as_str));
    let mut header = Vec::new();
    write_cells(&cells, &mut header);
    header.push(b'\n');
    header
}

/// Appends the cells of a line of RFC 4180; a line feed alone ends it.
fn write_cells<C: AsRef<str>>(cells: &[C], to: &mut Vec<u8>) {
    for (number, cell) in cells.iter().enumerate() {
        let cell = cell.as_ref();
        if number > 0 {
            to.push(b',');
        }
        if cell.contains(['"', ',', '\n', '\r']) {
            to.extend_from_slice(format!("\"{}\"", cell.replace('"', "\"\"")).as_bytes());
        } else {
            to.extend_from_slice(cell.as_bytes());
        }
    }
}

fn timestamp(time: Option<SystemTime>) -> Option<Timestamp> {
    Timestamp::try_from(time?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let mut line = Vec::new();
        write_cells(&["plain", "", "a,b", "say \"hi\"", "two\nlines", "ü"], &mut line);
        let expected = "plain,,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",ü";
        assert_eq!(String::from_utf8(line).unwrap(), expected);
    }
}
