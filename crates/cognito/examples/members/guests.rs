//! Pages for guests: registration, sign-in, and a forgotten password.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use cognito::types::{Code, Password};
use cognito::{Challenge, Error, ErrorKind, SignIn};

use crate::site::{Failure, Site};
use crate::visitor::{Fields, Visitor, cookie, find_cookie, random};

type Answer = Result<Response, Failure>;

/// A browser that is not used for a year needs the second factor again.
const YEAR: u32 = 365 * 86_400;

pub(crate) async fn register_page(visitor: Visitor) -> Response {
    let fields = [
        ("Name", "name", "text", ""),
        ("E-mail", "email", "email", ""),
        ("Password", "password", "password", ""),
    ];
    visitor.page("Register", &visitor.form("/register", &fields, "Register"))
}

pub(crate) async fn register(State(site): State<Site>, visitor: Visitor, form: Fields) -> Answer {
    let name = form.get("name");
    let sign_up = site.pool.sign_up(name).password(Password::from(form.get("password")));
    sign_up.attribute("email", form.get("email")).await?;
    let fields = [("", "name", "hidden", name), ("Code", "code", "text", "")];
    Ok(visitor.page("Confirm your address", &visitor.form("/confirm", &fields, "Confirm")))
}

pub(crate) async fn confirm(State(site): State<Site>, form: Fields) -> Answer {
    let confirmed = site.pool.confirm_sign_up(form.get("name"), Code::from(form.get("code"))).await;
    match confirmed.map(drop) {
        // The response to an earlier request was lost.
        Err(error) if error.kind() != ErrorKind::AlreadyConfirmed => Err(error.into()),
        _ => Ok(Redirect::to("/sign-in").into_response()),
    }
}

pub(crate) async fn sign_in_page(visitor: Visitor) -> Response {
    let fields = [("Name", "name", "text", ""), ("Password", "password", "password", "")];
    let form = visitor.form("/sign-in", &fields, "Sign in");
    visitor.page("Sign in", &format!("{form}<a href=\"/forgot\">Password forgotten?</a>"))
}

/// Signs in with the device of this browser, if there is one; it replaces the second factor.
pub(crate) async fn sign_in(State(site): State<Site>, visitor: Visitor, form: Fields) -> Answer {
    let password = Password::from(form.get("password"));
    let request = site.pool.sign_in(form.get("name")).password(password);
    let step = request.store_device_as(&visitor.device).await.map_err(Error::from)?;
    let cookie = cookie("device", &visitor.device, YEAR);
    let next = proceed(&site, &visitor, step, "")?;
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), next).into_response())
}

/// Responds to the challenge of this browser.
pub(crate) async fn respond(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
    form: Fields,
) -> Answer {
    let id = find_cookie(&headers, "challenge").unwrap_or_default();
    let Some(saved) = site.take(id) else { return Ok(Redirect::to("/sign-in").into_response()) };
    let challenge = site.pool.resume(saved)?;
    match challenge.respond(form.get("response")).await {
        Ok(step) => proceed(&site, &visitor, step, ""),
        Err(refused) => {
            let message = refused.error().public_message();
            let challenge = refused.retry()?;
            proceed(&site, &visitor, SignIn::from(challenge), message)
        }
    }
}

/// Starts a session, or prompts for the response to a challenge.
///
/// Both get a random name that no earlier request had, so that an attacker cannot prepare a browser
/// with one (session fixation).
fn proceed(site: &Site, visitor: &Visitor, step: SignIn, message: &str) -> Answer {
    match step {
        SignIn::Done(session) => {
            let name = session.key().map(|key| key.name()).unwrap_or_default();
            let cookies = [
                (SET_COOKIE, cookie("session", name, 30 * 86_400)),
                (SET_COOKIE, cookie("challenge", "", 0)),
                (SET_COOKIE, cookie("csrf", &random(), 86_400)),
            ];
            Ok((AppendHeaders(cookies), Redirect::to("/")).into_response())
        }
        SignIn::Challenge(challenge) => Ok(prompt(site, visitor, &challenge, message)),
    }
}

fn prompt(site: &Site, visitor: &Visitor, challenge: &Challenge, message: &str) -> Response {
    let id = random();
    site.keep(id.clone(), challenge.save());
    let fields = [(challenge.question(), "response", "text", "")];
    let form = visitor.form("/challenge", &fields, "Continue");
    let page = visitor.page("One more step", &format!("<p>{message}</p>{form}"));
    let cookie = cookie("challenge", &id, 900);
    (AppendHeaders([(SET_COOKIE, cookie)]), page).into_response()
}

pub(crate) async fn forgot_page(visitor: Visitor) -> Response {
    let fields = [("Name", "name", "text", "")];
    visitor.page("Password forgotten", &visitor.form("/forgot", &fields, "Send a code"))
}

/// Sends a code. The page is the same for users that do not exist.
pub(crate) async fn forgot(State(site): State<Site>, visitor: Visitor, form: Fields) -> Answer {
    let name = form.get("name");
    let sent = site.pool.forgot_password(name).await.map(drop);
    if let Err(error) = sent.as_ref()
        && error.is_transient()
    {
        return Err(Failure(error.clone()));
    }
    let fields = [
        ("", "name", "hidden", name),
        ("Code", "code", "text", ""),
        ("New password", "password", "password", ""),
    ];
    let form = visitor.form("/reset", &fields, "Set");
    Ok(visitor.page("New password", &format!("<p>if the user exists, a code was sent</p>{form}")))
}

pub(crate) async fn reset(State(site): State<Site>, form: Fields) -> Answer {
    let (code, password) = (Code::from(form.get("code")), Password::from(form.get("password")));
    site.pool.confirm_forgot_password(form.get("name"), code, password).await?;
    Ok(Redirect::to("/sign-in").into_response())
}
