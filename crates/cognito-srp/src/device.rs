//! Generation of a device's password and verifier for the confirmation of the device.

use alloc::string::String;
use core::fmt;

use base64ct::{Base64, Encoding};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::error::SrpError;
use crate::identity::Identity;
use crate::integer;
use crate::server::PasswordVerifier;

/// Length of a device's password in bytes, before base64.
const PASSWORD_BYTES: usize = 40;

/// Length of a device's random salt in bytes.
const SALT_BYTES: usize = 16;

/// A device's password, which the device stores, and the verifier to send with ConfirmDevice.
///
/// ```
/// # let mut rng = getrandom::SysRng;
/// use cognito_srp::DeviceSecret;
///
/// let secret = DeviceSecret::generate("-abCdEfGh", "us-east-1_0f1e2d3c-4b5a", &mut rng)?;
/// let keep = secret.password();
/// let send = (secret.password_verifier(), secret.salt());
/// # assert_eq!(keep.len(), 56);
/// # Ok::<(), cognito_srp::SrpError>(())
/// ```
pub struct DeviceSecret {
    password: Zeroizing<String>,
    password_verifier: String,
    salt: String,
}

impl DeviceSecret {
    /// Generates a random password for the device in the sign-in's NewDeviceMetadata.
    ///
    /// # Errors
    ///
    /// [`SrpError::RandomSource`] when `rng` fails.
    pub fn generate<R: TryCryptoRng + ?Sized>(
        device_group_key: &str,
        device_key: &str,
        rng: &mut R,
    ) -> Result<Self, SrpError> {
        let mut password = Zeroizing::new([0; PASSWORD_BYTES]);
        rng.try_fill_bytes(&mut *password).map_err(|_| SrpError::RandomSource)?;
        let salt = random_salt(rng)?;
        Ok(Self::from_random_bytes(device_group_key, device_key, &password, &salt))
    }

    /// Computes a verifier with a new salt for an existing password of the device.
    ///
    /// Use it to repeat ConfirmDevice when the first response was lost. Both verifiers are for the
    /// same password, so it does not matter which of them the service stores.
    ///
    /// # Errors
    ///
    /// [`SrpError::RandomSource`] when `rng` fails.
    pub fn of_password<R: TryCryptoRng + ?Sized>(
        device_group_key: &str,
        device_key: &str,
        password: &str,
        rng: &mut R,
    ) -> Result<Self, SrpError> {
        let (password, salt) = (Zeroizing::new(String::from(password)), random_salt(rng)?);
        Ok(Self::from_password(device_group_key, device_key, password, &salt))
    }

    pub(crate) fn from_random_bytes(
        device_group_key: &str,
        device_key: &str,
        password: &[u8; PASSWORD_BYTES],
        salt: &[u8; SALT_BYTES],
    ) -> Self {
        let password = Zeroizing::new(Base64::encode_string(password));
        Self::from_password(device_group_key, device_key, password, salt)
    }

    fn from_password(
        device_group_key: &str,
        device_key: &str,
        password: Zeroizing<String>,
        salt: &[u8; SALT_BYTES],
    ) -> Self {
        let identity = Identity::device(device_group_key, device_key);
        let verifier = PasswordVerifier::new(identity, &password, salt);
        Self {
            password_verifier: Base64::encode_string(&verifier.padded_verifier()),
            salt: Base64::encode_string(&integer::pad(salt)),
            password,
        }
    }

    /// Returns the password, which the device must store for later sign-ins.
    ///
    /// # Security
    ///
    /// The password replaces the second factor: protect it like a refresh token.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Returns the verifier in base64, to send as DeviceSecretVerifierConfig.PasswordVerifier.
    pub fn password_verifier(&self) -> &str {
        &self.password_verifier
    }

    /// Returns the salt in base64, to send as DeviceSecretVerifierConfig.Salt.
    pub fn salt(&self) -> &str {
        &self.salt
    }
}

fn random_salt<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<[u8; SALT_BYTES], SrpError> {
    let mut salt = [0; SALT_BYTES];
    rng.try_fill_bytes(&mut salt).map_err(|_| SrpError::RandomSource)?;
    Ok(salt)
}

impl fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSecret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;

    use super::*;

    #[test]
    fn second_verifier_has_another_salt_for_the_same_password() {
        let (group, key) = ("-abCdEfGh", "us-east-1_0f1e2d3c-4b5a");
        let first = DeviceSecret::generate(group, key, &mut SysRng).unwrap();
        let second = DeviceSecret::of_password(group, key, first.password(), &mut SysRng).unwrap();
        assert_eq!(second.password(), first.password());
        assert_ne!(second.salt(), first.salt());
        let salt = Base64::decode_vec(second.salt()).unwrap();
        let identity = Identity::device(group, key);
        let expected = PasswordVerifier::new(identity, first.password(), &salt);
        let expected = Base64::encode_string(&expected.padded_verifier());
        assert_eq!(second.password_verifier(), expected);
    }
}
