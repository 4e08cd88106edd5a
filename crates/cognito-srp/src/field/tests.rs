//! Differential tests of the arithmetic against crypto-bigint.

use alloc::vec::Vec;

use crypto_bigint::U1024;

use super::*;

/// Returns numbers at the ends of the range and pseudorandom numbers.
fn integers() -> Vec<U3072> {
    let n = *N.as_ref();
    let edges = [
        U3072::ZERO,
        U3072::ONE,
        U3072::from_u8(2),
        n.wrapping_sub(&U3072::from_u8(2)),
        n.wrapping_sub(&U3072::ONE),
        n,
        n.wrapping_add(&U3072::ONE),
        U3072::MAX,
        U3072::ONE.shl_vartime(3071),
        U3072::ONE.shl_vartime(224),
    ];
    edges.into_iter().chain((1..16).map(pseudo_random)).collect()
}

/// Returns a number from a xorshift generator.
pub(super) fn pseudo_random(seed: u64) -> U3072 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bytes: [u8; ELEMENT_BYTES] = core::array::from_fn(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[7]
    });
    U3072::from_le_slice(&bytes)
}

pub(super) fn element(integer: &U3072) -> Element {
    Element::from_be_bytes(&big_endian(integer))
}

fn form(integer: &U3072) -> Form {
    Form::new(integer)
}

#[test]
fn integers_come_back_reduced() {
    for integer in integers() {
        let expected = form(&integer).retrieve();
        assert_eq!(*element(&integer).to_integer(), expected);
    }
}

#[test]
fn constants_are_their_integers() {
    assert_eq!(*Element::ONE.to_integer(), U3072::ONE);
    assert_eq!(*Element::TWO.to_integer(), U3072::from_u8(2));
    assert_eq!(*Element::K.to_integer(), K);
}

#[test]
fn sums_differences_products_and_squares_match_crypto_bigint() {
    let integers = integers();
    let elements: Vec<Element> = integers.iter().map(element).collect();
    for (a, a_integer) in elements.iter().zip(&integers) {
        let a_form = form(a_integer);
        let mut square = a.clone();
        Workspace::new().square(&mut square);
        assert_eq!(*square.to_integer(), a_form.square().retrieve());
        for (b, b_integer) in elements.iter().zip(&integers) {
            let b_form = form(b_integer);
            assert_eq!(*a.add(b).to_integer(), a_form.add(&b_form).retrieve());
            assert_eq!(*a.sub(b).to_integer(), a_form.sub(&b_form).retrieve());
            assert_eq!(*a.mul(b).to_integer(), a_form.mul(&b_form).retrieve());
        }
    }
}

#[test]
fn long_chains_of_operations_match_crypto_bigint() {
    let start = pseudo_random(7);
    let (mut result, mut expected) = (element(&start), form(&start));
    let (base, base_form) = (result.clone(), expected);
    for _ in 0..200 {
        Workspace::new().square(&mut result);
        result = result.sub(&base).mul(&result).add(&base).add(&Element::K);
        expected = expected.square();
        expected = expected.sub(&base_form).mul(&expected).add(&base_form).add(&form(&K));
    }
    assert_eq!(*result.to_integer(), expected.retrieve());
}

#[test]
fn powers_match_crypto_bigint() {
    for seed in 1..6 {
        let (base, exponent) = (pseudo_random(seed), pseudo_random(seed + 100));
        let exponent: U1024 = exponent.resize();
        let mut bytes = [0; 128];
        bytes.copy_from_slice(exponent.to_be_bytes().as_ref());
        let power = element(&base).pow(&Exponent::from_be_bytes(&bytes));
        assert_eq!(*power.to_integer(), form(&base).pow(&exponent).retrieve());
    }
}

#[test]
fn every_entry_of_a_table_is_selected_by_its_index() {
    let mut table = Table::<POWERS>::ZERO;
    for index in 0..POWERS {
        let seed = u64::try_from(index).unwrap() + 1;
        table.set(index, &element(&pseudo_random(seed)));
    }
    for index in 0..32 {
        let mut selected = Element::ONE;
        Workspace::new().mul_by_entry(&mut selected, &table, index);
        let expected = form(&pseudo_random(u64::from(index) + 1)).retrieve();
        assert_eq!(*selected.to_integer(), expected);
    }
}

#[test]
fn only_integers_of_at_most_512_bytes_are_reduced() {
    let expected = U4096::MAX.rem_vartime(&N);
    assert_eq!(reduce(&[0xFF; WIDE_BYTES]), Some(big_endian(&expected)));
    assert_eq!(reduce(&[0; WIDE_BYTES + 1]), None);
}
