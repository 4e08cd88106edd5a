//! Random passwords for users whose passwords are not known.

use cognito_types::Password;
use getrandom::Error;
use zeroize::Zeroizing;

/// The number of random bytes of a password. The policy of a pool may require up to 99 characters.
const BYTES: usize = 48;

/// A character of each class that a policy may require.
const CLASSES: &str = "Aa1!";

/// Returns a random password that conforms to every policy.
pub(super) fn random_password() -> Result<Password, Error> {
    Ok(Password::from(std::mem::take(&mut *random_text()?)))
}

fn random_text() -> Result<Zeroizing<String>, Error> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    getrandom::fill(&mut *bytes)?;
    // The buffer is allocated once: a growing buffer would leave copies of the password in memory.
    let mut password = Zeroizing::new(String::with_capacity(CLASSES.len() + 2 * BYTES));
    password.push_str(CLASSES);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    password.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    Ok(password)
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

    #[test]
    fn the_buffer_of_a_password_is_never_reallocated() {
        let text = random_text().unwrap();
        assert_eq!(text.len(), CLASSES.len() + 2 * BYTES);
        assert_eq!(text.capacity(), text.len());
    }
}
