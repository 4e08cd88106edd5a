//! The wire format of administration, request by request.

use std::future::IntoFuture;

use cognito::account::{Attributes, Factor, MfaPreference};
use cognito::admin::{ExternalIdentity, Filter, UserStatus};
use cognito::{Error, ErrorKind};
use cognito_tests::recorder::Recorder;
use serde_json::{Value, json};

const POOL: &str = "eu-west-1_Ab12Cd34E";

/// Awaits a call and checks its only request.
async fn sends<T>(
    server: &Recorder,
    operation: &str,
    mut expected: Value,
    call: impl IntoFuture<Output = Result<T, Error>>,
) {
    let before = server.requests().await.len();
    call.await.unwrap_or_else(|error| panic!("{operation}: {error:?}"));
    let requests = server.requests().await;
    let [request] = &requests[before..] else { panic!("{operation}: not one request") };
    expected["UserPoolId"] = POOL.into();
    assert_eq!((&*request.operation, &request.body), (operation, &expected));
    assert!(request.signed, "{operation} is not signed");
}

#[tokio::test]
async fn user_is_created_with_every_member_of_the_request() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let user = json!({ "Username": "bob", "UserStatus": "FORCE_CHANGE_PASSWORD", "Enabled": true });
    server.respond("AdminCreateUser", json!({ "User": user }));
    let call = admin
        .create_user("bob")
        .temporary_password("Correct-horse1")
        .attribute("email", "b@x.io")
        .attribute("email_verified", true)
        .validation_data("source", "import")
        .client_metadata("tenant", "acme")
        .invite_by_email()
        .invite_by_sms()
        .force_alias_creation();
    assert!(!format!("{call:?}").contains("Correct"), "{call:?}");
    let expected = json!({
        "Username": "bob",
        "TemporaryPassword": "Correct-horse1",
        "UserAttributes": [
            { "Name": "email", "Value": "b@x.io" },
            { "Name": "email_verified", "Value": "true" },
        ],
        "ValidationData": [{ "Name": "source", "Value": "import" }],
        "ClientMetadata": { "tenant": "acme" },
        "DesiredDeliveryMediums": ["EMAIL", "SMS"],
        "ForceAliasCreation": true,
    });
    sends(&server, "AdminCreateUser", expected, call).await;

    let call = admin
        .create_user("bob")
        .suppress_invitation()
        .customize(|call| call.force_alias_creation(false));
    let made = call.await.unwrap();
    assert_eq!((made.username(), made.status()), ("bob", &UserStatus::ForceChangePassword));
    let body = server.sent("AdminCreateUser").await.pop().unwrap();
    let expected = json!({
        "UserPoolId": POOL,
        "Username": "bob",
        "MessageAction": "SUPPRESS",
        "ForceAliasCreation": false,
    });
    assert_eq!(body, expected);
    let call = admin.user("bob").resend_invitation().client_metadata("k", "v");
    let expected = json!({
        "Username": "bob",
        "MessageAction": "RESEND",
        "ClientMetadata": { "k": "v" },
    });
    sends(&server, "AdminCreateUser", expected, call).await;
}

#[tokio::test]
async fn a_handle_acts_on_its_user() {
    let server = Recorder::start().await;
    let bob = server.admin().user("bob");
    let only_name = || json!({ "Username": "bob" });
    sends(&server, "AdminEnableUser", only_name(), bob.enable()).await;
    sends(&server, "AdminDisableUser", only_name(), bob.disable()).await;
    sends(&server, "AdminUserGlobalSignOut", only_name(), bob.sign_out_everywhere()).await;
    sends(&server, "AdminDeleteSoftwareToken", only_name(), bob.delete_software_token()).await;
    sends(&server, "AdminDeleteUser", only_name(), bob.delete()).await;
    sends(&server, "AdminGetUserAuthFactors", only_name(), bob.auth_factors()).await;
    let with_metadata = || json!({ "Username": "bob", "ClientMetadata": { "k": "v" } });
    let call = bob.confirm_sign_up().client_metadata("k", "v");
    sends(&server, "AdminConfirmSignUp", with_metadata(), call).await;
    let call = bob.reset_password().client_metadata("k", "v");
    sends(&server, "AdminResetUserPassword", with_metadata(), call).await;
    let expected = json!({ "Username": "bob", "Password": "Better-horse2", "Permanent": true });
    sends(&server, "AdminSetUserPassword", expected, bob.set_password("Better-horse2")).await;
    let expected = json!({ "Username": "bob", "Password": "Better-horse2", "Permanent": false });
    let call = bob.set_temporary_password("Better-horse2");
    sends(&server, "AdminSetUserPassword", expected, call).await;
}

#[tokio::test]
async fn additional_members_do_not_change_the_user_of_a_request() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let only_name = || json!({ "Username": "bob" });
    let call = admin.user("bob").reset_password();
    let call = call.customize(|call| call.username("eve").user_pool_id("eu-west-1_Another1"));
    sends(&server, "AdminResetUserPassword", only_name(), call).await;
    let user = json!({ "Username": "bob" });
    server.respond("AdminCreateUser", json!({ "User": user }));
    let call = admin.create_user("bob");
    let call = call.customize(|call| call.username("eve").user_pool_id("eu-west-1_Another1"));
    sends(&server, "AdminCreateUser", only_name(), call).await;
}

#[tokio::test]
async fn attributes_and_factors_of_a_user_are_set() {
    let server = Recorder::start().await;
    let bob = server.admin().user("bob");
    let values: Attributes =
        [("email", "b@x.io"), ("email_verified", "true")].into_iter().collect();
    let expected = json!({
        "Username": "bob",
        "UserAttributes": [
            { "Name": "email", "Value": "b@x.io" },
            { "Name": "email_verified", "Value": "true" },
        ],
        "ClientMetadata": { "k": "v" },
    });
    let call = bob.update_attributes(&values).client_metadata("k", "v");
    sends(&server, "AdminUpdateUserAttributes", expected, call).await;
    let expected = json!({ "Username": "bob", "UserAttributeNames": ["nickname"] });
    let call = bob.delete_attributes(["nickname"]);
    sends(&server, "AdminDeleteUserAttributes", expected, call).await;
    let before = server.requests().await.len();
    bob.update_attributes(&Attributes::new()).await.unwrap();
    bob.delete_attributes(Vec::<String>::new()).await.unwrap();
    assert_eq!(server.requests().await.len(), before, "a change of nothing was sent");

    let preference = MfaPreference::default().software_token(Factor::Preferred).sms(Factor::Off);
    let expected = json!({
        "Username": "bob",
        "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true },
        "SMSMfaSettings": { "Enabled": false, "PreferredMfa": false },
    });
    let call = bob.set_mfa_preference(preference);
    sends(&server, "AdminSetUserMFAPreference", expected, call).await;
    let expected = json!({ "Username": "bob", "WebAuthnMfaSettings": { "Enabled": true } });
    let call = bob.set_mfa_preference(MfaPreference::default().passkey(true));
    sends(&server, "AdminSetUserMFAPreference", expected, call).await;
}

#[tokio::test]
async fn every_field_of_a_user_is_parsed() {
    let server = Recorder::start().await;
    let mut user = json!({
        "Username": "bob",
        "UserCreateDate": 1.7e9,
        "UserLastModifiedDate": 1.7e9,
        "Enabled": true,
        "UserStatus": "COMPROMISED",
        "MFAOptions": [{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }],
    });
    let attributes = json!([{ "Name": "sub", "Value": "1f0c" }]);
    let mut read = user.clone();
    read["UserAttributes"] = attributes.clone();
    read["PreferredMfaSetting"] = "SMS_MFA".into();
    read["UserMFASettingList"] = json!(["SMS_MFA", "EMAIL_OTP"]);
    user["Attributes"] = attributes;
    server.respond("AdminGetUser", read);
    server.respond("ListUsers", json!({ "Users": [user] }));
    let admin = server.admin();
    let read = admin.user("bob").get().await.unwrap();
    assert_eq!(read.mfa_factors(), ["SMS_MFA", "EMAIL_OTP"]);
    assert_eq!(read.preferred_mfa(), Some("SMS_MFA"));
    for user in [read, admin.users().await.unwrap().remove(0)] {
        assert_eq!((user.username(), user.subject()), ("bob", Some("1f0c")));
        assert_eq!((user.status(), user.is_enabled()), (&UserStatus::Compromised, true));
        assert!(user.created_at().is_some() && user.modified_at() == user.created_at());
        let option = &user.mfa_options()[0];
        assert_eq!((option.medium(), option.attribute()), (Some("SMS"), Some("phone_number")));
    }
}

#[tokio::test]
async fn a_user_is_linked_and_unlinked() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let identity = ExternalIdentity::by_subject("Google", "1234567890");
    let source = json!({
        "ProviderName": "Google",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": "1234567890",
    });
    let expected = json!({
        "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": "bob" },
        "SourceUser": source.clone(),
    });
    sends(&server, "AdminLinkProviderForUser", expected, admin.user("bob").link(&identity)).await;
    let expected = json!({ "User": source });
    sends(&server, "AdminDisableProviderForUser", expected, admin.unlink(&identity)).await;
}

#[tokio::test]
async fn record_sends_its_changes_to_its_own_user() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let pairs = [("sub", "1f0c"), ("email", "b@x.io"), ("nickname", "bobby")];
    let attributes = pairs.map(|(name, value)| json!({ "Name": name, "Value": value }));
    // The request has an alias; the response has the user name.
    let user = json!({ "Username": "bob", "UserAttributes": attributes, "Enabled": true });
    server.respond("AdminGetUser", user);
    let mut bob = admin.user("b@x.io").get().await.unwrap();
    bob.save(&admin).await.unwrap();
    assert_eq!(server.requests().await.len(), 1, "nothing was changed");

    bob.set("given_name", "Bob");
    bob.attributes_mut().remove("nickname");
    server.refuse("AdminDeleteUserAttributes", "InternalErrorException", "");
    server.refuse("AdminDeleteUserAttributes", "InternalErrorException", "");
    server.refuse("AdminDeleteUserAttributes", "InternalErrorException", "");
    server.respond("AdminDeleteUserAttributes", json!({}));
    assert_eq!(bob.save(&admin).await.unwrap_err().kind(), ErrorKind::Service);
    bob.save(&admin).await.unwrap();
    let expected = json!({
        "UserPoolId": POOL,
        "Username": "bob",
        "UserAttributes": [{ "Name": "given_name", "Value": "Bob" }],
    });
    assert_eq!(server.only("AdminUpdateUserAttributes").await, expected);
    let expected =
        json!({ "UserPoolId": POOL, "Username": "bob", "UserAttributeNames": ["nickname"] });
    assert_eq!(server.sent("AdminDeleteUserAttributes").await.pop(), Some(expected));

    let another = cognito::Admin::new(
        &cognito_tests::fixture::admin_config(),
        "eu-west-1_Another1".parse().unwrap(),
    );
    bob.set("given_name", "Robert");
    assert_eq!(bob.save(&another).await.unwrap_err().kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn a_record_of_a_few_attributes_sends_flags_of_new_addresses_and_removes_what_was_not_read() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let pairs = [("email", "b@x.io"), ("email_verified", "true")];
    let attributes = pairs.map(|(name, value)| json!({ "Name": name, "Value": value }));
    let users = json!({ "Users": [{ "Username": "bob", "Attributes": attributes }] });
    server.respond("ListUsers", users);
    let mut bob = admin.users().attributes(["email", "email_verified"]).await.unwrap().remove(0);
    bob.set("email", "bob@x.io");
    bob.set("email_verified", true);
    bob.remove("nickname");
    bob.save(&admin).await.unwrap();
    let sent = server.only("AdminUpdateUserAttributes").await;
    let expected = json!([
        { "Name": "email", "Value": "bob@x.io" },
        { "Name": "email_verified", "Value": "true" },
    ]);
    assert_eq!(sent["UserAttributes"], expected);
    let sent = server.only("AdminDeleteUserAttributes").await;
    assert_eq!(sent["UserAttributeNames"], json!(["nickname"]));
    bob.save(&admin).await.unwrap();
    assert_eq!(server.requests().await.len(), 3, "all was saved");
}

#[tokio::test]
async fn groups_are_created_and_updated() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let group = json!({
        "GroupName": "staff",
        "Description": "All who work here",
        "RoleArn": "arn:aws:iam::000000000000:role/staff",
        "Precedence": 5,
        "CreationDate": 1.7e9,
        "LastModifiedDate": 1.7e9,
    });
    for operation in ["CreateGroup", "GetGroup", "UpdateGroup"] {
        server.respond(operation, json!({ "Group": group }));
    }
    let call = admin.create_group("staff").description("d").precedence(u32::MAX).role_arn("arn");
    let expected = json!({
        "GroupName": "staff",
        "Description": "d",
        "RoleArn": "arn",
        "Precedence": i32::MAX,
    });
    sends(&server, "CreateGroup", expected, call).await;
    let read = admin.group("staff").get().await.unwrap();
    assert_eq!((read.name(), read.precedence()), ("staff", Some(5)));
    assert_eq!(read.description(), Some("All who work here"));
    assert_eq!(read.role_arn(), Some("arn:aws:iam::000000000000:role/staff"));
    assert!(read.created_at().is_some() && read.modified_at() == read.created_at());

    admin.group("staff").update().precedence(0).await.unwrap();
    let expected = json!({
        "UserPoolId": POOL,
        "GroupName": "staff",
        "Description": "All who work here",
        "RoleArn": "arn:aws:iam::000000000000:role/staff",
        "Precedence": 0,
    });
    assert_eq!(server.only("UpdateGroup").await, expected, "what was not named is kept");
    let named = || json!({ "GroupName": "staff" });
    sends(&server, "DeleteGroup", named(), admin.group("staff").delete()).await;
    let both = || json!({ "GroupName": "staff", "Username": "bob" });
    sends(&server, "AdminAddUserToGroup", both(), admin.group("staff").add("bob")).await;
    sends(&server, "AdminRemoveUserFromGroup", both(), admin.group("staff").remove("bob")).await;
    sends(&server, "AdminAddUserToGroup", both(), admin.user("bob").add_to_group("staff")).await;
}

#[tokio::test]
async fn lists_send_their_parameters() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let size = 7;
    let call = admin.users().filter(Filter::email().starts_with("b")).attributes(["email"]);
    let expected = json!({
        "Filter": r#"email ^= "b""#,
        "AttributesToGet": ["email"],
        "Limit": 7,
    });
    sends(&server, "ListUsers", expected, call.page_size(size)).await;
    sends(&server, "ListUsers", json!({}), admin.users()).await;
    let expected = json!({ "PaginationToken": "t" });
    sends(&server, "ListUsers", expected, admin.users().from_page("t".to_owned().into())).await;
    sends(&server, "ListGroups", json!({ "Limit": 7 }), admin.groups().page_size(size)).await;
    let expected = json!({ "GroupName": "staff", "Limit": 7 });
    let call = admin.group("staff").users().page_size(size);
    sends(&server, "ListUsersInGroup", expected, call).await;
    let expected = json!({ "Username": "bob", "Limit": 7 });
    let call = admin.user("bob").groups().page_size(size);
    sends(&server, "AdminListGroupsForUser", expected.clone(), call).await;
    let call = admin.user("bob").devices().page_size(size);
    sends(&server, "AdminListDevices", expected, call).await;
    let expected = json!({ "Username": "bob", "MaxResults": 7 });
    let call = admin.user("bob").auth_events().page_size(size);
    sends(&server, "AdminListUserAuthEvents", expected, call).await;
}

#[tokio::test]
async fn rejections_have_the_kinds_for_administrators() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let staff = admin.group("staff");
    let cases = [
        ("GetGroup", "ResourceNotFoundException", "Group not found.", ErrorKind::NotFound),
        ("DeleteGroup", "LimitExceededException", "", ErrorKind::LimitReached),
        ("CreateGroup", "GroupExistsException", "", ErrorKind::AlreadyExists),
    ];
    for (operation, exception, message, kind) in cases {
        server.refuse(operation, exception, message);
        let error = match operation {
            "GetGroup" => staff.get().await.unwrap_err(),
            "DeleteGroup" => staff.delete().await.unwrap_err(),
            _ => admin.create_group("staff").await.unwrap_err(),
        };
        assert_eq!((error.kind(), error.exception()), (kind, Some(exception)));
        assert_eq!(error.operation(), Some(operation));
    }
    server.refuse("AdminEnableUser", "AccessDeniedException", "User: x is not authorized");
    let error = admin.user("bob").enable().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingPermission);
}

#[tokio::test]
async fn missing_credentials_are_reported() {
    let server = Recorder::start().await;
    let config = aws_types::SdkConfig::builder().endpoint_url(server.url()).build();
    let admin = cognito::Admin::new(&config, POOL.parse().unwrap());
    let error = admin.user("bob").enable().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error:?}");
    let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    let said: Vec<String> = causes.map(ToString::to_string).collect();
    assert!(said.concat().contains("load it with aws-config"), "{said:?}");
    assert!(server.requests().await.is_empty());
}
