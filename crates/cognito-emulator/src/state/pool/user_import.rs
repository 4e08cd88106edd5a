//! Running import jobs, which import the lines that are due by the clock.

use crate::model::{self, ServiceError, shapes};
use crate::state::address::{ATTRIBUTES, Address};
use crate::state::alias::TakenAlias;
use crate::state::attributes::{self, Attributes, Writer};
use crate::state::import_file::{Columns, Row};
use crate::state::import_job::LineOutcome;
use crate::state::pool::Pool;
use crate::state::settings::MfaConfiguration;
use crate::state::user::{Factor, User, UserStatus};

/// The maximum number of lines between two steps, because the pool is locked meanwhile.
const LINES_AT_ONCE: u64 = 20_000;

/// Creates the ids of users.
type NewId<'a> = &'a mut dyn FnMut() -> String;

impl Pool {
    /// Imports the users that are due at a date. Called before each step, which may need them.
    pub(crate) fn import_due_users(&mut self, date: f64, new_id: NewId<'_>) {
        let job = self.records.import_jobs.values().find(|job| job.is_active()).cloned();
        let Some(mut job) = job else { return };
        if job.set_back(date) {
            self.records.import_jobs.insert(job.id.clone(), job.clone());
        }
        let Some(due) = job.lines_due(date) else { return };
        let due = due.min(job.position.lines.saturating_add(LINES_AT_ONCE));
        if job.position.lines >= due {
            return;
        }
        let read = self.import_files.get(&job.id).ok_or("it is missing").and_then(|file| {
            let columns = file.columns(&self.settings)?;
            if job.position.bytes == 0 && file.is_too_large() {
                return Err("it has more than 500,000 users or 100 MB");
            }
            Ok((columns, file.lines(job.position, due)))
        });
        match read {
            Ok((columns, read)) => {
                let lines = read.lines.iter();
                let outcomes = lines.map(|line| self.import_line(&columns, line, date, new_id));
                job.read(&outcomes.collect::<Vec<_>>(), read.position);
                if read.is_last {
                    job.finish(date);
                }
            }
            Err(reason) => job.fail(reason, date),
        }
        if !job.is_active() {
            self.import_files.remove(&job.id);
        }
        self.records.import_jobs.insert(job.id.clone(), job);
    }

    fn import_line(
        &mut self,
        columns: &Columns,
        line: &str,
        date: f64,
        new_id: NewId<'_>,
    ) -> LineOutcome {
        let Some(row) = columns.row(line) else {
            return LineOutcome::Failed;
        };
        match self.import_user(row, date, new_id) {
            Ok(outcome) => outcome,
            // The service's result for an alias of another user is not known.
            Err(_) => LineOutcome::Failed,
        }
    }

    /// Creates a user who must reset the password before the first sign-in.
    fn import_user(
        &mut self,
        row: Row,
        date: f64,
        new_id: NewId<'_>,
    ) -> Result<LineOutcome, ServiceError> {
        let Row { username: given_name, mut attributes, mfa_enabled } = row;
        // The name in lower case can be longer.
        let flattened = self.users.flattened(&given_name);
        model::check_text("cognito:username", &shapes::USERNAME_TYPE, Some(&flattened))?;
        let naming = self.naming_attribute(&given_name)?;
        match naming {
            Some(attribute) => attributes.insert(attribute, given_name.clone()),
            None => self.check_no_address(&given_name)?,
        }
        attributes::check_new(&attributes, &self.settings.schema, Writer::Admin)?;
        attributes::check_required(&attributes, &self.settings.schema)?;
        check_verified(self, &attributes)?;
        let has_mfa = check_mfa(self, mfa_enabled)?;
        if self.username_for(&given_name).is_some() || self.check_free(&attributes).is_err() {
            return Ok(LineOutcome::Skipped);
        }
        let sub = new_id();
        let username = match naming {
            Some(_) => sub.clone(),
            None => flattened,
        };
        let has_phone = attributes.contains_key("phone_number");
        let status = UserStatus::ResetRequired;
        let mut user = User::new([username, sub], status, attributes, None, date);
        // It is not known which factor the column enables. SMS is the only factor that needs no
        // set-up.
        if has_mfa && has_phone && self.settings.offers(Factor::Sms) {
            user.factors.set(Factor::Sms, true, false);
        }
        self.add_user(user, TakenAlias::Refuse)?;
        Ok(LineOutcome::Imported)
    }
}

/// Rejects a user without a verified address to reset the password, with the message in the
/// service's log: aws-solutions/cognito-user-profiles-export-reference-architecture#58.
fn check_verified(pool: &Pool, attributes: &Attributes) -> Result<(), ServiceError> {
    let flag = |name: &str| attributes.get(&format!("{name}_verified"));
    let claimed = ATTRIBUTES.iter().filter(|name| flag(name).is_some_and(attributes::is_true));
    let mut verified = false;
    for name in claimed {
        if Address::verified(name, attributes).is_none() {
            return Err(ServiceError::invalid_parameter(format!("The user has no {name}.")));
        }
        verified |= pool.settings.verifies(name);
    }
    match verified {
        true => Ok(()),
        false => Err(ServiceError::invalid_parameter(
            "The User Record does not set any of the auto verified attributes to verified. \
             (Example: email_verified to true).",
        )),
    }
}

/// Returns whether the user has MFA, by the rules of the developer guide.
fn check_mfa(pool: &Pool, given: Option<bool>) -> Result<bool, ServiceError> {
    let refuse = |rule: &'static str| Err(ServiceError::invalid_parameter(rule));
    match (pool.settings.mfa_configuration(), given) {
        (MfaConfiguration::On, Some(false)) => refuse("cognito:mfa_enabled must be true."),
        (MfaConfiguration::Off, Some(true)) => refuse("cognito:mfa_enabled must be false."),
        (MfaConfiguration::Optional, None) => refuse("cognito:mfa_enabled must not be empty."),
        (MfaConfiguration::On, _) => Ok(true),
        (_, given) => Ok(given.unwrap_or_default()),
    }
}
