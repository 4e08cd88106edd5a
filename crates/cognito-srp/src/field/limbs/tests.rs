//! Tests of the bounds of the representation and of the equality of the levels.

use super::*;
use crate::comb::power_of_two;
use crate::exponent::Exponent;
use crate::field::tests::{element, pseudo_random};

/// The largest limb: 2^28 + 2^9.
const LARGEST: u64 = MASK + 1 + (1 << 9);

/// Limbs of a value of at most 2^3304, which is far below R but far above every value in use.
const LOW_LIMBS: usize = 118;

fn levels() -> [Level; 2] {
    [Level::BASELINE, Level::detect()]
}

fn largest() -> Element {
    let mut element = Element([0; LIMBS]);
    element.0[..LOW_LIMBS].fill(LARGEST);
    element
}

/// Returns the integer that the limbs represent.
fn value(element: &Element) -> U4096 {
    element
        .0
        .iter()
        .rfold(U4096::ZERO, |sum, limb| sum.shl_vartime(BITS).wrapping_add(&U4096::from_u64(*limb)))
}

/// Returns the integer that the limbs represent, modulo N.
fn integer(element: &Element) -> U3072 {
    value(element).rem(&N)
}

/// Computes a·b/R modulo N with crypto-bigint; the elements need not be in Montgomery form.
fn expected_product(a: &Element, b: &Element) -> U3072 {
    let inverse = Form::new(&integer(&Element::ONE)).invert().unwrap();
    Form::new(&integer(a)).mul(&Form::new(&integer(b))).mul(&inverse).retrieve()
}

fn assert_within_bounds(element: &Element) {
    assert!(element.0.iter().all(|limb| *limb < LARGEST), "a limb is too large");
    assert_eq!(element.0[LIMBS - 1], 0, "the value is near R, and a carry may have been lost");
}

/// Multiplies the largest limbs: a column that wraps would change the product.
#[test]
fn largest_limbs_neither_wrap_a_column_nor_leave_the_bounds() {
    let entry = Element([LARGEST - 1; LIMBS]);
    for level in levels() {
        let mut workspace = Workspace::at(level);
        let mut product = largest();
        workspace.mul(&mut product, &entry);
        assert_within_bounds(&product);
        assert_eq!(integer(&product), expected_product(&largest(), &entry));

        let mut square = largest();
        workspace.square(&mut square);
        assert_within_bounds(&square);
        assert_eq!(integer(&square), expected_product(&largest(), &largest()));
    }
}

#[test]
fn padded_factor_has_one_window_for_each_column_of_a_pass() {
    assert_eq!(Padded::ZERO.0.windows(8).len(), LIMBS + 8);
}

#[test]
fn sums_of_the_largest_limbs_stay_within_the_bounds() {
    let mut limbs = [0; LIMBS];
    limbs[..LOW_LIMBS - 1].fill(LARGEST - 1);
    let sum = Element(limbs).add(&Element(limbs));
    assert_within_bounds(&sum);
    assert_eq!(integer(&sum), Form::new(&integer(&Element(limbs))).double().retrieve());
}

#[test]
fn normalized_limbs_are_the_bits_of_their_places() {
    let mut element = largest();
    element.normalize();
    assert!(element.0.iter().all(|limb| *limb <= MASK));
    assert_eq!(value(&element), value(&largest()));
}

#[test]
fn elements_are_below_the_multiples_of_m_that_bound_them() {
    let m = rows::modulus();
    let assert_below = |element: &Element, multiple: u32| {
        assert_within_bounds(element);
        assert!(value(element) < m.wrapping_mul(&U4096::from_u32(multiple)), "{multiple}m");
    };
    assert_below(&Element::ONE, 2);
    assert_below(&Element::TWO, 2);
    for seed in 1..20_u8 {
        let element = element(&pseudo_random(seed.into()));
        let power = power_of_two(&Exponent::from_be_bytes(&[seed.wrapping_mul(13); 40]));
        assert_below(&element, 2);
        assert_below(&power, 4);
        assert_below(&Element::K.mul(&power), 8);
        let difference = element.sub(&Element::K.mul(&power));
        assert_below(&difference, 8);
        assert_below(&difference.mul(&difference), 2);
    }
}

#[test]
fn every_level_computes_the_same_limbs() {
    let mut table = Table::<4>::ZERO;
    for (index, seed) in (1..5).enumerate() {
        table.set(index, &element(&pseudo_random(seed)));
    }
    for seed in 10..60 {
        let [a, b] = [seed, seed + 100].map(|seed| element(&pseudo_random(seed)));
        let results = levels().map(|level| {
            let (mut workspace, mut result) = (Workspace::at(level), a.clone());
            workspace.mul(&mut result, &b);
            workspace.square(&mut result);
            workspace.mul_by_entry(&mut result, &table, u32::try_from(seed % 4).unwrap());
            result.0
        });
        assert_eq!(results[0], results[1]);
    }
}

#[test]
fn integer_that_leaves_is_below_n() {
    let n = *N.as_ref();
    for integer in [n, n.wrapping_sub(&U3072::ONE), n.wrapping_add(&U3072::ONE)] {
        assert!(*element(&integer).to_integer() < n);
    }
    // An unreduced zero: N·R/R.
    assert_eq!(*Element::plain(&n).to_integer(), U3072::ZERO);
}

#[test]
fn modulus_is_a_multiple_of_n_and_all_ones_below() {
    let m = rows::modulus();
    assert_eq!(m.rem(&N), U3072::ZERO);
    assert_eq!(m.wrapping_add(&U4096::ONE).trailing_zeros_vartime(), 224);
    assert_eq!(m.bits_vartime(), 3295);
}
