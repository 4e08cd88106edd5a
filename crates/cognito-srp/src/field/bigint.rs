//! Elements in the Montgomery form of crypto-bigint, for architectures other than x86-64.
//!
//! On them, the loops over columns of [`limbs`](super) are not vectorized, and 64-bit limbs are
//! faster.

use crypto_bigint::{CtEq, CtSelect, Limb, U3072};
use zeroize::{Zeroize, Zeroizing};

use super::{ELEMENT_BYTES, Form, K};

/// An integer modulo N, wiped when dropped.
#[derive(Clone)]
pub(crate) struct Element(Form);

impl Element {
    pub(crate) const ONE: Self = Self(Form::ONE);

    /// The generator g.
    pub(crate) const TWO: Self = Self(Form::new(&U3072::from_u8(2)));

    /// k, the multiplier of SRP-6a.
    pub(crate) const K: Self = Self(Form::new(&K));

    /// Creates an element from a big-endian integer.
    pub(crate) fn from_be_bytes(bytes: &[u8; ELEMENT_BYTES]) -> Self {
        Self(Form::new(&Zeroizing::new(U3072::from_be_slice(bytes))))
    }

    /// Returns the integer below N.
    pub(super) fn to_integer(&self) -> Zeroizing<U3072> {
        Zeroizing::new(self.0.retrieve())
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        Self(self.0.add(&other.0))
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        Self(self.0.sub(&other.0))
    }
}

impl Drop for Element {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The multiplications; crypto-bigint needs no temporary values from this crate.
pub(crate) struct Workspace;

impl Workspace {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn mul(&mut self, element: &mut Element, by: &Element) {
        element.0 = element.0.mul(&by.0);
    }

    pub(crate) fn square(&mut self, element: &mut Element) {
        element.0 = element.0.square();
    }

    /// Multiplies by the entry of a table at a secret index.
    pub(crate) fn mul_by_entry<const LEN: usize>(
        &mut self,
        element: &mut Element,
        table: &Table<LEN>,
        index: u32,
    ) {
        self.mul(element, &table.select(index));
    }
}

/// A table of elements that is read at a secret index.
pub(crate) struct Table<const LEN: usize>([U3072; LEN]);

impl<const LEN: usize> Table<LEN> {
    pub(super) const ZERO: Self = Self([U3072::ZERO; LEN]);

    /// Reads entries in Montgomery form (R = 2^3072), little-endian, one after the other.
    ///
    /// # Panics
    ///
    /// When `bytes` is shorter than the entries. The function is for constants.
    #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
    pub(crate) const fn from_montgomery_bytes(bytes: &[u8], first: usize) -> Self {
        let mut table = Self::ZERO;
        let mut index = 0;
        while index < LEN {
            let (_, rest) = bytes.split_at((first + index) * ELEMENT_BYTES);
            table.0[index] = U3072::from_le_slice(rest.split_at(ELEMENT_BYTES).0);
            index += 1;
        }
        table
    }

    pub(super) fn set(&mut self, index: usize, element: &Element) {
        if let Some(entry) = self.0.get_mut(index) {
            *entry = *element.0.as_montgomery();
        }
    }

    /// Returns the entry at `index`; reads every entry, so that memory accesses do not reveal the
    /// index.
    fn select(&self, index: u32) -> Element {
        let mut chosen = U3072::ZERO;
        for (position, entry) in (0u32..).zip(&self.0) {
            let mask = Limb::ZERO.ct_select(&Limb::MAX, position.ct_eq(&index));
            chosen = chosen.bitor(&entry.bitand_limb(mask));
        }
        Element(Form::from_montgomery(chosen))
    }
}

impl<const LEN: usize> Zeroize for Table<LEN> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// Does nothing because there is only one level.
#[cfg(feature = "hazmat")]
pub(crate) fn use_baseline_only(_baseline_only: bool) {}
