//! Resets the passwords of all users of an emulator's pool: `reset_passwords ENDPOINT POOL_ID
//! OUTPUT`.

use std::{env, process};

use cognito::Admin;
use cognito::admin::SdkRegion;
use cognito::bulk::{MassChange, Quota, QuotaCategory, UserChange, UserQuery};
use cognito_tests::fixture::admin_config;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [endpoint, pool_id, output] = &*arguments else {
        panic!("usage: reset_passwords ENDPOINT POOL_ID OUTPUT");
    };
    let config = admin_config().into_builder().endpoint_url(endpoint);
    let config = config.region(SdkRegion::new("us-east-1")).build();
    let admin = Admin::new(&config, pool_id.parse().unwrap());
    let quota = Quota::builder().exclusive().limit(QuotaCategory::UserList, 1000);
    let quota = quota.limit(QuotaCategory::UserAccountRecovery, 100).build();
    let change = MassChange::new(UserChange::ResetPassword, UserQuery::all(), output);
    match change.run(&admin, &quota).finish().await {
        Ok(report) => assert_eq!(report.outcomes.done, report.items, "{report:?}"),
        Err(error) => {
            eprintln!("{error:?}, resumable: {}", error.is_resumable());
            process::exit(1);
        }
    }
}
