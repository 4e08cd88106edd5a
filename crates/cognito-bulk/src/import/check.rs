//! Checks of the users of an input against the rules of the pool.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cognito_core::Attributes;
use cognito_types::Password;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::rejection::{self, RejectionReason};
use super::rules::{PoolRules, has_form_of, is_name};
use super::user::{InputUser, Row};
use crate::job_shard::JobShard;

/// The maximum numbers of groups of a user and of a pool: the quotas page of the developer guide.
const MOST_GROUPS: usize = 100;
const MOST_GROUPS_IN_POOL: usize = 10_000;

/// Checks the users of an input in order.
pub(super) struct Checker {
    rules: Arc<PoolRules>,
    options: Options,
    /// The lines of unique names and aliases, by the hashes of these.
    seen: HashMap<[u8; 16], u64>,
    /// Groups of the input that do not exist in the pool.
    pub(super) new_groups: BTreeSet<String>,
}

/// The options that a resumed import must share with the earlier run.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Options {
    pub(super) creates_groups: bool,
    pub(super) invites: bool,
    pub(super) updates_existing: bool,
}

/// A user to be created.
#[derive(Debug)]
pub(super) struct NewUser {
    /// The name in the request.
    pub(super) username: String,
    pub(super) attributes: Attributes,
    pub(super) is_enabled: bool,
    pub(super) groups: Vec<String>,
    pub(super) password: NewPassword,
    pub(super) invitation: Option<Medium>,
    /// The fields of the input that only the service can set.
    pub(super) ignored: Vec<&'static str>,
}

/// A row of an input, and the user that is created from it.
#[derive(Debug)]
pub(super) struct CheckedRow {
    pub(super) line: u64,
    /// The name in the input; empty if it could not be read.
    pub(super) username: String,
    pub(super) user: Result<NewUser, RejectionReason>,
}

impl CheckedRow {
    pub(super) fn new(row: Row, checker: &mut Checker) -> Self {
        let Row { line, user } = row;
        let name = |user: &InputUser| user.username.clone();
        let username = user.as_ref().map(name).unwrap_or_default();
        Self { line, username, user: user.and_then(|user| checker.check(line, user)) }
    }

    /// Returns whether the row belongs to a part of the import.
    pub(super) fn is_in(&self, shard: Option<JobShard>) -> bool {
        shard.is_none_or(|shard| shard.has_name(&self.username))
    }
}

/// The password of a new user.
#[derive(Debug)]
pub(super) enum NewPassword {
    /// A temporary password that the service generates.
    ByService,
    Temporary(Password),
    Permanent(Password),
    /// A permanent, random password, which confirms a user without a known password.
    Random,
}

/// The medium of an invitation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Medium {
    Email,
    Sms,
}

impl Checker {
    pub(super) fn new(rules: Arc<PoolRules>, options: Options) -> Self {
        Self { rules, options, seen: HashMap::new(), new_groups: BTreeSet::new() }
    }

    /// Returns the user that a line describes, or the reason for its rejection.
    fn check(&mut self, line: u64, mut user: InputUser) -> Result<NewUser, RejectionReason> {
        let username = self.username(&user)?;
        self.add_naming_attribute(&username, &mut user);
        self.rules.check_attributes(&user.attributes)?;
        check_verified(&user)?;
        let password = self.password(&user)?;
        let invitation = self.invitation(&user, &password)?;
        self.check_groups(&user.groups)?;
        let names = self.unique_names(&username, &user);
        self.claim(line, names)?;
        self.add_groups(&user.groups)?;
        Ok(NewUser {
            username,
            attributes: user.attributes.into_iter().collect(),
            is_enabled: user.is_enabled,
            groups: user.groups,
            password,
            invitation,
            ignored: user.ignored,
        })
    }

    /// Returns the name with which the user is created.
    ///
    /// A pool that uses addresses as user names generates the names that it returns, and an export
    /// contains these names.
    fn username(&self, user: &InputUser) -> Result<String, RejectionReason> {
        if user.username.is_empty() {
            return Err(RejectionReason::MissingUsername);
        }
        if !is_name(&user.username) {
            return Err(RejectionReason::InvalidUsername);
        }
        let naming = self.rules.naming();
        let Some(first) = naming.first() else {
            let like = |alias: &&&'static str| has_form_of(alias, &user.username);
            return match self.rules.aliases().iter().find(like) {
                Some(alias) => Err(RejectionReason::UsernameLikeAlias(alias)),
                None => Ok(user.username.clone()),
            };
        };
        if naming.iter().any(|attribute| has_form_of(attribute, &user.username)) {
            return Ok(user.username.clone());
        }
        let mut addresses = naming.iter().filter_map(|name| user.attributes.get(*name));
        addresses.next().cloned().ok_or(RejectionReason::MissingAddress(first))
    }

    /// Adds the attribute that the service sets from the user name.
    fn add_naming_attribute(&self, username: &str, user: &mut InputUser) {
        let mut naming = self.rules.naming().iter();
        if let Some(attribute) = naming.find(|attribute| has_form_of(attribute, username)) {
            let value = || username.to_owned();
            user.attributes.entry((*attribute).to_owned()).or_insert_with(value);
        }
    }

    fn password(&self, user: &InputUser) -> Result<NewPassword, RejectionReason> {
        let given = [user.password.is_some(), user.temporary_password.is_some()];
        let given = given.into_iter().chain([user.has_password_hash]);
        if given.filter(|is_given| *is_given).count() > 1 {
            return Err(RejectionReason::TwoPasswords);
        }
        if user.has_password_hash {
            return Err(RejectionReason::PasswordHash);
        }
        let is_confirmed = match user.status.as_deref() {
            None | Some("FORCE_CHANGE_PASSWORD") => false,
            // A user who has to reset the password needs none either.
            Some("CONFIRMED" | "RESET_REQUIRED") => true,
            Some(status) => return Err(RejectionReason::Status(rejection::name(status))),
        };
        if let Some(password) = &user.password {
            self.rules.check_password("password", password.expose_secret())?;
            return Ok(NewPassword::Permanent(password.clone()));
        }
        if let Some(password) = &user.temporary_password {
            self.rules.check_password("temporary password", password.expose_secret())?;
            return Ok(NewPassword::Temporary(password.clone()));
        }
        match is_confirmed && !self.options.invites {
            true => Ok(NewPassword::Random),
            false => Ok(NewPassword::ByService),
        }
    }

    /// Returns the medium of a user's invitation. Users with a permanent password get none.
    fn invitation(
        &self,
        user: &InputUser,
        password: &NewPassword,
    ) -> Result<Option<Medium>, RejectionReason> {
        if !self.options.invites || matches!(password, NewPassword::Permanent(_)) {
            return Ok(None);
        }
        let has = |attribute| user.attributes.contains_key(attribute);
        match (has("email"), has("phone_number")) {
            (true, _) => Ok(Some(Medium::Email)),
            (false, true) => Ok(Some(Medium::Sms)),
            (false, false) => Err(RejectionReason::NoAddressForInvitation),
        }
    }

    fn check_groups(&self, groups: &[String]) -> Result<(), RejectionReason> {
        if groups.len() > MOST_GROUPS {
            return Err(RejectionReason::TooManyGroups);
        }
        for group in groups {
            if !is_name(group) {
                return Err(RejectionReason::InvalidGroup);
            }
            if !self.options.creates_groups && !self.rules.groups.contains(group) {
                return Err(RejectionReason::UnknownGroup(rejection::name(group)));
            }
        }
        Ok(())
    }

    fn add_groups(&mut self, groups: &[String]) -> Result<(), RejectionReason> {
        for group in groups {
            if self.rules.groups.contains(group) || self.new_groups.contains(group) {
                continue;
            }
            let groups = self.rules.groups.len().saturating_add(self.new_groups.len());
            if groups >= MOST_GROUPS_IN_POOL {
                return Err(RejectionReason::TooManyGroupsInPool);
            }
            self.new_groups.insert(group.clone());
        }
        Ok(())
    }

    /// Returns the fields of a user whose values must be unique.
    fn unique_names(&self, username: &str, user: &InputUser) -> Vec<(&'static str, String)> {
        let mut names = vec![("user name", username.to_owned())];
        let is_true = |flag: &String| flag.eq_ignore_ascii_case("true");
        let verified = |attribute: &str| {
            let flag = user.attributes.get(&format!("{attribute}_verified"));
            attribute == "preferred_username" || flag.is_some_and(is_true)
        };
        let aliases = self.rules.aliases().iter().filter(|attribute| verified(attribute));
        for attribute in self.rules.naming().iter().chain(aliases) {
            if let Some(value) = user.attributes.get(*attribute)
                && value != username
            {
                names.push((attribute, value.clone()));
            }
        }
        names
    }

    /// Claims names for a line, unless an earlier line has one of them.
    fn claim(
        &mut self,
        line: u64,
        names: Vec<(&'static str, String)>,
    ) -> Result<(), RejectionReason> {
        let mut hashes = Vec::new();
        for (field, name) in names {
            // A user name and an alias of another user cannot be equal either, because users sign
            // in with both.
            let digest = Sha256::digest(self.rules.folded(&name));
            let Some(hash) = digest.first_chunk().copied() else { continue };
            if let Some(line) = self.seen.get(&hash) {
                return Err(RejectionReason::Duplicate { field, line: *line });
            }
            hashes.push(hash);
        }
        self.seen.extend(hashes.into_iter().map(|hash| (hash, line)));
        Ok(())
    }
}

/// Rejects a user whose address is marked as verified but missing, as the service does.
fn check_verified(user: &InputUser) -> Result<(), RejectionReason> {
    for (attribute, flag) in
        [("email", "email_verified"), ("phone_number", "phone_number_verified")]
    {
        let flag = user.attributes.get(flag);
        let is_verified = flag.is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
        if is_verified && !user.attributes.contains_key(attribute) {
            return Err(RejectionReason::MissingVerified(attribute));
        }
    }
    Ok(())
}
