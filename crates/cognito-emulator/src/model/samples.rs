//! Valid requests for tests.

use serde_json::{Map, Value, json};

use crate::model::shape::{Kind, Shape};
use crate::model::violations::Constraint;

/// Strings, of which at least one matches each pattern of the tables.
const TEXTS: [&str; 24] = [
    "a",
    "abc",
    "123456",
    "a_0",
    "eu-west-1",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
    "tkn0000000000000000000000000",
    "Level1",
    "authenticated",
    "eu-west-1:0123abcd-0000-4000-8000-00000000000a",
    "terms-of-use",
    "privacy-policy",
    "cognito:default",
    "import-1",
    "a@example.com",
    "https://example.com",
    "a {####}",
    "{##link##}",
    "0123abcd-0000-4000-8000-00000000000a",
    "arn:aws:s3:::bucket",
    "arn:aws:iam::123456789012:role/a",
    "arn:aws:kms:eu-west-1:123456789012:key/a",
    "arn:aws:lambda:eu-west-1:123456789012:function:a",
    "long enough for any other minimum of the tables",
];

/// Returns the values of an enumeration, or nothing for another shape.
pub(crate) fn enumerated(shape: &Shape) -> &'static [&'static str] {
    match shape.kind {
        Kind::Enum(values) => values,
        _ => &[],
    }
}

/// The members of a sample.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Members {
    Required,
    /// All members, with the value at this index of each enumeration.
    All(usize),
}

impl Members {
    /// Returns the required members, and all members with every value of every enumeration.
    pub(crate) fn each() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Required).chain((0..MOST_VALUES).map(Self::All))
    }

    fn number(self) -> usize {
        match self {
            Self::Required => 0,
            Self::All(number) => number,
        }
    }
}

/// The length of the longest enumeration, which is ChallengeNameType.
const MOST_VALUES: usize = 16;

/// Returns a valid value of a shape.
pub(crate) fn sample(shape: &Shape, members: Members) -> Value {
    match &shape.kind {
        Kind::Blob(_) => json!("AAAA"),
        Kind::Boolean => json!(true),
        Kind::Document => json!({ "any": [null, 1] }),
        Kind::Enum(values) => {
            assert!(values.len() <= MOST_VALUES, "{values:?}");
            json!(values[members.number() % values.len()])
        }
        Kind::Integer(limits) => json!(limits.min.or(limits.max).unwrap_or(7)),
        Kind::List(item, _) => json!([sample(item, members)]),
        Kind::Map(key, value, _) => {
            let key = sample(key, members).as_str().unwrap().to_owned();
            json!({ key: sample(value, members) })
        }
        Kind::Structure(all) => {
            let all = all.iter().filter(|member| member.required || members != Members::Required);
            let pair = |(name, shape): (&str, _)| (name.to_owned(), sample(shape, members));
            let pairs = all.map(|member| pair((member.name, member.shape)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Kind::Text(..) => {
            let constraints = Constraint::of(shape);
            let fits = |text: &Value| constraints.iter().all(|constraint| constraint.holds(text));
            let mut texts = TEXTS.into_iter().map(Value::from);
            let pattern = constraints.last().map(Constraint::to_string);
            texts.find(fits).unwrap_or_else(|| panic!("no text for {pattern:?}"))
        }
        Kind::Timestamp => json!(1_700_000_000.5),
    }
}
