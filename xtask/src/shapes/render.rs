//! Rendering of the tables as Rust, sorted by name, so that a new model causes a small diff.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Model, Operation, Reference, Shape};

/// The kinds of shapes that the tables may import.
const KINDS: [&str; 10] = [
    "Blob",
    "Boolean",
    "Document",
    "Enum",
    "Integer",
    "List",
    "Map",
    "Structure",
    "Text",
    "Timestamp",
];

/// The other names that the tables may import.
const VOCABULARY: [&str; 12] = [
    "ANY",
    "Auth",
    "Operation",
    "Shape",
    "at_least",
    "at_most",
    "between",
    "optional",
    "or_blank",
    "required",
    "sensitive",
    "shape",
];

pub(super) fn tables(model: &Model, title: &str, version: &str) -> Result<String, String> {
    let tables = statics(model)?;
    let words: BTreeSet<&str> =
        tables.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let used = |names: &[&'static str]| {
        names.iter().copied().filter(|name| words.contains(name)).collect::<Vec<_>>().join(", ")
    };
    Ok(format!(
        "//! The requests of every operation of {title}.\n\
         //!\n\
         //! Written by `cargo xtask shapes` from the service model in botocore {version}; not \
         edited by hand.\n\n\
         use super::pattern::Pattern;\n\
         use super::shape::Kind::{{{}}};\n\
         use super::shape::{{{}}};\n{tables}",
        used(&KINDS),
        used(&VOCABULARY)
    ))
}

/// Returns the tables without their imports.
fn statics(model: &Model) -> Result<String, String> {
    let used = used_shapes(model)?;
    let patterns = patterns(&used);
    let mut text = String::new();
    let count = model.operations.len();
    let operations: Vec<String> =
        model.operations.iter().map(|(name, operation)| self::operation(name, operation)).collect();
    text += &format!(
        "\n/// Every operation, in alphabetical order.\n\
         pub(crate) static OPERATIONS: [Operation; {count}] = [{}];\n\n",
        operations.concat()
    );
    for ((pattern, matched_by), name) in &patterns {
        let pattern = match matched_by {
            None => format!("Pattern::new({})", raw(pattern)),
            Some(other) => format!("Pattern::matched_by({}, {})", raw(pattern), raw(other)),
        };
        text += &format!("static {name}: Pattern = {pattern};\n");
    }
    for (name, shape) in &used {
        let kind = kind(name, shape, &patterns)?;
        let wrap = if shape.sensitive { "sensitive" } else { "shape" };
        let mut value = format!("{wrap}({kind})");
        if shape.blank {
            value = format!("or_blank({value})");
        }
        text += &format!("\npub(crate) static {}: Shape = {value};\n", constant(name));
    }
    Ok(text)
}

/// Returns the shapes of requests and of their parts, by name.
fn used_shapes(model: &Model) -> Result<BTreeMap<&str, &Shape>, String> {
    let mut used = BTreeMap::new();
    let mut rest: Vec<&str> =
        model.operations.values().map(|operation| operation.input.shape.as_str()).collect();
    while let Some(name) = rest.pop() {
        let shape = model.shape(name)?;
        if used.insert(name, shape).is_none() {
            rest.extend(shape.parts());
        }
    }
    Ok(used)
}

/// Patterns, each with the pattern that values must match instead, and the names of their constants.
type Patterns<'a> = BTreeMap<(&'a str, Option<&'a str>), String>;

/// Returns each pattern once, with a constant that is named after its first shape.
fn patterns<'a>(used: &BTreeMap<&str, &'a Shape>) -> Patterns<'a> {
    let mut patterns = BTreeMap::new();
    for (name, shape) in used {
        if let Some(pattern) = &shape.pattern {
            let name = || constant(name.strip_suffix("Type").unwrap_or(name)) + "_PATTERN";
            let key = (pattern.as_str(), shape.matched_by.as_deref());
            patterns.entry(key).or_insert_with(name);
        }
    }
    patterns
}

fn operation(name: &str, operation: &Operation) -> String {
    let auth = if operation.authtype.as_deref() == Some("none") { "None" } else { "Iam" };
    let mut exceptions: Vec<&str> =
        operation.errors.iter().map(|error| error.shape.as_str()).collect();
    exceptions.sort_unstable();
    let input = constant(&operation.input.shape);
    format!(
        "Operation {{ name: {name:?}, auth: Auth::{auth}, input: &{input}, \
         exceptions: &{exceptions:?} }},"
    )
}

fn kind(name: &str, shape: &Shape, patterns: &Patterns<'_>) -> Result<String, String> {
    let part = |part: &Option<Reference>| match part {
        Some(part) => Ok(constant(&part.shape)),
        None => Err(format!("{name} has no shape for its elements")),
    };
    let limits = limits(shape.min, shape.max);
    Ok(match shape.kind.as_str() {
        "blob" => format!("Blob({limits})"),
        "boolean" => "Boolean".to_owned(),
        "integer" | "long" => format!("Integer({limits})"),
        "list" => format!("List(&{}, {limits})", part(&shape.member)?),
        "map" => format!("Map(&{}, &{}, {limits})", part(&shape.key)?, part(&shape.value)?),
        "string" if !shape.values.is_empty() => {
            format!("Enum(&{:?})", as_the_service_lists_them(&shape.values))
        }
        "string" => {
            let key = shape.pattern.as_deref().map(|text| (text, shape.matched_by.as_deref()));
            let pattern = key.and_then(|key| patterns.get(&key));
            let pattern = pattern.map_or("None".to_owned(), |name| format!("Some(&{name})"));
            format!("Text({limits}, {pattern})")
        }
        "structure" if shape.document => "Document".to_owned(),
        "structure" => format!("Structure(&[{}])", members(shape)),
        "timestamp" => "Timestamp".to_owned(),
        other => return Err(format!("{name} has the type {other}, which is not supported yet")),
    })
}

fn members(shape: &Shape) -> String {
    let members = shape.members.iter().map(|(name, member)| {
        let required = if shape.required.contains(name) { "required" } else { "optional" };
        format!("{required}({name:?}, &{}),", constant(&member.shape))
    });
    members.collect()
}

fn limits(min: Option<i64>, max: Option<i64>) -> String {
    match (min.map(grouped), max.map(grouped)) {
        (None, None) => "ANY".to_owned(),
        (Some(min), None) => format!("at_least({min})"),
        (None, Some(max)) => format!("at_most({max})"),
        (Some(min), Some(max)) => format!("between({min}, {max})"),
    }
}

/// Formats a number, with groups of three digits from ten thousand on.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let (first, rest) = digits.split_at((digits.len() - 1) % 3 + 1);
    let groups = rest.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group));
    groups.fold(first.to_owned(), |number, group| number + "_" + &group)
}

/// Sorts values as in the service's messages, which use the order of a Java hash table: by the
/// lowest bits of their hash codes, and within a bucket in reverse. Evidence: `[OPTIONAL, OFF, ON]`, and
/// the eight flows in media-insights-on-aws#199.
fn as_the_service_lists_them(values: &[String]) -> Vec<&str> {
    let mut buckets = 32;
    while values.len() * 4 > buckets * 3 {
        buckets *= 2;
    }
    let mut values: Vec<&str> = values.iter().rev().map(String::as_str).collect();
    values.sort_by_key(|value| java_hash_code(value) as usize % buckets);
    values
}

/// Computes `String.hashCode()` of Java.
fn java_hash_code(text: &str) -> u32 {
    let add = |hash: u32, unit: u16| hash.wrapping_mul(31).wrapping_add(unit.into());
    text.encode_utf16().fold(0, add)
}

/// Returns `USER_POOL_ID_TYPE` for `UserPoolIdType`, and `SMS_MFA_CONFIG_TYPE` for `SmsMfaConfigType`.
fn constant(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut constant = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let after_small = at > 0 && !letters[at - 1].is_ascii_uppercase();
        let before_small = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if at > 0 && letter.is_ascii_uppercase() && (after_small || before_small) {
            constant.push('_');
        }
        constant.push(letter.to_ascii_uppercase());
    }
    constant
}

fn raw(text: &str) -> String {
    if text.contains('"') { format!("r#\"{text}\"#") } else { format!("r\"{text}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_enumerations_are_in_the_order_of_captured_messages() {
        for (model, captured) in [
            ("OFF ON OPTIONAL", "OPTIONAL OFF ON"),
            ("code implicit client_credentials", "implicit client_credentials code"),
            (
                "ADMIN_NO_SRP_AUTH CUSTOM_AUTH_FLOW_ONLY USER_PASSWORD_AUTH \
                 ALLOW_ADMIN_USER_PASSWORD_AUTH ALLOW_CUSTOM_AUTH ALLOW_USER_PASSWORD_AUTH \
                 ALLOW_USER_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH",
                "ALLOW_CUSTOM_AUTH ADMIN_NO_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH \
                 ALLOW_USER_PASSWORD_AUTH ALLOW_USER_SRP_AUTH CUSTOM_AUTH_FLOW_ONLY \
                 USER_PASSWORD_AUTH ALLOW_ADMIN_USER_PASSWORD_AUTH",
            ),
        ] {
            let values: Vec<String> = model.split(' ').map(str::to_owned).collect();
            assert_eq!(as_the_service_lists_them(&values).join(" "), captured);
        }
    }

    #[test]
    fn constants_are_split_at_words() {
        assert_eq!(constant("UserPoolIdType"), "USER_POOL_ID_TYPE");
        assert_eq!(constant("SoftwareTokenMFAUserCodeType"), "SOFTWARE_TOKEN_MFA_USER_CODE_TYPE");
        assert_eq!(constant("GetCSVHeaderRequest"), "GET_CSV_HEADER_REQUEST");
        assert_eq!(constant("S3ArnType"), "S3_ARN_TYPE");
    }

    #[test]
    fn long_numbers_are_written_in_groups() {
        assert_eq!(
            ["60", "2048", "131072", "31556952"].map(|n| grouped(n.parse().unwrap())),
            ["60", "2048", "131_072", "31_556_952"]
        );
    }
}
