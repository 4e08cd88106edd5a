//! Parts of a job that is divided among several programs.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One of the n parts of a job that n programs run concurrently, such as `2/3`.
///
/// Each user is in exactly one of the n parts, in every run and on every machine. The parts of a
/// [`MassChange`](crate::MassChange) and an [`Import`](crate::Import) are chosen by a hash of the
/// user name in the input, those of an [`Export`](crate::Export) by the first digit of the user's
/// id. Parts have about the same size.
///
/// Limit each program to the n-th part of the request rates, with
/// [`QuotaBuilder::workers`](crate::QuotaBuilder::workers), or share them through Redis.
///
/// ```
/// # mod cognito { pub mod bulk { pub use cognito_bulk::*; } }
/// use cognito::bulk::{JobShard, Quota};
///
/// let shard: JobShard = "2/3".parse().unwrap();
/// let quota = Quota::builder().workers(shard.count()).build();
/// assert_eq!((shard.number(), shard.to_string()), (2, "2/3".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobShard {
    number: NonZeroU32,
    count: NonZeroU32,
}

/// The error for a text or numbers that do not denote a part of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shard has the form 2/3: its number, from 1, and the number of shards")]
pub struct InvalidJobShard;

impl JobShard {
    /// Creates a part from its number, starting at 1, and the number of parts.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidJobShard`] if the number is 0 or larger than the number of parts.
    pub fn new(number: u32, count: u32) -> Result<Self, InvalidJobShard> {
        let (Some(number), Some(count)) = (NonZeroU32::new(number), NonZeroU32::new(count)) else {
            return Err(InvalidJobShard);
        };
        if number > count { Err(InvalidJobShard) } else { Ok(Self { number, count }) }
    }

    /// Returns the number of the part, from 1.
    pub fn number(&self) -> u32 {
        self.number.get()
    }

    /// Returns the number of all parts.
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// Returns whether the part contains the user with this name.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        let digest = Sha256::digest(name);
        let hash = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
        hash % u64::from(self.count.get()) == u64::from(self.number.get().saturating_sub(1))
    }

    /// Adds the part to the settings that a resumed run has to share.
    pub(crate) fn add_to(shard: Option<Self>, settings: &mut Value) {
        if let (Some(shard), Some(settings)) = (shard, settings.as_object_mut()) {
            settings.insert("shard".to_owned(), String::from(shard).into());
        }
    }

    /// Returns whether the part contains the ids with this first digit, which is one of `digits`
    /// digits. Each part has consecutive digits, so that its ids are all smaller than those of the
    /// next part.
    pub(crate) fn has_digit(&self, digit: usize, digits: usize) -> bool {
        let [digit, digits] =
            [digit, digits].map(|number| u64::try_from(number).unwrap_or(u64::MAX));
        let part = digit.saturating_mul(u64::from(self.count.get())) / digits.max(1);
        part == u64::from(self.number.get().saturating_sub(1))
    }
}

impl FromStr for JobShard {
    type Err = InvalidJobShard;

    fn from_str(text: &str) -> Result<Self, InvalidJobShard> {
        let (number, count) = text.split_once('/').ok_or(InvalidJobShard)?;
        let parsed = |digits: &str| {
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| is_number).ok_or(InvalidJobShard)
        };
        Self::new(parsed(number)?, parsed(count)?)
    }
}

impl fmt::Display for JobShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl TryFrom<String> for JobShard {
    type Error = InvalidJobShard;

    fn try_from(text: String) -> Result<Self, InvalidJobShard> {
        text.parse()
    }
}

impl From<JobShard> for String {
    fn from(shard: JobShard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shards(count: u32) -> Vec<JobShard> {
        (1..=count).map(|number| JobShard::new(number, count).unwrap()).collect()
    }

    #[test]
    fn each_name_and_each_digit_is_in_exactly_one_part() {
        for count in [1, 2, 3, 7, 16, 40] {
            let shards = shards(count);
            for number in 0..500 {
                let name = format!("user{number}");
                assert_eq!(shards.iter().filter(|shard| shard.has_name(&name)).count(), 1);
            }
            for digit in 0..16 {
                assert_eq!(shards.iter().filter(|shard| shard.has_digit(digit, 16)).count(), 1);
            }
        }
    }

    #[test]
    fn parts_have_about_the_same_size() {
        for shard in shards(4) {
            let names = (0..4000).filter(|number| shard.has_name(&format!("user{number}"))).count();
            assert!((900..1100).contains(&names), "{shard}: {names}");
            assert_eq!((0..16).filter(|digit| shard.has_digit(*digit, 16)).count(), 4);
        }
    }

    #[test]
    fn the_part_of_a_name_does_not_change_between_versions() {
        let part = |name: &str| shards(8).iter().position(|shard| shard.has_name(name)).unwrap();
        assert_eq!(["alice", "bob", "çelik"].map(part), [7, 2, 6]);
    }

    #[test]
    fn texts_that_are_no_part_are_rejected() {
        assert_eq!("3/3".parse(), JobShard::new(3, 3));
        for text in [
            "",
            "1",
            "0/3",
            "4/3",
            "1/0",
            "+1/3",
            "1/ 3",
            "-1/3",
            "1/3/3",
            "a/b",
            "/",
            "1/4294967296",
        ] {
            assert_eq!(text.parse::<JobShard>(), Err(InvalidJobShard), "{text}");
        }
    }
}
