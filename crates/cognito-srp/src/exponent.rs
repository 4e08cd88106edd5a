//! Secret exponents with a public bound on their length.

use alloc::boxed::Box;
use core::fmt;

use crypto_bigint::{U256, U4096, Word};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::error::SrpError;
use crate::field::WIDE_BYTES;
use crate::hash::HASH_BYTES;

/// Bits per step in the exponentiation of a variable base.
pub(crate) const WINDOW_BITS: usize = 5;

/// Length of a random exponent in bytes: more than RFC 5054 requires (256 bits) and more than this
/// group can use according to RFC 7919 (275 bits). The other side receives only the power.
pub(crate) const RANDOM_BYTES: usize = 40;

/// A non-negative integer below 2^bound, wiped when dropped.
#[derive(Clone)]
pub(crate) struct Exponent {
    /// Little-endian, for reading bits by position; on the heap, so that moves do not copy it.
    bytes: Box<Zeroizing<[u8; WIDE_BYTES]>>,
    bound: usize,
}

impl Exponent {
    /// Returns a random integer of [`RANDOM_BYTES`] bytes.
    pub(crate) fn random<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, SrpError> {
        let mut bytes = Zeroizing::new([0; RANDOM_BYTES]);
        rng.try_fill_bytes(&mut *bytes).map_err(|_| SrpError::RandomSource)?;
        Ok(Self::from_be_bytes(&bytes))
    }

    /// Reads a big-endian integer, whose length determines the bound.
    pub(crate) fn from_be_bytes<const LEN: usize>(bytes: &[u8; LEN]) -> Self {
        const { assert!(LEN <= WIDE_BYTES) }
        let mut reversed = Box::new(Zeroizing::new([0; WIDE_BYTES]));
        for (reversed, byte) in reversed.iter_mut().zip(bytes.iter().rev()) {
            *reversed = *byte;
        }
        Self { bytes: reversed, bound: LEN.saturating_mul(8) }
    }

    /// Returns self + u·x.
    pub(crate) fn plus_product(&self, u: &[u8; HASH_BYTES], x: &[u8; HASH_BYTES]) -> Self {
        const PRODUCT_BITS: usize = 2 * 8 * HASH_BYTES;
        let x = Zeroizing::new(U256::from_be_slice(x));
        let product = Zeroizing::new(U256::from_be_slice(u).concatenating_mul(&x));
        let product = Zeroizing::new(product.resize());
        let sum = Zeroizing::new(self.value().wrapping_add(&product));
        let mut bytes = Box::new(Zeroizing::new([0; WIDE_BYTES]));
        for (bytes, word) in bytes.chunks_exact_mut(size_of::<Word>()).zip(sum.as_words()) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self { bytes, bound: self.bound.max(PRODUCT_BITS).saturating_add(1) }
    }

    fn value(&self) -> Zeroizing<U4096> {
        Zeroizing::new(U4096::from_le_slice(&self.bytes[..]))
    }

    /// Returns the same integer with a lower bound: it must be below 2^`bound`.
    #[cfg(feature = "hazmat")]
    pub(crate) fn bounded(self, bound: usize) -> Self {
        Self { bound, ..self }
    }

    /// Returns the bound of the integer in bits.
    pub(crate) fn bound(&self) -> usize {
        self.bound
    }

    /// Returns the bit with weight 2^`position`; zero beyond the end.
    pub(crate) fn bit(&self, position: usize) -> u32 {
        (self.byte(position / 8) >> (position % 8)) & 1
    }

    /// Returns the digits in base 2^[`WINDOW_BITS`], most significant first.
    pub(crate) fn windows(&self) -> impl Iterator<Item = u32> + '_ {
        let count = self.bound.div_ceil(WINDOW_BITS);
        (0..count).rev().map(|index| self.window(index.saturating_mul(WINDOW_BITS)))
    }

    fn window(&self, position: usize) -> u32 {
        let first = position / 8;
        let pair = self.byte(first) | (self.byte(first.saturating_add(1)) << 8);
        (pair >> (position % 8)) & ((1 << WINDOW_BITS) - 1)
    }

    fn byte(&self, index: usize) -> u32 {
        self.bytes.get(index).copied().map_or(0, u32::from)
    }
}

impl fmt::Debug for Exponent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exponent([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_contain_every_bit_once() {
        let exponent = Exponent::from_be_bytes(&[0xA5, 0x0F, 0xC3]);
        let value = exponent.windows().fold(0, |value, window| (value << WINDOW_BITS) | window);
        assert_eq!(value, 0x00A5_0FC3);
        let bits = (0..24).map(|position| exponent.bit(position) << position).sum::<u32>();
        assert_eq!(bits, 0x00A5_0FC3);
    }

    #[cfg(feature = "hazmat")]
    #[test]
    fn bound_can_be_set() {
        let exponent = Exponent::from_be_bytes(&[0, 0, 0xC3]).bounded(8);
        assert_eq!(exponent.bound(), 8);
        assert_eq!(exponent.windows().collect::<alloc::vec::Vec<_>>(), [0xC3 >> 5, 0xC3 & 31]);
    }

    #[test]
    fn the_sum_with_a_product_is_exact_and_bounded() {
        let a = Exponent::from_be_bytes(&[0xFF; 40]);
        let sum = a.plus_product(&[0xFF; 32], &[0xFF; 32]);
        assert_eq!(sum.bound(), 513);
        let max = U4096::from_be_slice(&{
            let mut wide = [0; WIDE_BYTES];
            wide[WIDE_BYTES - 32..].fill(0xFF);
            wide
        });
        let expected = max.wrapping_mul(&max).wrapping_add(&a.value());
        assert_eq!(*sum.value(), expected);
    }
}
