//! Elements as 120 limbs of 28 bits in Montgomery form with R = 2^3360, for x86-64.
//!
//! The arithmetic is modulo m = c·N, the multiple of N below 2^3296 that is −1 modulo 2^224, which
//! makes the reduction cheap. Only results are reduced modulo N itself.
//!
//! Both limbs and elements are redundant. A limb is below 2^28 + 2^9. A product of a and b is below
//! a·b/R + m, and m is below R/2^64, so that products of elements below 8m are below 2m. K, −1, R²
//! and the entries of the comb may be as large as R, and no two of these are multiplied; ONE and
//! TWO are below 2m. A product with one that is as large as R exceeds its other factor by less than
//! m: a power by the comb is below 4m, and the sums and differences of a sign-in are below 8m, far
//! below R, so that no carry leaves the highest limb.

// Every index and every shift is bounded by a constant of the representation. `wrapping` operations
// have their bounds in comments.
#![allow(clippy::as_conversions, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod level;
mod rows;
#[cfg(test)]
mod tests;

use crypto_bigint::{CtEq, CtSelect, U3072, U4096};
use zeroize::{Zeroize, Zeroizing};

use self::level::Level;
#[cfg(feature = "hazmat")]
pub(crate) use self::level::use_baseline_only;
use self::rows::{Padded, Sums};
use super::{ELEMENT_BYTES, Form, K, N, WIDE_BYTES};

/// Bits of a limb.
pub(super) const BITS: u32 = 28;

/// The largest value of a non-redundant limb.
pub(super) const MASK: u64 = (1 << BITS) - 1;

/// Limbs of an element.
pub(super) const LIMBS: usize = 120;

/// Bytes of a non-redundant element; two limbs are seven bytes.
const BYTES: usize = LIMBS / 2 * 7;

/// R divided by the R of crypto-bigint, 2^3072, is 2^(8·SHIFT_BYTES).
const SHIFT_BYTES: usize = BYTES - ELEMENT_BYTES;

/// An integer modulo N, wiped when dropped.
#[derive(Clone)]
#[repr(align(64))]
pub(crate) struct Element(pub(super) [u64; LIMBS]);

impl Element {
    pub(crate) const ONE: Self = Self::from_montgomery(&Form::ONE);

    /// The generator g.
    pub(crate) const TWO: Self = Self::from_montgomery(&Form::new(&U3072::from_u8(2)));

    /// k, the multiplier of SRP-6a.
    pub(crate) const K: Self = Self::from_montgomery(&Form::new(&K));

    const MINUS_ONE: Self = Self::from_montgomery(&Form::ONE.neg());

    /// The integer 1: a product with it converts from Montgomery form.
    const PLAIN_ONE: Self = Self::plain(&U3072::ONE);

    /// R²: a product with it converts to Montgomery form.
    const R_SQUARED: Self = {
        let ratio = Form::new(&U3072::ONE.shl_vartime(8 * SHIFT_BYTES as u32));
        Self::from_montgomery(&Form::new(ratio.as_montgomery()))
    };

    /// Creates an element from the form that crypto-bigint uses.
    const fn from_montgomery(form: &Form) -> Self {
        Self::widened(&Entry::from_montgomery(form.as_montgomery()))
    }

    /// Creates an element that is not in Montgomery form.
    const fn plain(integer: &U3072) -> Self {
        Self::widened(&Entry::plain(integer))
    }

    const fn widened(entry: &Entry) -> Self {
        let mut limbs = [0; LIMBS];
        let mut index = 0;
        while index < LIMBS {
            limbs[index] = entry.0[index] as u64;
            index += 1;
        }
        Self(limbs)
    }

    /// Creates an element from a big-endian integer.
    pub(crate) fn from_be_bytes(bytes: &[u8; ELEMENT_BYTES]) -> Self {
        let mut little_endian = Zeroizing::new([0; BYTES]);
        for (reversed, byte) in little_endian.iter_mut().zip(bytes.iter().rev()) {
            *reversed = *byte;
        }
        let mut element = Self::widened(&Zeroizing::new(Entry::from_bytes(&little_endian)));
        Workspace::new().mul(&mut element, &Self::R_SQUARED);
        element
    }

    /// Returns the integer below N.
    pub(super) fn to_integer(&self) -> Zeroizing<U3072> {
        let mut plain = self.clone();
        Workspace::new().mul(&mut plain, &Self::PLAIN_ONE);
        plain.normalize();
        let mut bytes = Zeroizing::new([0; WIDE_BYTES]);
        for (bytes, limbs) in bytes.chunks_exact_mut(7).zip(plain.0.chunks_exact(2)) {
            let pair = limbs.iter().rfold(0, |pair, limb| (pair << BITS) | limb);
            bytes.copy_from_slice(pair.to_le_bytes().split_at(7).0);
        }
        let wide = Zeroizing::new(U4096::from_le_slice(&*bytes));
        Zeroizing::new(wide.rem(&N))
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        for (limb, other) in sum.0.iter_mut().zip(&other.0) {
            *limb = limb.wrapping_add(*other);
        }
        // Sums below 2^29 + 2^10 leave limbs below 2^28 + 2.
        sum.carry();
        sum
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        let mut negated = other.clone();
        Workspace::new().mul(&mut negated, &Self::MINUS_ONE);
        self.add(&negated)
    }

    /// Carries the upper bits of every limb to the next limb, for all limbs at the same time.
    #[inline(always)]
    pub(super) fn carry(&mut self) {
        let mut carry = 0;
        for limb in &mut self.0 {
            let upper = *limb >> BITS;
            *limb = (*limb & MASK).wrapping_add(carry);
            carry = upper;
        }
    }

    /// Normalizes the limbs to 28 bits each.
    fn normalize(&mut self) {
        let mut carry = 0;
        for limb in &mut self.0 {
            let sum = limb.wrapping_add(carry);
            carry = sum >> BITS;
            *limb = sum & MASK;
        }
    }
}

impl Drop for Element {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The temporary values of multiplications, wiped when dropped.
pub(crate) struct Workspace {
    level: Level,
    sums: Sums,
    factor: Padded,
    entry: Entry,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self::at(Level::detect())
    }

    fn at(level: Level) -> Self {
        Self { level, sums: Sums::ZERO, factor: Padded::ZERO, entry: Entry::ZERO }
    }

    pub(crate) fn mul(&mut self, element: &mut Element, by: &Element) {
        level::mul(self.level, element, by, &mut self.factor, &mut self.sums);
    }

    pub(crate) fn square(&mut self, element: &mut Element) {
        level::square(self.level, element, &mut self.factor, &mut self.sums);
    }

    /// Multiplies by the entry of a table at a secret index.
    pub(crate) fn mul_by_entry<const LEN: usize>(
        &mut self,
        element: &mut Element,
        table: &Table<LEN>,
        index: u32,
    ) {
        let Self { level, sums, factor, entry } = self;
        level::mul_by_entry(*level, element, &table.0, index, entry, factor, sums);
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        self.sums.0.zeroize();
        self.factor.0.zeroize();
        self.entry.zeroize();
    }
}

/// A table of elements that is read at a secret index.
pub(crate) struct Table<const LEN: usize>([Entry; LEN]);

/// An element of a table.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Entry([u32; LIMBS]);

impl<const LEN: usize> Table<LEN> {
    pub(super) const ZERO: Self = Self([Entry::ZERO; LEN]);

    /// Reads entries in Montgomery form (R = 2^3072), little-endian, one after the other.
    ///
    /// # Panics
    ///
    /// When `bytes` is shorter than the entries. The function is for constants.
    pub(crate) const fn from_montgomery_bytes(bytes: &[u8], first: usize) -> Self {
        let mut table = Self::ZERO;
        let mut index = 0;
        while index < LEN {
            let (_, rest) = bytes.split_at((first + index) * ELEMENT_BYTES);
            let integer = U3072::from_le_slice(rest.split_at(ELEMENT_BYTES).0);
            table.0[index] = Entry::from_montgomery(&integer);
            index += 1;
        }
        table
    }

    pub(super) fn set(&mut self, index: usize, element: &Element) {
        let Some(entry) = self.0.get_mut(index) else { return };
        for (narrow, limb) in entry.0.iter_mut().zip(&element.0) {
            // Limbs below 2^28 + 2^9 have no upper halves.
            *narrow = *limb as u32;
        }
    }
}

impl<const LEN: usize> Zeroize for Table<LEN> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Zeroize for Entry {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Entry {
    const ZERO: Self = Self([0; LIMBS]);

    /// Returns the limbs of an integer without converting it to Montgomery form.
    const fn plain(integer: &U3072) -> Self {
        Self::from_bytes(&bytes_of(integer, 0))
    }

    /// Converts from the form that crypto-bigint uses, without a reduction.
    const fn from_montgomery(integer: &U3072) -> Self {
        Self::from_bytes(&bytes_of(integer, SHIFT_BYTES))
    }

    const fn from_bytes(bytes: &[u8; BYTES]) -> Self {
        let mut limbs = [0; LIMBS];
        let mut index = 0;
        while index < LIMBS {
            // Limbs with odd indexes begin in the middle of a byte.
            let (_, rest) = bytes.split_at(index * 7 / 2);
            let [a, b, c, d, ..] = *rest else { break };
            let shift = 4 * (index as u32 % 2);
            limbs[index] = (u32::from_le_bytes([a, b, c, d]) >> shift) & MASK as u32;
            index += 1;
        }
        Self(limbs)
    }

    /// Returns the entry at `index`; reads every entry, so that memory accesses do not reveal the
    /// index.
    #[inline(always)]
    fn select(&mut self, entries: &[Self], index: u32) {
        self.0.fill(0);
        for (position, entry) in (0u32..).zip(entries) {
            // ct_select is a barrier: without it, the compiler reads only the chosen entry.
            let mask = u32::ct_select(&0, &u32::MAX, position.ct_eq(&index));
            for (chosen, limb) in self.0.iter_mut().zip(&entry.0) {
                *chosen |= limb & mask;
            }
        }
    }
}

/// Returns the little-endian bytes of an integer times 2^(8·`shift`), for constants.
const fn bytes_of(integer: &U3072, shift: usize) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    let (_, shifted) = bytes.split_at_mut(shift);
    let (low, _) = shifted.split_at_mut(ELEMENT_BYTES);
    low.copy_from_slice(integer.to_le_bytes().as_slice());
    bytes
}
