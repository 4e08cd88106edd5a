//! Runs one computation of SRP: `cognito-valgrind SIDE LEVEL SEED [undefined|residue|timing]`.
//!
//! SIDE is `client`, `server`, `device`, `proof` (the comparison of a proof) or `hash` (SECRET_HASH),
//! LEVEL `best` or `baseline`. With `undefined`, the password and all random numbers are undefined
//! memory, so that memcheck reports the branches that depend on them. With `residue`, for which valgrind
//! is not needed, secrets that remain on the stack are an error, and so are a planted secret that the
//! search does not find and secrets of another computation. With `timing`, times that depend on secrets
//! are an error. callgrind counts the functions `…_side`.

mod memcheck;
mod residue;
mod timing;

use std::convert::Infallible;
use std::error::Error;
use std::hint::black_box;

use cognito_srp::hazmat::{self, DeviceTranscript, Transcript};
use cognito_srp::{
    DeviceSecret, EphemeralKeyPair, Identity, PasswordVerifier, ServerExchange, SrpChallenge,
    SrpError, Timestamp, secret_hash,
};
use memcheck::{mark_defined, mark_undefined};
use rand_core::{TryCryptoRng, TryRng};
use residue::Secret;

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type SrpResult<T> = std::result::Result<T, SrpError>;

/// The public texts of a computation, which are derived from its secrets.
type Output = Vec<String>;

const PASSWORD: &str = "Correct-horse1";
const SECRET_BLOCK: &str = "c2VjcmV0IGJsb2Nr";
const SALT: [u8; 16] = [1; 16];
const WRONG_SIGNATURE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// The number of samples of a fast computation.
const SAMPLES: usize = 40_000;

const DEVICE_GROUP_KEY: &str = "-abCdEfGh";
const DEVICE_KEY: &str = "us-east-1_0f1e2d3c-4b5a";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [side, level, seed, mode @ ..] = &*arguments else {
        return Err("usage: cognito-valgrind SIDE LEVEL SEED [undefined|residue|timing]".into());
    };
    match *level {
        "best" => {}
        "baseline" => hazmat::use_baseline_only(true),
        other => return Err(format!("there is no level `{other}`").into()),
    }
    let seed = seed.parse()?;
    let (side, expected) = match *side {
        "client" => client(seed)?,
        "server" => server(seed)?,
        "device" => device(seed)?,
        "proof" => (proof(seed)?, Expected::default()),
        "hash" => (Side::Hash { secret: client_secret(seed) }, Expected::default()),
        other => return Err(format!("there is no side `{other}`").into()),
    };
    match mode {
        [] => drop(side.run(PASSWORD, &mut Seeded::secret(seed, false))?),
        ["undefined"] => {
            let mut password = PASSWORD.to_owned();
            // SAFETY: valgrind notes the bytes, which stay the same text.
            mark_undefined(unsafe { password.as_bytes_mut() });
            side.run(&password, &mut Seeded::secret(seed, true))?;
        }
        ["residue"] => side.reject_residue(seed, &expected)?,
        ["timing"] => side.compare_times(seed)?,
        _ => return Err(format!("unexpected arguments: {mode:?}").into()),
    }
    Ok(())
}

/// The values of a computation, computed in another way.
#[derive(Default)]
struct Expected {
    secrets: Vec<Secret>,
    output: Output,
}

/// A side with the message of the other.
enum Side {
    Client(Box<SrpChallenge>),
    Server {
        srp_a: String,
    },
    /// A device receives no message.
    Device,
    Proof {
        exchange: Box<ServerExchange>,
        signature: String,
    },
    Hash {
        secret: String,
    },
}

impl Side {
    fn run(&self, password: &str, rng: &mut Seeded) -> SrpResult<Output> {
        match self {
            Self::Client(challenge) => client_side(password, challenge, rng),
            Self::Server { srp_a } => server_side(password, srp_a, rng),
            Self::Device => device_side(rng),
            Self::Proof { exchange, signature } => {
                proof_side(exchange, signature).map(|()| Output::new())
            }
            Self::Hash { secret } => {
                hash_side(secret);
                Ok(Output::new())
            }
        }
    }

    /// Rejects secrets that the computation leaves on the stack.
    ///
    /// A search for secrets of another computation would never find any. Therefore the public texts must
    /// be derived from the given secrets. As a control, the texts of another seed must differ.
    fn reject_residue(&self, seed: u64, expected: &Expected) -> Result<()> {
        let run = |seed| self.run(PASSWORD, &mut Seeded::secret(seed, false));
        if run(seed)? != expected.output {
            return Err("the secrets to search for are those of another computation".into());
        }
        if run(seed.wrapping_add(1))? == expected.output {
            return Err("the control is not found: another seed leads to the same texts".into());
        }
        residue::reject(&expected.secrets, || run(seed).map(drop))
    }

    /// Compares the times for two secrets of this side. As a control, it must detect a comparison in
    /// variable time.
    fn compare_times(&self, seed: u64) -> Result<()> {
        let prepare = |one: &mut [u8; 4096], class| {
            one.fill(0);
            one[if class { 0 } else { 4095 }] = 1;
        };
        let control = timing::t_value(SAMPLES, [0; 4096], prepare, |one, _| {
            black_box(timing::early_exit(one, &[0; 4096]));
        });
        if control.abs() < timing::THRESHOLD {
            return Err(format!("the control is not found: t = {control:.1}").into());
        }
        let (samples, passwords) = (self.samples(), [PASSWORD, "Zorrect-horse2"]);
        let wrong_at_end = proof(2)?;
        let copy = |shared: &mut Self, class: bool| {
            if let (Self::Proof { signature: shared, .. }, Self::Proof { signature, .. }) =
                (shared, &wrong_at_end)
            {
                shared.clone_from(signature);
                spoil(shared, 20 * usize::from(class));
            }
        };
        let t = timing::t_value(samples, proof(1)?, copy, |shared, class| {
            let mut random = Seeded::secret(seed + u64::from(class), false);
            let outcome = match self {
                Self::Proof { .. } => shared.run(PASSWORD, &mut random),
                Self::Hash { .. } => {
                    let secret = client_secret(seed + u64::from(class));
                    Self::Hash { secret }.run(PASSWORD, &mut random)
                }
                side => side.run(passwords[usize::from(class)], &mut random),
            };
            let _ = black_box(outcome);
        });
        println!("t = {t:.1}, of the control {control:.0}, {samples} samples");
        if t.abs() > timing::THRESHOLD {
            return Err("the time depends on secrets".into());
        }
        Ok(())
    }

    /// Returns the number of samples that take a few seconds.
    fn samples(&self) -> usize {
        match self {
            Self::Client(_) | Self::Server { .. } | Self::Device => SAMPLES / 20,
            Self::Proof { .. } | Self::Hash { .. } => SAMPLES,
        }
    }
}

/// Returns an exchange, and a proof with a wrong byte at its start, in its middle or at its end.
fn proof(seed: u64) -> Result<Side> {
    let pair = hazmat::pair_from_secret(&[7; 40])?;
    let stored = PasswordVerifier::new(identity(), PASSWORD, &SALT);
    let exchange = hazmat::exchange_from_secret(&stored, &pair.srp_a(), &[9; 40])?;
    let challenge = SrpChallenge::parse(exchange.salt(), exchange.srp_b(), SECRET_BLOCK)?;
    let claim = pair.claim(identity(), PASSWORD, &challenge, &timestamp()?)?;
    let mut signature = claim.signature().to_owned();
    let at = [0, 20, 40][usize::try_from(seed % 3)?];
    spoil(&mut signature, at);
    Ok(Side::Proof { exchange: Box::new(exchange), signature })
}

/// Changes a letter of a proof.
fn spoil(signature: &mut String, at: usize) {
    let changed = if signature[at..].starts_with('A') { "B" } else { "A" };
    signature.replace_range(at..=at, changed);
}

/// Returns a client secret of a fixed length.
fn client_secret(seed: u64) -> String {
    let letter = char::from(b'a' + (seed % 26) as u8);
    std::iter::repeat_n(letter, 52).collect()
}

fn client(seed: u64) -> Result<(Side, Expected)> {
    let mut public = Seeded::public(seed);
    let stored = PasswordVerifier::generate(identity(), PASSWORD, &mut public)?;
    let srp_a = EphemeralKeyPair::generate(&mut public)?.srp_a();
    let exchange = stored.challenge(&srp_a, &mut public)?;
    let challenge = SrpChallenge::parse(exchange.salt(), exchange.srp_b(), SECRET_BLOCK)?;
    let a = Seeded::secret(seed, false).exponent();
    let pair = hazmat::pair_from_secret(&a)?;
    let mut secrets = secrets(&pair, &challenge)?;
    secrets.push(("a", a.to_vec()));
    let srp_a = pair.srp_a();
    let claim = pair.claim(identity(), PASSWORD, &challenge, &timestamp()?)?;
    let output = vec![srp_a, claim.signature().to_owned()];
    Ok((Side::Client(Box::new(challenge)), Expected { secrets, output }))
}

fn server(seed: u64) -> Result<(Side, Expected)> {
    let a = Seeded::public(seed).exponent();
    let pair = hazmat::pair_from_secret(&a)?;
    let srp_a = pair.srp_a();
    let b = Seeded::secret(seed, false).exponent();
    let stored = PasswordVerifier::new(identity(), PASSWORD, &SALT);
    let exchange = hazmat::exchange_from_secret(&stored, &srp_a, &b)?;
    let challenge = SrpChallenge::parse(exchange.salt(), exchange.srp_b(), SECRET_BLOCK)?;
    let mut secrets = secrets(&pair, &challenge)?;
    secrets.push(("b", b.to_vec()));
    let output = vec![exchange.srp_b().to_owned()];
    Ok((Side::Server { srp_a }, Expected { secrets, output }))
}

fn device(seed: u64) -> Result<(Side, Expected)> {
    let mut random = Seeded::secret(seed, false);
    let (password, mut salt) = (random.exponent(), [0; 16]);
    let Ok(()) = random.try_fill_bytes(&mut salt);
    let device = hazmat::device_secret(DEVICE_GROUP_KEY, DEVICE_KEY, &password, &salt);
    let text = device.password();
    let transcript = DeviceTranscript::new(DEVICE_GROUP_KEY, DEVICE_KEY, text, &salt);
    let mut secrets = residue::of_device(&transcript)?;
    secrets.push(("the password", text.as_bytes().to_vec()));
    secrets.push(("the password's bytes", password.to_vec()));
    let output = vec![device.password_verifier().to_owned(), device.salt().to_owned()];
    Ok((Side::Device, Expected { secrets, output }))
}

fn secrets(pair: &EphemeralKeyPair, challenge: &SrpChallenge) -> Result<Vec<Secret>> {
    let transcript = Transcript::new(pair, identity(), PASSWORD, challenge, &timestamp()?)?;
    residue::of_transcript(&transcript)
}

/// Computes everything that a client computes for a sign-in.
#[inline(never)]
fn client_side(password: &str, challenge: &SrpChallenge, rng: &mut Seeded) -> SrpResult<Output> {
    let timestamp = timestamp()?;
    let pair = EphemeralKeyPair::generate(rng)?;
    let srp_a = pair.srp_a();
    let claim = pair.claim(identity(), password, challenge, &timestamp)?;
    Ok(vec![srp_a, claim.signature().to_owned()])
}

/// Computes a verifier and the response to SRP_A, and checks a claim with a wrong password.
#[inline(never)]
fn server_side(password: &str, srp_a: &str, rng: &mut Seeded) -> SrpResult<Output> {
    let stored = PasswordVerifier::new(identity(), password, &SALT);
    let exchange = stored.challenge(srp_a, rng)?;
    let verified = exchange.verify(identity(), b"secret block", &timestamp()?, WRONG_SIGNATURE);
    let _ = black_box(verified);
    black_box(stored.matches(identity(), password));
    Ok(vec![exchange.srp_b().to_owned()])
}

/// Checks a claim with a wrong signature.
#[inline(never)]
fn proof_side(exchange: &ServerExchange, signature: &str) -> SrpResult<()> {
    let verified = exchange.verify(identity(), b"secret block", &timestamp()?, signature);
    let _ = black_box(verified);
    Ok(())
}

/// Computes the SECRET_HASH of a client secret.
#[inline(never)]
fn hash_side(secret: &str) {
    black_box(secret_hash("alice", "1example23456789", secret));
}

/// Generates the password of a device, and parses its verifier as a server does.
#[inline(never)]
fn device_side(rng: &mut Seeded) -> SrpResult<Output> {
    let device = DeviceSecret::generate(DEVICE_GROUP_KEY, DEVICE_KEY, rng)?;
    let (verifier, salt) = (device.password_verifier(), device.salt());
    // The server's checks of the verifier and the salt may branch, because both are sent.
    [verifier, salt].iter().for_each(|text| mark_defined(text.as_bytes()));
    black_box(PasswordVerifier::from_device(verifier, salt)?);
    Ok(vec![verifier.to_owned(), salt.to_owned()])
}

fn timestamp() -> SrpResult<Timestamp> {
    Timestamp::from_unix_seconds(1_767_582_249)
}

fn identity() -> Identity<'static> {
    Identity::user("Ab12Cd34E", "6a3a9a4e-0f1d-4b0c-9c67-5f1f5d1f2c3b")
}

/// A reproducible random source: splitmix64.
struct Seeded {
    state: u64,
    undefined: bool,
}

impl Seeded {
    /// Returns a source for values of the other side.
    fn public(seed: u64) -> Self {
        Self { state: seed ^ 0x5555, undefined: false }
    }

    fn secret(seed: u64, undefined: bool) -> Self {
        Self { state: seed, undefined }
    }

    /// Returns the next 40 bytes, which are the exponent of a generated pair.
    fn exponent(&mut self) -> [u8; 40] {
        let mut bytes = [0; 40];
        let Ok(()) = self.try_fill_bytes(&mut bytes);
        bytes
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> std::result::Result<u32, Infallible> {
        Ok((self.next() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> std::result::Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> std::result::Result<(), Infallible> {
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
