//! The files of user import jobs: the check of the input, its division into files, and their lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use cognito_core::Admin;
use tokio::task::yield_now;

use super::{CsvImport, CsvImportPlan};
use crate::error::JobError;
use crate::import::check::{CheckedRow, Checker, NewPassword, NewUser};
use crate::import::input::InputRows;
use crate::import::plan::{MAX_REJECTED_LINES, ROWS_IN_TURN, Rejections};
use crate::import::rejection::{self, RejectedLine, RejectionReason};
use crate::import::rules::PoolRules;
use crate::patience::{PERMIT_TIMEOUT, patiently};

/// The maximum size of a file, and the maximum number of characters of a line: the quotas page of
/// the developer guide.
const MAX_FILE_BYTES: usize = 100_000_000;
const MAX_LINE_CHARS: usize = 16_000;

/// An input that was checked.
pub(super) struct CheckedInput {
    pub(super) plan: CsvImportPlan,
    pub(super) digest: String,
}

/// The file of a job.
pub(super) struct JobFile {
    pub(super) text: String,
    pub(super) users: u64,
    pub(super) first_line: u64,
    pub(super) last_line: u64,
}

/// The files of an input, in order. One of them at a time is in memory.
pub(super) struct JobFiles {
    rows: Rows,
    header: Vec<String>,
    users_of_job: u64,
    /// The first user of the next file.
    next: Option<(u64, String)>,
}

/// The rows of an input with the lines of their users.
struct Rows {
    input: InputRows,
    checker: Checker,
    rules: Arc<PoolRules>,
}

/// A row of an input, and the line of its user in a file.
struct LineOfRow {
    number: u64,
    username: String,
    line: Result<FileLine, RejectionReason>,
}

/// A line of a file, and the fields of the user that it leaves out.
struct FileLine {
    text: String,
    ignored: Vec<&'static str>,
}

/// Returns the columns of a file.
pub(super) async fn header(admin: &Admin) -> Result<Vec<String>, JobError> {
    Ok(patiently(|| admin.import_header().timeout(PERMIT_TIMEOUT)).await?)
}

impl CsvImport {
    /// Reads and checks the whole input.
    pub(super) async fn check_input(
        &self,
        rules: &Arc<PoolRules>,
        header: &[String],
    ) -> Result<CheckedInput, JobError> {
        let mut rows = self.rows(rules)?;
        let rejected_to = self.import.rejected_to.as_deref();
        let mut rejections = Rejections::create(rejected_to, &self.import.input).await?;
        let mut plan = CsvImportPlan::empty();
        let (mut read, mut in_file) = (0_u64, FileSize::default());
        while let Some(LineOfRow { number, username, line }) = rows.next(header)? {
            read = read.saturating_add(1);
            match line {
                Ok(line) => {
                    if in_file.is_full(&line.text, self.users_of_job) || plan.jobs == 0 {
                        plan.jobs = plan.jobs.saturating_add(1);
                        in_file = FileSize::of_header(header);
                    }
                    in_file.add(&line.text);
                    plan.add(&line.ignored);
                }
                Err(reason) => {
                    let username = Some(username).filter(|name| !name.is_empty());
                    let rejected = RejectedLine { line: number, username, reason };
                    rejections.write(&rejected)?;
                    plan.reject(rejected);
                }
            }
            if read.is_multiple_of(ROWS_IN_TURN) {
                yield_now().await;
            }
        }
        rejections.finish()?;
        plan.count_requests();
        Ok(CheckedInput { plan, digest: rows.input.digest() })
    }

    /// Opens the input, and divides it into the files of jobs.
    pub(super) fn files(
        &self,
        rules: &Arc<PoolRules>,
        header: Vec<String>,
    ) -> Result<JobFiles, JobError> {
        let rows = self.rows(rules)?;
        Ok(JobFiles { rows, header, users_of_job: self.users_of_job, next: None })
    }

    fn rows(&self, rules: &Arc<PoolRules>) -> Result<Rows, JobError> {
        let input = InputRows::open(&self.import.input, self.import.format)?;
        let checker = Checker::new(Arc::clone(rules), self.import.options);
        Ok(Rows { input, checker, rules: Arc::clone(rules) })
    }
}

impl CsvImportPlan {
    fn empty() -> Self {
        Self {
            users: 0,
            jobs: 0,
            rejected: Vec::new(),
            rejected_lines: 0,
            requests: BTreeMap::new(),
            ignored: BTreeMap::new(),
        }
    }

    fn add(&mut self, ignored: &[&'static str]) {
        self.users = self.users.saturating_add(1);
        for field in ignored {
            let count = self.ignored.entry(field).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn reject(&mut self, line: RejectedLine) {
        self.rejected_lines = self.rejected_lines.saturating_add(1);
        if self.rejected.len() < MAX_REJECTED_LINES {
            self.rejected.push(line);
        }
    }

    fn count_requests(&mut self) {
        let operations = ["CreateUserImportJob", "DescribeUserImportJob", "StartUserImportJob"];
        self.requests = operations.map(|operation| (operation, self.jobs)).into();
        self.requests.retain(|_, requests| *requests > 0);
    }
}

impl Rows {
    /// Returns the next row.
    fn next(&mut self, header: &[String]) -> Result<Option<LineOfRow>, JobError> {
        let Some(row) = self.input.next()? else { return Ok(None) };
        let CheckedRow { line: number, username, user } = CheckedRow::new(row, &mut self.checker);
        let line = user.and_then(|user| {
            let text = line(&user, &self.rules, header)?;
            Ok(FileLine { text, ignored: user.ignored })
        });
        Ok(Some(LineOfRow { number, username, line }))
    }
}

impl JobFiles {
    /// Returns the next file, or none after the last.
    pub(super) fn next(&mut self) -> Result<Option<JobFile>, JobError> {
        let mut size = FileSize::of_header(&self.header);
        let Some((number, line)) = self.next_line()? else { return Ok(None) };
        let mut file = JobFile {
            text: format!("{}\n", self.header.join(",")),
            users: 0,
            first_line: number,
            last_line: number,
        };
        let mut next = Some((number, line));
        while let Some((number, line)) = next {
            if size.is_full(&line, self.users_of_job) {
                self.next = Some((number, line));
                break;
            }
            size.add(&line);
            file.text.push_str(&line);
            (file.users, file.last_line) = (size.users, number);
            next = self.next_line()?;
        }
        Ok(Some(file))
    }

    fn next_line(&mut self) -> Result<Option<(u64, String)>, JobError> {
        if let Some(next) = self.next.take() {
            return Ok(Some(next));
        }
        while let Some(LineOfRow { number, line, .. }) = self.rows.next(&self.header)? {
            if let Ok(line) = line {
                return Ok(Some((number, line.text)));
            }
        }
        Ok(None)
    }

    /// Fails if the digest of the input differs, once all rows were read.
    pub(super) fn check_digest(&self, digest: &str) -> Result<(), JobError> {
        if self.rows.input.digest() == digest { Ok(()) } else { Err(JobError::InputChanged) }
    }
}

/// The size of a file so far.
#[derive(Default)]
struct FileSize {
    users: u64,
    bytes: usize,
}

impl FileSize {
    fn of_header(header: &[String]) -> Self {
        Self { users: 0, bytes: header.iter().map(|name| name.len().saturating_add(1)).sum() }
    }

    fn is_full(&self, line: &str, users: u64) -> bool {
        self.users >= users || self.bytes.saturating_add(line.len()) > MAX_FILE_BYTES
    }

    fn add(&mut self, line: &str) {
        self.users = self.users.saturating_add(1);
        self.bytes = self.bytes.saturating_add(line.len());
    }
}

/// Returns the line of a user, with its line break.
fn line(user: &NewUser, rules: &PoolRules, header: &[String]) -> Result<String, RejectionReason> {
    check(user, rules)?;
    let mut values = Vec::new();
    for column in header {
        values.push(match column.as_str() {
            "cognito:username" => escaped("username", &user.username)?,
            // The value has to be the same for all users: the developer guide.
            "cognito:mfa_enabled" => rules.requires_mfa().to_string(),
            name => match user.attributes.get(name) {
                Some(value) if name == "birthdate" => american_date(value)?,
                Some(value) => escaped(name, value)?,
                None => String::new(),
            },
        });
    }
    // The attribute may have been added after the header was read.
    if let Some((name, _)) =
        user.attributes.iter().find(|(name, _)| !header.iter().any(|column| column == name))
    {
        return Err(RejectionReason::UnknownAttribute(rejection::name(name)));
    }
    let line = values.join(",");
    match line.chars().count() > MAX_LINE_CHARS {
        true => Err(RejectionReason::TooLongForJob),
        false => Ok(line + "\n"),
    }
}

/// Rejects users with values that a user import job cannot set.
fn check(user: &NewUser, rules: &PoolRules) -> Result<(), RejectionReason> {
    if !user.groups.is_empty() {
        return Err(RejectionReason::NotByJob("groups"));
    }
    if !user.is_enabled {
        return Err(RejectionReason::NotByJob("the state of a disabled user"));
    }
    if matches!(user.password, NewPassword::Permanent(_) | NewPassword::Temporary(_)) {
        return Err(RejectionReason::NotByJob("passwords"));
    }
    let is_verified = |name: &&'static str| {
        let flag = user.attributes.get(&format!("{name}_verified"));
        flag.is_some_and(|flag| flag.eq_ignore_ascii_case("true"))
    };
    match rules.auto_verified().iter().any(is_verified) {
        true => Ok(()),
        false => Err(RejectionReason::NoVerifiedAddress),
    }
}

/// Returns a value in the format of a file, or rejects it. Line breaks cannot be escaped.
/// Backslashes cannot be escaped either: one at the end would escape the comma after the value.
/// Spaces around a value would be lost.
fn escaped(name: &str, value: &str) -> Result<String, RejectionReason> {
    let is_representable =
        !value.contains(['\n', '\r']) && !value.ends_with('\\') && value.trim() == value;
    match is_representable {
        true => Ok(value.replace(',', "\\,")),
        false => Err(RejectionReason::NotInFile(rejection::name(name))),
    }
}

/// Converts a birthdate, `2024-02-29`, to the format of a file, `02/29/2024`: the developer guide.
fn american_date(date: &str) -> Result<String, RejectionReason> {
    let invalid = |_| RejectionReason::NotInFile("birthdate".to_owned());
    let date: jiff::civil::Date = date.parse().map_err(invalid)?;
    Ok(date.strftime("%m/%d/%Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_or_rejected() {
        assert_eq!(escaped("name", "a, b").unwrap(), "a\\, b");
        assert_eq!(escaped("name", "\"a\" \\b").unwrap(), "\"a\" \\b");
        for value in ["a\nb", "a\r", "a\\", " a", "a "] {
            let reason = escaped("name", value).unwrap_err();
            assert_eq!(reason, RejectionReason::NotInFile("name".to_owned()), "{value:?}");
        }
        assert_eq!(american_date("2024-02-29").unwrap(), "02/29/2024");
        assert_eq!(american_date("0001-02-03").unwrap(), "02/03/0001");
        assert!(american_date("29.02.2024").is_err());
    }
}
