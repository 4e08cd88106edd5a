//! The rules of a pool for users of identity providers: mapping, links, triggers and quotas.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cognito_emulator::{Emulator, PoolSettings, QuotaCategory, Quotas, SignUpDecision};
use serde_json::json;

use crate::external_support::{
    add_google, attribute, choose, error, id_claims, invalid, link, pool_with_google, serve,
    sign_in_at_mock, to_google, user,
};
use crate::support::{App, Browser, header, sent_parameter, settings};

fn schema(mutable: bool, required: bool) -> PoolSettings {
    let email = json!({
        "Name": "email", "AttributeDataType": "String", "Mutable": mutable, "Required": required
    });
    settings().pool_member("Schema", json!([email]))
}

#[tokio::test]
async fn attributes_are_mapped_at_every_sign_in() {
    let local = pool_with_google(settings());
    for (email, name) in [("a@example.com", "Ann"), ("b@example.com", "Anna")] {
        let fields = [("sub", "5"), ("email", email), ("name", name)];
        let query = to_google(&local);
        let back = sign_in_at_mock(&mut Browser::of(&local), &query, &fields).await;
        let id = id_claims(&local, &back).await;
        assert_eq!((&id["email"], &id["name"]), (&json!(email), &json!(name)));
        assert_eq!(id["email_verified"], false, "the provider's flag is not mapped");
    }
    let fields = [("sub", "5")];
    sign_in_at_mock(&mut Browser::of(&local), &to_google(&local), &fields).await;
    assert_eq!(attribute(&local, "Google_5", "name").as_deref(), Some("Anna"));
}

#[tokio::test]
async fn immutable_attribute_fails_the_second_sign_in() {
    let local = pool_with_google(schema(false, false));
    let sign_in = async |email| {
        let fields = [("sub", "5"), ("email", email)];
        sign_in_at_mock(&mut Browser::of(&local), &to_google(&local), &fields).await
    };
    assert!(sent_parameter(&sign_in("a@example.com").await, "code").is_some());
    let rejected = error(&sign_in("b@example.com").await);
    assert_eq!(rejected, invalid("user.email: Attribute cannot be updated."));
    assert_eq!(attribute(&local, "Google_5", "email").as_deref(), Some("a@example.com"));
}

#[tokio::test]
async fn required_attribute_that_the_provider_lacks_fails_the_sign_in() {
    let local = pool_with_google(schema(true, true));
    let query = to_google(&local);
    let back = sign_in_at_mock(&mut Browser::of(&local), &query, &[("sub", "5")]).await;
    assert_eq!(error(&back), invalid("attributes required: [email]"));
    assert!(local.call("AdminGetUser", json!({ "Username": "Google_5" })).is_err());
}

#[tokio::test]
async fn linked_identity_signs_the_native_user_in() {
    let local = pool_with_google(settings());
    local.call("AdminLinkProviderForUser", link("1001", "alice")).unwrap();
    let id = id_claims(&local, &choose(&local, "1001").await).await;
    assert_eq!(id["cognito:username"], "alice");
    assert_eq!(id["identities"][0]["providerName"], "Google");
    assert_eq!(attribute(&local, "alice", "name").as_deref(), Some("Ann Lee"));
    assert_eq!(user(&local, "alice")["UserStatus"], "CONFIRMED");
    assert!(local.call("AdminGetUser", json!({ "Username": "Google_1001" })).is_err());
}

#[tokio::test]
async fn disabled_user_cannot_sign_in_through_a_provider() {
    let local = pool_with_google(settings());
    choose(&local, "1001").await;
    local.call("AdminDisableUser", json!({ "Username": "Google_1001" })).unwrap();
    assert_eq!(error(&choose(&local, "1001").await), invalid("User is disabled."));
}

/// Returns settings with triggers that record their calls.
fn noting(calls: &Arc<Mutex<Vec<String>>>) -> PoolSettings {
    let calls = Arc::clone(calls);
    let note = move |name: String| calls.lock().unwrap().push(name);
    let (sign_up, confirmed, before, after, tokens) =
        (note.clone(), note.clone(), note.clone(), note.clone(), note);
    settings()
        .pre_sign_up(move |event| {
            assert!(event.by_identity_provider && !event.by_administrator);
            assert_eq!(event.attributes["email_verified"], "false");
            sign_up(format!("sign-up {} {}", event.username, event.attributes["email"]));
            Ok(SignUpDecision::default().verify_email())
        })
        .post_confirmation(move |event| {
            confirmed(format!("confirmed {}", event.attributes["cognito:user_status"]));
            Ok(())
        })
        .pre_authentication(move |event| {
            before(format!("before {}", event.username));
            Ok(())
        })
        .post_authentication(move |event| {
            after(format!("after {}", event.username));
            Ok(())
        })
        .pre_token_generation(move |event| {
            tokens(format!("tokens {:?}", event.occasion));
            Ok(Default::default())
        })
}

#[tokio::test]
async fn triggers_of_a_sign_up_are_called_first_and_then_those_of_a_sign_in() {
    let calls = Arc::default();
    let local = pool_with_google(noting(&calls));
    let id = id_claims(&local, &choose(&local, "1001").await).await;
    assert_eq!(id["email_verified"], true);
    let first = std::mem::take(&mut *calls.lock().unwrap());
    assert_eq!(
        first,
        ["sign-up Google_1001 ann@example.com", "confirmed EXTERNAL_PROVIDER", "tokens HostedAuth"]
    );
    id_claims(&local, &choose(&local, "1001").await).await;
    let second = std::mem::take(&mut *calls.lock().unwrap());
    assert_eq!(second, ["before Google_1001", "after Google_1001", "tokens HostedAuth"]);
}

#[tokio::test]
async fn inbound_federation_replaces_the_claims_of_every_sign_in() {
    let settings = settings().inbound_federation(|user| {
        assert_eq!((&*user.provider_name, &*user.provider_type), ("Google", "Google"));
        assert_eq!(user.id_token["email"], user.user_info["email"]);
        assert!(user.saml_response.is_empty());
        match user.subject.as_str() {
            "1001" => {
                let email = user.id_token["email"].replace("example.com", "corp.example");
                Ok([("email".to_owned(), email), ("sub".to_owned(), "other".to_owned())].into())
            }
            "1002" => Ok(BTreeMap::new()),
            _ => Err("unknown tenant".to_owned()),
        }
    });
    let local = pool_with_google(settings);
    for _ in 0..2 {
        let id = id_claims(&local, &choose(&local, "1001").await).await;
        assert_eq!(id["cognito:username"], "Google_1001", "the subject is the provider's");
        assert_eq!((&id["email"], &id["name"]), (&json!("ann@corp.example"), &json!(null)));
    }
    let id = id_claims(&local, &choose(&local, "1002").await).await;
    assert_eq!((&id["email"], &id["name"]), (&json!("ben@example.com"), &json!("Ben Okafor")));
    let rejected = error(&choose(&local, "1003").await);
    assert_eq!(rejected, invalid("InboundFederation failed with error unknown tenant. "));
}

#[tokio::test]
async fn blank_claim_deletes_the_attribute() {
    let local = pool_with_google(settings());
    choose(&local, "1001").await;
    let fields = [("sub", "1001"), ("claims", r#"{"email":"","name":""}"#)];
    let back = sign_in_at_mock(&mut Browser::of(&local), &to_google(&local), &fields).await;
    assert!(sent_parameter(&back, "code").is_some(), "{}", header(&back, "location"));
    for name in ["email", "email_verified", "name"] {
        assert_eq!(attribute(&local, "Google_1001", name), None, "{name}");
    }
}

#[tokio::test]
async fn blank_address_of_a_new_user_counts_as_missing() {
    let fields = [("sub", "5"), ("claims", r#"{"email":"","name":"Ann"}"#)];
    let local = pool_with_google(settings());
    let back = sign_in_at_mock(&mut Browser::of(&local), &to_google(&local), &fields).await;
    assert!(sent_parameter(&back, "code").is_some(), "{}", header(&back, "location"));
    for name in ["email", "email_verified"] {
        assert_eq!(attribute(&local, "Google_5", name), None, "{name}");
    }
    let verifies = settings().pre_sign_up(|_| Ok(SignUpDecision::default().verify_email()));
    let local = pool_with_google(verifies);
    let back = sign_in_at_mock(&mut Browser::of(&local), &to_google(&local), &fields).await;
    assert_eq!(error(&back), invalid("The user has no email that can be verified. "));
}

#[tokio::test]
async fn new_user_is_in_the_group_of_the_provider() {
    let local = pool_with_google(settings());
    local.call("AdminLinkProviderForUser", link("1002", "alice")).unwrap();
    let group = format!("{}_Google", local.id());
    for person in ["1001", "1003"] {
        let code = sent_parameter(&choose(&local, person).await, "code").unwrap();
        let (_, tokens) = App::of(&local).redeem(&[("code", &code)]).await;
        for token in ["id_token", "access_token"] {
            let groups = &crate::support::claims(&tokens[token])["cognito:groups"];
            assert_eq!(*groups, json!([group]), "{token}");
        }
    }
    let described = local.call("GetGroup", json!({ "GroupName": group })).unwrap();
    let description = "Autogenerated group for users who sign in using Google";
    assert_eq!(described["Group"]["Description"], description);
    let id = id_claims(&local, &choose(&local, "1002").await).await;
    assert_eq!(id["cognito:groups"], json!(null), "a linked user of the pool");
    local.call("DeleteGroup", json!({ "GroupName": group })).unwrap();
    let id = id_claims(&local, &choose(&local, "1001").await).await;
    assert_eq!(id["cognito:groups"], json!(null), "only the first sign-in joins");
}

#[tokio::test]
async fn confirmation_by_the_trigger_has_no_effect() {
    let local =
        pool_with_google(settings().pre_sign_up(|_| Ok(SignUpDecision::default().confirm())));
    choose(&local, "1001").await;
    assert_eq!(user(&local, "Google_1001")["UserStatus"], "EXTERNAL_PROVIDER");
}

#[tokio::test]
async fn rejection_of_a_trigger_has_the_message_and_the_order_of_the_service() {
    let local = pool_with_google(settings().pre_sign_up(|_| Err("by invitation only".to_owned())));
    let back = choose(&local, "1001").await;
    let (_, query) = header(&back, "location").split_once('?').unwrap();
    assert_eq!(
        query,
        "error_description=PreSignUp+failed+with+error+by+invitation+only.+&state=s1\
         &error=invalid_request"
    );
    assert!(local.call("AdminGetUser", json!({ "Username": "Google_1001" })).is_err());
    let refuses = settings().pre_authentication(|event| {
        if event.username == "alice" { Ok(()) } else { Err("no".to_owned()) }
    });
    let local = pool_with_google(refuses);
    assert!(sent_parameter(&choose(&local, "1001").await, "code").is_some());
    let rejected = error(&choose(&local, "1001").await);
    assert_eq!(rejected, invalid("PreAuthentication failed with error no. "));
}

#[tokio::test]
async fn trigger_that_links_the_user_fails_only_the_first_sign_in() {
    let emulator = Arc::new(Mutex::new(None::<cognito_emulator::LocalPool>));
    let held = Arc::clone(&emulator);
    let settings = settings().pre_sign_up(move |event| {
        let local = held.lock().unwrap().clone().unwrap();
        let (_, id) = event.username.split_once('_').unwrap();
        local.call("AdminLinkProviderForUser", link(id, "alice")).unwrap();
        Ok(SignUpDecision::default())
    });
    let local = pool_with_google(settings);
    *emulator.lock().unwrap() = Some(local.clone());
    let rejected = error(&choose(&local, "1001").await);
    assert_eq!(rejected, invalid("Already found an entry for username Google_1001"));
    let id = id_claims(&local, &choose(&local, "1001").await).await;
    assert_eq!(id["cognito:username"], "alice");
}

#[tokio::test]
async fn subjects_that_differ_only_in_case_have_the_same_name_in_case_insensitive_pools() {
    let insensitive = json!({ "CaseSensitive": false });
    let local = pool_with_google(settings().pool_member("UsernameConfiguration", insensitive));
    let sign_in = async |subject| {
        let fields = [("sub", subject)];
        sign_in_at_mock(&mut Browser::of(&local), &to_google(&local), &fields).await
    };
    for _ in 0..2 {
        let id = id_claims(&local, &sign_in("Ann").await).await;
        assert_eq!(id["cognito:username"], "google_ann");
        assert_eq!(id["identities"][0]["userId"], "Ann");
    }
    let rejected = error(&sign_in("ann").await);
    assert_eq!(rejected, invalid("Already found an entry for username google_ann"));
}

#[tokio::test]
async fn existing_user_with_the_name_of_a_federated_user_fails_the_sign_in() {
    let local = pool_with_google(settings());
    local.add_user("Google_1001", crate::support::PASSWORD).unwrap();
    let rejected = error(&choose(&local, "1001").await);
    assert_eq!(rejected, invalid("Already found an entry for username Google_1001"));
}

#[tokio::test]
async fn sign_ins_count_as_federation_and_not_as_authentication() {
    let quotas = Quotas::default().rate(QuotaCategory::UserFederation, 1);
    let emulator = Emulator::builder().quotas(quotas).in_process();
    emulator.clock().freeze();
    let local = emulator.create_pool(settings()).unwrap();
    add_google(&local);
    serve(&local, &["Google"]);
    assert!(sent_parameter(&choose(&local, "1001").await, "code").is_some());
    assert_eq!(error(&choose(&local, "1001").await), invalid("Rate exceeded"));
    let usage = |category| {
        let usage = emulator.quota_usage().into_iter().find(|usage| usage.category == category);
        usage.map(|usage| (usage.requests, usage.throttled)).unwrap()
    };
    assert_eq!(usage(QuotaCategory::UserFederation), (2, 1));
    assert_eq!(usage(QuotaCategory::UserAuthentication), (0, 0));
}

#[tokio::test]
async fn refreshed_tokens_have_the_identities_too() {
    let local = pool_with_google(settings());
    let code = sent_parameter(&choose(&local, "1001").await, "code").unwrap();
    let (_, tokens) = App::of(&local).redeem(&[("code", &code)]).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("code_verifier", ""),
    ];
    let (status, tokens) = App::of(&local).redeem(&form).await;
    assert_eq!(status, 200, "{tokens}");
    let claims = crate::support::claims(&tokens["id_token"]);
    assert_eq!(claims["identities"][0]["userId"], "1001");
}
