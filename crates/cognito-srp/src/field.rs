//! Arithmetic modulo N, the 3072-bit prime of RFC 5054, appendix A.
//!
//! Code outside this module does not depend on the representation of an [`Element`]. All operations
//! take constant time in the values. The time may only depend on the bound of an exponent and on
//! the length of the integer that [`reduce`] receives.

#[cfg(any(not(target_arch = "x86_64"), cognito_srp_portable))]
mod bigint;
#[cfg(all(target_arch = "x86_64", not(cognito_srp_portable)))]
mod limbs;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;

#[cfg(feature = "hazmat")]
pub(crate) use arithmetic::use_baseline_only;
pub(crate) use arithmetic::{Element, Table, Workspace};
#[cfg(any(not(target_arch = "x86_64"), cognito_srp_portable))]
use bigint as arithmetic;
use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use crypto_bigint::{NonZero, U3072, U4096, Word, const_monty_params};
#[cfg(all(target_arch = "x86_64", not(cognito_srp_portable)))]
use limbs as arithmetic;

use zeroize::Zeroizing;

use crate::exponent::{Exponent, WINDOW_BITS};

/// Length of N and of every element in bytes.
pub(crate) const ELEMENT_BYTES: usize = 384;

/// Longest integer that can be reduced, in bytes.
pub(crate) const WIDE_BYTES: usize = 512;

const_monty_params!(
    Group,
    U3072,
    concat!(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22",
        "514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6",
        "F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3D",
        "C2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB",
        "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E8603",
        "9B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510",
        "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D",
        "B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864",
        "D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB31",
        "43DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"
    ),
    "N, the 3072-bit safe prime of RFC 3526, group 15."
);

const N: NonZero<U3072> = *Group::PARAMS.modulus().as_nz_ref();

/// An integer modulo N in Montgomery form with R = 2^3072.
type Form = ConstMontyForm<Group, { U3072::LIMBS }>;

/// A secret big-endian integer, which is not copied by moves and is wiped when dropped.
pub(crate) type SecretBytes = Box<Zeroizing<[u8; ELEMENT_BYTES]>>;

const POWERS: usize = 1 << WINDOW_BITS;

/// Reduces a big-endian integer of at most [`WIDE_BYTES`] bytes modulo N.
pub(crate) fn reduce(bytes: &[u8]) -> Option<SecretBytes> {
    let mut wide = Zeroizing::new([0; WIDE_BYTES]);
    let start = WIDE_BYTES.checked_sub(bytes.len())?;
    wide.get_mut(start..)?.copy_from_slice(bytes);
    let wide = Zeroizing::new(U4096::from_be_slice(&*wide));
    // Its time depends only on N, which is fixed.
    Some(big_endian(&Zeroizing::new(wide.rem_vartime(&N))))
}

impl Element {
    /// Returns the integer below N, big-endian.
    pub(crate) fn to_be_bytes(&self) -> SecretBytes {
        big_endian(&self.to_integer())
    }

    /// Returns the form of the table in the repository: R = 2^3072, little-endian.
    #[cfg(test)]
    pub(crate) fn to_montgomery_bytes(&self) -> [u8; ELEMENT_BYTES] {
        let mut bytes = [0; ELEMENT_BYTES];
        let form = Form::new(&self.to_integer());
        bytes.copy_from_slice(form.as_montgomery().to_le_bytes().as_ref());
        bytes
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        let mut product = self.clone();
        Workspace::new().mul(&mut product, other);
        product
    }

    /// Raises the element to a secret power with fixed windows over the exponent's bound.
    pub(crate) fn pow(&self, exponent: &Exponent) -> Self {
        let mut workspace = Workspace::new();
        let powers = self.powers(&mut workspace);
        let mut result = Self::ONE;
        for (position, window) in exponent.windows().enumerate() {
            if position > 0 {
                for _ in 0..WINDOW_BITS {
                    workspace.square(&mut result);
                }
            }
            workspace.mul_by_entry(&mut result, &powers, window);
        }
        result
    }

    fn powers(&self, workspace: &mut Workspace) -> Zeroizing<Table<POWERS>> {
        let mut powers = Zeroizing::new(Table::ZERO);
        let mut power = Self::ONE;
        for index in 0..POWERS {
            powers.set(index, &power);
            workspace.mul(&mut power, self);
        }
        powers
    }
}

fn big_endian(integer: &U3072) -> SecretBytes {
    let mut bytes = Box::new(Zeroizing::new([0; ELEMENT_BYTES]));
    for (bytes, word) in bytes.rchunks_exact_mut(size_of::<Word>()).zip(integer.as_words()) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

/// k = SHA-256(PAD(N) ‖ PAD(g)), the multiplier of SRP-6a; a test recomputes it.
const K: U3072 = {
    let mut bytes = [0; ELEMENT_BYTES];
    let (_, tail) = bytes.split_at_mut(ELEMENT_BYTES - K_BYTES.len());
    tail.copy_from_slice(&K_BYTES);
    U3072::from_be_slice(&bytes)
};

const K_BYTES: [u8; 32] = [
    0x53, 0x82, 0x82, 0xc4, 0x35, 0x47, 0x42, 0xd7, 0xcb, 0xbd, 0xe2, 0x35, 0x9f, 0xcf, 0x67, 0xf9,
    0xf5, 0xb3, 0xa6, 0xb0, 0x87, 0x91, 0xe5, 0x01, 0x1b, 0x43, 0xb8, 0xa5, 0xb6, 0x6d, 0x9e, 0xe6,
];
