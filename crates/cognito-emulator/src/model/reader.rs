//! Validation of requests: from JSON to a type, or to a list of all violations.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::model::error::ServiceError;
use crate::model::serialization::{scalar, wrong_type};
use crate::model::shape::{Kind, Member, Shape};
use crate::model::violations::{Place, Violations};

/// Parses the body of a request; an empty body is an empty request.
pub(crate) fn parse(body: &[u8]) -> Result<Value, ServiceError> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    // The service's message for invalid JSON is not known.
    serde_json::from_slice(body).map_err(|error| ServiceError::serialization(error.to_string()))
}

/// Returns the members of a request that its shape has, without nulls.
///
/// # Errors
///
/// Returns `SerializationException` for a wrong JSON type, and `InvalidParameterException` with all
/// violated constraints.
pub(crate) fn fit(shape: &Shape, value: Value) -> Result<Value, ServiceError> {
    Reader::default().read(shape, value)
}

/// Like [`fit`], but rejects unknown members instead of ignoring them.
pub(crate) fn fit_known(shape: &Shape, value: Value) -> Result<Value, ServiceError> {
    Reader { rejects_unknown: true, ..Reader::default() }.read(shape, value)
}

/// Deserializes a valid request into a type whose fields are members of the shape. Required members
/// are fields without `Option`.
pub(crate) fn typed<R: DeserializeOwned>(fitting: Value) -> Result<R, ServiceError> {
    // The type does not match its shape, which is a defect.
    serde_json::from_value(fitting).map_err(|error| ServiceError::internal(error.to_string()))
}

/// Validates a string that the model does not constrain: an entry of a map, or a member that the
/// settings of the pool require.
pub(crate) fn check_text(
    member: &str,
    shape: &Shape,
    text: Option<&str>,
) -> Result<(), ServiceError> {
    let mut violations = Violations::default();
    let place = Place::REQUEST.member(member, shape);
    match text {
        Some(text) => violations.check(shape, &text.into(), &place),
        None => violations.add_missing(&place),
    }
    violations.into_result()
}

/// A validation, which stops at the first wrong type and collects violations.
#[derive(Default)]
struct Reader {
    violations: Violations,
    rejects_unknown: bool,
}

impl Reader {
    fn read(mut self, shape: &Shape, value: Value) -> Result<Value, ServiceError> {
        let fitting = self.value(shape, value, &Place::REQUEST)?;
        self.violations.into_result()?;
        Ok(fitting)
    }

    fn value(
        &mut self,
        shape: &Shape,
        value: Value,
        place: &Place<'_>,
    ) -> Result<Value, ServiceError> {
        match (&shape.kind, value) {
            (Kind::Structure(members), Value::Object(given)) => {
                self.structure(members, given, place)
            }
            (Kind::List(item, _), Value::Array(items)) => self.list(shape, item, items, place),
            (Kind::Map(key, entry, _), Value::Object(entries)) => {
                self.map(shape, (key, entry), entries, place)
            }
            (Kind::Structure(_) | Kind::List(..) | Kind::Map(..), value) => {
                Err(wrong_type(shape, &value))
            }
            // In a seed file a string for a Boolean is a mistake, and must not become true.
            (Kind::Boolean, value @ Value::String(_)) if self.rejects_unknown => {
                Err(wrong_type(shape, &value))
            }
            (_, value) => {
                let value = scalar(shape, value)?;
                self.violations.check(shape, &value, place);
                Ok(value)
            }
        }
    }

    /// The service lists the violations of the last member first: amazon-cognito-identity-js#388
    /// has `password` before `username`, aws-sdk-java-v2#5528 `logoutURLs` before `callbackURLs`.
    fn structure(
        &mut self,
        members: &[Member],
        mut given: Map<String, Value>,
        place: &Place<'_>,
    ) -> Result<Value, ServiceError> {
        let mut fitting = Map::new();
        for Member { name, required, shape } in members.iter().rev() {
            let place = place.member(name, shape);
            match given.remove(*name).filter(|value| !value.is_null()) {
                Some(value) => {
                    fitting.insert((*name).to_owned(), self.value(shape, value, &place)?);
                }
                None if *required => self.violations.add_missing(&place),
                None => {}
            }
        }
        match given.keys().next() {
            Some(name) if self.rejects_unknown => Err(unknown_member(name, place)),
            _ => Ok(Value::Object(fitting)),
        }
    }

    fn list(
        &mut self,
        shape: &Shape,
        item: &Shape,
        mut items: Vec<Value>,
        place: &Place<'_>,
    ) -> Result<Value, ServiceError> {
        items.retain(|item| !item.is_null());
        if item.is_scalar() {
            let items = items.into_iter().map(|value| scalar(item, value));
            let list = items.collect::<Result<Value, _>>()?;
            self.violations.check(shape, &list, place);
            let parts = list.as_array().into_iter().flatten();
            self.violations.check_parts(("Member", item), parts, (&list, place));
            return Ok(list);
        }
        let list = Value::Array(items);
        self.violations.check(shape, &list, place);
        let Value::Array(items) = list else { return Ok(list) };
        let fit = |(index, value)| self.value(item, value, &place.item(index, item));
        items.into_iter().enumerate().map(fit).collect()
    }

    fn map(
        &mut self,
        shape: &Shape,
        (key, entry): (&Shape, &Shape),
        mut entries: Map<String, Value>,
        place: &Place<'_>,
    ) -> Result<Value, ServiceError> {
        entries.retain(|_, value| !value.is_null());
        if entry.is_scalar() {
            let fit = |(key, value)| Ok::<_, ServiceError>((key, scalar(entry, value)?));
            entries = entries.into_iter().map(fit).collect::<Result<_, _>>()?;
        }
        let keys: Vec<Value> = entries.keys().cloned().map(Value::String).collect();
        let map = Value::Object(entries);
        self.violations.check(shape, &map, place);
        self.violations.check_parts(("Map keys", key), keys.iter(), (&map, place));
        let values = map.as_object().into_iter().flat_map(Map::values);
        if entry.is_scalar() {
            self.violations.check_parts(("Map value", entry), values, (&map, place));
            return Ok(map);
        }
        let Value::Object(entries) = map else { return Ok(map) };
        let fit = |(name, value): (String, Value)| {
            let value = self.value(entry, value, &place.entry(&name, entry))?;
            Ok((name, value))
        };
        entries.into_iter().map(fit).collect()
    }
}

fn unknown_member(name: &str, place: &Place<'_>) -> ServiceError {
    let path = place.to_string();
    let of = if path.is_empty() { path } else { format!(" in {path}") };
    ServiceError::invalid_parameter(format!("There is no member {name}{of}."))
}
