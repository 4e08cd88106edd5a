//! Resets the passwords of all users of an emulator's pool: `reset_passwords ENDPOINT POOL_ID OUTPUT`.

use std::process;

use cognito::bulk::{MassChange, Quota, QuotaCategory, UserChange, UserQuery};
use cognito_tests::programs::{admin_at, arguments};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [endpoint, pool_id, output] = &arguments("reset_passwords ENDPOINT POOL_ID OUTPUT");
    let admin = admin_at(endpoint, pool_id);
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
