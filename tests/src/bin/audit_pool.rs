//! Audits a pool of an emulator: `audit_pool ENDPOINT POOL_ID DIRECTORY LISTS`.
//!
//! Prints the report as a line of JSON, and its peak memory in KiB as another line, if the
//! operating system provides it.

use std::time::{Duration, SystemTime};
use std::{env, fs};

use cognito::Admin;
use cognito::admin::SdkRegion;
use cognito::bulk::{Audit, Quota, QuotaCategory};
use cognito_tests::fixture::admin_config;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [endpoint, pool_id, directory, lists] = &*arguments else {
        panic!("usage: audit_pool ENDPOINT POOL_ID DIRECTORY LISTS");
    };
    let config = admin_config().into_builder().endpoint_url(endpoint);
    let config = config.region(SdkRegion::new("us-east-1")).build();
    let admin = Admin::new(&config, pool_id.parse().unwrap());
    let quota = Quota::builder().exclusive().limit(QuotaCategory::UserList, 200).build();
    // A fixed time, so that the report of a resumed audit equals that of an undisturbed one.
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    let audit = Audit::in_directory(directory).shard_users(150).as_of(time).write_lists(lists);
    let report = audit.run(&admin, &quota).finish().await.unwrap();
    println!("{}", serde_json::to_string(&report).unwrap());
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
    if let Some(peak) = peak {
        println!("{}", peak.trim());
    }
}
