//! Prints the identity of the guest that programs with the same directory share:

use std::env;
use std::sync::Arc;

use cognito::FileStore;
use cognito::identity_pool::IdentityPoolCredentials;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [endpoint, pool, directory] = &arguments[..] else {
        panic!("three arguments are expected")
    };
    let provider = IdentityPoolCredentials::builder(pool.parse().unwrap())
        .guest()
        .identity_cache(Arc::new(FileStore::open(directory).unwrap()))
        .endpoint(endpoint)
        .build()
        .unwrap();
    println!("{}", provider.credentials().await.unwrap().identity_id());
}
