//! Prints the identity of the guest that programs with the same directory share:
//! `guest_identity ENDPOINT IDENTITY_POOL_ID DIRECTORY`.

use std::sync::Arc;

use cognito::FileStore;
use cognito::identity_pool::IdentityPoolCredentials;
use cognito_tests::programs::arguments;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [endpoint, pool, directory] =
        &arguments("guest_identity ENDPOINT IDENTITY_POOL_ID DIRECTORY");
    let provider = IdentityPoolCredentials::builder(pool.parse().unwrap())
        .guest()
        .identity_cache(Arc::new(FileStore::open(directory).unwrap()))
        .endpoint(endpoint)
        .build()
        .unwrap();
    println!("{}", provider.credentials().await.unwrap().identity_id());
}
