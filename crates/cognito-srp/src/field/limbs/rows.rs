//! Products, squares and Montgomery reduction on limbs of 28 bits, in loops over columns that the
//! compiler vectorizes.
//!
//! The shape of the loops is deliberate, and `cargo xtask arithmetic` checks it by counting
//! instructions: one long loop over columns with eight rows in its body. Factors are masked where
//! they are used, which changes no value but tells the compiler that their upper halves are zero,
//! so that a product is one `pmuludq`.

use crypto_bigint::{U256, U3072, U4096};

use super::{BITS, Element, Entry, LIMBS, MASK, N};

/// Rows per pass over the columns; also the Montgomery digits that a pass removes.
const ROWS: usize = 8;

/// Bits of the digits that one pass removes.
const DIGIT_BITS: u32 = 224;

/// Limbs of (m + 1)/2^224.
const MODULUS_LIMBS: u128 = 110;

/// Limbs of a product.
const PRODUCT: usize = 2 * LIMBS;

/// Length of a zero-padded factor, in which every column of a pass has a window of eight limbs.
const PADDED: usize = ROWS - 1 + LIMBS + ROWS;

/// The columns of a product.
///
/// Limbs are below 2^28 + 2^9 and Montgomery digits below 2^28. A column is the sum of at most 120
/// products of two limbs, at most 110 products of a digit and a limb of the modulus, and a carry
/// below 2^37: below 2^63.85 in all, so that no sum wraps.
#[repr(align(64))]
pub(super) struct Sums(pub(super) [u64; PRODUCT]);

// The largest possible column.
const _: () = {
    let (limb, digit, carry) = ((1 << 28) + (1 << 9), MASK as u128, 1 << 37);
    assert!(LIMBS as u128 * limb * limb + MODULUS_LIMBS * digit * digit + carry < 1 << 64);
};

/// A factor with zeros before and after it.
#[repr(align(64))]
pub(super) struct Padded(pub(super) [u64; PADDED]);

impl Sums {
    pub(super) const ZERO: Self = Self([0; PRODUCT]);
}

impl Padded {
    pub(super) const ZERO: Self = Self([0; PADDED]);

    #[inline(always)]
    fn set(&mut self, limbs: impl Iterator<Item = u64>) {
        for (padded, limb) in self.0[ROWS - 1..].iter_mut().zip(limbs) {
            *padded = limb;
        }
    }
}

/// Multiplies an element by another.
#[inline(always)]
pub(super) fn mul(element: &mut Element, by: &Element, factor: &mut Padded, sums: &mut Sums) {
    factor.set(by.0.iter().copied());
    mul_by_factor(element, factor, sums);
}

/// Multiplies an element by the entry of a table at a secret index.
#[inline(always)]
pub(super) fn mul_by_entry(
    element: &mut Element,
    entries: &[Entry],
    index: u32,
    chosen: &mut Entry,
    factor: &mut Padded,
    sums: &mut Sums,
) {
    chosen.select(entries, index);
    factor.set(chosen.0.iter().copied().map(u64::from));
    mul_by_factor(element, factor, sums);
}

#[inline(always)]
fn mul_by_factor(element: &mut Element, factor: &Padded, sums: &mut Sums) {
    sums.0.fill(0);
    for block in (0..LIMBS).step_by(ROWS) {
        let columns = &mut sums.0[block..block + LIMBS + ROWS];
        add_rows(columns, &element.0[block..block + ROWS], &factor.0);
    }
    reduce(element, sums);
}

/// Squares an element.
///
/// A product of two different limbs occurs twice in a square. Each block multiplies its limbs by
/// one another and by the doubled limbs of later blocks; those of earlier blocks are zero.
#[inline(always)]
pub(super) fn square(element: &mut Element, doubled: &mut Padded, sums: &mut Sums) {
    doubled.set(element.0.iter().map(|limb| limb << 1));
    sums.0.fill(0);
    for block in (0..LIMBS).step_by(ROWS) {
        let limbs = &element.0[block..block + ROWS];
        let own = ROWS - 1 + block..ROWS - 1 + block + ROWS;
        doubled.0[own.clone()].copy_from_slice(limbs);
        let columns = &mut sums.0[2 * block..block + LIMBS + ROWS];
        add_rows(columns, limbs, &doubled.0[block..]);
        doubled.0[own].fill(0);
    }
    reduce(element, sums);
}

/// Sets an element to the sums divided by R = 2^3360 modulo m.
///
/// Since the modulus m is −1 modulo 2^224, eight Montgomery digits q are the low eight limbs
/// themselves: T + q·m = (T − q) + q·(m + 1), and m + 1 is a multiple of 2^224.
#[inline(always)]
fn reduce(element: &mut Element, sums: &mut Sums) {
    for block in (0..LIMBS).step_by(ROWS) {
        let (digits, carry) = low_digits(&sums.0[block..]);
        let columns = &mut sums.0[block + ROWS..block + ROWS + LIMBS];
        columns[0] = columns[0].wrapping_add(carry);
        add_modulus_rows(columns, digits);
    }
    element.0.copy_from_slice(&sums.0[LIMBS..]);
    // Columns below 2^64 leave limbs below 2^28 + 2^36, and these leave limbs below 2^28 + 2^9.
    element.carry();
    element.carry();
}

/// Adds to each column the products of eight factors with the eight values that end there.
#[inline(always)]
fn add_rows(columns: &mut [u64], factors: &[u64], values: &[u64]) {
    // Limbs are below 2^30, and doubled ones below 2^32.
    let [f0, f1, f2, f3, f4, f5, f6, f7] =
        core::array::from_fn(|row| factors[row] & ((1 << 30) - 1));
    for (column, window) in columns.iter_mut().zip(values.windows(ROWS)) {
        let value = |index: usize| window[index] & 0xFFFF_FFFF;
        *column = column
            .wrapping_add(f0.wrapping_mul(value(7)))
            .wrapping_add(f1.wrapping_mul(value(6)))
            .wrapping_add(f2.wrapping_mul(value(5)))
            .wrapping_add(f3.wrapping_mul(value(4)))
            .wrapping_add(f4.wrapping_mul(value(3)))
            .wrapping_add(f5.wrapping_mul(value(2)))
            .wrapping_add(f6.wrapping_mul(value(1)))
            .wrapping_add(f7.wrapping_mul(value(0)));
    }
}

/// Adds to each column the products of eight digits with the rows of the modulus.
#[inline(always)]
fn add_modulus_rows(columns: &mut [u64], digits: [u64; ROWS]) {
    let [d0, d1, d2, d3, d4, d5, d6, d7] = digits;
    let [m0, m1, m2, m3, m4, m5, m6, m7] = &MODULUS_ROWS.0;
    for (index, column) in columns[..LIMBS].iter_mut().enumerate() {
        let value = |row: &[u64; LIMBS]| row[index] & 0xFFFF_FFFF;
        *column = column
            .wrapping_add(d0.wrapping_mul(value(m0)))
            .wrapping_add(d1.wrapping_mul(value(m1)))
            .wrapping_add(d2.wrapping_mul(value(m2)))
            .wrapping_add(d3.wrapping_mul(value(m3)))
            .wrapping_add(d4.wrapping_mul(value(m4)))
            .wrapping_add(d5.wrapping_mul(value(m5)))
            .wrapping_add(d6.wrapping_mul(value(m6)))
            .wrapping_add(d7.wrapping_mul(value(m7)));
    }
}

/// Returns the lowest eight limbs of the sum, and the carry out of them.
#[inline(always)]
fn low_digits(columns: &[u64]) -> ([u64; ROWS], u64) {
    let mut carry = 0;
    let digits = core::array::from_fn(|index| {
        // A column is below 2^63.85 and the carry below 2^36.
        let sum = columns[index].wrapping_add(carry);
        carry = sum >> BITS;
        sum & MASK
    });
    (digits, carry)
}

static MODULUS_ROWS: ModulusRows = ModulusRows::new();

/// The 110 limbs of (m + 1)/2^224, shifted by one more limb in each row, so that
/// all loads of the reduction are aligned. A single copy with unaligned loads took 11 % longer.
#[repr(align(64))]
struct ModulusRows([[u64; LIMBS]; ROWS]);

impl ModulusRows {
    const fn new() -> Self {
        let limbs = Entry::plain(&high_modulus()).0;
        let mut rows = [[0; LIMBS]; ROWS];
        let mut row = 0;
        while row < ROWS {
            let mut index = row;
            while index < LIMBS {
                rows[row][index] = limbs[index - row] as u64;
                index += 1;
            }
            row += 1;
        }
        Self(rows)
    }
}

/// (m + 1)/2^224 for m = (2^224 − i)·N with i·N = 1 modulo 2^224, which is N − (i·N − 1)/2^224.
const fn high_modulus() -> U3072 {
    let low: U256 = N.as_ref().resize();
    let inverse = low.invert_mod2k_vartime(DIGIT_BITS).expect_copied("N is odd");
    let product = N.as_ref().resize::<{ U4096::LIMBS }>().wrapping_mul(&inverse);
    N.as_ref().wrapping_sub(&product.shr_vartime(DIGIT_BITS).resize())
}

/// m itself.
#[cfg(test)]
pub(super) fn modulus() -> U4096 {
    high_modulus().resize::<{ U4096::LIMBS }>().shl_vartime(DIGIT_BITS).wrapping_sub(&U4096::ONE)
}
