//! Import jobs: the CSV header, files, states, and the imported users.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use cognito_emulator::{Mfa, PoolSettings};
use cognito_types::{Clock, SendHttp};
use serde_json::{Value, json};

use crate::support::{Pool, ROLE, pages};

const HEADER: &str = "name,given_name,family_name,middle_name,nickname,preferred_username,profile,\
    picture,website,gender,zoneinfo,locale,address,updated_at,birthdate,phone_number,\
    phone_number_verified,cognito:mfa_enabled,email,email_verified,cognito:username";

/// Creates a job, and returns its UserImportJobType.
fn create(pool: &Pool, name: &str) -> Value {
    let input = json!({ "JobName": name, "CloudWatchLogsRoleArn": ROLE });
    pool.call("CreateUserImportJob", input)["UserImportJob"].clone()
}

/// Returns the empty columns before `cognito:mfa_enabled`.
fn blank() -> String {
    ",".repeat(17)
}

/// Returns a line with a verified address.
fn line(name: &str) -> String {
    format!("{}false,{name}@example.com,true,{name}\n", blank())
}

/// Uploads a file, and returns the status and the error code.
fn put(pool: &Pool, url: &str, encryption: &str, file: &str) -> (StatusCode, String) {
    let request = Request::put(url)
        .header("x-amz-server-side-encryption", encryption)
        .body(Bytes::from(file.to_owned()))
        .unwrap();
    let client = pool.0.http_client();
    let response = pollster::block_on(client.send(request, 1000)).unwrap();
    let body = String::from_utf8(response.body().clone()).unwrap();
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    (response.status(), code.map(|(code, _)| code.to_owned()).unwrap_or_default())
}

/// Creates and starts a job with a file, and returns a request that names the job.
fn started(pool: &Pool, file: &str) -> Value {
    let job = create(pool, "all");
    let (status, _) = put(pool, job["PreSignedUrl"].as_str().unwrap(), "aws:kms", file);
    assert_eq!(status, StatusCode::OK);
    let named = json!({ "JobId": job["JobId"] });
    let response = pool.call("StartUserImportJob", named.clone());
    assert_eq!(response["UserImportJob"]["Status"], "Pending");
    named
}

fn describe(pool: &Pool, named: &Value) -> Value {
    pool.call("DescribeUserImportJob", named.clone())["UserImportJob"].clone()
}

/// Returns the state, the counts and the message of a job.
fn outcome(pool: &Pool, named: &Value) -> (String, [u64; 3], String) {
    let job = describe(pool, named);
    let text = |name: &str| job[name].as_str().unwrap_or_default().to_owned();
    let counts = ["ImportedUsers", "SkippedUsers", "FailedUsers"];
    (text("Status"), counts.map(|name| job[name].as_u64().unwrap()), text("CompletionMessage"))
}

/// Imports a file with the default header, and returns the outcome.
fn import(pool: &Pool, lines: &str) -> (String, [u64; 3], String) {
    let named = started(pool, &format!("{HEADER}\n{lines}"));
    pool.0.clock().advance(Duration::from_secs(2));
    outcome(pool, &named)
}

fn user(pool: &Pool, name: &str) -> Value {
    pool.call("AdminGetUser", json!({ "Username": name }))
}

fn attribute(user: &Value, name: &str) -> Option<String> {
    let attributes = user["UserAttributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["Name"] == name)?;
    Some(found["Value"].as_str().unwrap().to_owned())
}

#[test]
fn job_goes_from_created_to_succeeded_and_imports_users_who_reset_their_passwords() {
    let pool = Pool::new();
    pool.0.clock().freeze();
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
    assert!(made["PreSignedUrl"].as_str().unwrap().starts_with(pool.0.endpoint()));

    let lines: String = (0..7000).map(|number| line(&format!("user-{number}"))).collect();
    let named = started(&pool, &format!("{HEADER}\n{lines}"));
    assert_eq!(outcome(&pool, &named), ("Pending".to_owned(), [0, 0, 0], String::new()));
    pool.0.clock().advance(Duration::from_secs(2));
    assert_eq!(outcome(&pool, &named), ("InProgress".to_owned(), [5000, 0, 0], String::new()));
    let seats = json!({ "CustomAttributes": [{ "Name": "seats", "AttributeDataType": "Number" }] });
    for (operation, input) in [
        ("UpdateUserPool", json!({})),
        ("DeleteUserPool", json!({})),
        ("AddCustomAttributes", seats),
    ] {
        let refused = pool.refused(operation, input);
        assert_eq!(refused, "UserImportInProgressException", "{operation}");
    }
    pool.call("SetUserPoolMfaConfig", json!({ "MfaConfiguration": "OFF" }));
    pool.0.clock().advance(Duration::from_secs(1));
    let imported = user(&pool, "user-6999");
    assert_eq!(imported["UserStatus"], "RESET_REQUIRED");
    assert_eq!(attribute(&imported, "email").as_deref(), Some("user-6999@example.com"));
    let message = "Import Job Completed Successfully.".to_owned();
    assert_eq!(outcome(&pool, &named), ("Succeeded".to_owned(), [7000, 0, 0], message));
    assert!(describe(&pool, &named)["CompletionDate"].is_number());
    assert!(pool.0.emulator().outbox().is_empty(), "no message is sent");
    pool.call("UpdateUserPool", json!({}));
}

#[test]
fn imported_user_signs_in_after_a_reset() {
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH"]);
    let settings = PoolSettings::default().client_member("ExplicitAuthFlows", flows.clone());
    let pool = Pool::with(settings.client_member("PreventUserExistenceErrors", "LEGACY"));
    import(&pool, &line("alice"));
    let sign_in = |password: &str| {
        let parameters = json!({ "USERNAME": "alice", "PASSWORD": password });
        let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        pool.try_call("InitiateAuth", input)
    };
    assert_eq!(sign_in("any").unwrap_err().0, "PasswordResetRequiredException");
    pool.call("ForgotPassword", json!({ "Username": "alice" }));
    let code = pool.0.emulator().outbox()[0].code.clone();
    let reset =
        json!({ "Username": "alice", "ConfirmationCode": code, "Password": "Correct-horse1" });
    pool.call("ConfirmForgotPassword", reset);
    assert!(sign_in("Correct-horse1").unwrap()["AuthenticationResult"].is_object());
    let hidden = json!({ "PreventUserExistenceErrors": "ENABLED", "ExplicitAuthFlows": flows });
    pool.call("UpdateUserPoolClient", hidden);
    import(&pool, &line("bob"));
    let parameters = json!({ "USERNAME": "bob", "PASSWORD": "any" });
    let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    assert_eq!(pool.refused("InitiateAuth", input), "NotAuthorizedException");
}

#[test]
fn lines_fail_or_are_skipped_one_by_one() {
    let pool = Pool::new();
    pool.call("AdminCreateUser", json!({ "Username": "known", "MessageAction": "SUPPRESS" }));
    let blank = blank();
    let failing = [
        format!("{blank}false,a@example.com,false,not-verified"),
        format!("{blank}false,,true,no-address"),
        format!("{blank}true,b@example.com,true,mfa-of-a-pool-without"),
        format!("{blank}maybe,b@example.com,true,no-boolean"),
        format!("{blank}false,not-an-address,true,no-email"),
        "too,few,values".to_owned(),
        format!("{blank}false,c@example.com,true,"),
        format!("{},c@example.com,true,long", "x".repeat(16_001)),
        format!("{}2024-02-29,,,false,d@example.com,true,iso-date", ",".repeat(14)),
    ];
    let good: String = (0..10).map(|number| line(&format!("good-{number}"))).collect();
    let lines = format!("{}{good}{}\r\n\r\n", line("known"), failing.join("\n"));
    let (status, counts, _) = import(&pool, &lines);
    assert_eq!((&*status, counts), ("Succeeded", [10, 1, 9]));
    let (status, counts, message) = import(&pool, &lines);
    assert_eq!((&*status, counts), ("Failed", [0, 11, 9]));
    assert_eq!(message, "Too many users have failed or been skipped during the import.");
}

#[test]
fn escapes_dates_and_flags_are_parsed() {
    let pool = Pool::new();
    let lines =
        format!(r"Lee\, Ann,{}02/29/2024,,,FALSE, ann@example.com ,TRUE,ann", ",".repeat(13));
    assert_eq!(import(&pool, &lines).1, [1, 0, 0]);
    let ann = user(&pool, "ann");
    let value = |name| attribute(&ann, name).unwrap();
    assert_eq!(value("name"), "Lee, Ann");
    assert_eq!(value("birthdate"), "2024-02-29");
    assert_eq!([value("email"), value("email_verified")], ["ann@example.com", "true"]);
}

#[test]
fn second_factor_of_a_file_follows_the_mfa_of_the_pool() {
    let optional = PoolSettings::default().mfa(Mfa::Optional);
    let line = |mfa: &str| format!("{}{mfa},a@example.com,true,a\n", blank());
    assert_eq!(import(&Pool::with(optional.clone()), &line("")).1, [0, 0, 1]);
    assert_eq!(import(&Pool::with(optional), &line("true")).1, [1, 0, 0]);
    let required = PoolSettings::default().mfa(Mfa::Required);
    assert_eq!(import(&Pool::with(required.clone()), &line("false")).1, [0, 0, 1]);
    assert_eq!(import(&Pool::with(required), &line("")).1, [1, 0, 0]);
}

#[test]
fn users_named_by_an_address_get_an_id_as_their_name() {
    let settings = PoolSettings::default().pool_member("UsernameAttributes", json!(["email"]));
    let pool = Pool::with(settings);
    let line = format!("{}false,,true,ann@example.com\n", blank());
    assert_eq!(import(&pool, &format!("{line}{}", self::line("no-address"))).1, [1, 0, 1]);
    let ann = user(&pool, "ann@example.com");
    assert_eq!(attribute(&ann, "sub").as_deref(), ann["Username"].as_str());
}

#[test]
fn file_with_another_header_or_with_hashes_imports_no_user() {
    let pool = Pool::new();
    let run = |file: &str| {
        let named = started(&pool, file);
        pool.0.clock().advance(Duration::from_secs(2));
        outcome(&pool, &named)
    };
    let no_header = line("a");
    let short = "cognito:username,email,email_verified,cognito:mfa_enabled\na,a@b.c,true,false\n";
    let with_mark = format!("\u{feff}{HEADER}\n{}", line("a"));
    for file in ["", &no_header, short, &with_mark] {
        let (status, counts, message) = run(file);
        assert_eq!((&*status, counts), ("Failed", [0, 0, 0]), "{file}");
        assert!(message.contains("header"), "{message}");
    }
    let hashes = format!("{HEADER},password_hash\n{},$2b$10$x\n", line("a").trim());
    assert_eq!(run(&hashes).1, [0, 0, 1]);
}

#[test]
fn upload_address_is_valid_for_15_minutes() {
    let pool = Pool::new();
    let job = create(&pool, "all");
    let url = job["PreSignedUrl"].as_str().unwrap();
    let named = json!({ "JobId": job["JobId"] });
    let (name, message) = pool.try_call("StartUserImportJob", named.clone()).unwrap_err();
    assert_eq!(name, "PreconditionNotMetException");
    assert_eq!(message, format!("No csv file was uploaded for {}", job["JobId"].as_str().unwrap()));

    let rejected = |url: &str, encryption| put(&pool, url, encryption, "x");
    let signature = (StatusCode::FORBIDDEN, "SignatureDoesNotMatch".to_owned());
    assert_eq!(rejected(url, "AES256"), signature);
    assert_eq!(rejected(url.split_once('?').unwrap().0, "aws:kms"), signature);
    assert_eq!(rejected(&format!("{url}x"), "aws:kms"), signature);
    let other = url.replace(pool.0.id().as_str(), "eu-west-1_other");
    assert_eq!(rejected(&other, "aws:kms"), signature);
    assert_eq!(rejected(url, "aws:kms").0, StatusCode::OK);
    assert_eq!(
        put(&pool, url, "aws:kms", HEADER).0,
        StatusCode::OK,
        "the second upload replaces the first"
    );
    pool.0.clock().advance(Duration::from_secs(900));
    let expired = (StatusCode::FORBIDDEN, "AccessDenied".to_owned());
    assert_eq!(rejected(url, "aws:kms"), expired);
    pool.call("StartUserImportJob", named);
}

#[test]
fn stopped_job_keeps_the_users_that_it_imported() {
    let pool = Pool::new();
    pool.0.clock().freeze();
    let lines: String = (0..6000).map(|number| line(&format!("user-{number}"))).collect();
    let file = format!("{HEADER}\n{lines}");
    let named = started(&pool, &file);
    assert_eq!(pool.refused("StartUserImportJob", named.clone()), "PreconditionNotMetException");
    pool.0.clock().advance(Duration::from_secs(2));
    let other = create(&pool, "other");
    put(&pool, other["PreSignedUrl"].as_str().unwrap(), "aws:kms", &file);
    let other = json!({ "JobId": other["JobId"] });
    assert_eq!(pool.refused("StopUserImportJob", other.clone()), "PreconditionNotMetException");
    assert_eq!(pool.refused("StartUserImportJob", other.clone()), "PreconditionNotMetException");
    pool.call("StopUserImportJob", named.clone());
    let message = "The Import Job was stopped by the developer.".to_owned();
    assert_eq!(outcome(&pool, &named), ("Stopped".to_owned(), [5000, 0, 0], message));
    pool.0.clock().advance(Duration::from_secs(60));
    assert_eq!(outcome(&pool, &named).1, [5000, 0, 0]);
    pool.call("StartUserImportJob", other);
    let unknown = json!({ "JobId": "import-nothing" });
    assert_eq!(pool.refused("DescribeUserImportJob", unknown), "ResourceNotFoundException");
    pool.invalid("DescribeUserImportJob", json!({ "JobId": "nothing" }));
}

#[test]
fn job_continues_after_the_clock_is_set_back() {
    let pool = Pool::new();
    let clock = pool.0.clock();
    clock.freeze();
    let lines: String = (0..6000).map(|number| line(&format!("user-{number}"))).collect();
    let named = started(&pool, &format!("{HEADER}\n{lines}"));
    clock.advance(Duration::from_secs(2));
    assert_eq!(outcome(&pool, &named).1, [5000, 0, 0]);
    clock.set(clock.now() - Duration::from_secs(86_400));
    assert_eq!(outcome(&pool, &named).1, [5000, 0, 0]);
    clock.advance(Duration::from_secs(3));
    let (status, counts, _) = outcome(&pool, &named);
    assert_eq!((&*status, counts), ("Succeeded", [6000, 0, 0]));
}

#[test]
fn pool_that_verifies_no_address_starts_no_job() {
    let settings = PoolSettings::default().pool_member("AutoVerifiedAttributes", json!([]));
    let pool = Pool::with(settings);
    let job = create(&pool, "all");
    put(&pool, job["PreSignedUrl"].as_str().unwrap(), "aws:kms", HEADER);
    let named = json!({ "JobId": job["JobId"] });
    assert_eq!(pool.refused("StartUserImportJob", named), "PreconditionNotMetException");
}

#[test]
fn a_job_that_is_not_started_expires() {
    let pool = Pool::new();
    let job = create(&pool, "old");
    put(&pool, job["PreSignedUrl"].as_str().unwrap(), "aws:kms", HEADER);
    let named = json!({ "JobId": job["JobId"] });
    pool.0.clock().advance(Duration::from_secs(86_401));
    assert_eq!(describe(&pool, &named)["Status"], "Expired");
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
    let columns: Vec<&str> =
        header["CSVHeader"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(columns[..2], ["name", "given_name"]);
    assert_eq!(columns[19..], ["custom:seats", "cognito:mfa_enabled", "cognito:username"]);
    let mut sorted: Vec<&str> = HEADER.split(',').map(str::trim).chain(["custom:seats"]).collect();
    sorted.sort_unstable();
    let mut own = columns.clone();
    own.sort_unstable();
    assert_eq!(own, sorted);
}
