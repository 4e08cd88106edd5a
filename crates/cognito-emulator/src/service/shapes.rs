//! The shapes of the requests that configure pools, as the service model has them.

pub(crate) mod clients;
pub(crate) mod pools;
pub(crate) mod providers;
pub(crate) mod records;

use super::constraint::{Constraint, every, is_visible, is_word};
use super::shape::Shape;

pub(crate) use super::shape::ANY_NUMBER;

/// What the model says of every text that it says no more of.
const STRING: Constraint = Constraint::new("string", 0, 131_072, "", |_| true);
const ARN: Constraint = Constraint::new("arn", 20, 2048, ARN_PATTERN, is_arn);
const TAG_KEY: Constraint = Constraint::new("key", 1, 128, "", |_| true);
const TAG_VALUE: Constraint = Constraint::new("value", 0, 256, "", |_| true);
const REGION: Constraint = Constraint::new("region", 5, 32, "", |_| true);
const URL: Constraint =
    Constraint::new("url", 1, 1024, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", |url| every(url, is_visible));
const NEXT_TOKEN: Constraint =
    Constraint::new("nextToken", 1, 131_072, r"[\S]+", |token| every(token, is_visible));

const ARN_PATTERN: &str = r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?";

const TAGS: Shape = Shape::Map(&TAG_KEY, &Shape::Text(&TAG_VALUE), [0, 50]);

fn is_arn(text: &str) -> bool {
    let is_part = |part: &str| every(part, |c| is_word(c) || "+=/,.@-".contains(c));
    let parts: Vec<&str> = text.split(':').collect();
    let [scheme, partition, service, region, account, resource @ ..] = parts.as_slice() else {
        return false;
    };
    *scheme == "arn"
        && [partition, service].into_iter().all(|part| is_part(part))
        && (region.is_empty() || is_part(region))
        && every(account, |c| c.is_ascii_digit())
        && (1..=3).contains(&resource.len())
        && resource.iter().all(|part| is_part(part))
}

/// Levels of assurance, by their names in the pool.
const ACR_LEVEL: Constraint = Constraint::new("level", 0, 131_072, "Level[1-4]", |level| {
    ["Level1", "Level2", "Level3", "Level4"].contains(&level)
});
const ACR_VALUE: Constraint =
    Constraint::new("acrValue", 1, 64, r"[\x21\x23-\x5B\x5D-\x7E]+", is_scope);
const SCOPE: Constraint = Constraint::new("scope", 1, 256, r"[\x21\x23-\x5B\x5D-\x7E]+", is_scope);

/// Text of which scopes can be made.
fn is_scope(text: &str) -> bool {
    every(text, |c| c.is_ascii_graphic() && c != '"' && c != '\\')
}

/// Text in which there are letters, marks, signs, digits and white space.
fn is_prose(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || c.is_whitespace())
}
