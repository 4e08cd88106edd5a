//! `GET /logout`: ends the session of a browser.

use std::sync::Arc;

use crate::flows::caller::Caller;
use crate::flows::context::Context;
use crate::flows::managed_login::redirect::error_page;
use crate::flows::managed_login::session;
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::operations::managed_login::browser::{
    BrowserRequest, BrowserResponse, Content, CookieChange,
};
use crate::operations::managed_login::pool;

/// Ends the session and redirects. The parameters of OpenID Connect logout
/// (`post_logout_redirect_uri`, `id_token_hint`) have no effect in the service: streamlit#14601,
/// aws-saas-boost#441.
pub(crate) fn logout(service: &Arc<Service>, browser: &BrowserRequest<'_>) -> BrowserResponse {
    const NO_CLIENT: &str = "Missing required parameter client_id in request URL";
    const NO_ADDRESS: &str = "Required String parameter 'redirect_uri' is not present";
    let parameters = Parameters::parse(browser.query.as_bytes()).unwrap_or_default();
    let Some(client_id) = parameters.get("client_id") else {
        return Content::Error(NO_CLIENT).into();
    };
    let Some(pool) = pool::of(service, client_id, browser.host) else {
        return Content::Redirect(error_page("invalid_request", Some(client_id))).into();
    };
    let logout_uri = parameters.get("logout_uri");
    if logout_uri.is_none() && parameters.get("redirect_uri").is_none() {
        return Content::Error(NO_ADDRESS).into();
    }
    let context = Context::new(service, pool, Caller::browser(client_id));
    let is_known = context.step(|step| {
        let settings = &step.pool.client(client_id)?.settings;
        Ok(logout_uri.is_none_or(|uri| settings.has_logout_url(uri)))
    });
    // The login page verifies the parameters.
    let login = || format!("/login?{}", without_provider(browser.query));
    match is_known {
        Ok(true) => {
            session::end(service, browser.session);
            let location = logout_uri.map_or_else(login, str::to_owned);
            BrowserResponse { session: CookieChange::Clear, ..Content::Redirect(location).into() }
        }
        // The service's error for an unregistered address is not measured.
        _ => Content::Redirect(error_page("redirect_mismatch", Some(client_id))).into(),
    }
}

/// Returns a query without the identity provider: a logout never leads to a provider (AWS guide,
/// logout endpoint).
fn without_provider(query: &str) -> String {
    let names_provider = |pair: &&str| {
        let mut names = form_urlencoded::parse(pair.as_bytes()).map(|(name, _)| name);
        names.any(|name| ["identity_provider", "idp_identifier"].contains(&&*name))
    };
    let kept: Vec<_> = query.split('&').filter(|pair| !names_provider(pair)).collect();
    kept.join("&")
}
