//! Search of the stack for secrets that a computation has left there.

use std::collections::HashMap;
use std::hint::black_box;
use std::{slice, thread};

use cognito_srp::hazmat::{DeviceTranscript, Transcript};

use crate::{Result, SrpResult};

/// The number of bytes of the stack to search below the caller, which is more than a sign-in uses.
const DEPTH: usize = 128 * 1024;

/// The number of consecutive bytes that identify a secret.
const WINDOW: usize = 8;

/// The name and bytes of a secret.
pub(crate) type Secret = (&'static str, Vec<u8>);

/// Returns the secrets of a sign-in, except the exponent.
pub(crate) fn of_transcript(transcript: &Transcript) -> Result<Vec<Secret>> {
    let Transcript { x, s, prk, key, identity_hash, .. } = transcript;
    named([("x", x), ("S", s), ("HKDF's key", prk), ("the key", key), ("hash", identity_hash)])
}

/// Returns the secrets of a device, except its password.
pub(crate) fn of_device(transcript: &DeviceTranscript) -> Result<Vec<Secret>> {
    let DeviceTranscript { x, verifier, identity_hash, .. } = transcript;
    named([("x", x), ("the verifier", verifier), ("hash", identity_hash)])
}

fn named<const LEN: usize>(numbers: [(&'static str, &String); LEN]) -> Result<Vec<Secret>> {
    numbers.into_iter().map(|(name, hex)| Ok((name, from_hex(hex)?))).collect()
}

/// Runs a computation on a new stack, and fails if a secret is found there, in either byte order. As a
/// control, it also fails if it does not find a secret that a function leaves on purpose.
pub(crate) fn reject(
    secrets: &[Secret],
    computation: impl FnOnce() -> SrpResult<()> + Send,
) -> Result<()> {
    for secret in secrets {
        let control = || {
            leave(&secret.1);
            Ok(())
        };
        if find(slice::from_ref(secret), control)?.is_none() {
            return Err(format!("the search does not find the control: {}", secret.0).into());
        }
    }
    match find(secrets, computation)? {
        None => Ok(()),
        Some((name, depth)) => Err(format!("{name} is on the stack, {depth} bytes deep").into()),
    }
}

/// Returns the first secret that a computation left on its stack, and its depth.
fn find(
    secrets: &[Secret],
    computation: impl FnOnce() -> SrpResult<()> + Send,
) -> Result<Option<(&'static str, usize)>> {
    let mut windows = HashMap::new();
    for (name, secret) in secrets {
        let reversed: Vec<u8> = secret.iter().rev().copied().collect();
        for bytes in [secret, &reversed] {
            windows.extend(bytes.windows(WINDOW).map(|window| (window.to_vec(), *name)));
        }
    }
    let stack = stack_after(computation)?;
    let mut found = stack.windows(WINDOW).enumerate();
    Ok(found.find_map(|(at, window)| Some((*windows.get(window)?, DEPTH - at))))
}

/// Leaves a secret in a frame as large as those of the arithmetic.
#[inline(never)]
fn leave(secret: &[u8]) {
    let mut frame = [0; 8 * 1024];
    if let Some(place) = frame.get_mut(..secret.len()) {
        place.copy_from_slice(secret);
    }
    black_box(&frame);
}

fn stack_after(computation: impl FnOnce() -> SrpResult<()> + Send) -> Result<Vec<u8>> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(4 * DEPTH);
        let thread = thread.spawn_scoped(scope, || {
            let result = run(computation);
            result.map(|()| copy_of_stack())
        })?;
        let stack = thread.join().map_err(|_| "the computation panicked")?;
        Ok(stack?)
    })
}

#[inline(never)]
fn run(computation: impl FnOnce() -> SrpResult<()>) -> SrpResult<()> {
    computation()
}

#[inline(never)]
fn copy_of_stack() -> Vec<u8> {
    let mut copy = vec![0; DEPTH];
    let top = black_box(0_u8);
    let bottom = (&raw const top).wrapping_sub(DEPTH);
    for (offset, byte) in copy.iter_mut().enumerate() {
        // SAFETY: the thread's stack is four times as large, and its memory below this function is
        // mapped and belongs to no value.
        *byte = unsafe { bottom.wrapping_add(offset).read_volatile() };
    }
    copy
}

fn from_hex(hex: &str) -> Result<Vec<u8>> {
    let even = if hex.len() % 2 == 1 { format!("0{hex}") } else { hex.to_owned() };
    let byte = |at: usize| Ok(u8::from_str_radix(&even[at..at + 2], 16)?);
    (0..even.len()).step_by(2).map(byte).collect()
}
