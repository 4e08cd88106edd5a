//! The requests of a mass change about one user.

use std::sync::atomic::{AtomicBool, Ordering};

use cognito_core::{Admin, Attributes, Error, ErrorKind, UserStatus};
use cognito_types::{BoxFuture, QuotaCategory};
use serde_json::{Map, Value, json};

use super::{MassChange, UserChange, listed};
use crate::error::JobError;
use crate::job_shard::JobShard;
use crate::patience::PERMIT_TIMEOUT;
use crate::writes::{Calls, Input, ItemOutcome, Items, JobFiles, Once, Start, WriteJob};

impl WriteJob for MassChange {
    type Item = String;

    const NAME: &'static str = "mass change";
    const FILES: &'static [&'static str] = &[listed::USERS, listed::PART];

    fn settings(&self) -> Value {
        let mut settings =
            json!({ "change": self.change.settings(), "users": self.users.settings() });
        JobShard::add_to(self.shard, &mut settings);
        settings
    }

    fn fence(&self) -> Option<u64> {
        self.fence
    }

    fn categories(&self) -> &[QuotaCategory] {
        match self.change.category() {
            QuotaCategory::UserAccountRecovery => &[QuotaCategory::UserAccountRecovery],
            QuotaCategory::UserCreation => &[QuotaCategory::UserCreation],
            _ => &[QuotaCategory::UserUpdate],
        }
    }

    fn input<'a>(
        &'a self,
        start: &'a Start<'_>,
        earlier: Option<&'a Input>,
    ) -> BoxFuture<'a, Result<Input, JobError>> {
        Box::pin(listed::list(&self.users, self.shard, start, earlier))
    }

    fn items(&self, files: &JobFiles) -> Result<Items<String>, JobError> {
        listed::read(files)
    }

    fn username<'a>(&self, username: &'a String) -> &'a str {
        username
    }

    fn send<'a>(
        &'a self,
        username: &'a String,
        calls: &'a Calls,
    ) -> BoxFuture<'a, Result<ItemOutcome, Error>> {
        Box::pin(async move {
            let outcome = match &self.change {
                UserChange::DeletePermanently => delete(username, calls).await,
                UserChange::ResetPassword => reset_password(username, calls).await,
                UserChange::ConfirmSignUp => confirm_sign_up(username, calls).await,
                UserChange::SetAttributes(attributes) if self.change.messages() > 0 => {
                    set_attributes(attributes, username, calls).await
                }
                change => {
                    let send = |admin| change.send(admin, username);
                    calls.idempotent(send).await.map(|()| ItemOutcome::Done)
                }
            };
            outcome.or_else(|error| match error.kind() {
                // The daily e-mail limit is reached, also for the users that follow.
                ErrorKind::LimitReached if self.change.messages() > 0 => Err(error),
                _ => ItemOutcome::of_refused(error),
            })
        })
    }
}

impl UserChange {
    fn settings(&self) -> Value {
        match self {
            Self::AddToGroup(group) => json!({ "add_to_group": group }),
            Self::RemoveFromGroup(group) => json!({ "remove_from_group": group }),
            Self::Enable => json!("enable"),
            Self::Disable => json!("disable"),
            Self::SetAttributes(attributes) => {
                let pairs = attributes.iter().map(|(name, value)| (name.to_owned(), value.into()));
                json!({ "set_attributes": pairs.collect::<Map<_, _>>() })
            }
            Self::ResetPassword => json!("reset_password"),
            Self::ConfirmSignUp => json!("confirm_sign_up"),
            Self::SignOutEverywhere => json!("sign_out_everywhere"),
            Self::DeletePermanently => json!("delete_permanently"),
        }
    }

    /// Sends the request for a user.
    fn send<'a>(&'a self, admin: Admin, username: &str) -> BoxFuture<'a, Result<(), Error>> {
        let user = admin.user(username);
        Box::pin(async move {
            match self {
                Self::AddToGroup(group) => user.add_to_group(group).timeout(PERMIT_TIMEOUT).await,
                Self::RemoveFromGroup(group) => {
                    user.remove_from_group(group).timeout(PERMIT_TIMEOUT).await
                }
                Self::Enable => user.enable().timeout(PERMIT_TIMEOUT).await,
                Self::Disable => user.disable().timeout(PERMIT_TIMEOUT).await,
                Self::SetAttributes(attributes) => {
                    user.update_attributes(attributes).timeout(PERMIT_TIMEOUT).await
                }
                Self::ResetPassword => user.reset_password().timeout(PERMIT_TIMEOUT).await,
                Self::ConfirmSignUp => user.confirm_sign_up().timeout(PERMIT_TIMEOUT).await,
                Self::SignOutEverywhere => user.sign_out_everywhere().timeout(PERMIT_TIMEOUT).await,
                Self::DeletePermanently => user.delete().timeout(PERMIT_TIMEOUT).await,
            }
        })
    }
}

/// Deletes a user. A user who does not exist is skipped, unless an earlier attempt may have deleted
/// the user.
async fn delete(username: &str, calls: &Calls) -> Result<ItemOutcome, Error> {
    let may_be_deleted = AtomicBool::new(false);
    let send = |admin| {
        let sent = UserChange::DeletePermanently.send(admin, username);
        async {
            sent.await.inspect_err(|error| {
                may_be_deleted.fetch_or(error.leaves_outcome_unknown(), Ordering::Relaxed);
            })
        }
    };
    match calls.idempotent(send).await {
        Err(error) if error.kind() == ErrorKind::UserNotFound => {
            Ok(if may_be_deleted.into_inner() {
                ItemOutcome::Done
            } else {
                ItemOutcome::skipped("the user does not exist")
            })
        }
        deleted => deleted.map(|()| ItemOutcome::Done),
    }
}

/// Resets the password, which sends a code. If the response is lost, the status of the user shows
/// whether the request took effect.
async fn reset_password(username: &str, calls: &Calls) -> Result<ItemOutcome, Error> {
    let needs_reset = |admin: Admin| {
        let user = admin.user(username);
        async move {
            let user = user.get().timeout(PERMIT_TIMEOUT).await?;
            Ok(Some(*user.status() == UserStatus::ResetRequired))
        }
    };
    let send = |admin| UserChange::ResetPassword.send(admin, username);
    calls.once(send, needs_reset).await.map(outcome)
}

/// Confirms a sign-up, which the service refuses the second time. Its trigger may send a message.
async fn confirm_sign_up(username: &str, calls: &Calls) -> Result<ItemOutcome, Error> {
    let is_confirmed = |admin: Admin| {
        let user = admin.user(username);
        async move {
            let user = user.get().timeout(PERMIT_TIMEOUT).await?;
            Ok(Some(*user.status() == UserStatus::Confirmed))
        }
    };
    let send = |admin| UserChange::ConfirmSignUp.send(admin, username);
    calls.once(send, is_confirmed).await.map(outcome)
}

/// Sets attributes with addresses that the service may send codes to.
///
/// If an address does not have its new value, it may wait for the code, or the request was lost:
/// reading the user does not show which.
async fn set_attributes(
    attributes: &Attributes,
    username: &str,
    calls: &Calls,
) -> Result<ItemOutcome, Error> {
    let has_values = |admin: Admin| {
        let user = admin.user(username);
        async move {
            let user = user.get().timeout(PERMIT_TIMEOUT).await?;
            let is_set = |(name, value)| user.attributes().get(name) == Some(value);
            Ok(attributes.iter().all(is_set).then_some(true))
        }
    };
    let change = UserChange::SetAttributes(attributes.clone());
    calls.once(|admin| change.send(admin, username), has_values).await.map(outcome)
}

fn outcome(once: Once<()>) -> ItemOutcome {
    match once {
        Once::Sent(()) | Once::HadEffect => ItemOutcome::Done,
        Once::Unknown => ItemOutcome::Unknown,
    }
}
