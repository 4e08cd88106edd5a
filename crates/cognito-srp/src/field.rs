//! Arithmetic modulo N, the 3072-bit prime of RFC 5054, appendix A, behind one small interface.
//!
//! Nothing outside this module knows how an [`Element`] is represented, so that other arithmetic
//! can replace it under the same tests. All of it runs in constant time in the values; what may be
//! seen is how long an exponent is allowed to be and that SRP_B was reduced.

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{
    CtEq, CtSelect, Limb, NonZero, U3072, U4096, const_monty_params, modular::ConstMontyParams,
};
use zeroize::{Zeroize, Zeroizing};

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

const POWERS: usize = 1 << WINDOW_BITS;

/// An integer modulo N.
#[derive(Clone, Copy)]
pub(crate) struct Element(ConstMontyForm<Group, { U3072::LIMBS }>);

impl Element {
    pub(crate) const ONE: Self = Self(ConstMontyForm::ONE);

    /// The generator g.
    pub(crate) const TWO: Self = Self(ConstMontyForm::new(&U3072::from_u8(2)));

    /// k = SHA-256(PAD(N) ‖ PAD(g)), the multiplier of SRP-6a.
    pub(crate) const K: Self = Self(ConstMontyForm::new(&K));

    /// Reads a big-endian integer of at most [`WIDE_BYTES`] bytes and reduces it modulo N.
    ///
    /// The time taken depends on the integer, which must therefore be public.
    pub(crate) fn from_public_bytes(bytes: &[u8]) -> Option<Self> {
        let mut wide = [0; WIDE_BYTES];
        let start = WIDE_BYTES.checked_sub(bytes.len())?;
        wide.get_mut(start..)?.copy_from_slice(bytes);
        let modulus = NonZero::new(*Group::PARAMS.modulus().as_ref()).into_option()?;
        let reduced = U4096::from_be_slice(&wide).rem_vartime(&modulus);
        Some(Self(ConstMontyForm::new(&reduced)))
    }

    /// Big-endian, always [`ELEMENT_BYTES`] long.
    pub(crate) fn to_be_bytes(self) -> Zeroizing<[u8; ELEMENT_BYTES]> {
        let mut bytes = Zeroizing::new([0; ELEMENT_BYTES]);
        let integer = Zeroizing::new(self.0.retrieve());
        bytes.copy_from_slice(integer.to_be_bytes().as_ref());
        bytes
    }

    #[cfg(test)]
    pub(crate) fn to_montgomery_bytes(self) -> [u8; ELEMENT_BYTES] {
        let mut bytes = [0; ELEMENT_BYTES];
        bytes.copy_from_slice(self.0.as_montgomery().to_le_bytes().as_ref());
        bytes
    }

    /// Returns whether this is zero, for values that the other side sent.
    pub(crate) fn is_zero(&self) -> bool {
        self.0.as_montgomery().is_zero_vartime()
    }

    pub(crate) fn ct_eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).to_bool()
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        Self(self.0.add(&other.0))
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        Self(self.0.sub(&other.0))
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        Self(self.0.mul(&other.0))
    }

    pub(crate) fn square(&self) -> Self {
        Self(self.0.square())
    }

    /// Raises to a secret power with a fixed window over the exponent's bound.
    pub(crate) fn pow(&self, exponent: &Exponent) -> Self {
        let powers = self.powers();
        let mut windows = exponent.windows();
        let mut result = windows.next().map_or(Self::ONE, |window| powers.select(window));
        for window in windows {
            for _ in 0..WINDOW_BITS {
                result = result.square();
            }
            result = result.mul(&powers.select(window));
        }
        result
    }

    fn powers(&self) -> Zeroizing<Table<POWERS>> {
        let mut powers = Zeroizing::new(Table([*Self::ONE.0.as_montgomery(); POWERS]));
        let mut power = *self;
        for entry in powers.0.iter_mut().skip(1) {
            *entry = *power.0.as_montgomery();
            power = power.mul(self);
        }
        power.zeroize();
        powers
    }
}

impl Zeroize for Element {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// Elements among which one is chosen by a secret index.
pub(crate) struct Table<const LEN: usize>([U3072; LEN]);

impl<const LEN: usize> Table<LEN> {
    /// Reads entries in Montgomery form (R = 2^3072), little-endian, one after the other.
    ///
    /// # Panics
    ///
    /// When `bytes` is shorter than the entries; it is meant for constants.
    #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
    pub(crate) const fn from_montgomery_bytes(bytes: &[u8], first: usize) -> Self {
        let mut entries = [U3072::ZERO; LEN];
        let mut index = 0;
        while index < LEN {
            let (_, rest) = bytes.split_at((first + index) * ELEMENT_BYTES);
            let (entry, _) = rest.split_at(ELEMENT_BYTES);
            entries[index] = U3072::from_le_slice(entry);
            index += 1;
        }
        Self(entries)
    }

    /// Reads every entry and keeps the one at `index`, so that memory accesses tell nothing.
    pub(crate) fn select(&self, index: u32) -> Element {
        let mut chosen = U3072::ZERO;
        for (position, entry) in (0u32..).zip(&self.0) {
            let mask = Limb::ZERO.ct_select(&Limb::MAX, position.ct_eq(&index));
            chosen = chosen.bitor(&entry.bitand_limb(mask));
        }
        Element(ConstMontyForm::from_montgomery(chosen))
    }
}

impl<const LEN: usize> Zeroize for Table<LEN> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// The value of k; a test computes it again.
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
