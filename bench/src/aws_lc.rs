//! Modular exponentiation in AWS-LC's C and assembly, in constant time.

use std::ptr;

use aws_lc_sys::{
    BIGNUM, BN_CTX, BN_CTX_free, BN_CTX_new, BN_MONT_CTX, BN_MONT_CTX_free,
    BN_MONT_CTX_new_for_modulus, BN_bin2bn, BN_free, BN_mod_exp_mont_consttime, BN_new,
};

/// The modulus of RFC 3526, group 15: 3072 bits, big-endian.
pub(crate) struct Field {
    modulus: Number,
    context: *mut BN_CTX,
    montgomery: *mut BN_MONT_CTX,
    result: Number,
}

/// A number of AWS-LC.
pub(crate) struct Number(*mut BIGNUM);

impl Field {
    pub(crate) fn new(modulus: &[u8]) -> Self {
        let modulus = Number::new(modulus);
        // SAFETY: both constructors have no arguments, and their results are checked.
        let (context, result) = unsafe { (BN_CTX_new(), Number(BN_new())) };
        assert!(!context.is_null() && !result.0.is_null(), "AWS-LC cannot allocate memory");
        // SAFETY: `modulus` and `context` are live.
        let montgomery = unsafe { BN_MONT_CTX_new_for_modulus(modulus.0, context) };
        assert!(!montgomery.is_null(), "the modulus is odd");
        Self { modulus, context, montgomery, result }
    }

    /// Computes base^exponent modulo the modulus.
    pub(crate) fn power(&mut self, base: &Number, exponent: &Number) {
        // SAFETY: all pointers are live, and `result` has no other reference.
        let done = unsafe {
            BN_mod_exp_mont_consttime(
                self.result.0,
                base.0,
                exponent.0,
                self.modulus.0,
                self.context,
                self.montgomery,
            )
        };
        assert_eq!(done, 1, "the exponentiation of AWS-LC failed");
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        // SAFETY: both were created by their constructors and are freed once.
        unsafe {
            BN_MONT_CTX_free(self.montgomery);
            BN_CTX_free(self.context);
        }
    }
}

impl Number {
    /// Creates a number from big-endian bytes.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        // SAFETY: the pointer and the length belong to one slice; null requests a new number.
        let number = unsafe { BN_bin2bn(bytes.as_ptr(), bytes.len(), ptr::null_mut()) };
        assert!(!number.is_null(), "AWS-LC cannot allocate memory");
        Self(number)
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        // SAFETY: AWS-LC created the number, and it is freed once.
        unsafe { BN_free(self.0) }
    }
}
