//! The computation of a client for one sign-in: A; then S, the key and the signature.

use std::path::Path;

use aws_cognito_srp::{SrpClient, User};
use cognito_srp::{
    EphemeralKeyPair, Identity, PasswordClaim, PasswordVerifier, SrpChallenge, SrpError, Timestamp,
    hazmat,
};
use getrandom::SysRng;

use crate::Result;
use crate::aws_lc::{Field, Number};
use crate::child::ChildProcess;
use crate::measure::Contender;

const POOL_ID: &str = "eu-west-1_Ab12Cd34E";
const POOL_NAME: &str = "Ab12Cd34E";
const USERNAME: &str = "6a3a9a4e-0f1d-4b0c-9c67-5f1f5d1f2c3b";
pub(crate) const PASSWORD: &str = "Correct-horse1";
pub(crate) const SECRET_BLOCK: &str = "c2VjcmV0IGJsb2Nr";

/// The modulus N of Cognito: RFC 3526, group 15.
pub(crate) const N: &str = concat!(
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74",
    "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437",
    "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed",
    "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05",
    "98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb",
    "9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b",
    "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718",
    "3995497cea956ae515d2261898fa051015728e5a8aaac42dad33170d04507a33",
    "a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7",
    "abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864",
    "d87602733ec86a64521f2b18177b200cbbe117577a615d6c770988c0bad946e2",
    "08e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff",
);

const AWS_LC: &str = "AWS-LC, three exponentiations (a of 256 bits)";

/// The response of a server.
struct Answer {
    salt: String,
    srp_b: String,
}

pub(crate) fn contenders(python: Option<&Path>) -> Result<Vec<Contender>> {
    let answer = answer()?;
    let mut contenders =
        vec![ours(&answer)?, ours_at_baseline(&answer)?, aws_cognito_srp(&answer), aws_lc()?];
    match python {
        Some(python) => contenders.push(pycognito(python, &answer)?),
        None => eprintln!("pycognito is left out: python=INTERPRETER is missing"),
    }
    Ok(contenders)
}

fn answer() -> Result<Answer> {
    let stored = PasswordVerifier::generate(identity(), PASSWORD, &mut SysRng)?;
    let pair = EphemeralKeyPair::generate(&mut SysRng)?;
    let exchange = stored.challenge(&pair.srp_a(), &mut SysRng)?;
    Ok(Answer { salt: exchange.salt().to_owned(), srp_b: exchange.srp_b().to_owned() })
}

fn ours(answer: &Answer) -> Result<Contender> {
    let contender =
        Contender::checked("ours (a of 320 bits, constant time, wiped)", sign_in(answer)?);
    Ok(contender.wanted_at_most(0.7, AWS_LC))
}

/// Measures ours without AVX2.
fn ours_at_baseline(answer: &Answer) -> Result<Contender> {
    let mut sign_in = sign_in(answer)?;
    let contender = Contender::checked("ours with SSE2 alone", move || {
        hazmat::use_baseline_only(true);
        let result = sign_in();
        hazmat::use_baseline_only(false);
        result
    });
    Ok(contender.wanted_at_most(1.1, AWS_LC))
}

fn sign_in(
    answer: &Answer,
) -> Result<impl FnMut() -> std::result::Result<(String, PasswordClaim), SrpError> + 'static> {
    let timestamp = Timestamp::from_unix_seconds(1_767_582_249)?;
    let Answer { salt, srp_b } = answer;
    let (salt, srp_b) = (salt.clone(), srp_b.clone());
    Ok(move || {
        let pair = EphemeralKeyPair::generate(&mut SysRng)?;
        let srp_a = pair.srp_a();
        let challenge = SrpChallenge::parse(&salt, &srp_b, SECRET_BLOCK)?;
        let claim = pair.claim(identity(), PASSWORD, &challenge, &timestamp)?;
        Ok((srp_a, claim))
    })
}

fn aws_cognito_srp(answer: &Answer) -> Contender {
    let (salt, srp_b) = (answer.salt.clone(), answer.srp_b.clone());
    let contender = Contender::checked("aws-cognito-srp 0.2.6 (a of 1024 bits)", move || {
        let client = SrpClient::new(User::new(POOL_ID, USERNAME, PASSWORD), "client-id", None);
        let parameters = client.get_auth_parameters();
        let verified = client.verify(SECRET_BLOCK, USERNAME, &salt, &srp_b);
        verified.map(|verified| (parameters, verified))
    });
    contender.wanted(5.0)
}

/// Measures only the exponentiations: 2^a, 2^x and base^(a + u·x), with an a of 256 bits.
fn aws_lc() -> Result<Contender> {
    let mut field = Field::new(&from_hex(N)?);
    let (two, base) = (Number::new(&[2]), random(383)?);
    let (a, x, sum) = (random(32)?, random(32)?, random(64)?);
    Ok(Contender::new(AWS_LC, move || {
        field.power(&two, &a);
        field.power(&two, &x);
        field.power(&base, &sum);
    }))
}

pub(crate) fn random(bytes: usize) -> Result<Number> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random)?;
    Ok(Number::new(&random))
}

fn pycognito(python: &Path, answer: &Answer) -> Result<Contender> {
    let Answer { salt, srp_b } = answer;
    let arguments = [POOL_ID, USERNAME, PASSWORD, salt, srp_b, SECRET_BLOCK];
    let mut pycognito = ChildProcess::start(python, "pycognito_sign_in.py", arguments)?;
    let name = "pycognito 2024.5.1 (a of 1024 bits)";
    Ok(Contender::timed(name, move |times| pycognito.run(times)).wanted(13.0))
}

pub(crate) fn identity() -> Identity<'static> {
    Identity::user(POOL_NAME, USERNAME)
}

pub(crate) fn from_hex(digits: &str) -> Result<Vec<u8>> {
    let byte = |at: usize| Ok(u8::from_str_radix(&digits[at..at + 2], 16)?);
    (0..digits.len()).step_by(2).map(byte).collect()
}
