//! Imports users into a pool of an emulator: `import_users ENDPOINT POOL_ID INPUT OUTCOMES`.
//!
//! Users are invited and groups created.

use std::env;

use cognito::Admin;
use cognito::admin::SdkRegion;
use cognito::bulk::{Import, Quota, QuotaCategory};
use cognito_tests::fixture::admin_config;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [endpoint, pool_id, input, outcomes] = &*arguments else {
        panic!("usage: import_users ENDPOINT POOL_ID INPUT OUTCOMES");
    };
    let config = admin_config().into_builder().endpoint_url(endpoint);
    let config = config.region(SdkRegion::new("us-east-1")).build();
    let admin = Admin::new(&config, pool_id.parse().unwrap());
    let categories = [QuotaCategory::UserCreation, QuotaCategory::UserUpdate];
    let quota = categories
        .into_iter()
        .chain([QuotaCategory::UserAccountRecovery])
        .fold(Quota::builder().exclusive(), |quota, category| quota.limit(category, 300));
    let import = Import::new(input, outcomes).create_groups().invite().skip_rejected();
    let report = import.run(&admin, &quota.build()).finish().await.unwrap();
    println!("{} done, {} skipped", report.outcomes.done, report.outcomes.skipped);
}
