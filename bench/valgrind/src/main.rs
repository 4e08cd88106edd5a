//! One computation of SRP under valgrind: `cognito-valgrind SIDE LEVEL SEED [undefined]`.
//!
//! SIDE is `client` or `server`, LEVEL `best` or `baseline`. With `undefined`, the password and all
//! random numbers are undefined memory, so that memcheck reports what depends on them. callgrind
//! counts the functions `client_side` and `server_side`.

mod memcheck;

use std::convert::Infallible;
use std::hint::black_box;

use cognito_srp::{
    EphemeralKeyPair, Identity, PasswordVerifier, SrpChallenge, SrpError, Timestamp, hazmat,
};
use memcheck::mark_undefined;
use rand_core::{TryCryptoRng, TryRng};

const PASSWORD: &str = "Correct-horse1";
const SECRET_BLOCK: &str = "c2VjcmV0IGJsb2Nr";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [side, level, seed, rest @ ..] = &*arguments else {
        return Err("usage: cognito-valgrind SIDE LEVEL SEED [undefined]".into());
    };
    let undefined = match rest {
        [] => false,
        ["undefined"] => true,
        _ => return Err(format!("unexpected arguments: {rest:?}").into()),
    };
    match *level {
        "best" => {}
        "baseline" => hazmat::use_baseline_only(true),
        other => return Err(format!("there is no level `{other}`").into()),
    }
    let seed = seed.parse()?;
    let mut secret = Seeded { state: seed, undefined };
    let mut password = PASSWORD.to_owned();
    if undefined {
        // SAFETY: valgrind notes the bytes, which stay the same text.
        mark_undefined(unsafe { password.as_bytes_mut() });
    }
    // The values of the other side, which are public.
    let mut public = Seeded { state: seed ^ 0x5555, undefined: false };
    match *side {
        "client" => client_side(&password, &challenge(&mut public)?, &mut secret)?,
        "server" => {
            let srp_a = EphemeralKeyPair::generate(&mut public)?.srp_a();
            server_side(&password, &srp_a, &mut secret)?;
        }
        other => return Err(format!("there is no side `{other}`").into()),
    }
    Ok(())
}

fn challenge(rng: &mut Seeded) -> Result<SrpChallenge, SrpError> {
    let stored = PasswordVerifier::generate(identity(), PASSWORD, rng)?;
    let exchange = stored.challenge(&EphemeralKeyPair::generate(rng)?.srp_a(), rng)?;
    SrpChallenge::parse(exchange.salt(), exchange.srp_b(), SECRET_BLOCK)
}

/// All that a client computes for a sign-in.
#[inline(never)]
fn client_side(password: &str, challenge: &SrpChallenge, rng: &mut Seeded) -> Result<(), SrpError> {
    let timestamp = Timestamp::from_unix_seconds(1_767_582_249)?;
    let pair = EphemeralKeyPair::generate(rng)?;
    black_box(pair.srp_a());
    black_box(pair.claim(identity(), password, challenge, &timestamp)?);
    Ok(())
}

/// A verifier, and the response to SRP_A.
#[inline(never)]
fn server_side(password: &str, srp_a: &str, rng: &mut Seeded) -> Result<(), SrpError> {
    let stored = PasswordVerifier::new(identity(), password, &[1; 16]);
    black_box(stored.challenge(srp_a, rng)?);
    black_box(stored.matches(identity(), password));
    Ok(())
}

fn identity() -> Identity<'static> {
    Identity::user("Ab12Cd34E", "6a3a9a4e-0f1d-4b0c-9c67-5f1f5d1f2c3b")
}

/// Reproducible numbers of splitmix64.
struct Seeded {
    state: u64,
    undefined: bool,
}

impl Seeded {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        if self.undefined {
            mark_undefined(bytes);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}
