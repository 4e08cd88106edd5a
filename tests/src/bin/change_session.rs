//! Changes a session in a shared directory: `change_session DIRECTORY [TIMES]`.
//!
//! Increments a counter a number of times, or writes long sessions until it is killed.

use std::env;
use std::iter;

use cognito::FileStore;
use cognito_tests::store_contract::{add_one, write_long};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = env::args().skip(1);
    let directory = arguments.next().expect("the directory is the first argument");
    let store = FileStore::open(directory).unwrap();
    match arguments.next() {
        Some(times) => {
            for _ in 0..times.parse().expect("TIMES is a number") {
                add_one(&store).await;
            }
        }
        None => {
            for letter in iter::repeat(b'a'..=b'z').flatten() {
                write_long(&store, letter).await;
            }
        }
    }
}
