//! Client requests to memcheck, as defined in `valgrind/memcheck.h`.

/// Marks bytes as undefined, so that memcheck reports each branch and address that depends on them.
///
/// Without valgrind, this has no effect.
pub(crate) fn mark_undefined(bytes: &mut [u8]) {
    const MAKE_MEM_UNDEFINED: usize = ((b'M' as usize) << 24) | ((b'C' as usize) << 16) | 1;
    request([MAKE_MEM_UNDEFINED, bytes.as_mut_ptr() as usize, bytes.len(), 0, 0, 0]);
}

/// Marks bytes as defined: branches and addresses that depend on them are not reported.
pub(crate) fn mark_defined(bytes: &[u8]) {
    const MAKE_MEM_DEFINED: usize = ((b'M' as usize) << 24) | ((b'C' as usize) << 16) | 2;
    request([MAKE_MEM_DEFINED, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0]);
}

#[cfg(target_arch = "x86_64")]
fn request(arguments: [usize; 6]) {
    // SAFETY: the instructions rotate rdi by 128 bits in total and exchange rbx with itself, which
    // changes neither register. valgrind recognizes the sequence, reads the arguments at rax, and writes
    // its result to rdx.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") &raw const arguments,
            inout("rdx") 0_usize => _,
        );
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn request(_arguments: [usize; 6]) {}
