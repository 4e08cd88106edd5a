//! A web site with its own forms: registration, sign-in over SRP with MFA, sessions that survive a restart,
//! profile, change of the e-mail address, forgotten password, a page for administrators.
//!
//! It runs against the emulator in this process, and a scripted browser visits its pages. A browser sends
//! the password to the site; the site signs in over SRP and does not send it to the service.

#![allow(clippy::print_stdout)] // The example prints its results.

mod account;
#[allow(dead_code)] // Only `web_sign_in` uses the login page of managed login.
#[path = "../web_sign_in/browser.rs"]
mod browser;
mod guests;
mod site;
mod visitor;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cognito::admin::{Credentials, SdkConfig, SdkRegion, SharedCredentialsProvider};
use cognito::{FileStore, UserPool};
use cognito_emulator::{Emulator, LocalPool, Mfa, PoolSettings};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::browser::{Browser, Page};
use crate::site::Site;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const PASSWORD: &str = "Correct-horse1";
const NEW_PASSWORD: &str = "Correct-horse2";

#[tokio::main]
async fn main() -> Result<()> {
    let emulator = Emulator::start().await?;
    let devices = json!({ "ChallengeRequiredOnNewDevice": true });
    let settings = PoolSettings::default().mfa(Mfa::Optional);
    let local = emulator.create_pool(settings.pool_member("DeviceConfiguration", devices))?;
    local.call("CreateGroup", json!({ "GroupName": "admins" }))?;
    let home = tempfile::tempdir()?;
    let (url, server) = serve(&local, home.path(), "127.0.0.1:0").await?;
    println!("The site is {url}.\n");
    let mut user = User { browser: Browser::new()?, url, local, key: String::new() };

    user.register().await?;
    user.set_up_authenticator().await?;
    user.change_address().await?;
    user.sign_in_with_device().await?;
    user.sign_in_with_code().await?;
    let address = user.url.replace("http://", "");
    server.abort();
    let _ = server.await;
    let (_, server) = serve(&user.local, home.path(), &address).await?;
    user.expect("/", "Welcome, alice", "signed in after a restart of the site").await?;
    user.administer().await?;
    user.forget_password().await?;
    user.send_forged_requests().await?;
    server.abort();
    Ok(())
}

async fn serve(local: &LocalPool, home: &Path, address: &str) -> Result<(String, JoinHandle<()>)> {
    let pool = UserPool::builder(local.id(), local.client_id())
        .endpoint(local.endpoint())
        .clock(local.clock())
        .token_store(Arc::new(FileStore::open(home.join("sessions"))?))
        .build()?;
    let credentials = Credentials::new("id", "secret", None, None, "example");
    let config = SdkConfig::builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .region(SdkRegion::new(local.id().region().to_owned()))
        .build();
    let site = Site::new(pool.clone(), pool.admin(&config));
    let listener = TcpListener::bind(address).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = tokio::spawn(async move { drop(axum::serve(listener, site::router(site)).await) });
    Ok((url, server))
}

/// A scripted user with a browser, who reads codes from the emulator.
struct User {
    browser: Browser,
    url: String,
    local: LocalPool,
    /// The key of the authenticator app.
    key: String,
}

impl User {
    async fn register(&mut self) -> Result<()> {
        self.expect("/account", "Sign in", "a guest is redirected to the sign-in").await?;
        let weak = [("name", "alice"), ("email", "alice@example.com"), ("password", "short")];
        self.send("/register", &weak, "not long enough", "a weak password").await?;
        let form = [("name", "alice"), ("email", "alice@example.com"), ("password", PASSWORD)];
        self.send("/register", &form, "Confirm", "registered").await?;
        let code = self.code()?;
        let form = [("name", "alice"), ("code", &*code)];
        self.send("/confirm", &form, "Sign in", "the address is confirmed").await?;
        let form = [("name", "alice"), ("password", "Wrong-horse1")];
        self.send("/sign-in", &form, "wrong user name or password", "a wrong password").await?;
        let form = [("name", "alice"), ("password", PASSWORD)];
        self.send("/sign-in", &form, "Welcome, alice", "signed in").await.map(drop)
    }

    /// Gets the key in one request, and sends its first code in another.
    async fn set_up_authenticator(&mut self) -> Result<()> {
        let page = self.send("/authenticator", &[], "Key: ", "an authenticator app").await?;
        let key = page.text.split("Key: ").nth(1).and_then(|rest| rest.split('<').next());
        self.key = key.ok_or("the page has no key")?.to_owned();
        let code = self.app_code()?;
        let form = [("code", &*code)];
        self.send("/authenticator/verify", &form, "Welcome", "the app is set up").await?;
        // The pool accepts each code once, and the app shows a new one after 30 seconds.
        self.local.clock().advance(Duration::from_secs(30));
        Ok(())
    }

    async fn change_address(&mut self) -> Result<()> {
        let form = [("email", "alice@example.org")];
        self.send("/email", &form, "Verify", "another address").await?;
        let code = self.code()?;
        let page = self.send("/email/verify", &[("code", &code)], "Welcome", "verified").await?;
        check(page.text.contains("alice@example.org"), "the profile has the new address")
    }

    /// Signs in again in the same browser.
    async fn sign_in_with_device(&mut self) -> Result<()> {
        let before =
            self.browser.cookie("session").ok_or("the session cookie is missing")?.to_owned();
        self.send("/sign-out", &[], "Hello, guest", "signed out").await?;
        let form = [("name", "alice"), ("password", PASSWORD)];
        let what = "the device of the browser replaces the second factor";
        self.send("/sign-in", &form, "Welcome, alice", what).await?;
        let after = self.browser.cookie("session").unwrap_or_default();
        check(before != after, "each sign-in has its own session cookie")
    }

    /// Signs in with another browser: gets the challenge in one request, and responds in another.
    async fn sign_in_with_code(&mut self) -> Result<()> {
        let first = self.browser.cookie("device").ok_or("the device cookie is missing")?.to_owned();
        self.browser = Browser::new()?;
        self.expect("/sign-in", "Password", "another browser").await?;
        let form = [("name", "alice"), ("password", PASSWORD)];
        self.send("/sign-in", &form, "code", "the second factor is required").await?;
        let form = [("response", "000000")];
        self.send("/challenge", &form, "the code is wrong", "a wrong code").await?;
        let code = self.app_code()?;
        let form = [("response", &*code)];
        self.send("/challenge", &form, "Welcome, alice", "the right code").await?;
        let second = self.browser.cookie("device").unwrap_or_default();
        check(first != second, "each browser has its own device cookie")?;
        self.sign_in_with_device().await
    }

    async fn administer(&mut self) -> Result<()> {
        self.expect(
            "/members",
            "For administrators only",
            "a page for administrators is forbidden",
        )
        .await?;
        self.local
            .call("AdminAddUserToGroup", json!({ "Username": "alice", "GroupName": "admins" }))?;
        self.send("/refresh", &[], "Welcome", "an administrator after the refresh").await?;
        self.expect("/members", "<li>alice</li>", "an administrator sees all members").await
    }

    async fn forget_password(&mut self) -> Result<()> {
        self.send("/sign-out", &[], "Hello, guest", "signed out").await?;
        let text = "if the user exists, a code was sent";
        self.send("/forgot", &[("name", "nobody")], text, "the page for an unknown user").await?;
        self.send("/forgot", &[("name", "alice")], text, "the same for a member").await?;
        let code = self.code()?;
        let form = [("name", "alice"), ("code", &*code), ("password", NEW_PASSWORD)];
        self.send("/reset", &form, "Sign in", "another password").await.map(drop)
    }

    /// Sends requests that another site could cause: it cannot read the values of cookies.
    async fn send_forged_requests(&mut self) -> Result<()> {
        let form = [("name", "alice"), ("password", NEW_PASSWORD), ("csrf", "guessed")];
        let page = self.browser.submit(&format!("{}/sign-in", self.url), &form).await?;
        check(page.status == 403, "a form of another site is rejected")?;
        self.browser.set_cookie("session", "alice");
        self.expect("/account", "Sign in", "a guessed session cookie is no session").await
    }

    fn code(&self) -> Result<String> {
        let code = self.local.code_for("alice").ok_or("no code was sent")?;
        Ok(code.expose_secret().to_owned())
    }

    fn app_code(&self) -> Result<String> {
        let code = self.local.totp(&self.key).ok_or("the key is not base32")?;
        Ok(code.expose_secret().to_owned())
    }

    /// Opens a page, and checks that it has a text.
    async fn expect(&mut self, path: &str, text: &str, what: &str) -> Result<()> {
        let page = self.browser.open(&format!("{}{path}", self.url)).await?;
        check(page.text.contains(text), what)
    }

    /// Sends a form of the site, and checks that the next page has a text.
    async fn send(
        &mut self,
        path: &str,
        form: &[(&str, &str)],
        text: &str,
        what: &str,
    ) -> Result<Page> {
        let csrf = self.browser.cookie("csrf").ok_or("the CSRF cookie is missing")?.to_owned();
        let form: Vec<_> = form.iter().copied().chain([("csrf", &*csrf)]).collect();
        let page = self.browser.submit(&format!("{}{path}", self.url), &form).await?;
        check(page.text.contains(text), what).inspect_err(|_| println!("{}", page.text))?;
        Ok(page)
    }
}

fn check(holds: bool, what: &str) -> Result<()> {
    println!("  {what}: {}", if holds { "yes" } else { "NO" });
    if holds { Ok(()) } else { Err(what.into()) }
}
