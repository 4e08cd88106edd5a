//! Wiping of what computations with secrets leave on the stack.
//!
//! Own temporary values are wiped where they end, but not those of crypto-bigint, sha2 and hkdf, nor
//! the copies that a compiler makes when a value moves. libgcrypt burns its stack for this reason.

use zeroize::Zeroize;

/// More than the deepest computation uses: a table of powers takes 16 KiB, an element 1 KiB.
const DEPTH: usize = 40 * 1024;

/// Returns the result of a computation after wiping the stack that it used.
///
/// A result that is secret must be on the heap, since the caller receives a copy.
#[inline(never)]
pub(crate) fn wiped<T>(computation: impl FnOnce() -> T) -> T {
    let result = run(computation);
    wipe();
    result
}

/// Never part of its caller, so that all of the computation lies where [`wipe`] comes after it.
#[inline(never)]
fn run<T>(computation: impl FnOnce() -> T) -> T {
    computation()
}

#[inline(never)]
fn wipe() {
    let mut stack = [0_u64; DEPTH / size_of::<u64>()];
    stack.zeroize();
}
