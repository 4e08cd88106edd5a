//! Import jobs and the header of their files.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Pool, ROLE, pages};

/// UserImportJobType of a new job.
fn create(pool: &Pool, name: &str) -> Value {
    let input = json!({ "JobName": name, "CloudWatchLogsRoleArn": ROLE });
    pool.call("CreateUserImportJob", input)["UserImportJob"].clone()
}

#[test]
fn a_job_is_made_started_and_stopped() {
    let pool = Pool::new();
    let made = create(&pool, "all");
    let expected = json!({
        "JobName": "all",
        "JobId": made["JobId"],
        "UserPoolId": pool.0.id().as_str(),
        "PreSignedUrl": made["PreSignedUrl"],
        "CreationDate": made["CreationDate"],
        "Status": "Created",
        "CloudWatchLogsRoleArn": ROLE,
        "ImportedUsers": 0, "SkippedUsers": 0, "FailedUsers": 0,
    });
    assert_eq!(made, expected);
    assert!(made["JobId"].as_str().unwrap().starts_with("import-"));
    let named = json!({ "JobId": made["JobId"] });
    let state =
        || pool.call("DescribeUserImportJob", named.clone())["UserImportJob"]["Status"].clone();
    assert_eq!(pool.refused("StopUserImportJob", named.clone()), "PreconditionNotMetException");
    let started = pool.call("StartUserImportJob", named.clone());
    assert!(started["UserImportJob"]["StartDate"].is_number());
    assert_eq!(state(), "InProgress");
    assert_eq!(pool.refused("StartUserImportJob", named.clone()), "PreconditionNotMetException");
    for operation in ["UpdateUserPool", "DeleteUserPool", "SetUserPoolMfaConfig"] {
        let refused = pool.refused(operation, json!({}));
        assert_eq!(refused, "UserImportInProgressException", "{operation}");
    }
    pool.call("StopUserImportJob", named.clone());
    assert_eq!(state(), "Stopped");
    pool.call("UpdateUserPool", json!({}));
    let unknown = json!({ "JobId": "import-nothing" });
    assert_eq!(pool.refused("DescribeUserImportJob", unknown), "ResourceNotFoundException");
    pool.invalid("DescribeUserImportJob", json!({ "JobId": "nothing" }));
}

#[test]
fn a_job_that_is_not_started_expires() {
    let pool = Pool::new();
    let named = json!({ "JobId": create(&pool, "old")["JobId"] });
    pool.0.clock().advance(Duration::from_secs(86_401));
    let described = pool.call("DescribeUserImportJob", named.clone());
    assert_eq!(described["UserImportJob"]["Status"], "Expired");
    assert_eq!(pool.refused("StartUserImportJob", named), "PreconditionNotMetException");
}

#[test]
fn jobs_are_listed_in_pages() {
    let pool = Pool::new();
    for number in 0..3 {
        create(&pool, &format!("job {number}"));
    }
    let names = ["UserImportJobs", "PaginationToken"];
    let listed = pages(&pool, "ListUserImportJobs", &json!({ "MaxResults": 2 }), names);
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    pool.invalid("ListUserImportJobs", json!({}));
}

#[test]
fn the_header_has_the_attributes_of_the_pool() {
    let pool = Pool::new();
    let seats = json!([{ "Name": "seats", "AttributeDataType": "Number" }]);
    pool.call("AddCustomAttributes", json!({ "CustomAttributes": seats }));
    let header = pool.call("GetCSVHeader", json!({}));
    assert_eq!(header["UserPoolId"], pool.0.id().as_str());
    let expected = [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "email",
        "email_verified",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "phone_number",
        "phone_number_verified",
        "address",
        "updated_at",
        "custom:seats",
        "cognito:mfa_enabled",
        "cognito:username",
    ];
    assert_eq!(header["CSVHeader"], json!(expected));
}
