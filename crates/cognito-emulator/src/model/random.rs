//! Random requests for tests, with mostly valid values.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};

use crate::model::samples::{Members, sample};
use crate::model::shape::{Kind, Limits, Member, Shape};

/// Strings that parsers and comparisons treat specially.
const TEXTS: [&str; 20] = [
    "",
    " ",
    "a",
    "\0",
    "\r\n",
    "\u{feff}",
    "\u{202e}a",
    "é",
    "👩‍👩‍👧",
    "-1",
    "1e999",
    "18446744073709551616",
    "true",
    "null",
    "[[[[",
    "{\"a\":",
    "%00",
    "../..",
    "<a href='",
    "email ^= \"",
];

/// Values of earlier responses, by member name.
pub(crate) type Known = BTreeMap<String, Vec<Value>>;

/// A deterministic source of requests for a seed.
pub(crate) struct RandomValues(StdRng);

impl RandomValues {
    pub(crate) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.random_range(..end)
    }

    fn one_of<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())].clone()
    }

    /// Returns a value of a shape. One of 40 values is invalid.
    pub(crate) fn value(&mut self, shape: &Shape, known: &Known) -> Value {
        if self.below(40) == 0 {
            return self.other();
        }
        match &shape.kind {
            Kind::Blob(_) => json!(self.one_of(&["AAAA", "", "!", "AA==", "/w"])),
            Kind::Boolean => json!(self.below(2) == 0),
            Kind::Document => json!({ "a": { "b": [self.text(), null, 1e300] }, "": {} }),
            Kind::Enum(values) => json!(self.one_of(values)),
            Kind::Integer(limits) => self.integer(*limits),
            Kind::List(item, _) => {
                let length = self.one_of(&[0, 1, 1, 1, 2, 3, 60]);
                (0..length).map(|_| self.value(item, known)).collect()
            }
            Kind::Map(key, value, _) => self.map(key, value, known),
            Kind::Structure(members) => self.structure(members, known),
            Kind::Text(..) if self.below(10) > 0 => sample(shape, Members::Required),
            Kind::Text(..) => json!(self.text()),
            Kind::Timestamp => json!(self.one_of(&[0.0, -1.0, 1.7e9, 253_402_300_800.0, 1e300])),
        }
    }

    fn structure(&mut self, members: &[Member], known: &Known) -> Value {
        let mut object = Map::new();
        for member in members {
            let is_left_out = if member.required { self.below(40) == 0 } else { self.below(3) > 0 };
            if is_left_out {
                continue;
            }
            let value = match known.get(member.name) {
                Some(values) if self.below(10) > 0 => self.one_of(values),
                _ => self.value(member.shape, known),
            };
            object.insert(member.name.to_owned(), value);
        }
        Value::Object(object)
    }

    fn map(&mut self, key: &Shape, value: &Shape, known: &Known) -> Value {
        let mut object = Map::new();
        let names: Vec<&String> = known.keys().collect();
        for _ in 0..self.below(5) {
            // Keys such as USERNAME are not part of a shape.
            let name = match self.below(4) {
                0 => self.value(key, known).as_str().unwrap_or_default().to_owned(),
                _ => self.one_of(&names).clone(),
            };
            let value = match known.get(&name) {
                Some(values) if self.below(10) > 0 => self.one_of(values),
                _ => self.value(value, known),
            };
            object.insert(name, value);
        }
        Value::Object(object)
    }

    fn integer(&mut self, limits: Limits) -> Value {
        let (min, max) = (limits.min.unwrap_or(0), limits.max.unwrap_or(i64::MAX));
        let beyond = [min.saturating_sub(1), max.saturating_add(1), i64::MIN];
        match self.below(10) {
            0 => json!(self.one_of(&beyond)),
            _ => json!(self.one_of(&[min, max, min.saturating_add(1).min(max)])),
        }
    }

    fn text(&mut self) -> String {
        let text = self.one_of(&TEXTS);
        text.repeat(self.one_of(&[1, 1, 1, 2, 300]))
    }

    /// Returns a value of any type.
    fn other(&mut self) -> Value {
        let text = json!(self.text());
        let others =
            [json!(null), json!([]), json!({}), json!(-1), json!(1e300), json!([[]]), text];
        self.one_of(&others)
    }
}
