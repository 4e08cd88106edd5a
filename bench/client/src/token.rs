//! Verifies a token with `cognito-tokens`: `bench-token POOL_ID CLIENT_ID JWKS TOKEN`.
//!
//! Prints `ready` after the first verification. Then it reads a count from each line,
//! repeats the verification that often, and prints the total time in seconds.

mod counts;

use cognito_tokens::{Clients, KeySet, TokenRules, Verifier};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pool_id, client_id, jwks, token] = &*arguments else {
        return Err("usage: bench-token POOL_ID CLIENT_ID JWKS TOKEN".into());
    };
    let rules = TokenRules::new(&pool_id.parse()?, Clients::only(client_id.as_str()));
    let verifier = Verifier::offline(rules, KeySet::from_json(jwks)?).build();
    counts::serve(|| {
        verifier.access_token_offline(token)?;
        Ok(())
    })
}
