//! Random names of sessions, which can be used as cookies.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Error;

/// Returns 128 random bits in base64url, which cannot be guessed.
pub(crate) fn random_name() -> Result<String, Error> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(Error::no_random_numbers)?;
    Ok(URL_SAFE_NO_PAD.encode(bits))
}

/// Returns whether a text has the form of [`random_name`].
pub(super) fn is_random_name(name: &str) -> bool {
    URL_SAFE_NO_PAD.decode(name).is_ok_and(|bits| bits.len() == 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_of_random_names_is_accepted() {
        let (one, other) = (random_name().unwrap(), random_name().unwrap());
        assert!(one != other && is_random_name(&one) && is_random_name(&other));
        for guessed in ["", "alice", "device of alice", &one[1..], &format!("{one}A")] {
            assert!(!is_random_name(guessed), "{guessed}");
        }
    }

    #[test]
    fn every_bit_of_a_name_is_random() {
        let (mut ever, mut always) = (0, u128::MAX);
        for _ in 0..64 {
            let bits = URL_SAFE_NO_PAD.decode(random_name().unwrap()).unwrap();
            let bits = u128::from_be_bytes(bits.try_into().unwrap());
            (ever, always) = (ever | bits, always & bits);
        }
        assert_eq!((ever, always), (u128::MAX, 0));
    }
}
