//! `cognito login`: signs a user in, at the terminal or in the browser.

mod browser;
mod challenges;
mod start_page;

use self::browser::IN_BROWSER;
pub(crate) use self::browser::PORT;

use std::sync::Arc;
use std::time::SystemTime;

use clap::Args;
use cognito::session::TokenStore;
use cognito::types::Password;
use cognito::{Error, ErrorKind, Session, SignIn};

use crate::app::App;
use crate::commands::whoami;
use crate::configuration::Setting;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Record, printable, printable_url, time};
use crate::sessions::{Backend, Restored, SESSION_NAME, Sessions, SignInRecord};

const EXAMPLES: &str = "\
Examples:
  cognito login alice
  cognito login --browser --domain https://auth.example.com
  pass show cognito/alice | cognito login alice --password-stdin --no-input
  COGNITO_TOKEN_STORE=none cognito login alice --output json
";

/// Signs a user in, and stores the tokens
///
/// The password is proven over SRP, and does not leave the program. It is read from standard input (--password-stdin),
/// from COGNITO_PASSWORD, or from a prompt. The program asks for the responses to challenges. With --browser the user
/// signs in on the pages of managed login, also with Google, SAML and other identity providers. The secret of an app
/// client is read from COGNITO_CLIENT_SECRET.
///
/// By default the tokens are stored in files that are encrypted with a key of the system's keyring.
/// COGNITO_TOKEN_STORE selects another store: `file` for files that only you can read, `none` to print the tokens.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// User name, or an alias such as an e-mail address; by default the program asks for it. With --browser it is filled
    /// into the sign-in page
    username: Option<String>,
    /// Read the password from standard input
    #[arg(long, conflicts_with_all = [IN_BROWSER, "choose", "custom"])]
    password_stdin: bool,
    /// Choose the first factor at a prompt: a password, or a code by e-mail or text message (USER_AUTH)
    #[arg(long, conflicts_with_all = [IN_BROWSER, "custom"])]
    choose: bool,
    /// Sign in with the challenges of the user pool's triggers (CUSTOM_AUTH)
    #[arg(long, conflicts_with = IN_BROWSER)]
    custom: bool,
    #[command(flatten)]
    browser: browser::Options,
}

impl Arguments {
    pub(crate) fn domain(&self) -> Option<String> {
        self.browser.domain.clone()
    }
}

pub(crate) async fn run(arguments: Arguments, app: &App) -> Outcome {
    let sessions = Sessions::of(app).await?;
    let backend = Backend::for_sign_in(&app.settings)?;
    // Both are checked before a question is asked.
    let endpoint = sessions.endpoint()?.map(str::to_owned);
    let domain = arguments.browser.is_used().then(|| sessions.domain()).transpose()?;
    if app.dry_run {
        return dry_run(&arguments, backend, app);
    }
    let store = backend.open_for_sign_in(&app.environment).await?;
    if let Some(endpoint) = app.settings.located(Setting::EndpointUrl) {
        let (url, origin) = (printable_url(&endpoint.value), &endpoint.origin);
        app.terminal.note(&format!("signing in at {url} ({origin})"));
    }
    let session = match domain {
        Some(domain) => {
            let username = arguments.username.as_deref();
            browser::sign_in(&arguments.browser, domain, username, &sessions, store, app).await?
        }
        None => at_terminal(arguments, &sessions, store, app).await?,
    };
    let record = SignInRecord {
        username: session.username().to_owned(),
        store: backend,
        endpoint_url: endpoint,
        domain: domain.map(str::to_owned),
        signed_in_at: time(SystemTime::now()).as_str().unwrap_or_default().to_owned(),
    };
    finish(session, record, &sessions, app).await
}

/// Shows the sign-in that would run, and the place of its tokens.
fn dry_run(arguments: &Arguments, backend: Backend, app: &App) -> Outcome {
    let name = arguments.username.as_deref().map_or_else(|| "a user".to_owned(), printable);
    let tokens = match backend {
        Backend::None => "printed, and not stored".to_owned(),
        backend => format!("stored in: {backend}"),
    };
    app.terminal.note(&format!("{name} would be signed in; the tokens would be {tokens}"));
    Ok(())
}

async fn at_terminal(
    arguments: Arguments,
    sessions: &Sessions<'_>,
    store: Option<Arc<dyn TokenStore>>,
    app: &App,
) -> Outcome<Session> {
    let username = match &arguments.username {
        Some(name) => name.clone(),
        None => app.terminal.ask("User name", "pass the user name as an argument").await?,
    };
    let pool = sessions.user_pool(store, None)?;
    let sign_in = pool.sign_in(username.trim());
    let request = match (arguments.choose, arguments.custom) {
        (true, _) => sign_in.choose_first_factor(),
        (false, true) => sign_in.custom(),
        (false, false) => sign_in.password(password(&arguments, app).await?),
    };
    match request.store_as(SESSION_NAME).await.map_err(|error| of_sign_in(error.into()))? {
        SignIn::Done(session) => Ok(session),
        SignIn::Challenge(challenge) => challenges::respond(challenge, &pool, app).await,
    }
}

/// Returns the failure of a sign-in. Like a sign-in page, the program does not reveal whether a
/// user exists, even if the service does.
fn of_sign_in(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::UserNotFound => Error::from(ErrorKind::BadCredentials).into(),
        _ => error.into(),
    }
}

async fn password(arguments: &Arguments, app: &App) -> Outcome<Password> {
    if arguments.password_stdin {
        let instead = "pipe the password in, or leave --password-stdin out";
        return app.terminal.read_secret(instead).await;
    }
    if let Some(password) = app.environment.get("COGNITO_PASSWORD") {
        return Ok(password.into());
    }
    let instead = "pass --password-stdin, or set COGNITO_PASSWORD";
    let password = app.terminal.ask_secret("Password", instead).await?;
    if password.expose_secret().is_empty() {
        return Err(Failure::usage("the password is empty"));
    }
    Ok(password)
}

/// Stores the record of the sign-in, and writes the result.
async fn finish(
    session: Session,
    record: SignInRecord,
    sessions: &Sessions<'_>,
    app: &App,
) -> Outcome {
    let name = printable(session.username());
    if record.store == Backend::None {
        app.terminal.note(&format!("signed in as {name}; the tokens are not stored"));
        return app.output.record(&tokens(&session)?);
    }
    forget_other_store(record.store, sessions, app).await;
    record.write(&app.environment, sessions.pool_id(), sessions.client_id())?;
    let backend = record.store;
    app.terminal.note(&format!("signed in as {name}; the tokens are stored in: {backend}"));
    if app.output.format() == Format::Table {
        return Ok(());
    }
    let restored = Restored { session, backend, record: Some(record) };
    app.output.record(&whoami::record(sessions, &restored, app)?)
}

/// Removes the tokens of the previous sign-in from another store, which later commands do not read.
async fn forget_other_store(store: Backend, sessions: &Sessions<'_>, app: &App) {
    let Ok(Some(earlier)) = sessions.record() else { return };
    if earlier.store != store && sessions.forget(&earlier).await.is_err() {
        let store = earlier.store;
        app.terminal.warn(&format!(
            "the tokens of the previous sign-in cannot be removed, and are still stored in: {store}"
        ));
    }
}

/// Returns the tokens as a record, to be printed at the user's request.
fn tokens(session: &Session) -> Outcome<Record> {
    let tokens = session.tokens()?;
    let refresh = tokens.refresh_token().map(|token| token.expose_secret().to_owned());
    let id = tokens.id_token().map(|token| token.expose_secret().to_owned());
    Ok(Record::new()
        .with("username", session.username())
        .with("access_token", tokens.access_token().expose_secret())
        .with("id_token", id)
        .with("refresh_token", refresh)
        .with("expires_at", time(tokens.expires_at())))
}
