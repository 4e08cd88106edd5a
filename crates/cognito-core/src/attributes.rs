//! The attributes of a user.

mod deserialize;
mod error;
mod names;
mod serialize;

use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::error::AttributeError;
pub use self::names::AttributeNames;

/// Prefix of custom attributes.
const CUSTOM: &str = "custom:";

/// Attributes of a user by name: standard attributes and custom attributes of the pool (`custom:`).
///
/// All values are text for the service; booleans are `true` and `false`. The pool decides which
/// attributes exist and which of them the user may write. Names of custom attributes have at most
/// 20 characters, values at most 2048.
///
/// ```
/// # mod cognito { pub use cognito_core as account; }
/// use cognito::account::Attributes;
///
/// let mut read = Attributes::new();
/// read.set("email", "alice@example.com");
/// read.set("email_verified", true);
/// read.set_custom("plan", "basic");
/// assert_eq!(read.email_verified(), Some(true));
///
/// let mut wanted = read.clone();
/// wanted.set_custom("plan", "pro");
/// wanted.remove("email_verified");
/// let changes = wanted.changes(&read);
/// assert_eq!(changes.set().iter().collect::<Vec<_>>(), [("custom:plan", "pro")]);
/// assert_eq!(changes.removed(), ["email_verified"]);
/// ```
///
/// Types of your own are read and written with serde. Numbers and booleans are parsed from text,
/// and attributes that the type does not have stay unchanged:
///
/// ```
/// # mod cognito { pub use cognito_core as account; }
/// use cognito::account::Attributes;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Profile {
///     email: String,
///     nickname: Option<String>,
///     #[serde(rename = "custom:seats")]
///     seats: Option<u32>,
/// }
///
/// let pairs = [("sub", "1f0c"), ("email", "a@b.io"), ("nickname", "al"), ("custom:seats", "3")];
/// let read: Attributes = pairs.into_iter().collect();
/// let mut profile: Profile = read.deserialize()?;
/// assert_eq!(profile.seats, Some(3));
///
/// profile.seats = Some(4);
/// profile.nickname = None;
/// let mut wanted = read.clone();
/// wanted.apply(&profile)?;
/// let changes = wanted.changes(&read);
/// assert_eq!(changes.set().custom("seats"), Some("4"));
/// assert_eq!(changes.removed(), ["nickname"]); // and `sub` stays
/// # Ok::<(), cognito_core::AttributeError>(())
/// ```
///
/// `Debug` prints names and no values, which are personal data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    by_name: BTreeMap<String, String>,
}

impl Attributes {
    /// Creates an empty set of attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates attributes from a value of your own type.
    ///
    /// # Errors
    ///
    /// The errors of [`apply`](Self::apply).
    pub fn from_serialize<T: Serialize + ?Sized>(profile: &T) -> Result<Self, AttributeError> {
        let mut attributes = Self::new();
        attributes.apply(profile)?;
        Ok(attributes)
    }

    /// Sets the attributes that a value of your own type has, and removes those that are `None`.
    ///
    /// Attributes that the type lacks or skips stay unchanged. Fields can be text, numbers,
    /// booleans, characters, enums without data, and options of these.
    ///
    /// # Errors
    ///
    /// An error that names a field of another type; no attribute is changed then.
    pub fn apply<T: Serialize + ?Sized>(&mut self, profile: &T) -> Result<(), AttributeError> {
        for (name, value) in serialize::fields(profile)? {
            match value {
                Some(value) => drop(self.by_name.insert(name, value)),
                None => drop(self.by_name.remove(&name)),
            }
        }
        Ok(())
    }

    /// Deserializes the attributes as your own type.
    ///
    /// # Errors
    ///
    /// An error that names an attribute that is missing, or that does not parse as the type of its
    /// field.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, AttributeError> {
        T::deserialize(deserialize::Reader(self))
    }

    /// Sets an attribute to a text, a boolean, a number or any other value that can be printed.
    pub fn set(&mut self, name: impl Into<String>, value: impl ToString) {
        self.by_name.insert(name.into(), value.to_string());
    }

    /// Sets a custom attribute; its name is given without `custom:`.
    pub fn set_custom(&mut self, name: &str, value: impl ToString) {
        self.set(format!("{CUSTOM}{name}"), value);
    }

    /// Removes an attribute and returns its value, if it exists.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.by_name.remove(name)
    }

    /// Returns an attribute by name, such as `email` or `custom:plan`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(String::as_str)
    }

    /// Returns a custom attribute; its name is given without `custom:`.
    pub fn custom(&self, name: &str) -> Option<&str> {
        self.get(&format!("{CUSTOM}{name}"))
    }

    /// Returns when the user's information was last changed (`updated_at`, in seconds since 1970).
    ///
    /// The application sets it. Returns `None` if it is not a number of seconds.
    pub fn updated_at(&self) -> Option<SystemTime> {
        let seconds = self.get("updated_at")?.parse().ok()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// Returns all attributes, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_name.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the number of attributes.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Returns whether there are no attributes.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Returns the changes that turn the attributes `read` into these.
    pub fn changes(&self, read: &Self) -> AttributeChanges {
        let set = self.iter().filter(|(name, value)| read.get(name) != Some(value)).collect();
        let gone = read.by_name.keys().filter(|name| !self.by_name.contains_key(*name));
        AttributeChanges { set, removed: gone.cloned().collect() }
    }
}

macro_rules! standard_claims {
    ($($name:ident: $what:literal;)+) => {
        /// The standard claims of OpenID Connect. Each method returns the stored text, or `None` if
        /// the attribute is missing.
        impl Attributes {
            $(
                #[doc = concat!("Returns the ", $what, " (`", stringify!($name), "`).")]
                pub fn $name(&self) -> Option<&str> {
                    self.get(stringify!($name))
                }
            )+

            /// Returns whether the e-mail address was verified (`email_verified`).
            pub fn email_verified(&self) -> Option<bool> {
                self.get("email_verified").and_then(boolean)
            }

            /// Returns whether the telephone number was verified (`phone_number_verified`).
            pub fn phone_number_verified(&self) -> Option<bool> {
                self.get("phone_number_verified").and_then(boolean)
            }
        }
    };
}

standard_claims! {
    address: "postal address";
    birthdate: "date of birth, `YYYY-MM-DD`";
    email: "e-mail address";
    family_name: "family name";
    gender: "gender";
    given_name: "given name";
    locale: "language and country, such as `en-GB`";
    middle_name: "middle name";
    name: "full name";
    nickname: "nickname";
    phone_number: "telephone number, such as `+441234567890`";
    picture: "URL of a picture";
    preferred_username: "user name that the user prefers";
    profile: "URL of the user's profile page";
    sub: "user's id, which never changes";
    website: "URL of the user's website";
    zoneinfo: "time zone, such as `Europe/London`";
}

/// Parses a boolean in any case: tools of administrators write `True`, and the service keeps it
/// (amplify-js#8205).
fn boolean(text: &str) -> Option<bool> {
    text.trim().to_ascii_lowercase().parse().ok()
}

/// Attributes to set and to remove; see [`Attributes::changes`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct AttributeChanges {
    set: Attributes,
    removed: Vec<String>,
}

impl AttributeChanges {
    /// Returns the attributes that are new or changed (for UpdateUserAttributes).
    pub fn set(&self) -> &Attributes {
        &self.set
    }

    /// Returns the names of the removed attributes (for DeleteUserAttributes).
    pub fn removed(&self) -> &[String] {
        &self.removed
    }

    /// Returns whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }
}

impl<N: Into<String>, V: Into<String>> Extend<(N, V)> for Attributes {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, pairs: I) {
        let own = |(name, value): (N, V)| (name.into(), value.into());
        self.by_name.extend(pairs.into_iter().map(own));
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut attributes = Self::new();
        attributes.extend(pairs);
        attributes
    }
}

impl IntoIterator for Attributes {
    type Item = (String, String);
    type IntoIter = btree_map::IntoIter<String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.by_name.into_iter()
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attributes")?;
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_claims_are_read_by_their_names() {
        let mut attributes = Attributes::new();
        assert_eq!((attributes.sub(), attributes.email_verified()), (None, None));
        attributes.set("sub", "1f0c");
        attributes.set("phone_number_verified", false);
        attributes.set("email_verified", "yes");
        attributes.set("updated_at", 1_767_582_249);
        assert_eq!(attributes.sub(), Some("1f0c"));
        assert_eq!(attributes.get("phone_number_verified"), Some("false"));
        assert_eq!(attributes.phone_number_verified(), Some(false));
        assert_eq!(attributes.email_verified(), None);
        let updated = UNIX_EPOCH + Duration::from_secs(1_767_582_249);
        assert_eq!(attributes.updated_at(), Some(updated));
        for no_time in ["-1", "soon", "1.5", "99999999999999999999"] {
            attributes.set("updated_at", no_time);
            assert_eq!(attributes.updated_at(), None, "{no_time}");
        }
        attributes.set("updated_at", u64::MAX);
        let _ = attributes.updated_at();
    }

    #[test]
    fn booleans_are_read_in_any_case() {
        let verified = |value: &str| {
            let read: Attributes =
                [("email_verified", value), ("phone_number_verified", value)].into_iter().collect();
            assert_eq!(read.email_verified(), read.phone_number_verified());
            read.email_verified()
        };
        for (text, expected) in [
            ("true", Some(true)),
            ("True", Some(true)),
            ("TRUE", Some(true)),
            ("False", Some(false)),
            ("FALSE", Some(false)),
            ("1", None),
            ("", None),
        ] {
            assert_eq!(verified(text), expected, "{text}");
        }
    }

    #[test]
    fn changes_hold_only_the_differences() {
        let read: Attributes = [("a", "1"), ("b", "2"), ("c", "3")].into_iter().collect();
        assert!(read.changes(&read).is_empty());
        let wanted: Attributes = [("a", "1"), ("b", "0"), ("d", "")].into_iter().collect();
        let changes = wanted.changes(&read);
        assert_eq!(changes.set().iter().collect::<Vec<_>>(), [("b", "0"), ("d", "")]);
        assert_eq!(changes.removed(), ["c"]);
        let mut made = read;
        made.extend(changes.set().iter());
        changes.removed().iter().for_each(|name| drop(made.remove(name)));
        assert_eq!(made, wanted);
    }

    #[test]
    fn values_are_not_printed() {
        let mut attributes = Attributes::new();
        attributes.set("email", "planted@example.com");
        let changes = attributes.changes(&Attributes::new());
        let printed = format!("{attributes:?}{attributes:#?}{changes:?}{changes:#?}");
        assert!(printed.contains("email") && !printed.contains("planted"), "{printed}");
    }
}
