//! The site: sign-in, sessions, sign-out, and pages for users and for a group.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{FromRequestParts, RawQuery, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use cognito::managed_login::{ManagedLogin, ManagedLoginError, PendingSignIn};
use cognito::{Error, Session, UserPool};

/// The time that a sign-in may take. The pages of managed login wait five minutes for a user.
const SIGN_IN_TIME: Duration = Duration::from_secs(15 * 60);

/// The site.
#[derive(Clone)]
pub(crate) struct Site {
    login: ManagedLogin,
    /// The pool, whose token store has the sessions.
    pool: UserPool,
    url: Arc<str>,
    /// Sign-ins that wait for their callback, by `state`, which is also the value of a cookie.
    pending: Arc<Mutex<HashMap<String, (Instant, PendingSignIn)>>>,
}

impl Site {
    pub(crate) fn new(login: ManagedLogin, pool: UserPool, url: &str) -> Self {
        Self { login, pool, url: url.into(), pending: Arc::default() }
    }

    fn keep(&self, pending: PendingSignIn) {
        let mut all = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (start, _)| start.elapsed() < SIGN_IN_TIME);
        all.insert(pending.state().to_owned(), (Instant::now(), pending));
    }

    /// Removes and returns the sign-in of a callback, if this browser has started it.
    ///
    /// The cookie binds the sign-in to the browser: otherwise a link of an attacker could sign a user in as
    /// the attacker.
    fn take(&self, headers: &HeaderMap, callback: &str) -> Option<PendingSignIn> {
        let mut all = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let of_browser = cookies(headers).filter(|(name, _)| name.starts_with("sign-in-"));
        let is_for = |state: &&str| all.get(*state).is_some_and(|(_, p)| p.is_for(callback));
        let state = of_browser.map(|(_, value)| value).find(is_for)?;
        all.remove(state).map(|(_, pending)| pending)
    }

    /// Returns a `Set-Cookie` header. Browsers send a Lax cookie with the callback, to which managed login
    /// redirects, but not with forms of other sites.
    fn cookie(&self, name: &str, value: &str, seconds: u64) -> (HeaderName, String) {
        let secure = if self.url.starts_with("https:") { "; Secure" } else { "" };
        let attributes = format!("Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        (SET_COOKIE, format!("{name}={value}; {attributes}"))
    }
}

/// Returns the name of the cookie of a sign-in. Each has its own, because a browser can have two in two tabs.
fn sign_in_cookie(pending: &PendingSignIn) -> String {
    format!("sign-in-{}", pending.state().get(..8).unwrap_or_default())
}

pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/sign-in", get(sign_in))
        .route("/callback", get(callback))
        .route("/profile", get(profile))
        .route("/reports", get(reports))
        .route("/sign-out", post(sign_out))
        .with_state(site)
}

/// Sends the browser to managed login.
async fn sign_in(State(site): State<Site>) -> Result<Response, Failure> {
    let request = site.login.authorization_url(format!("{}/callback", site.url)).build()?;
    let redirect = Redirect::to(request.url());
    let pending = request.into_pending();
    let name = sign_in_cookie(&pending);
    let cookie = site.cookie(&name, pending.state(), SIGN_IN_TIME.as_secs());
    site.keep(pending);
    Ok((AppendHeaders([cookie]), redirect).into_response())
}

/// Exchanges the code for a session, and sets a cookie with its random name.
async fn callback(
    State(site): State<Site>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let pending = site.take(&headers, &query).ok_or(ManagedLoginError::WrongState)?;
    let tokens = site.login.exchange(&pending, &query).await?;
    let session = tokens.session(&site.pool).await.map_err(Error::from)?;
    let key = session.key().ok_or(Failure::Stored)?;
    let cookies = [
        site.cookie("session", key.name(), 30 * 24 * 3600),
        site.cookie(&sign_in_cookie(&pending), "", 0),
    ];
    Ok((AppendHeaders(cookies), Redirect::to("/")).into_response())
}

/// Ends the session and revokes its tokens, and then ends the session of the browser at managed login.
async fn sign_out(State(site): State<Site>, User(session): User) -> Result<Response, Failure> {
    session.sign_out().await.map_err(Error::from)?;
    let cookie = site.cookie("session", "", 0);
    let logout = site.login.logout_url(&format!("{}/", site.url));
    Ok((AppendHeaders([cookie]), Redirect::to(&logout)).into_response())
}

async fn home(user: Option<User>) -> Result<Html<String>, Failure> {
    let Some(User(session)) = user else {
        return Ok(Html("<h1>Hello, guest</h1><a href=\"/sign-in\">Sign in</a>".to_owned()));
    };
    let name = escaped(session.username());
    let form = "<form method=\"post\" action=\"/sign-out\"><button>Sign out</button></form>";
    Ok(Html(format!("<h1>Welcome, {name}</h1><a href=\"/profile\">Profile</a>{form}")))
}

async fn profile(User(session): User) -> Result<Html<String>, Failure> {
    let claims = session.id_claims().await?;
    let email = escaped(claims.email().unwrap_or("no address"));
    Ok(Html(format!("<h1>{}</h1><p>{email}</p>", escaped(session.username()))))
}

async fn reports(User(session): User) -> Result<Response, Failure> {
    if session.access_claims().await?.in_group("staff") {
        Ok(Html("<h1>Reports</h1>").into_response())
    } else {
        Ok((StatusCode::FORBIDDEN, Html("<h1>For staff only</h1>")).into_response())
    }
}

/// The session of a request. Requests without one are redirected to the sign-in.
struct User(Session);

impl FromRequestParts<Site> for User {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response> {
        let sign_in = || Redirect::to("/sign-in").into_response();
        let name = cookies(&parts.headers).find(|(name, _)| *name == "session");
        let key = name.and_then(|(_, value)| site.pool.random_session_key(value));
        match site.pool.restore(&key.ok_or_else(sign_in)?).await.map_err(Error::from) {
            Ok(session) => session.map(Self).ok_or_else(sign_in),
            Err(error) if error.ends_session() => Err(sign_in()),
            Err(error) => Err(Failure::Session(error).into_response()),
        }
    }
}

impl axum::extract::OptionalFromRequestParts<Site> for User {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Option<Self>, Response> {
        match <Self as FromRequestParts<Site>>::from_request_parts(parts, site).await {
            Ok(user) => Ok(Some(user)),
            Err(response) if response.status().is_redirection() => Ok(None),
            Err(response) => Err(response),
        }
    }
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A page that describes the next step for the user; the log gets the reason.
enum Failure {
    SignIn(ManagedLoginError),
    Session(Error),
    Stored,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (transient, message, reason) = match &self {
            Self::SignIn(e) => (e.is_transient(), e.public_message(), e.to_string()),
            Self::Session(e) => (e.is_transient(), e.public_message(), e.report()),
            Self::Stored => (false, "please inform the operator", "the pool has no store".into()),
        };
        eprintln!("{reason}");
        let status =
            if transient { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::BAD_REQUEST };
        let link = "<a href=\"/sign-in\">Sign in</a>";
        (status, Html(format!("<h1>Not signed in</h1><p>{message}</p>{link}"))).into_response()
    }
}

impl From<ManagedLoginError> for Failure {
    fn from(error: ManagedLoginError) -> Self {
        Self::SignIn(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Session(error)
    }
}
