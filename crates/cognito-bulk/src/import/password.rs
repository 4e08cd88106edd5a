//! Random passwords for users whose passwords are not known.

use cognito_types::Password;
use getrandom::Error;

/// The number of random bytes of a password. The policy of a pool may require up to 99 characters.
const BYTES: usize = 48;

/// A character of each class that a policy may require.
const CLASSES: &str = "Aa1!";

/// Returns a random password that conforms to every policy.
pub(super) fn random_password() -> Result<Password, Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    Ok(Password::from(digits.fold(CLASSES.to_owned(), |password, digits| password + &digits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_have_each_class_and_differ() {
        let [one, other] = [(); 2].map(|()| random_password().unwrap());
        let password = one.expose_secret();
        assert!((99..=256).contains(&password.len()));
        assert!(password.starts_with(CLASSES));
        assert_ne!(password, other.expose_secret());
    }
}
