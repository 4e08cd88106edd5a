//! Browser sessions that are revoked while a request that uses them is in progress.

use std::sync::{Arc, Mutex};

use cognito_emulator::{LocalPool, PoolSettings, TokenChanges};
use serde_json::{Value, json};

use crate::support::{
    App, Browser, header, pool, revoke_session, sent_parameter, sessions_of_type, settings,
};

/// An action during the next call of PreTokenGeneration.
#[derive(Clone, Default)]
struct Scheduled(Arc<Mutex<Option<Action>>>);

type Action = Box<dyn FnOnce() + Send>;

impl Scheduled {
    fn add_to(&self, settings: PoolSettings) -> PoolSettings {
        let scheduled = self.clone();
        settings.pre_token_generation(move |_| {
            let action = scheduled.0.lock().unwrap().take();
            if let Some(action) = action {
                action();
            }
            Ok(TokenChanges::default())
        })
    }

    fn set(&self, action: impl FnOnce() + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::new(action));
    }

    fn revoke(&self, local: &LocalPool, associated: &'static str) {
        let local = local.clone();
        self.set(move || {
            let [session] = &*sessions_of_type(&local, "SSO") else {
                panic!("there must be one browser session")
            };
            revoke_session(&local, session, associated);
        });
    }

    fn is_done(&self) -> bool {
        self.0.lock().unwrap().is_none()
    }
}

fn with_implicit_grant() -> PoolSettings {
    settings().client_member("AllowedOAuthFlows", json!(["code", "implicit"]))
}

#[tokio::test]
async fn session_that_is_revoked_while_the_user_continues_stays_revoked() {
    for (associated, is_issued) in [("NONE", true), ("LINKED", false)] {
        let scheduled = Scheduled::default();
        let local = pool(scheduled.add_to(with_implicit_grant()));
        let mut browser = Browser::of(&local);
        browser.sign_in(&App::of(&local).query()).await;
        scheduled.revoke(&local, associated);
        let query = App::of(&local).with("response_type", "token").query();
        let response = browser.continue_session(&query).await;
        assert!(scheduled.is_done());
        assert_eq!(sent_parameter(&response, "access_token").is_some(), is_issued, "{associated}");
        assert_eq!(sessions_of_type(&local, "SSO"), Vec::<Value>::new(), "{associated}");
        assert_eq!(sessions_of_type(&local, "TOKEN").len(), usize::from(is_issued), "{associated}");
        let path = format!("/oauth2/authorize?{}", App::of(&local).query());
        let response = browser.get(&path).await;
        assert!(header(&response, "location").starts_with("/login?"), "{associated}");
    }
}

#[tokio::test]
async fn code_that_is_redeemed_during_the_revocation_is_rejected_on_request() {
    for (associated, status) in [("NONE", 200), ("LINKED", 400)] {
        let scheduled = Scheduled::default();
        let local = pool(scheduled.add_to(settings()));
        let app = App::of(&local);
        let code = app.code().await;
        scheduled.revoke(&local, associated);
        let (redeemed, response) = app.redeem(&[("code", &code)]).await;
        assert!(scheduled.is_done());
        assert_eq!(redeemed, status, "{associated}: {}", response["error"]);
        assert_eq!(
            sessions_of_type(&local, "TOKEN").len(),
            usize::from(status == 200),
            "{associated}"
        );
    }
}

#[tokio::test]
async fn code_of_a_revoked_session_is_invalid_on_request() {
    for (associated, status) in [("NONE", 200), ("LINKED", 400)] {
        let local = pool(settings());
        let app = App::of(&local);
        let code = app.code().await;
        let [session] = &*sessions_of_type(&local, "SSO") else { panic!("no browser session") };
        revoke_session(&local, session, associated);
        let (redeemed, response) = app.redeem(&[("code", &code)]).await;
        assert_eq!(redeemed, status, "{associated}: {}", response["error"]);
    }
}

#[tokio::test]
async fn session_that_two_requests_continue_ends_at_the_logout() {
    let out = "https://app.example.com/out";
    let scheduled = Scheduled::default();
    let settings = with_implicit_grant().client_member("LogoutURLs", json!([out]));
    let local = pool(scheduled.add_to(settings));
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    browser.sign_in(&query).await;
    let cookie = browser.cookies["cognito"].clone();
    let mut other_tab = Browser::of(&local);
    other_tab.cookies.clone_from(&browser.cookies);
    let continued = Arc::new(Mutex::new(None));
    let result = Arc::clone(&continued);
    scheduled.set(move || {
        let continued = async move {
            let response = other_tab.continue_session(&query).await;
            assert!(sent_parameter(&response, "code").is_some());
            other_tab
        };
        let other_tab = std::thread::spawn(|| runtime().block_on(continued)).join().unwrap();
        *result.lock().unwrap() = Some(other_tab);
    });
    let implicit = App::of(&local).with("response_type", "token").query();
    browser.continue_session(&implicit).await;
    assert_eq!(browser.cookies["cognito"], cookie, "the other tab has the new cookie");
    let mut other_tab = continued.lock().unwrap().take().unwrap();
    let id = local.client_id();
    other_tab.get(&format!("/logout?client_id={}&logout_uri={out}", id.as_str())).await;
    assert_eq!(sessions_of_type(&local, "SSO"), Vec::<Value>::new());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}
