//! The sign-in in the browser: managed login with PKCE.

use std::sync::Arc;

use clap::Args;
use cognito::Session;
use cognito::managed_login::{LoopbackListener, PendingSignIn};
use cognito::session::TokenStore;

use super::start_page::StartPage;
use crate::app::App;
use crate::failure::{Failure, Outcome};
use crate::sessions::{SESSION_NAME, Sessions};

/// The default port of the callback URL. It is fixed, because Amazon Cognito compares the URL with
/// the registered ones.
pub(crate) const PORT: u16 = 8765;

/// The name of the group of options that select a sign-in in the browser.
pub(super) const IN_BROWSER: &str = "in_browser";

/// Options of the sign-in in the browser.
#[derive(Args, Debug)]
#[command(next_help_heading = "Browser")]
pub(crate) struct Options {
    #[command(flatten)]
    browser: Browser,
    /// Domain of managed login, such as https://auth.example.com; by default COGNITO_DOMAIN
    #[arg(long, value_name = "URL", requires = IN_BROWSER)]
    pub(super) domain: Option<String>,
    /// Port of the callback URL, which must be registered with this port
    #[arg(
        long,
        default_value_t = PORT,
        value_name = "PORT",
        requires = IN_BROWSER,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    port: u16,
    /// Scopes of the access token; by default all that the app client allows
    #[arg(long, value_name = "A,B", value_delimiter = ',', requires = IN_BROWSER)]
    scope: Vec<String>,
    /// Sign in with this identity provider of the user pool, such as Google
    #[arg(long, value_name = "NAME", requires = IN_BROWSER)]
    identity_provider: Option<String>,
}

/// The options that select a sign-in in the browser.
#[derive(Args, Debug)]
#[group(id = "in_browser", multiple = true)]
struct Browser {
    /// Sign in on the pages of managed login; the CallbackURLs of the app client must contain
    /// http://localhost:8765/callback (`cognito clients allow-cli-login`)
    #[arg(long)]
    browser: bool,
    /// Like --browser, but print the address for a browser on another machine, and ask for the address at the end of
    /// the sign-in
    #[arg(long)]
    no_browser: bool,
}

impl Options {
    pub(super) fn is_used(&self) -> bool {
        self.browser.browser || self.browser.no_browser
    }

    /// Returns whether to open a browser. Over SSH, the user's browser is on another machine.
    fn opens_browser(&self, app: &App) -> bool {
        let is_set = |name| app.environment.get(name).is_some();
        let is_remote = is_set("SSH_CONNECTION") && !is_set("DISPLAY");
        !self.browser.no_browser && !is_remote
    }

    /// Opens a browser, if there is one on this machine.
    fn start_page(&self, url: &str, app: &App) -> Option<StartPage> {
        if self.opens_browser(app) { StartPage::open(url, self.port, app) } else { None }
    }
}

pub(super) async fn sign_in(
    options: &Options,
    domain: &str,
    username: Option<&str>,
    sessions: &Sessions<'_>,
    store: Option<Arc<dyn TokenStore>>,
    app: &App,
) -> Outcome<Session> {
    if !app.terminal.may_wait() {
        let failure = Failure::no_input("a sign-in in the browser needs a user to respond");
        return Err(failure.hint("leave out --no-input, or sign in with --password-stdin"));
    }
    let login = sessions.login_settings(domain)?.build(&options.scope)?;
    // The port is opened before the browser, so that no other program receives the callback.
    let url = format!("http://localhost:{}/callback", options.port);
    let listener = LoopbackListener::bind(url).await?.application("cognito");
    let mut request = login.authorization_url(listener.redirect_uri());
    if let Some(username) = username {
        request = request.login_hint(username);
    }
    if let Some(provider) = &options.identity_provider {
        request = request.identity_provider(provider);
    }
    let request = request.build()?;
    // The page is removed at the end of the sign-in.
    let page = options.start_page(request.url(), app);
    show_address(request.url(), page.is_some(), app);
    let callback = callback(listener, request.pending(), page.is_none(), app).await?;
    let tokens = login.exchange(request.pending(), &callback).await?;
    let pool = sessions.user_pool(store, Some(domain))?;
    Ok(tokens.session(&pool).store_as(SESSION_NAME).await?)
}

fn show_address(url: &str, is_open: bool, app: &App) {
    app.terminal.show(match is_open {
        // The browser may have started without a screen.
        true => "the browser opens the sign-in page; if it does not, open this address:",
        false => "open this address in a browser:",
    });
    app.terminal.show(url);
}

/// Waits for the callback of a browser on this machine, or for the final address of a browser on
/// another machine.
async fn callback(
    listener: LoopbackListener,
    pending: &PendingSignIn,
    is_elsewhere: bool,
    app: &App,
) -> Outcome<String> {
    if !is_elsewhere || !app.terminal.is_interactive() {
        return Ok(listener.callback(pending).await?);
    }
    app.terminal.show(
        "if the browser is on another machine, it cannot load the last page: paste the address of \
         this page here",
    );
    tokio::select! {
        callback = listener.callback(pending) => Ok(callback?),
        pasted = pasted(pending, app) => pasted,
    }
}

async fn pasted(pending: &PendingSignIn, app: &App) -> Outcome<String> {
    loop {
        let address = app.terminal.ask("Address", "sign in at a terminal").await?;
        let address = address.trim();
        if pending.is_for(address) {
            return Ok(address.to_owned());
        }
        app.terminal
            .show("this is not the address at the end of the sign-in; paste the address again");
    }
}
