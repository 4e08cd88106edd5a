//! A search of the memory of the test process for secrets that should have been wiped.

use std::fs::{self, File};
use std::io::{BufRead, Read, Seek, SeekFrom};

use zeroize::Zeroizing;

/// The number of random bytes of a secret.
const BYTES: usize = 24;

/// The number of characters of the middle of a secret that are searched for. An allocator writes
/// over the first 16 bytes of freed memory.
const MIDDLE: std::ops::Range<usize> = 20..40;

/// The size of the parts in which memory is read.
const PART: usize = 1 << 20;

/// A random secret, kept only in a masked form.
pub(crate) struct Planted(Vec<u8>);

impl Planted {
    pub(crate) fn new() -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        File::open("/dev/urandom").unwrap().read_exact(&mut *bytes).unwrap();
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Self(digits.map(|digit| !b"abcdefghijklmnop"[usize::from(digit)]).collect())
    }

    /// Masks a secret, or a text with one.
    pub(crate) fn of(text: &[u8]) -> Self {
        Self(text.iter().map(|byte| !byte).collect())
    }

    /// Returns the secret in a buffer that is wiped.
    pub(crate) fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.0.len()));
        text.extend(self.0.iter().map(|byte| char::from(!byte)));
        text
    }

    /// Returns whether the writable memory of this process contains the secret.
    pub(crate) fn is_in_memory(&self) -> bool {
        let middle = &self.0[MIDDLE];
        let mut memory = File::open("/proc/self/mem").unwrap();
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let mut part = Zeroizing::new(vec![0; PART]);
        writable(&maps).any(|(start, end)| {
            (start..end).step_by(PART - MIDDLE.len()).any(|from| {
                // A region that another thread has unmapped is not searched.
                let length = PART.min(usize::try_from(end - from).unwrap());
                let is_read = memory.seek(SeekFrom::Start(from)).is_ok()
                    && memory.read_exact(&mut part[..length]).is_ok();
                let found = is_read && contains(&part[..length], middle);
                part[..length].fill(0);
                found
            })
        })
    }
}

/// Returns the writable regions of memory.
fn writable(maps: &str) -> impl Iterator<Item = (u64, u64)> {
    maps.lines().filter_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-').filter(|_| rest.starts_with("rw"))?;
        let parse = |text| u64::from_str_radix(text, 16).ok();
        Some((parse(start)?, parse(end)?))
    })
}

/// Returns whether a part has a text, which is given in a masked form.
fn contains(part: &[u8], masked: &[u8]) -> bool {
    let is_text = |window: &[u8]| window.iter().zip(masked).all(|(byte, masked)| *byte == !masked);
    let mut rest = part;
    // Unlike a search by `windows`, this one is fast without optimisation, too.
    while rest.skip_until(!masked[0]).is_ok_and(|skipped| skipped > 0) {
        let at = part.len() - rest.len() - 1;
        if part.get(at..at + masked.len()).is_some_and(is_text) {
            return true;
        }
    }
    false
}

#[test]
fn a_secret_is_found_in_memory_until_it_is_wiped() {
    let planted = Planted::new();
    assert!(!planted.is_in_memory());
    let text = planted.text();
    assert!(planted.is_in_memory());
    let copy = text.to_string();
    drop(text);
    assert!(planted.is_in_memory());
    drop(Zeroizing::new(copy));
    assert!(!planted.is_in_memory());
}
