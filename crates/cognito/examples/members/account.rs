//! Pages for members: profile, second factor, address, sign-out, and one for administrators.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{StatusCode, Uri};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use cognito::Error;
use cognito::account::{Attributes, Factor, MfaPreference};
use cognito::types::Code;

use crate::site::{Failure, Site};
use crate::visitor::{Fields, Visitor, cookie, escaped};

/// A page, or the response to a failure or to a guest.
type Answer = Result<Response, Response>;

fn failed(error: impl Into<Error>) -> Response {
    Failure(error.into()).into_response()
}

pub(crate) async fn home(visitor: Visitor, uri: Uri) -> Answer {
    if visitor.session.is_none() && uri.path() == "/" {
        let links = "<a href=\"/register\">Register</a> <a href=\"/sign-in\">Sign in</a>";
        return Ok(visitor.page("Hello, guest", links));
    }
    let user = visitor.signed_in()?.user().await.map_err(failed)?;
    let email = escaped(user.attributes().get("email").unwrap_or_default());
    let forms = [
        visitor.form("/email", &[("E-mail", "email", "email", "")], "Change"),
        visitor.form("/authenticator", &[], "Set up an authenticator app"),
        visitor.form("/refresh", &[], "Refresh"),
        visitor.form("/sign-out", &[], "Sign out"),
    ];
    let title = format!("Welcome, {}", escaped(user.username()));
    Ok(visitor.page(&title, &format!("<p>{email}</p>{}", forms.concat())))
}

pub(crate) async fn set_up_authenticator(visitor: Visitor, _form: Fields) -> Answer {
    let app = visitor.signed_in()?.associate_software_token().await.map_err(failed)?;
    let key = escaped(app.secret().expose_secret());
    let form = visitor.form("/authenticator/verify", &[("Code", "code", "text", "")], "Verify");
    Ok(visitor.page("Authenticator app", &format!("<p>Key: {key}</p>{form}")))
}

/// Verifies the first code in a separate request: the service stores the key that it has issued.
pub(crate) async fn verify_authenticator(visitor: Visitor, form: Fields) -> Answer {
    let session = visitor.signed_in()?;
    session.verify_software_token(Code::from(form.get("code"))).await.map_err(failed)?;
    let preference = MfaPreference::default().software_token(Factor::Preferred);
    session.set_mfa_preference(preference).await.map_err(failed)?;
    Ok(Redirect::to("/").into_response())
}

pub(crate) async fn change_email(visitor: Visitor, form: Fields) -> Answer {
    let attributes: Attributes = [("email", form.get("email"))].into_iter().collect();
    visitor.signed_in()?.update_attributes(&attributes).await.map_err(failed)?;
    let form = visitor.form("/email/verify", &[("Code", "code", "text", "")], "Verify");
    Ok(visitor.page("Verify your address", &form))
}

pub(crate) async fn verify_email(visitor: Visitor, form: Fields) -> Answer {
    let code = Code::from(form.get("code"));
    visitor.signed_in()?.verify_attribute("email", code).await.map_err(failed)?;
    Ok(Redirect::to("/").into_response())
}

/// Refreshes the tokens at once, so that they contain a new group.
pub(crate) async fn refresh(visitor: Visitor, _form: Fields) -> Answer {
    visitor.signed_in()?.refresh().await.map_err(failed)?;
    Ok(Redirect::to("/").into_response())
}

pub(crate) async fn sign_out(mut visitor: Visitor, _form: Fields) -> Answer {
    if let Some(session) = visitor.session.take() {
        session.sign_out().await.map_err(failed)?;
    }
    let cookies = [(SET_COOKIE, cookie("session", "", 0))];
    Ok((AppendHeaders(cookies), Redirect::to("/")).into_response())
}

/// Lists all members, for users of a group. The site lists them with its own AWS credentials.
pub(crate) async fn members(State(site): State<Site>, visitor: Visitor) -> Answer {
    let claims = visitor.signed_in()?.access_claims().await.map_err(failed)?;
    if !claims.in_group("admins") {
        let page = Html("<h1>For administrators only</h1>");
        return Err((StatusCode::FORBIDDEN, page).into_response());
    }
    let users = site.admin.users().await.map_err(failed)?;
    let items = users.iter().map(|user| format!("<li>{}</li>", escaped(user.username())));
    Ok(visitor.page("Members", &format!("<ul>{}</ul>", items.collect::<String>())))
}
