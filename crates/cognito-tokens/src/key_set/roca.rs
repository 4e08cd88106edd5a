//! Detection of moduli from the broken key generator of CVE-2017-15361 (ROCA), which can be
//! factored.

/// Returns whether a modulus has the property of that generator: modulo each of the first odd
/// primes, it is a power of 65537. One in 2^27 other moduli also has it.
///
/// See [The Return of Coppersmith's Attack](https://doi.org/10.1145/3133956.3133969), 4.
pub(super) fn is_suspect(modulus: &[u8]) -> bool {
    PRIMES.into_iter().all(|prime| is_power_of_65537(remainder(modulus, prime), prime))
}

const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

fn remainder(modulus: &[u8], prime: u32) -> u32 {
    let step = |rest: u32, byte: &u8| (rest << 8 | u32::from(*byte)).checked_rem(prime);
    modulus.iter().try_fold(0, step).unwrap_or_default()
}

fn is_power_of_65537(wanted: u32, prime: u32) -> bool {
    let next = |power: &u32| power.wrapping_mul(65537).checked_rem(prime);
    // The powers repeat after fewer steps than the prime has remainders.
    let powers = std::iter::successors(Some(1), next).take(167);
    powers.into_iter().any(|power| power == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_and_powers_are_right() {
        assert_eq!(remainder(&[0x01, 0x00, 0x01], 11), 65537 % 11);
        assert_eq!(remainder(&[], 11), 0);
        // Modulo 11 the powers of 65537 are 1 and 10.
        let powers: Vec<u32> = (0..11).filter(|rest| is_power_of_65537(*rest, 11)).collect();
        assert_eq!(powers, [1, 10]);
    }

    #[test]
    fn only_powers_modulo_every_prime_are_suspect() {
        assert!(is_suspect(&[1]));
        assert!(is_suspect(&[1, 0, 1]));
        assert!(!is_suspect(&[1, 0, 2]));
    }
}
