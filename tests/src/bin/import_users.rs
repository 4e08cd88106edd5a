//! Imports users into an emulator's pool: `import_users ENDPOINT POOL_ID INPUT OUTCOMES [USERS]`.
//!
//! Users are invited and groups are created. With a number of users, user import jobs of this size
//! are used.

use std::env;

use cognito::bulk::{CsvImport, Import, Quota, QuotaCategory};
use cognito_tests::programs::admin_at;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [endpoint, pool_id, input, outcomes, users_of_job @ ..] = &*arguments else {
        panic!("usage: import_users ENDPOINT POOL_ID INPUT OUTCOMES [USERS]");
    };
    let admin = admin_at(endpoint, pool_id);
    let categories = [QuotaCategory::UserCreation, QuotaCategory::UserUpdate];
    let quota = categories
        .into_iter()
        .chain([QuotaCategory::UserAccountRecovery])
        .fold(Quota::builder().exclusive(), |quota, category| quota.limit(category, 300));
    if let [users] = users_of_job {
        let role = "arn:aws:iam::123456789012:role/import-log";
        let import = CsvImport::new(input, outcomes, role).users_of_job(users.parse().unwrap());
        let report = import.run(&admin, &quota.build()).finish().await.unwrap();
        println!("{} imported, {} skipped", report.imported, report.skipped);
        return;
    }
    let import = Import::new(input, outcomes).create_groups().invite().skip_rejected();
    let report = import.run(&admin, &quota.build()).finish().await.unwrap();
    println!("{} done, {} skipped", report.outcomes.done, report.outcomes.skipped);
}
