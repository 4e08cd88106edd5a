//! Attributes as they were read, and as they are wanted.

use crate::attributes::{AttributeChanges, Attributes};

/// Attributes as they were read, and as they are wanted.
#[derive(Clone)]
pub(crate) struct Profile {
    read: Attributes,
    wanted: Attributes,
}

impl Profile {
    pub(crate) fn new(read: Attributes) -> Self {
        Self { wanted: read.clone(), read }
    }

    pub(crate) fn wanted(&self) -> &Attributes {
        &self.wanted
    }

    pub(crate) fn wanted_mut(&mut self) -> &mut Attributes {
        &mut self.wanted
    }

    pub(crate) fn changes(&self) -> AttributeChanges {
        self.wanted.changes(&self.read)
    }

    /// New values were sent; names that are gone were not.
    pub(crate) fn saved_values(&mut self) {
        self.read.extend(self.wanted.clone());
    }

    /// Everything was sent.
    pub(crate) fn saved(&mut self) {
        self.read = self.wanted.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_not_sent_again() {
        let mut profile = Profile::new([("a", "1"), ("b", "2")].into_iter().collect());
        profile.wanted_mut().set("a", "0");
        profile.wanted_mut().remove("b");
        profile.saved_values();
        let left = profile.changes();
        assert!(left.set().is_empty());
        assert_eq!(left.removed(), ["b"]);
        profile.saved();
        assert!(profile.changes().is_empty());
    }
}
