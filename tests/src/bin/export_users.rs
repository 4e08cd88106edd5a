//! Exports the users of an emulator's pool: `export_users ENDPOINT POOL_ID OUTPUT SHARD_USERS`.
//!
//! Prints its peak memory in KiB, if `/proc` provides it.

use std::{env, fs, process};

use cognito::Admin;
use cognito::admin::SdkRegion;
use cognito::bulk::{Export, Quota, QuotaCategory};
use cognito_tests::fixture::admin_config;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [endpoint, pool_id, output, shard_users] = &*arguments else {
        panic!("usage: export_users ENDPOINT POOL_ID OUTPUT SHARD_USERS");
    };
    let config = admin_config().into_builder().endpoint_url(endpoint);
    let config = config.region(SdkRegion::new("us-east-1")).build();
    let admin = Admin::new(&config, pool_id.parse().unwrap());
    let quota = Quota::builder().exclusive().limit(QuotaCategory::UserList, 200).build();
    let export = Export::to(output).shard_users(shard_users.parse().unwrap());
    if let Err(error) = export.run(&admin, &quota).finish().await {
        eprintln!("{error:?}, resumable: {}", error.is_resumable());
        process::exit(1);
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
    if let Some(peak) = peak {
        println!("{}", peak.trim());
    }
}
