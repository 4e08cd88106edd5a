//! Signs in and stores the session in files: `keep_session ENDPOINT POOL_ID CLIENT_ID HOME END`.
//!
//! Reads the client secret and the password from the lines of the file `input` in HOME, and deletes
//! it. Prints `signed in` with random text that stays in its memory. Then it refreshes until it is
//! killed (`refresh`), or drops all secrets, prints `dropped` and waits for the end of its input
//! (`wait`).

use std::fs;
use std::path::Path;
use std::process;
use std::sync::Arc;

use cognito::types::{ClientSecret, Password};
use cognito::{FileStore, Session, SignIn, UserPool};
use cognito_tests::programs::arguments;
use zeroize::Zeroizing;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [endpoint, pool_id, client_id, home, end] =
        &arguments("keep_session ENDPOINT POOL_ID CLIENT_ID HOME END");
    let (secret, password) = read_secrets(&Path::new(home).join("input"));
    let pool = UserPool::builder(pool_id.parse().unwrap(), client_id.as_str());
    let pool = pool.endpoint(endpoint).client_secret(secret);
    let store = Arc::new(FileStore::open(Path::new(home).join("sessions")).unwrap());
    let pool = pool.token_store(store).build().unwrap();
    let session = sign_in(&pool, password).await;
    let kept =
        format!("kept-{:032x}", u128::from(process::id()).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    println!("signed in {kept}");
    if end == "wait" {
        drop((pool, session));
        println!("dropped");
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
        return;
    }
    loop {
        session.refresh().await.unwrap();
    }
}

/// Reads and deletes the file. Its text is zeroized, so that only the secret types have copies.
fn read_secrets(path: &Path) -> (ClientSecret, Password) {
    let text = Zeroizing::new(fs::read_to_string(path).unwrap());
    fs::remove_file(path).unwrap();
    let (secret, password) = text.split_once('\n').unwrap();
    (secret.into(), password.into())
}

async fn sign_in(pool: &UserPool, password: Password) -> Session {
    let step = pool.sign_in("alice").password(password).store_as("alice").await.unwrap();
    let SignIn::Done(session) = step else { panic!("a challenge was returned") };
    session
}
