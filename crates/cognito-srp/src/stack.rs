//! Wiping the stack after computations with secrets.
//!
//! This crate wipes its own temporary values, but crypto-bigint, sha2 and hkdf do not wipe theirs,
//! nor are the copies wiped that the compiler makes for moves. libgcrypt wipes its stack for the
//! same reason.

use zeroize::Zeroize;

/// The number of wiped bytes, more than any computation uses: a table of powers takes 16 KiB, an
/// element 1 KiB.
const DEPTH: usize = 40 * 1024;

/// Runs a computation, wipes the stack that it used, and returns its result.
///
/// A secret result must be on the heap, because the caller receives a copy.
#[inline(never)]
pub(crate) fn wiped<T>(computation: impl FnOnce() -> T) -> T {
    let result = run(computation);
    wipe();
    result
}

/// Runs the computation in its own stack frame, which [`wipe`] then overwrites.
#[inline(never)]
fn run<T>(computation: impl FnOnce() -> T) -> T {
    computation()
}

#[inline(never)]
fn wipe() {
    let mut stack = [0_u64; DEPTH / size_of::<u64>()];
    stack.zeroize();
}
