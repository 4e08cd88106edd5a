//! A web site whose users sign in by managed login: session cookie, refresh, a page for a group,
//! sign-out.
//!
//! It runs against the emulator in this process, with a scripted browser, unless the environment names a
//! pool: `COGNITO_USER_POOL_ID`, `COGNITO_CLIENT_ID`, `COGNITO_CLIENT_SECRET` and `COGNITO_DOMAIN`, such
//! as `https://example.auth.eu-west-1.amazoncognito.com`. It then serves `http://localhost:3000`, whose
//! `/callback` is among the app client's CallbackURLs and whose `/` is among its LogoutURLs.

#![allow(clippy::print_stdout)] // The example prints its results.

mod browser;
mod site;

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use cognito::managed_login::ManagedLogin;
use cognito::{MemoryStore, UserPool};
use cognito_emulator::{Emulator, LocalPool, PoolSettings};
use serde_json::json;
use tokio::net::TcpListener;

use crate::browser::Browser;
use crate::site::Site;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const PASSWORD: &str = "Correct-horse1";

#[tokio::main]
async fn main() -> Result<()> {
    match env::var("COGNITO_USER_POOL_ID") {
        Ok(id) => serve_real_pool(&id).await,
        Err(_) => show_local_pool().await,
    }
}

async fn serve_real_pool(id: &str) -> Result<()> {
    let variable = |name: &str| env::var(name).map_err(|_| format!("{name} is not set"));
    let (id, client) = (id.parse()?, variable("COGNITO_CLIENT_ID")?);
    let secret = variable("COGNITO_CLIENT_SECRET")?;
    let login = ManagedLogin::builder(&id, &*client, variable("COGNITO_DOMAIN")?)
        .client_secret(&*secret)
        .scopes(["openid", "email"])
        .build()?;
    let pool = UserPool::builder(id, &*client)
        .client_secret(&*secret)
        .token_store(Arc::new(MemoryStore::default()))
        .token_refresher(login.clone())
        .build()?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("The site is http://localhost:3000.");
    axum::serve(listener, site::router(Site::new(login, pool, "http://localhost:3000"))).await?;
    Ok(())
}

async fn show_local_pool() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://localhost:{}", listener.local_addr()?.port());
    let local = local_pool(&url).await?;
    let site = local_site(&local, &url)?;
    tokio::spawn(async move { axum::serve(listener, site::router(site)).await });
    println!("The site is {url}, managed login is {}.\n", local.endpoint());
    let mut browser = Browser::new()?;

    let page = browser.open(&format!("{url}/profile")).await?;
    expect(page.text.contains("signInFormPassword"), "a guest is redirected to the login page")?;
    let page = browser.sign_in(&page, "alice", PASSWORD).await?;
    expect(page.text.contains("Welcome, alice"), "alice is signed in and redirected to the site")?;
    let page = browser.open(&format!("{url}/reports")).await?;
    expect(page.status == 403, "a page for a group is forbidden")?;

    local.call("AdminAddUserToGroup", json!({ "Username": "alice", "GroupName": "staff" }))?;
    local.clock().advance(Duration::from_secs(3600));
    let page = browser.open(&format!("{url}/reports")).await?;
    expect(page.status == 200, "the page is shown after a refresh with the new group")?;

    let cookie = browser.cookie("session").ok_or("the session cookie is missing")?.to_owned();
    let page = browser.submit(&format!("{url}/sign-out"), &[]).await?;
    expect(page.text.contains("Hello, guest"), "signed out of the site and of managed login")?;
    browser.set_cookie("session", &cookie);
    let page = browser.open(&format!("{url}/profile")).await?;
    expect(page.text.contains("signInFormPassword"), "the old cookie is invalid")
}

async fn local_pool(url: &str) -> Result<LocalPool> {
    let emulator = Emulator::start().await?;
    let settings = PoolSettings::default()
        .client_secret("a-secret-of-the-app-client")
        .managed_login([format!("{url}/callback")])
        .client_member("LogoutURLs", json!([format!("{url}/")]));
    let local = emulator.create_pool(settings)?;
    local.add_user("alice", PASSWORD)?;
    local.call("CreateGroup", json!({ "GroupName": "staff" }))?;
    Ok(local)
}

fn local_site(local: &LocalPool, url: &str) -> Result<Site> {
    let secret = local.client_secret().ok_or("the app client has no secret")?;
    let login = ManagedLogin::builder(&local.id(), local.client_id(), local.endpoint())
        .client_secret(secret.clone())
        .scopes(["openid", "email"])
        .endpoint(local.endpoint())
        .clock(local.clock())
        .build()?;
    let pool = UserPool::builder(local.id(), local.client_id())
        .client_secret(secret)
        .endpoint(local.endpoint())
        .clock(local.clock())
        .token_store(Arc::new(MemoryStore::default()))
        .token_refresher(login.clone())
        .build()?;
    Ok(Site::new(login, pool, url))
}

fn expect(holds: bool, what: &str) -> Result<()> {
    println!("  {what}: {}", if holds { "yes" } else { "NO" });
    if holds { Ok(()) } else { Err(what.into()) }
}
