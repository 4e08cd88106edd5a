//! A user pool: its settings, app clients and users, and pending sign-ins.

mod groups;
mod identities;
mod saving;
mod sign_ins;
mod user_import;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_types::UserPoolId;

pub(crate) use self::saving::RestoreError;
use crate::model::ServiceError;
use crate::state::activity::{ActiveUsers, Month};
use crate::state::address::ATTRIBUTES;
use crate::state::attributes::{self, Attributes};
use crate::state::challenge::Challenges;
use crate::state::client::Client;
use crate::state::exchange::Exchange;
use crate::state::expiring::Expiring;
use crate::state::group::Groups;
use crate::state::identity::Identities;
use crate::state::import_file::ImportFile;
use crate::state::keys::PoolKeys;
use crate::state::limits::{HourlyLimits, Lockouts};
use crate::state::managed_login::ManagedLogin;
use crate::state::part::{Entries, Single};
use crate::state::passkey::Registration;
use crate::state::records::Records;
use crate::state::resource_server::ResourceServer;
use crate::state::settings::PoolSettings;
use crate::state::sign_in_record::{SignInRecord, SignInRecords};
use crate::state::user::{Lists, User, UserKey, Users};

/// The account of all pools.
pub(crate) const ACCOUNT: &str = "000000000000";

/// A user pool.
pub(crate) struct Pool {
    pub(crate) id: UserPoolId,
    pub(crate) settings: Single<PoolSettings>,
    pub(crate) clients: Entries<Client>,
    /// By identifier.
    pub(crate) resource_servers: Entries<ResourceServer>,
    pub(crate) users: Users,
    pub(crate) active_users: Single<ActiveUsers>,
    pub(crate) groups: Groups,
    /// Users by their identities at identity providers.
    pub(crate) identities: Identities,
    pub(crate) lists: Single<Lists>,
    pub(crate) keys: Single<PoolKeys>,
    /// SRP exchanges by SECRET_BLOCK.
    pub(crate) exchanges: Expiring<Exchange>,
    /// Challenges by Session.
    pub(crate) challenges: Challenges,
    /// Passkey registrations by challenge.
    pub(crate) registrations: Expiring<Registration>,
    pub(crate) sign_ins: SignInRecords,
    pub(crate) managed_login: ManagedLogin,
    pub(crate) lockouts: Lockouts,
    pub(crate) hourly_limits: HourlyLimits,
    /// The key for simulated responses about unknown users, which must be repeatable.
    pub(crate) secret: [u8; 32],
    pub(crate) records: Single<Records>,
    /// The files of unfinished import jobs, by job id.
    pub(crate) import_files: Entries<ImportFile>,
    /// The creation order of pools, since dates may be equal.
    pub(crate) ordinal: u64,
    /// Seconds since 1970.
    pub(crate) created: f64,
    /// The last change of the settings, in seconds since 1970.
    pub(crate) modified: f64,
}

impl Pool {
    pub(crate) fn new(
        id: UserPoolId,
        settings: PoolSettings,
        keys: PoolKeys,
        secret: [u8; 32],
        created: f64,
    ) -> Self {
        Self {
            id,
            resource_servers: Entries::default(),
            clients: Entries::default(),
            users: Users::new(settings.is_case_sensitive()),
            active_users: Single::default(),
            groups: Groups::default(),
            identities: Identities::new(),
            lists: Single::default(),
            settings: Single::new(settings),
            keys: Single::new(keys),
            exchanges: Expiring::default(),
            challenges: Challenges::default(),
            registrations: Expiring::default(),
            sign_ins: SignInRecords::default(),
            managed_login: ManagedLogin::default(),
            lockouts: Lockouts::default(),
            hourly_limits: HourlyLimits::default(),
            secret,
            records: Single::default(),
            import_files: Entries::default(),
            ordinal: 0,
            created,
            modified: created,
        }
    }

    /// Changes the settings; the date is in seconds since 1970.
    pub(crate) fn configure(&mut self, settings: PoolSettings, date: f64) {
        *self.settings = settings;
        self.modified = date;
    }

    /// Sets the delays and page sizes of user lists.
    pub(crate) fn set_lists(&mut self, lists: Lists) {
        *self.lists = lists;
        self.users.show_late(lists.delay);
    }

    /// Counts a user as active in a month, unless the user does not exist or was counted.
    pub(crate) fn note_activity(&mut self, username: &str, month: Month) {
        if self.users.note_activity(username, month) {
            let count = self.active_users.entry(month).or_default();
            *count = count.saturating_add(1);
        }
    }

    pub(crate) fn check_keeps_history(&self) -> Result<(), ServiceError> {
        match self.settings.keeps_history() {
            true => Ok(()),
            false => Err(ServiceError::user_pool_add_on_not_enabled(
                "Threat protection is not enabled for the user pool.",
            )),
        }
    }

    /// Returns the token for a user's feedback on an event, which the service sends in a message.
    pub(crate) fn feedback_token(&self, username: &str, event_id: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let tag = hmac::sign(&key, format!("feedback\0{username}\0{event_id}").as_bytes());
        URL_SAFE_NO_PAD.encode(tag.as_ref())
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:cognito-idp:{}:{ACCOUNT}:userpool/{}", self.id.region(), self.id)
    }

    /// Adds an app client as the last one.
    pub(crate) fn add_client(&mut self, client: Client) {
        let last = self.clients.values().map(|client| client.ordinal).max();
        let ordinal = last.unwrap_or_default().saturating_add(1);
        self.clients.insert(client.id.clone(), Client { ordinal, ..client });
    }

    pub(crate) fn client(&self, id: &str) -> Result<&Client, ServiceError> {
        self.clients.get(id).ok_or_else(|| ServiceError::client_unknown(id))
    }

    pub(crate) fn user_mut(&mut self, username: &str) -> Result<&mut User, ServiceError> {
        self.users.get_mut(username).ok_or_else(ServiceError::user_unknown)
    }

    /// Returns the user of an earlier step.
    ///
    /// # Errors
    ///
    /// Returns `UserNotFoundException` if the user was deleted since, even if another user has the
    /// name.
    pub(crate) fn current(&self, key: &UserKey) -> Result<&User, ServiceError> {
        let user = self.users.get(&key.username).filter(|user| user.key() == *key);
        user.ok_or_else(ServiceError::user_unknown)
    }

    /// Returns the user of a sign-in, unless the user was deleted since.
    pub(crate) fn user_of(&self, record: &SignInRecord) -> Option<&User> {
        self.users.get(&record.username).filter(|user| *user.sub == record.sub)
    }

    /// Returns the stored user name for a name or alias.
    pub(crate) fn username_for(&self, given: &str) -> Option<&str> {
        let by_name = self.users.by_name(given);
        by_name.or_else(|| self.user_by_alias(given)).map(|user| &*user.username)
    }

    /// Returns the stored user name for a name or alias; for an unknown user, the given name in its
    /// stored form.
    pub(crate) fn known_or_flattened(&self, given: &str) -> String {
        let known = self.username_for(given).map(str::to_owned);
        known.unwrap_or_else(|| self.users.flattened(given))
    }

    /// Returns the stored user name for a name, an alias or a `sub`, which administrators'
    /// operations accept.
    pub(crate) fn username_or_sub_for(&self, given: &str) -> Option<&str> {
        let by_sub = || self.users.by_sub(given).map(|user| &*user.username);
        self.username_for(given).or_else(by_sub)
    }

    /// Returns the attribute whose value is the name of a new user, in pools with
    /// UsernameAttributes.
    pub(crate) fn naming_attribute(
        &self,
        username: &str,
    ) -> Result<Option<&'static str>, ServiceError> {
        if !self.settings.named_by_attributes() {
            return Ok(None);
        }
        let names = |attribute: &str| self.settings.named_by(attribute);
        let (email, phone) = (names("email"), names("phone_number"));
        if email && attributes::is_email(username) {
            return Ok(Some("email"));
        }
        if phone && attributes::is_phone_number(username) {
            return Ok(Some("phone_number"));
        }
        Err(ServiceError::invalid_parameter(match (email, phone) {
            (true, true) => "Username should be either an email or a phone number.",
            (true, false) => "Username should be an email.",
            _ => "Username should be a phone number.",
        }))
    }

    /// Rejects a new user with an address that names another user.
    pub(crate) fn check_free(&self, attributes: &Attributes) -> Result<(), ServiceError> {
        let mut naming = ATTRIBUTES.iter().filter(|name| self.settings.named_by(name));
        let taken = naming.find(|name| {
            attributes.get(name).is_some_and(|value| self.username_for(value).is_some())
        });
        match taken {
            None => Ok(()),
            Some(name) => Err(ServiceError::username_exists(format!(
                "An account with the given {name} already exists."
            ))),
        }
    }

    /// Rejects a user name in the format of an address with which users of the pool sign in.
    pub(crate) fn check_no_address(&self, username: &str) -> Result<(), ServiceError> {
        let aliased = |attribute| self.settings.aliased_by(attribute);
        if aliased("email") && attributes::is_email(username) {
            return Err(ServiceError::invalid_parameter(
                "Username cannot be of email format, since user pool is configured for email alias.",
            ));
        }
        if aliased("phone_number") && attributes::is_phone_number(username) {
            return Err(ServiceError::invalid_parameter(
                "Username cannot be of phone number format, since user pool is configured for \
                 phone number alias.",
            ));
        }
        Ok(())
    }
}
