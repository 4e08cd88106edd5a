//! The site: its routes, its state, and the page for failures.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use cognito::sign_in::SavedChallenge;
use cognito::{Admin, Error, Fault, UserPool};

use crate::visitor::escaped;
use crate::{account, guests};

/// The site.
#[derive(Clone)]
pub(crate) struct Site {
    /// The pool, whose token store has the sessions.
    pub(crate) pool: UserPool,
    pub(crate) admin: Admin,
    /// Open challenges by the value of the cookie of their browser.
    challenges: Arc<Mutex<HashMap<String, SavedChallenge>>>,
}

impl Site {
    pub(crate) fn new(pool: UserPool, admin: Admin) -> Self {
        Self { pool, admin, challenges: Arc::default() }
    }

    pub(crate) fn keep(&self, id: String, challenge: SavedChallenge) {
        let mut all = self.challenges.lock().unwrap_or_else(PoisonError::into_inner);
        let expired = |saved: &SavedChallenge| {
            saved.deadline().checked_add(Duration::from_secs(60)) < Some(SystemTime::now())
        };
        all.retain(|_, saved| !expired(saved));
        all.insert(id, challenge);
    }

    pub(crate) fn take(&self, id: &str) -> Option<SavedChallenge> {
        self.challenges.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }
}

pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(account::home))
        .route("/account", get(account::home))
        .route("/register", get(guests::register_page).post(guests::register))
        .route("/confirm", post(guests::confirm))
        .route("/sign-in", get(guests::sign_in_page).post(guests::sign_in))
        .route("/challenge", post(guests::respond))
        .route("/forgot", get(guests::forgot_page).post(guests::forgot))
        .route("/reset", post(guests::reset))
        .route("/authenticator", post(account::set_up_authenticator))
        .route("/authenticator/verify", post(account::verify_authenticator))
        .route("/email", post(account::change_email))
        .route("/email/verify", post(account::verify_email))
        .route("/refresh", post(account::refresh))
        .route("/sign-out", post(account::sign_out))
        .route("/members", get(account::members))
        .with_state(site)
}

/// A failed request. The page describes the next step for the user; the log gets the reason.
pub(crate) struct Failure(pub(crate) Error);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(error) = self;
        eprintln!("{}", error.report());
        let status = match error.fault() {
            Fault::User => StatusCode::BAD_REQUEST,
            Fault::Environment => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let reason = error.reason().map(escaped).unwrap_or_default();
        let page = format!("<h1>Sorry</h1><p>{}</p><p>{reason}</p>", error.public_message());
        (status, Html(page)).into_response()
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}
