//! Violated constraints of a request, with the messages of the service.

use std::fmt;

use serde_json::Value;

use crate::model::error::ServiceError;
use crate::model::pattern::Pattern;
use crate::model::shape::{Kind, Limits, Shape};

/// The path of a value in a request, which is formatted only when it is needed.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    parent: Option<&'a Self>,
    step: Step<'a>,
    /// True if the value or a parent is sensitive.
    pub(super) hidden: bool,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Request,
    Member(&'a str),
    Item(usize),
    /// A value of a map by its key.
    Entry(&'a str),
}

impl<'a> Place<'a> {
    /// The request itself.
    pub(super) const REQUEST: Self = Place { parent: None, step: Step::Request, hidden: false };

    pub(super) fn member(&'a self, name: &'a str, shape: &Shape) -> Self {
        self.below(Step::Member(name), shape)
    }

    /// Returns the path of a list entry, counted from zero.
    pub(super) fn item(&'a self, index: usize, shape: &Shape) -> Self {
        self.below(Step::Item(index), shape)
    }

    pub(super) fn entry(&'a self, key: &'a str, shape: &Shape) -> Self {
        self.below(Step::Entry(key), shape)
    }

    fn below(&'a self, step: Step<'a>, shape: &Shape) -> Self {
        Self { parent: Some(self), step, hidden: self.hidden || shape.sensitive }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent.filter(|parent| !matches!(parent.step, Step::Request)) {
            write!(f, "{parent}.")?;
        }
        match self.step {
            Step::Request => Ok(()),
            Step::Member(name) => {
                // Only the first letter is lower case, as in `sMSMessage` and `cSS`.
                let mut letters = name.chars();
                letters
                    .next()
                    .map_or(Ok(()), |first| write!(f, "{}", first.to_ascii_lowercase()))?;
                f.write_str(letters.as_str())
            }
            Step::Item(index) => write!(f, "{}.member", index.saturating_add(1)),
            Step::Entry(key) => write!(f, "{key}.member"),
        }
    }
}

/// A constraint of the model on a value.
pub(super) enum Constraint {
    AtMost(Measure, i64),
    AtLeast(Measure, i64),
    Matches(&'static Pattern),
    OneOf(&'static [&'static str]),
}

/// The limited measure.
#[derive(Clone, Copy)]
pub(super) enum Measure {
    /// The length of the decoded base64.
    Bytes,
    Length,
    Value,
}

impl Measure {
    fn of(self, value: &Value) -> i64 {
        let length = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        match (self, value) {
            (Self::Bytes, Value::String(text)) => length(decoded_length(text)),
            (_, Value::String(text)) => length(text.chars().count()),
            (_, Value::Array(items)) => length(items.len()),
            (_, Value::Object(entries)) => length(entries.len()),
            (_, Value::Number(number)) => number.as_i64().unwrap_or_default(),
            (_, Value::Null | Value::Bool(_)) => 0,
        }
    }
}

fn decoded_length(base64: &str) -> usize {
    let padding = base64.bytes().rev().take_while(|byte| *byte == b'=').count();
    (base64.len() / 4 * 3).saturating_sub(padding)
}

impl Constraint {
    /// Returns the constraints of a shape, in the order of messages.
    pub(super) fn of(shape: &Shape) -> Vec<Self> {
        match &shape.kind {
            Kind::Blob(limits) => Self::limits(Measure::Bytes, *limits),
            Kind::List(_, limits) | Kind::Map(_, _, limits) => {
                Self::limits(Measure::Length, *limits)
            }
            Kind::Text(limits, pattern) => {
                let mut constraints = Self::limits(Measure::Length, *limits);
                constraints.extend(pattern.map(Self::Matches));
                constraints
            }
            Kind::Integer(limits) => Self::limits(Measure::Value, *limits),
            Kind::Enum(values) => vec![Self::OneOf(values)],
            Kind::Boolean | Kind::Document | Kind::Structure(_) | Kind::Timestamp => Vec::new(),
        }
    }

    fn limits(measure: Measure, limits: Limits) -> Vec<Self> {
        let max = limits.max.map(|max| Self::AtMost(measure, max));
        max.into_iter().chain(limits.min.map(|min| Self::AtLeast(measure, min))).collect()
    }

    pub(super) fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::AtMost(measure, max), value) => measure.of(value) <= *max,
            (Self::AtLeast(measure, min), value) => measure.of(value) >= *min,
            (Self::Matches(pattern), Value::String(text)) => pattern.matches(text),
            (Self::OneOf(values), Value::String(text)) => values.contains(&text.as_str()),
            _ => true,
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(measure, max) => {
                write!(f, "Member must have {measure} less than or equal to {max}")
            }
            Self::AtLeast(measure, min) => {
                write!(f, "Member must have {measure} greater than or equal to {min}")
            }
            Self::Matches(pattern) => {
                write!(f, "Member must satisfy regular expression pattern: {}", pattern.text())
            }
            Self::OneOf(values) => {
                write!(f, "Member must satisfy enum value set: [{}]", values.join(", "))
            }
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes | Self::Length => "length",
            Self::Value => "value",
        })
    }
}

/// The violations of a request.
#[derive(Default)]
pub(super) struct Violations {
    texts: Vec<String>,
    /// The number of violations by blank strings, about which the settings of the pool decide.
    of_blank: usize,
}

impl Violations {
    /// Records each constraint that a value violates.
    pub(super) fn check(&mut self, shape: &Shape, value: &Value, place: &Place<'_>) {
        for constraint in Constraint::of(shape) {
            if !constraint.holds(value) {
                self.of_blank += usize::from(shape.blank && *value == "");
                self.add(&shown(shape, value), place, &constraint);
            }
        }
    }

    /// Records violations by the parts of a list or map once. The service reports them for the
    /// whole, with every constraint of the part: aws-sdk-java-v2#5528.
    pub(super) fn check_parts<'v>(
        &mut self,
        (subject, part): (&str, &Shape),
        mut parts: impl Iterator<Item = &'v Value>,
        (whole, place): (&Value, &Place<'_>),
    ) {
        let constraints = Constraint::of(part);
        if parts.all(|part| constraints.iter().all(|constraint| constraint.holds(part))) {
            return;
        }
        let constraints: Vec<String> = constraints.iter().map(Constraint::to_string).collect();
        let all = format!("{subject} must satisfy constraint: [{}]", constraints.join(", "));
        let hidden = Place { hidden: place.hidden || part.sensitive, ..*place };
        self.add(&quoted(whole), &hidden, &all);
    }

    /// Records a missing required member.
    pub(super) fn add_missing(&mut self, place: &Place<'_>) {
        self.add("null", place, &"Member must not be null");
    }

    fn add(&mut self, value: &str, place: &Place<'_>, constraint: &dyn fmt::Display) {
        let value = if place.hidden || value.is_empty() { "" } else { &format!(" {value}") };
        let text = format!("Value{value} at '{place}' failed to satisfy constraint: {constraint}");
        self.texts.push(text);
    }

    /// Returns the error with all violations, if there are any.
    ///
    /// A blank password is listed together with other violations (amazon-cognito-identity-js#388),
    /// and passes alone.
    pub(super) fn into_result(self) -> Result<(), ServiceError> {
        let errors = match self.texts.len() {
            count if count == self.of_blank => return Ok(()),
            1 => "1 validation error".to_owned(),
            count => format!("{count} validation errors"),
        };
        Err(ServiceError::invalid_parameter(format!(
            "{errors} detected: {}",
            self.texts.join("; ")
        )))
    }
}

/// Returns a value in quotes, or nothing.
fn shown(shape: &Shape, value: &Value) -> String {
    match (&shape.kind, value) {
        // The format of other services.
        (Kind::Blob(_), Value::String(text)) => {
            let length = decoded_length(text);
            format!("'java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]'")
        }
        _ => quoted(value),
    }
}

/// Returns a value in Java's format. Structures are not shown, because Java prints their memory
/// addresses.
fn quoted(value: &Value) -> String {
    let text = match value {
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(scalar).collect();
            items.map(|items| format!("[{}]", items.join(", ")))
        }
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| Some(format!("{key}={}", scalar(value)?));
            let entries: Option<Vec<String>> = entries.iter().map(entry).collect();
            entries.map(|entries| format!("{{{}}}", entries.join(", ")))
        }
        value => scalar(value),
    };
    text.map(|text| format!("'{text}'")).unwrap_or_default()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
        value => Some(value.to_string()),
    }
}
