//! Mapping between attribute names of the application and of the pool.

use std::collections::BTreeMap;

use super::{AttributeError, Attributes};

/// A mapping from attribute names of the application to those of the pool.
///
/// Attributes that are not in the mapping keep their name.
///
/// ```
/// # mod cognito { pub use cognito_core as account; }
/// use cognito::account::{AttributeNames, Attributes};
///
/// let names = AttributeNames::new([("mail", "email"), ("plan", "custom:plan")])?;
/// let ours = Attributes::from_iter([("mail", "a@b.io"), ("plan", "pro"), ("locale", "en")]);
///
/// let theirs = names.to_pool(&ours)?;
/// assert_eq!(theirs.email(), Some("a@b.io"));
/// assert_eq!(theirs.custom("plan"), Some("pro"));
/// assert_eq!(theirs.locale(), Some("en"));
/// assert_eq!(names.to_application(&theirs)?, ours);
/// # Ok::<(), cognito_core::AttributeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeNames {
    to_pool: BTreeMap<String, String>,
    to_application: BTreeMap<String, String>,
}

impl AttributeNames {
    /// Creates a mapping from pairs: the application's name, the pool's name.
    ///
    /// # Errors
    ///
    /// [`Ambiguous`](AttributeError::Ambiguous) for a name that occurs twice on one side.
    pub fn new<A, P>(pairs: impl IntoIterator<Item = (A, P)>) -> Result<Self, AttributeError>
    where
        A: Into<String>,
        P: Into<String>,
    {
        let mut names = Self::default();
        for (ours, theirs) in pairs {
            let (ours, theirs) = (ours.into(), theirs.into());
            if names.to_pool.insert(ours.clone(), theirs.clone()).is_some() {
                return Err(AttributeError::Ambiguous { name: ours });
            }
            if names.to_application.insert(theirs.clone(), ours).is_some() {
                return Err(AttributeError::Ambiguous { name: theirs });
            }
        }
        Ok(names)
    }

    /// Returns the attributes with the pool's names.
    ///
    /// # Errors
    ///
    /// [`Ambiguous`](AttributeError::Ambiguous) when two attributes would get the same name.
    pub fn to_pool(&self, attributes: &Attributes) -> Result<Attributes, AttributeError> {
        renamed(attributes, &self.to_pool)
    }

    /// Returns the attributes with the application's names.
    ///
    /// # Errors
    ///
    /// [`Ambiguous`](AttributeError::Ambiguous) when two attributes would get the same name.
    pub fn to_application(&self, attributes: &Attributes) -> Result<Attributes, AttributeError> {
        renamed(attributes, &self.to_application)
    }
}

fn renamed(
    attributes: &Attributes,
    table: &BTreeMap<String, String>,
) -> Result<Attributes, AttributeError> {
    let mut renamed = Attributes::new();
    for (name, value) in attributes.iter() {
        let name = table.get(name).map_or(name, String::as_str);
        if renamed.get(name).is_some() {
            return Err(AttributeError::Ambiguous { name: name.to_owned() });
        }
        renamed.set(name, value);
    }
    Ok(renamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_swapped() {
        let names = AttributeNames::new([("name", "nickname"), ("nickname", "name")]).unwrap();
        let ours: Attributes = [("name", "Alice"), ("nickname", "al")].into_iter().collect();
        let theirs = names.to_pool(&ours).unwrap();
        assert_eq!((theirs.name(), theirs.nickname()), (Some("al"), Some("Alice")));
        assert_eq!(names.to_application(&theirs).unwrap(), ours);
    }

    #[test]
    fn names_that_collide_are_refused() {
        let ambiguous = |name: &str| AttributeError::Ambiguous { name: name.to_owned() };
        let twice = AttributeNames::new([("mail", "email"), ("post", "email")]);
        assert_eq!(twice.unwrap_err(), ambiguous("email"));
        let twice = AttributeNames::new([("mail", "email"), ("mail", "name")]);
        assert_eq!(twice.unwrap_err(), ambiguous("mail"));
        let names = AttributeNames::new([("mail", "email")]).unwrap();
        let both: Attributes = [("mail", "a@b.io"), ("email", "c@d.io")].into_iter().collect();
        assert_eq!(names.to_pool(&both).unwrap_err(), ambiguous("email"));
        assert_eq!(names.to_application(&both).unwrap_err(), ambiguous("mail"));
    }
}
