//! State that few users have: pending codes, devices, authenticator apps, passkeys, an event
//! history.

use std::collections::BTreeMap;

use cognito_srp::PasswordVerifier;
use serde::{Deserialize, Serialize};

use super::{User, stored};
use crate::state::auth_event::AuthEvents;
use crate::state::code::SentCode;
use crate::state::device::Device;
use crate::state::passkey::Passkey;
use crate::state::totp::SoftwareToken;

/// State that few users have, which needs no memory for the others.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Extras {
    /// Earlier permanent passwords, newest first, if the pool has a password history.
    #[serde(with = "stored::verifiers")]
    pub(crate) past_passwords: Vec<PasswordVerifier>,
    /// The code that confirms the sign-up.
    pub(crate) confirmation: Option<SentCode>,
    /// The code that replaces a forgotten password.
    pub(crate) recovery: Option<SentCode>,
    /// Codes that verify attributes, at most one for each.
    verifications: Vec<SentCode>,
    pub(crate) software_token: Option<SoftwareToken>,
    /// A key that was issued but not verified yet.
    pub(crate) associated_token: Option<SoftwareToken>,
    /// True if SetUserSettings enabled SMS, which MFAOptions then contains.
    pub(crate) has_mfa_options: bool,
    /// Devices by key.
    pub(crate) devices: BTreeMap<String, Device>,
    /// In the order of registration.
    pub(crate) passkeys: Vec<Passkey>,
    /// The events of the user, if the pool has an event history.
    pub(crate) events: AuthEvents,
}

static NONE: Extras = Extras::new();

impl Extras {
    const fn new() -> Self {
        Self {
            past_passwords: Vec::new(),
            confirmation: None,
            recovery: None,
            verifications: Vec::new(),
            software_token: None,
            associated_token: None,
            has_mfa_options: false,
            devices: BTreeMap::new(),
            passkeys: Vec::new(),
            events: AuthEvents::new(),
        }
    }

    fn is_empty(&self) -> bool {
        let Self { past_passwords, confirmation, recovery, verifications, .. } = self;
        let Self { software_token, associated_token, has_mfa_options, .. } = self;
        let Self { devices, passkeys, events, .. } = self;
        past_passwords.is_empty()
            && confirmation.is_none()
            && recovery.is_none()
            && verifications.is_empty()
            && software_token.is_none()
            && associated_token.is_none()
            && !has_mfa_options
            && devices.is_empty()
            && passkeys.is_empty()
            && events.is_empty()
    }

    /// Returns the code that verifies an attribute.
    pub(crate) fn verification(&self, attribute: &str) -> Option<&SentCode> {
        self.verifications.iter().find(|sent| sent.address.attribute() == attribute)
    }

    /// Stores a code that verifies the attribute of its address, and replaces the last one.
    pub(crate) fn begin_verification(&mut self, sent: SentCode) {
        self.end_verification(sent.address.attribute());
        self.verifications.push(sent);
    }

    /// Removes the code that verifies an attribute.
    pub(crate) fn end_verification(&mut self, attribute: &str) {
        self.verifications.retain(|sent| sent.address.attribute() != attribute);
    }
}

impl User {
    pub(crate) fn extras(&self) -> &Extras {
        self.extras.as_deref().unwrap_or(&NONE)
    }

    /// Returns the extras for modification, or `None` if the user has none.
    pub(crate) fn extras_mut(&mut self) -> Option<&mut Extras> {
        self.extras.as_deref_mut()
    }

    /// Returns the authenticator app of the user for checking a code.
    pub(crate) fn software_token_mut(&mut self) -> Option<&mut SoftwareToken> {
        self.extras_mut()?.software_token.as_mut()
    }

    /// Changes the extras, and releases their memory if they are empty.
    pub(crate) fn change_extras<T>(&mut self, change: impl FnOnce(&mut Extras) -> T) -> T {
        let mut extras = self.extras.take().unwrap_or_else(|| Box::new(Extras::new()));
        let result = change(&mut extras);
        self.extras = Some(extras).filter(|extras| !extras.is_empty());
        result
    }
}

#[cfg(test)]
mod tests {
    use cognito_srp::Identity;

    use super::*;
    use crate::state::address::Address;
    use crate::state::attributes::Attributes;
    use crate::state::outbox::Medium;
    use crate::state::user::UserStatus;

    #[test]
    fn user_without_extras_has_no_memory_for_them() {
        let names = ["alice", "id"].map(str::to_owned);
        let mut user = User::new(names, UserStatus::Confirmed, Attributes::default(), None, 0.0);
        user.change_extras(|extras| extras.has_mfa_options = true);
        assert!(user.extras().has_mfa_options && user.extras_mut().is_some());
        user.change_extras(|extras| extras.has_mfa_options = false);
        assert!(user.extras_mut().is_none());
    }

    #[test]
    fn stored_user_is_restored_without_loss() {
        let names = ["alice", "id"].map(str::to_owned);
        let attributes = [("email", "a@example.com"), ("custom:plan", "x")];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let verifier = PasswordVerifier::new(Identity::user("Example01", "alice"), "old", &[1; 16]);
        let mut user = User::new(
            names,
            UserStatus::ResetRequired,
            attributes.into_iter().collect(),
            Some(verifier.clone()),
            1.5,
        );
        user.groups.insert("admins".to_owned());
        user.change_extras(|extras| {
            let address = Address::new("email", "b@example.com").unwrap();
            let mut device = Device::new("key".to_owned(), "group".to_owned(), 2.0);
            device.verifier = Some(Box::new(verifier.clone()));
            extras.past_passwords.push(verifier);
            extras.begin_verification(SentCode::new("123456".to_owned(), 7, address));
            let mut app = SoftwareToken::new([7; 32]);
            app.name = Some("phone".to_owned());
            extras.software_token = Some(app);
            extras.devices.insert("key".to_owned(), device);
        });
        let stored = serde_json::to_string(&user).unwrap();
        let restored: User = serde_json::from_str(&stored).unwrap();
        assert_eq!(restored.attributes(), user.attributes());
        assert!(restored.has_password("Example01", "old"));
        let app = restored.extras().software_token.as_ref();
        assert_eq!(app.and_then(|app| app.name.as_deref()), Some("phone"));
        assert_eq!(
            restored.extras().verification("email").unwrap().address.medium(),
            Medium::Email
        );
        assert_eq!(serde_json::to_string(&restored).unwrap(), stored);
    }
}
