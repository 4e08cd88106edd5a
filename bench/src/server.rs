//! The server's side of SRP: the verifier of a new password; B, S and the key; the check of a proof.

use cognito_srp::{EphemeralKeyPair, PasswordVerifier, SrpChallenge, Timestamp};
use getrandom::SysRng;

use crate::Result;
use crate::aws_lc::{Field, Number};
use crate::measure::Contender;
use crate::srp::{N, PASSWORD, SECRET_BLOCK, from_hex, identity, random};

const AWS_LC: &str = "AWS-LC, a server's three exponentiations (b of 256 bits)";
const AWS_LC_VERIFIER: &str = "AWS-LC, the exponentiation of a verifier";
const OURS: &str = "our server: B, S and the key (b of 320 bits, constant time, wiped)";

/// The bytes of [`SECRET_BLOCK`].
const SECRET_BYTES: &[u8] = b"secret block";

pub(crate) fn contenders() -> Result<Vec<Contender>> {
    Ok(vec![challenge()?, aws_lc()?, verifier(), aws_lc_verifier()?, proof()?])
}

/// Measures the computation of B, S and the key for an SRP_A.
fn challenge() -> Result<Contender> {
    let stored = PasswordVerifier::generate(identity(), PASSWORD, &mut SysRng)?;
    let srp_a = EphemeralKeyPair::generate(&mut SysRng)?.srp_a();
    let contender = Contender::checked(OURS, move || stored.challenge(&srp_a, &mut SysRng));
    Ok(contender.wanted_at_most(0.8, AWS_LC))
}

fn verifier() -> Contender {
    let make = || PasswordVerifier::generate(identity(), PASSWORD, &mut SysRng);
    let contender = Contender::checked("our server: the verifier of a new password", make);
    contender.wanted_at_most(0.8, AWS_LC_VERIFIER)
}

fn proof() -> Result<Contender> {
    let stored = PasswordVerifier::generate(identity(), PASSWORD, &mut SysRng)?;
    let pair = EphemeralKeyPair::generate(&mut SysRng)?;
    let exchange = stored.challenge(&pair.srp_a(), &mut SysRng)?;
    let challenge = SrpChallenge::parse(exchange.salt(), exchange.srp_b(), SECRET_BLOCK)?;
    let timestamp = Timestamp::from_unix_seconds(1_767_582_249)?;
    let claim = pair.claim(identity(), PASSWORD, &challenge, &timestamp)?;
    let signature = claim.signature().to_owned();
    let check = move || exchange.verify(identity(), SECRET_BYTES, &timestamp, &signature);
    check()?;
    Ok(Contender::checked("our server: the check of a proof", check).wanted_at_most(0.02, OURS))
}

/// Measures only the exponentiations: 2^b, v^u and base^b, with a b of 256 bits.
fn aws_lc() -> Result<Contender> {
    let mut field = Field::new(&from_hex(N)?);
    let (two, verifier, base) = (Number::new(&[2]), random(383)?, random(383)?);
    let (b, u) = (random(32)?, random(32)?);
    Ok(Contender::new(AWS_LC, move || {
        field.power(&two, &b);
        field.power(&verifier, &u);
        field.power(&base, &b);
    }))
}

/// Measures only the exponentiation 2^x.
fn aws_lc_verifier() -> Result<Contender> {
    let mut field = Field::new(&from_hex(N)?);
    let (two, x) = (Number::new(&[2]), random(32)?);
    Ok(Contender::new(AWS_LC_VERIFIER, move || field.power(&two, &x)))
}
