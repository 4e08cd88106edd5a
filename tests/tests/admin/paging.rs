//! Lists with pages, in the format of the service.

use cognito::ErrorKind;
use cognito::admin::UserRecord;
use cognito_tests::recorder::Recorder;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

fn page(names: &[&str], next: Option<&str>) -> Value {
    let users: Vec<Value> = names.iter().map(|name| json!({ "Username": name })).collect();
    let mut page = json!({ "Users": users });
    if let Some(next) = next {
        page["PaginationToken"] = next.into();
    }
    page
}

fn names(users: &[UserRecord]) -> Vec<&str> {
    users.iter().map(UserRecord::username).collect()
}

#[tokio::test]
async fn empty_and_short_pages_are_not_the_end() {
    let server = Recorder::start().await;
    server.respond("ListUsers", page(&["a"], Some("1")));
    server.respond("ListUsers", page(&[], Some("2")));
    server.respond("ListUsers", page(&["b", "c"], None));
    let users = server.admin().users().page_size(2).await.unwrap();
    assert_eq!(names(&users), ["a", "b", "c"]);
    let sent = server.sent("ListUsers").await;
    let tokens: Vec<_> = sent.iter().map(|body| body["PaginationToken"].as_str()).collect();
    assert_eq!(tokens, [None, Some("1"), Some("2")]);
    assert!(sent.iter().all(|body| body["Limit"] == 2));
}

#[tokio::test]
async fn empty_token_ends_the_list() {
    let server = Recorder::start().await;
    server.respond("ListGroups", json!({ "Groups": [{ "GroupName": "a" }], "NextToken": "" }));
    assert_eq!(server.admin().groups().await.unwrap().len(), 1);
    assert_eq!(server.count("ListGroups").await, 1);
}

#[tokio::test]
async fn page_with_its_own_token_is_an_error() {
    let server = Recorder::start().await;
    server.respond("ListUsers", page(&["a"], Some("1")));
    let error = server.admin().users().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Service);
    assert_eq!(server.count("ListUsers").await, 2);
}

#[tokio::test]
async fn pages_that_form_a_ring_are_an_error() {
    let server = Recorder::start().await;
    for next in ["1", "2", "3", "1", "2"] {
        server.respond("ListUsers", page(&["a"], Some(next)));
    }
    let error = server.admin().users().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Service);
    assert_eq!(server.count("ListUsers").await, 4, "the first page that comes again is the last");
    let from = "3".to_owned().into();
    assert!(server.admin().users().from_page(from).await.is_err());
}

#[tokio::test]
async fn lists_of_a_user_end() {
    let server = Recorder::start().await;
    server.respond("ListDevices", json!({ "Devices": [], "PaginationToken": "1" }));
    server.respond("ListWebAuthnCredentials", json!({ "Credentials": [], "NextToken": "1" }));
    let session = server.session().await;
    assert_eq!(session.devices().await.unwrap_err().kind(), ErrorKind::Service);
    assert_eq!(session.passkeys().await.unwrap_err().kind(), ErrorKind::Service);
}

#[tokio::test]
async fn stream_requests_a_page_when_it_is_needed_and_ends_after_an_error() {
    let server = Recorder::start().await;
    server.respond("ListUsers", page(&["a", "b"], Some("1")));
    server.refuse("ListUsers", "InvalidParameterException", "Invalid pagination token given.");
    let mut users = server.admin().users().stream();
    assert_eq!(users.next().await.unwrap().unwrap().username(), "a");
    assert_eq!(users.next().await.unwrap().unwrap().username(), "b");
    assert_eq!(server.count("ListUsers").await, 1);
    let refused = StreamExt::next(&mut users).await.unwrap().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidParameter);
    assert!(users.next().await.is_none());
    assert_eq!(server.count("ListUsers").await, 2);
    let collected: Result<Vec<_>, _> = server.admin().users().stream().try_collect().await;
    assert!(collected.is_err());
}

#[tokio::test]
async fn ended_stream_stays_ended() {
    let server = Recorder::start().await;
    server.respond("ListUsers", page(&["a"], None));
    let mut users = server.admin().users().stream();
    assert_eq!(users.next().await.unwrap().unwrap().username(), "a");
    assert!(users.next().await.is_none() && users.next().await.is_none());
    assert_eq!(server.count("ListUsers").await, 1);
}

#[tokio::test]
async fn throttled_page_is_retried() {
    let server = Recorder::start().await;
    server.respond("ListUsers", page(&["a"], Some("1")));
    server.refuse("ListUsers", "TooManyRequestsException", "Rate exceeded");
    server.respond("ListUsers", page(&["b"], None));
    let users = server.admin().users().await.unwrap();
    assert_eq!(names(&users), ["a", "b"]);
}

#[tokio::test]
async fn list_continues_at_the_failed_page_also_in_another_program() {
    let server = Recorder::start().await;
    server.respond("ListUsers", page(&["a"], Some("1")));
    for _ in 0..3 {
        server.refuse("ListUsers", "TooManyRequestsException", "Rate exceeded");
    }
    server.respond("ListUsers", page(&["b"], Some("2")));
    server.respond("ListUsers", page(&["c"], None));
    let mut pages = server.admin().users().pages();
    let first = pages.next().await.unwrap().unwrap();
    let error = pages.next().await.unwrap().unwrap_err();
    assert!(error.is_transient() && error.kind() == ErrorKind::Throttled);
    let second = pages.next().await.unwrap().unwrap();
    assert_eq!((names(&first.items), names(&second.items)), (vec!["a"], vec!["b"]));

    let kept = serde_json::to_string(&second.next.unwrap()).unwrap();
    let rest = server.admin().users().from_page(serde_json::from_str(&kept).unwrap());
    assert_eq!(names(&rest.await.unwrap()), ["c"]);
}

#[tokio::test]
async fn a_page_has_as_many_entries_as_the_service_allows() {
    let server = Recorder::start().await;
    for (asked, sent) in [(0, 1), (60, 60), (u8::MAX, 60)] {
        server.admin().users().page_size(asked).await.unwrap();
        let request = server.sent("ListUsers").await.pop().unwrap();
        assert_eq!(request["Limit"], sent);
    }
}
