//! The identity to which a password belongs: a user of a pool, or a device of a user.

/// The two names that are part of every hash in the protocol.
///
/// For a user, they are the pool's name and USER_ID_FOR_SRP; for a device, its group key and its
/// key.
///
/// ```
/// use cognito_srp::Identity;
///
/// let user = Identity::user("Ab12Cd34E", "alice");
/// let device = Identity::device("-abCdEfGh", "us-east-1_0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
/// # assert_ne!(user, device);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    pub(crate) group: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> Identity<'a> {
    /// Creates the identity of a user from the pool's name and the USER_ID_FOR_SRP that the service
    /// returned.
    ///
    /// The pool's name is the part of the pool's id after the underscore: `Ab12Cd34E` in
    /// `eu-west-1_Ab12Cd34E`. USER_ID_FOR_SRP is the user name, not the alias that the user
    /// entered.
    pub fn user(pool_name: &'a str, user_id_for_srp: &'a str) -> Self {
        Self { group: pool_name, name: user_id_for_srp }
    }

    /// Creates the identity of a device from the DeviceGroupKey and the DeviceKey of its first
    /// sign-in.
    pub fn device(device_group_key: &'a str, device_key: &'a str) -> Self {
        Self { group: device_group_key, name: device_key }
    }
}
