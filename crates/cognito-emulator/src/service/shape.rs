//! The shapes of requests that are kept: what the service model says of their members.

use serde_json::{Map, Value};

use super::constraint::Constraint;
use super::error::ApiError;

/// The members of a structure, such as a request.
pub(crate) type Members = Map<String, Value>;

/// What is read of a request that fits its shape.
pub(crate) trait Request {
    /// A text that must be there.
    fn text(&self, name: &str) -> &str;

    /// A text that may be there.
    fn optional_text(&self, name: &str) -> Option<&str>;
}

impl Request for Members {
    fn text(&self, name: &str) -> &str {
        self.optional_text(name).unwrap_or_default()
    }

    fn optional_text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
}

/// A member and its shape.
pub(crate) type Member = (&'static str, Shape);

/// What a value may be.
pub(crate) enum Shape {
    Boolean,
    /// From the one to the other.
    Integer(i64, i64),
    Text(&'static Constraint),
    /// One of these.
    Enum(&'static [&'static str]),
    /// Items, of which so many are wanted at least and allowed at most.
    List(&'static Self, [usize; 2]),
    /// Keys and values, of which so many are wanted at least and allowed at most.
    Map(&'static Constraint, &'static Self, [usize; 2]),
    /// The members that must be there, and all in groups.
    Structure(&'static [&'static str], &'static [&'static [Member]]),
    /// Any JSON.
    Document,
}

pub(crate) const ANY_NUMBER: [usize; 2] = [0, usize::MAX];

impl Shape {
    /// The members of a request that the shape knows, refused unless all of them fit.
    pub(crate) fn read(&self, given: Map<String, Value>) -> Result<Members, ApiError> {
        let mut broken = Broken::default();
        match (self.fit(Value::Object(given), "", &mut broken)?, broken.0.len()) {
            (Value::Object(members), 0) => Ok(members),
            (_, 1) => Err(broken.refusal("1 validation error")),
            (_, count) => Err(broken.refusal(&format!("{count} validation errors"))),
        }
    }

    /// Refuses members that none of these structures knows.
    pub(crate) fn check_known(shapes: &[&Self], given: &Members) -> Result<(), ApiError> {
        let knows = |shape: &Self, name: &str| match shape {
            Self::Structure(_, groups) => {
                groups.iter().copied().flatten().any(|(known, _)| *known == name)
            }
            _ => false,
        };
        let unknown = given.keys().find(|name| !shapes.iter().any(|shape| knows(shape, name)));
        unknown.map_or(Ok(()), |name| {
            Err(ApiError::invalid_parameter(format!("There is no member {name}.")))
        })
    }

    /// The value without members that the shape does not know. What it breaks is noted; only JSON
    /// of another type is refused at once.
    fn fit(&self, value: Value, path: &str, broken: &mut Broken) -> Result<Value, ApiError> {
        match (self, value) {
            (Self::Document, value) | (Self::Boolean, value @ Value::Bool(_)) => Ok(value),
            (Self::Integer(least, most), Value::Number(number)) => {
                let given = number.as_i64().ok_or_else(|| unlike("NUMBER_VALUE", "an Integer"))?;
                let what = beyond(given, *least, *most, "value");
                broken.note(&format!("Value '{given}'"), path, what);
                Ok(Value::Number(number))
            }
            (Self::Text(constraint), Value::String(text)) => {
                broken.note(&constraint.shown(&text), path, constraint.broken_by(&text));
                Ok(Value::String(text))
            }
            (Self::Enum(names), Value::String(text)) => {
                let set = || format!("Member must satisfy enum value set: [{}]", names.join(", "));
                let what = (!names.contains(&text.as_str())).then(set);
                broken.note(&format!("Value '{text}'"), path, what);
                Ok(Value::String(text))
            }
            (Self::List(item, size), Value::Array(items)) => {
                broken.note("Value", path, beyond_size(items.len(), *size));
                let numbered = items.into_iter().enumerate();
                let path = |index: usize| format!("{path}.{}.member", index.saturating_add(1));
                numbered.map(|(index, value)| item.fit(value, &path(index), broken)).collect()
            }
            (Self::Map(key, value, size), Value::Object(entries)) => {
                broken.note("Value", path, beyond_size(entries.len(), *size));
                fit_entries((key, value), entries, path, broken)
            }
            (Self::Structure(required, groups), Value::Object(given)) => {
                fit_members((required, groups), given, path, broken)
            }
            (_, value) => Err(unlike(kind(&value), self.wanted())),
        }
    }

    fn wanted(&self) -> &'static str {
        match self {
            Self::Boolean => "a Boolean",
            Self::Integer(..) => "an Integer",
            Self::Text(_) | Self::Enum(_) => "a String",
            Self::List(..) => "a list",
            Self::Map(..) | Self::Structure(..) | Self::Document => "a structure",
        }
    }
}

/// What a request breaks, as messages say it.
#[derive(Default)]
struct Broken(Vec<String>);

impl Broken {
    fn note(&mut self, shown: &str, path: &str, what: Option<String>) {
        let message = |what| format!("{shown} at '{path}' failed to satisfy constraint: {what}");
        self.0.extend(what.map(message));
    }

    fn refusal(&self, count: &str) -> ApiError {
        ApiError::invalid_parameter(format!("{count} detected: {}", self.0.join("; ")))
    }
}

fn fit_entries(
    (key, value): (&Constraint, &Shape),
    entries: Map<String, Value>,
    path: &str,
    broken: &mut Broken,
) -> Result<Value, ApiError> {
    let mut fit = |(name, entry): (String, Value)| {
        broken.note("Map keys", path, key.broken_by(&name));
        let entry = value.fit(entry, &format!("{path}.{name}"), broken)?;
        Ok((name, entry))
    };
    entries.into_iter().map(&mut fit).collect()
}

fn fit_members(
    (required, groups): (&[&str], &[&[Member]]),
    mut given: Map<String, Value>,
    path: &str,
    broken: &mut Broken,
) -> Result<Value, ApiError> {
    let mut fitting = Map::new();
    for (name, shape) in groups.iter().flat_map(|group| group.iter()) {
        let path = below(path, name);
        if let Some(value) = given.remove(*name) {
            fitting.insert((*name).to_owned(), shape.fit(value, &path, broken)?);
        } else if required.contains(name) {
            broken.note("Value null", &path, Some("Member must not be null".to_owned()));
        }
    }
    Ok(Value::Object(fitting))
}

/// The refusal of JSON of another type.
pub(crate) fn unlike(given: &str, wanted: &str) -> ApiError {
    ApiError::serialization(format!("{given} can not be converted to {wanted}"))
}

/// The name of a type of JSON in refusals.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    }
}

fn beyond<N: PartialOrd + std::fmt::Display>(
    given: N,
    least: N,
    most: N,
    what: &str,
) -> Option<String> {
    if given < least {
        Some(format!("Member must have {what} greater than or equal to {least}"))
    } else if given > most {
        Some(format!("Member must have {what} less than or equal to {most}"))
    } else {
        None
    }
}

fn beyond_size(given: usize, [least, most]: [usize; 2]) -> Option<String> {
    beyond(given, least, most, "length")
}

/// The path of a member: `policies.passwordPolicy.minimumLength`.
fn below(path: &str, name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let name: String = first.into_iter().chain(letters).collect();
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::service::constraint::POOL_NAME;

    const POLICY: Shape = Shape::Structure(&[], &[&[("MinimumLength", Shape::Integer(6, 99))]]);
    const POOL: Shape = Shape::Structure(
        &["PoolName"],
        &[
            &[("PoolName", Shape::Text(&POOL_NAME)), ("Policy", POLICY)],
            &[("Tiers", Shape::List(&Shape::Enum(&["LITE", "PLUS"]), [0, 2]))],
        ],
    );

    fn read(given: Value) -> Result<Value, String> {
        let Value::Object(given) = given else { unreachable!("a request is an object") };
        POOL.read(given).map(Value::Object).map_err(|error| error.message.into_owned())
    }

    #[test]
    fn what_fits_is_kept_and_what_is_unknown_dropped() {
        let fitting = json!({
            "PoolName": "a", "Policy": { "MinimumLength": 8 }, "Tiers": ["LITE"]
        });
        let mut given = fitting.clone();
        given["OfTheFuture"] = json!(1);
        given["Policy"]["OfTheFuture"] = json!([]);
        assert_eq!(read(given), Ok(fitting));
    }

    #[test]
    fn all_that_is_broken_is_told_with_its_path() {
        let given = json!({ "Policy": { "MinimumLength": 5 }, "Tiers": ["LITE", "FREE"] });
        assert_eq!(
            read(given).unwrap_err(),
            "3 validation errors detected: Value null at 'poolName' failed to satisfy constraint: \
             Member must not be null; Value '5' at 'policy.minimumLength' failed to satisfy \
             constraint: Member must have value greater than or equal to 6; Value 'FREE' at \
             'tiers.2.member' failed to satisfy constraint: Member must satisfy enum value set: \
             [LITE, PLUS]"
        );
    }

    #[test]
    fn json_of_another_type_is_no_request() {
        for (given, message) in [
            (json!({ "PoolName": 1 }), "NUMBER_VALUE can not be converted to a String"),
            (
                json!({ "PoolName": "a", "Policy": [] }),
                "START_ARRAY can not be converted to a structure",
            ),
            (
                json!({ "PoolName": "a", "Policy": { "MinimumLength": "8" } }),
                "STRING_VALUE can not be converted to an Integer",
            ),
        ] {
            assert_eq!(read(given).unwrap_err(), message);
        }
    }
}
