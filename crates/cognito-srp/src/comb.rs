//! Powers of the fixed base 2 with a Lim-Lee comb, in constant time.
//!
//! An exponent of 320 bits is cut into [`TEETH`] rows of 64 bits and each row into [`BLOCKS`]
//! halves. One pass over the 32 columns of a half squares once and multiplies once per block by
//! the product of the powers 2^(2^position) whose bits are set in that column: 32 squarings, the
//! first of which squares 1, and 64 products, instead of the 320 squarings of an ordinary
//! exponentiation.

use crate::exponent::{Exponent, RANDOM_BYTES};
use crate::field::{ELEMENT_BYTES, Element, Table, Workspace};

const TEETH: usize = 5;
const BLOCKS: usize = 2;
const ROW: usize = 64;
const COLUMNS: usize = ROW / BLOCKS;
const ENTRIES: usize = 1 << TEETH;

/// Bits of the longest exponent that the comb supports.
const COMB_BITS: usize = TEETH * ROW;
const _: () = assert!(COMB_BITS == 8 * RANDOM_BYTES);

/// The products for each block, in Montgomery form; a test recomputes them.
static BYTES: &[u8; BLOCKS * ENTRIES * ELEMENT_BYTES] = include_bytes!("comb_table.bin");

static LOW: Table<ENTRIES> = Table::from_montgomery_bytes(BYTES, 0);
static HIGH: Table<ENTRIES> = Table::from_montgomery_bytes(BYTES, ENTRIES);

/// Computes 2^`exponent` mod N.
pub(crate) fn power_of_two(exponent: &Exponent) -> Element {
    if exponent.bound() > COMB_BITS {
        return Element::TWO.pow(exponent);
    }
    let mut workspace = Workspace::new();
    let mut result = Element::ONE;
    for column in (0..COLUMNS).rev() {
        workspace.square(&mut result);
        let high = teeth(exponent, column.saturating_add(COLUMNS));
        workspace.mul_by_entry(&mut result, &HIGH, high);
        workspace.mul_by_entry(&mut result, &LOW, teeth(exponent, column));
    }
    result
}

/// Returns the bits of one column, one from each row, as an index into the table.
fn teeth(exponent: &Exponent, column: usize) -> u32 {
    (0..TEETH).fold(0, |index, tooth| {
        let position = tooth.saturating_mul(ROW).saturating_add(column);
        index | (exponent.bit(position) << tooth)
    })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Computes 2^(2^`position`).
    fn power_of_power(position: usize) -> Element {
        (0..position).fold(Element::TWO, |power, _| power.mul(&power))
    }

    fn computed_table() -> Vec<u8> {
        let mut bytes = Vec::new();
        for block in 0..BLOCKS {
            for index in 0..ENTRIES {
                let product = (0..TEETH)
                    .filter(|tooth| index >> tooth & 1 == 1)
                    .map(|tooth| power_of_power(tooth * ROW + block * COLUMNS))
                    .fold(Element::ONE, |product, power| product.mul(&power));
                bytes.extend_from_slice(&product.to_montgomery_bytes());
            }
        }
        bytes
    }

    #[test]
    fn the_checked_in_table_is_what_is_computed() {
        assert!(BYTES[..] == computed_table()[..], "comb_table.bin differs from its definition");
    }

    #[test]
    fn the_comb_agrees_with_plain_exponentiation() {
        let patterns: [[u8; 40]; 5] = [
            [0; 40],
            [0xFF; 40],
            [0x01; 40],
            [0x80; 40],
            core::array::from_fn(|i| u8::try_from(i).unwrap().wrapping_mul(151) ^ 0x5A),
        ];
        for bytes in patterns {
            let exponent = Exponent::from_be_bytes(&bytes);
            let plain = Element::TWO.pow(&exponent);
            assert_eq!(*power_of_two(&exponent).to_be_bytes(), *plain.to_be_bytes());
        }
    }

    #[test]
    fn longer_exponents_use_plain_exponentiation() {
        let exponent = Exponent::from_be_bytes(&[0xFF; 41]);
        let expected = (0..328).fold(Element::ONE, |power, _| {
            let square = power.mul(&power);
            square.add(&square)
        });
        assert_eq!(*power_of_two(&exponent).to_be_bytes(), *expected.to_be_bytes());
    }
}
