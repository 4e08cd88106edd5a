//! Exports the users of an emulator's pool: `export_users ENDPOINT POOL_ID OUTPUT SHARD_USERS`.
//!
//! Prints its peak memory in KiB, if `/proc` provides it.

use std::process;

use cognito::bulk::{Export, Quota, QuotaCategory};
use cognito_tests::programs::{admin_at, arguments, print_peak_memory};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [endpoint, pool_id, output, shard_users] =
        &arguments("export_users ENDPOINT POOL_ID OUTPUT SHARD_USERS");
    let admin = admin_at(endpoint, pool_id);
    let quota = Quota::builder().exclusive().limit(QuotaCategory::UserList, 200).build();
    let export = Export::to(output).shard_users(shard_users.parse().unwrap());
    if let Err(error) = export.run(&admin, &quota).finish().await {
        eprintln!("{error:?}, resumable: {}", error.is_resumable());
        process::exit(1);
    }
    print_peak_memory();
}
