//! The contract of token stores that need no server; `tests/services` has the others.

use std::sync::Arc;

use cognito::{FileStore, MemoryStore};
use cognito_tests::store_contract::check;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_store_satisfies_the_contract() {
    let store = Arc::new(MemoryStore::default());
    check(Arc::<MemoryStore>::clone(&store), store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn file_store_satisfies_the_contract() {
    let home = tempfile::tempdir().unwrap();
    let open = || Arc::new(FileStore::open(home.path().join("sessions")).unwrap());
    check(open(), open()).await;
}
