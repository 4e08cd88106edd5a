//! Audits a pool of an emulator: `audit_pool ENDPOINT POOL_ID DIRECTORY LISTS`.
//!
//! Prints the report as a line of JSON, and its peak memory in KiB as another line, if the
//! operating system provides it.

use std::time::{Duration, SystemTime};

use cognito::bulk::{Audit, Quota, QuotaCategory};
use cognito_tests::programs::{admin_at, arguments, print_peak_memory};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [endpoint, pool_id, directory, lists] =
        &arguments("audit_pool ENDPOINT POOL_ID DIRECTORY LISTS");
    let admin = admin_at(endpoint, pool_id);
    let quota = Quota::builder().exclusive().limit(QuotaCategory::UserList, 200).build();
    // A fixed time, so that the report of a resumed audit equals that of an undisturbed one.
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    let audit = Audit::in_directory(directory).shard_users(150).as_of(time).write_lists(lists);
    let report = audit.run(&admin, &quota).finish().await.unwrap();
    println!("{}", serde_json::to_string(&report).unwrap());
    print_peak_memory();
}
