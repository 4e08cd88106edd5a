//! The requests of an import about one user.

use std::time::Duration;

use cognito_core::{Admin, Attributes, CreateUser, Error, ErrorKind, UserRecord, UserStatus};
use cognito_types::Password;

use super::check::{Medium, NewPassword, NewUser};
use super::password::random_password;
use super::work::ImportJob;
use crate::patience::PERMIT_TIMEOUT;
use crate::writes::{Calls, ItemOutcome, Once};

/// The maximum difference between the clocks of this machine and of the service, which rejects
/// signatures with a larger difference.
const CLOCK_SKEW: Duration = Duration::from_secs(300);

impl ImportJob {
    /// Creates a user, or completes a user that an earlier run has created.
    pub(super) async fn import_user(
        &self,
        user: &NewUser,
        calls: &Calls,
    ) -> Result<ItemOutcome, Error> {
        let create = |admin: Admin| async move { request(&admin, user).await };
        let was_created = |admin: Admin| self.was_created(admin, user, calls);
        match calls.once(create, was_created).await {
            Ok(Once::Sent(_) | Once::HadEffect) => {}
            Ok(Once::Unknown) => return Ok(ItemOutcome::Unknown),
            Err(error) if error.kind() == ErrorKind::UserExists => {
                return self.import_existing(user, calls).await;
            }
            Err(error) => return Err(error),
        }
        match &user.password {
            NewPassword::ByService | NewPassword::Temporary(_) => {}
            NewPassword::Permanent(password) => set_first_password(user, password, calls).await?,
            NewPassword::Random => match random_password() {
                Ok(password) => set_first_password(user, &password, calls).await?,
                Err(error) => return Ok(not_random(error)),
            },
        }
        if !user.is_enabled {
            set_enabled(user, calls).await?;
        }
        add_to_groups(user, calls).await?;
        Ok(ItemOutcome::Done)
    }

    /// Returns whether a user was created by a request of this import whose response was lost.
    async fn was_created(
        &self,
        admin: Admin,
        user: &NewUser,
        calls: &Calls,
    ) -> Result<Option<bool>, Error> {
        let found = match admin.user(&user.username).get().timeout(PERMIT_TIMEOUT).await {
            Err(error) if error.kind() == ErrorKind::UserNotFound => return Ok(Some(false)),
            found => found?,
        };
        if self.is_other(user, &found) {
            return Ok(Some(false));
        }
        let since = calls.sent_at().and_then(|sent| sent.checked_sub(CLOCK_SKEW));
        Ok(found.created_at().zip(since).map(|(created, since)| created >= since))
    }

    /// Returns whether the user found by a name is another user, who has the name as an alias or
    /// id.
    fn is_other(&self, user: &NewUser, found: &UserRecord) -> bool {
        self.rules().is_some_and(|rules| {
            rules.naming().is_empty()
                && rules.folded(found.username()) != rules.folded(&user.username)
        })
    }

    /// Updates an existing user, or skips it.
    async fn import_existing(&self, user: &NewUser, calls: &Calls) -> Result<ItemOutcome, Error> {
        if !self.import.options.updates_existing {
            return Ok(ItemOutcome::skipped("the user exists already"));
        }
        let found = read(user, calls).await?;
        if self.is_other(user, &found) {
            return Ok(ItemOutcome::skipped("the name is an alias of another user"));
        }
        let changes = &self.changes(user, &found);
        if !changes.is_empty() {
            let update = |admin: Admin| async move {
                admin.user(&user.username).update_attributes(changes).timeout(PERMIT_TIMEOUT).await
            };
            calls.idempotent(update).await?;
        }
        match &user.password {
            NewPassword::ByService | NewPassword::Random => {}
            NewPassword::Permanent(password) => set_password(user, password, calls).await?,
            NewPassword::Temporary(password) => {
                let set = |admin: Admin| async move {
                    let user = admin.user(&user.username);
                    user.set_temporary_password(password.clone()).timeout(PERMIT_TIMEOUT).await
                };
                calls.idempotent(set).await?;
            }
        }
        if user.is_enabled != found.is_enabled() {
            set_enabled(user, calls).await?;
        }
        add_to_groups(user, calls).await?;
        Ok(ItemOutcome::Done)
    }

    /// Returns the mutable attributes whose values differ from those of the existing user.
    ///
    /// A new address is set only with its flag `…_verified`, because the service sends a code to an
    /// unverified address.
    fn changes(&self, user: &NewUser, found: &UserRecord) -> Attributes {
        let is_verified = |name: &str| {
            let flag = user.attributes.get(&format!("{name}_verified"));
            flag.is_some_and(|flag| flag.eq_ignore_ascii_case("true"))
        };
        let mut changes = Attributes::new();
        for (name, value) in user.attributes.iter() {
            let is_mutable = self.rules().is_none_or(|rules| rules.is_mutable(name));
            let is_address = ["email", "phone_number"].contains(&name);
            let is_changed = found.attributes().get(name) != Some(value);
            if !is_mutable || !is_changed || (is_address && !is_verified(name)) {
                continue;
            }
            changes.set(name, value);
            if is_address {
                changes.set(format!("{name}_verified"), true);
            }
        }
        changes
    }
}

/// Returns the request that creates a user.
fn request(admin: &Admin, user: &NewUser) -> CreateUser {
    let create = admin.create_user(&*user.username).attributes(user.attributes.clone());
    let create = match &user.password {
        NewPassword::Temporary(password) => create.temporary_password(password.clone()),
        _ => create,
    };
    let create = match user.invitation {
        None => create.suppress_invitation(),
        Some(Medium::Email) => create.invite_by_email(),
        Some(Medium::Sms) => create.invite_by_sms(),
    };
    create.timeout(PERMIT_TIMEOUT)
}

fn not_random(error: getrandom::Error) -> ItemOutcome {
    let message = format!("the operating system has no random password: {error}");
    ItemOutcome::Failed { error: "Environment".to_owned(), message }
}

async fn read(user: &NewUser, calls: &Calls) -> Result<UserRecord, Error> {
    let read = |admin: Admin| async move {
        admin.user(&user.username).get().timeout(PERMIT_TIMEOUT).await
    };
    calls.idempotent(read).await
}

/// Sets the password of a new user, and thereby confirms the user.
///
/// A pool with a password history may refuse a password that was already set by a request whose
/// response was lost, or by a killed run. If the new user is confirmed, the password was set. AWS
/// lists PasswordHistoryPolicyViolationException for AdminSetUserPassword; it was not measured
/// whether the service compares with the current password.
async fn set_first_password(
    user: &NewUser,
    password: &Password,
    calls: &Calls,
) -> Result<(), Error> {
    match set_password(user, password, calls).await {
        Err(error) if error.kind() == ErrorKind::InvalidPassword => {
            let found = read(user, calls).await?;
            if *found.status() == UserStatus::Confirmed { Ok(()) } else { Err(error) }
        }
        set => set,
    }
}

async fn set_password(user: &NewUser, password: &Password, calls: &Calls) -> Result<(), Error> {
    let set = |admin: Admin| async move {
        let user = admin.user(&user.username);
        user.set_password(password.clone()).timeout(PERMIT_TIMEOUT).await
    };
    calls.idempotent(set).await
}

async fn set_enabled(user: &NewUser, calls: &Calls) -> Result<(), Error> {
    let set = |admin: Admin| async move {
        let handle = admin.user(&user.username);
        match user.is_enabled {
            true => handle.enable().timeout(PERMIT_TIMEOUT).await,
            false => handle.disable().timeout(PERMIT_TIMEOUT).await,
        }
    };
    calls.idempotent(set).await
}

async fn add_to_groups(user: &NewUser, calls: &Calls) -> Result<(), Error> {
    for group in &user.groups {
        let add = |admin: Admin| async move {
            admin.user(&user.username).add_to_group(group).timeout(PERMIT_TIMEOUT).await
        };
        calls.idempotent(add).await?;
    }
    Ok(())
}
