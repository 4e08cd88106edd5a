//! Errors of attributes.

use std::fmt;

use serde::{de, ser};

/// A failed conversion between attributes and a type. It names the attribute, never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributeError {
    /// An attribute that the type requires is missing.
    #[error("the attribute {name} is missing")]
    Missing {
        /// The attribute.
        name: String,
    },
    /// An attribute that the type does not have, although the type denies unknown fields.
    #[error("the attribute {name} is not known")]
    Unknown {
        /// The attribute.
        name: String,
    },
    /// The text of an attribute does not parse as the type of its field, such as a number.
    #[error("the attribute {name} is not of its field's type")]
    Unreadable {
        /// The attribute.
        name: String,
    },
    /// A field cannot be written as text: a list, a structure, bytes.
    #[error("the attribute {name} cannot be a text")]
    Unwritable {
        /// The attribute.
        name: String,
    },
    /// Two attributes would have the same name.
    #[error("two attributes are named {name}")]
    Ambiguous {
        /// The name.
        name: String,
    },
    /// The type is neither a structure nor a map with text keys.
    #[error("the type has no named fields")]
    NotAttributes,
}

impl AttributeError {
    /// Returns the name of the attribute that caused the error.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Missing { name }
            | Self::Unknown { name }
            | Self::Unreadable { name }
            | Self::Unwritable { name }
            | Self::Ambiguous { name } => Some(name),
            Self::NotAttributes => None,
        }
    }
}

/// Drops the messages of serde and of types, which may quote values.
impl de::Error for AttributeError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::NotAttributes
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Missing { name: name.to_owned() }
    }

    fn unknown_field(name: &str, _: &'static [&'static str]) -> Self {
        Self::Unknown { name: name.to_owned() }
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::Ambiguous { name: name.to_owned() }
    }
}

impl ser::Error for AttributeError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::NotAttributes
    }
}
