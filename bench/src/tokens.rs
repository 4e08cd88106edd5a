//! The verification of one access token whose keys are there.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_tokens::{Clients, KeySet, TokenRules, Verifier, VerifierBuilder};
use serde_json::Value;

use crate::Result;
use crate::measure::Contender;

pub(crate) fn contenders() -> Result<Vec<Contender>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/jwt.json");
    let vectors: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let is_valid = |vector: &&Value| vector["id"] == "ok-access";
    let vector = vectors["vectors"].as_array().and_then(|all| all.iter().find(is_valid));
    let token = text(vector.ok_or("no valid token among the vectors")?, "token")?;
    Ok(vec![ours(&vectors, token)?, bare_rsa(&vectors, token)?, cached(&vectors, token)?])
}

/// Header, claims and signature, with all rules.
fn ours(vectors: &Value, token: &str) -> Result<Contender> {
    let verifier = builder(vectors)?.build();
    let token = token.to_owned();
    verifier.access_token_offline(&token)?;
    let name = "ours: header, claims, signature, all rules";
    Ok(Contender::new(name, move || verifier.access_token_offline(&token)))
}

fn cached(vectors: &Value, token: &str) -> Result<Contender> {
    let verifier = builder(vectors)?.cache(NonZeroUsize::MIN).build();
    let token = token.to_owned();
    verifier.access_token_offline(&token)?;
    let name = "ours, cached";
    Ok(Contender::new(name, move || verifier.access_token_offline(&token)))
}

fn builder(vectors: &Value) -> Result<VerifierBuilder> {
    let clients = Clients::only(text(vectors, "client_id")?);
    let rules = TokenRules::new(&text(vectors, "pool_id")?.parse()?, clients);
    let keys = KeySet::from_json(&vectors["jwks"].to_string())?;
    Ok(Verifier::offline(rules, keys))
}

/// The signature alone, decoded beforehand, with a key that was parsed once.
fn bare_rsa(vectors: &Value, token: &str) -> Result<Contender> {
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text);
    let (message, signature) = token.rsplit_once('.').ok_or("no signature")?;
    let (message, signature) = (message.to_owned(), decode(signature)?);
    let header: Value = serde_json::from_slice(&decode(message.split('.').next().unwrap_or(""))?)?;
    let keys = vectors["jwks"]["keys"].as_array().ok_or("no keys")?;
    let jwk = keys.iter().find(|key| key["kid"] == header["kid"]).ok_or("no such key")?;
    let components =
        PublicKeyComponents { n: decode(text(jwk, "n")?)?, e: decode(text(jwk, "e")?)? };
    let key = components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)?;
    key.verify_sig(message.as_bytes(), &signature)?;
    let name = "aws-lc-rs, the RSA verification alone";
    Ok(Contender::new(name, move || key.verify_sig(message.as_bytes(), &signature)))
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name].as_str().ok_or_else(|| format!("no {name}").into())
}
