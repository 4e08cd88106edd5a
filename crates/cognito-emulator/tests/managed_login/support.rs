//! A browser with cookies, and an application.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cognito_emulator::{Emulator, InProcessClient, LocalPool, PoolSettings, SigningKeys};
use cognito_types::SendHttp;
use serde_json::{Value, json};
use url::Url;

pub(crate) const CALLBACK: &str = "http://localhost:3000/callback";
pub(crate) const PASSWORD: &str = "Correct-horse1";

/// A code verifier and its challenge (RFC 7636, appendix B).
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) type Response = http::Response<String>;

pub(crate) fn settings() -> PoolSettings {
    PoolSettings::default().managed_login([CALLBACK])
}

pub(crate) fn pool(settings: PoolSettings) -> LocalPool {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let emulator = builder.endpoint("http://localhost:9229").in_process();
    let local = emulator.create_pool(settings).unwrap();
    local.add_user("alice", PASSWORD).unwrap();
    local
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// Returns the parameters of a redirect, in order.
pub(crate) fn sent_parameters(response: &Response) -> Vec<(String, String)> {
    let location = Url::parse("http://localhost:9229").unwrap();
    let location = location.join(header(response, "location")).unwrap();
    let fragment = location.fragment().unwrap_or_default();
    let text = location.query().filter(|_| fragment.is_empty()).unwrap_or(fragment);
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

pub(crate) fn sent_parameter(response: &Response, name: &str) -> Option<String> {
    let found = sent_parameters(response).into_iter().find(|(own, _)| own == name);
    found.map(|(_, value)| value)
}

/// Returns the value of the first hidden field with a name.
pub(crate) fn hidden(page: &Response, name: &str) -> Option<String> {
    let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    let (_, rest) = page.body().split_once(&start)?;
    rest.split('"').next().map(str::to_owned)
}

/// Returns the text between two strings on a page.
pub(crate) fn between<'a>(page: &'a Response, start: &str, end: &str) -> &'a str {
    let (_, rest) = page.body().split_once(start).unwrap();
    rest.split(end).next().unwrap()
}

/// Returns the sessions of alice.
pub(crate) fn sessions(local: &LocalPool) -> Vec<Value> {
    let list = local.call("AdminListUserSessions", json!({ "Username": "alice" })).unwrap();
    list["Sessions"].as_array().unwrap().clone()
}

/// Returns the sessions of alice that have a type.
pub(crate) fn sessions_of_type(local: &LocalPool, session_type: &str) -> Vec<Value> {
    let is_of_type = |session: &Value| session["SessionType"] == session_type;
    sessions(local).into_iter().filter(is_of_type).collect()
}

/// Revokes a session of alice.
pub(crate) fn revoke_session(local: &LocalPool, session: &Value, associated: &str) {
    let input = json!({
        "Username": "alice",
        "SessionId": session["SessionId"],
        "RevokeAssociatedSessions": associated
    });
    local.call("AdminRevokeUserSession", input).unwrap();
}

/// Returns the last code that was sent to a user.
pub(crate) fn sent_code(local: &LocalPool, username: &str) -> String {
    local.code_for(username).unwrap().expose_secret().to_owned()
}

pub(crate) fn encoded(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

pub(crate) fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// A browser without scripts.
pub(crate) struct Browser {
    client: InProcessClient,
    origin: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn of(local: &LocalPool) -> Self {
        Self::at(local, local.endpoint())
    }

    /// Creates a browser that reaches the emulator under another host name.
    pub(crate) fn at(local: &LocalPool, origin: &str) -> Self {
        let client = local.http_client();
        Self { client, origin: origin.to_owned(), cookies: BTreeMap::new() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Response {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Response {
        self.send("POST", path, Some(encoded(form))).await
    }

    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        form: Option<String>,
    ) -> Response {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request =
            http::Request::builder().method(method).uri(format!("{}{path}", self.origin));
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if form.is_some() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        let request = request.body(form.unwrap_or_default().into()).unwrap();
        let response = self.client.send(request, usize::MAX).await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response.map(|body| String::from_utf8(body).unwrap())
    }

    /// Opens an authorization request, and returns the login page if there is one.
    pub(crate) async fn open(&mut self, query: &str) -> Response {
        let response = self.get(&format!("/oauth2/authorize?{query}")).await;
        match header(&response, "location").to_owned() {
            path if path.starts_with("/login") => self.get(&path).await,
            _ => response,
        }
    }

    /// Submits the form of the login page for a query.
    pub(crate) async fn fill_in(&mut self, query: &str, name: &str, password: &str) -> Response {
        let token = self.cookies.get("XSRF-TOKEN").cloned().unwrap_or_default();
        let form = [("_csrf", &*token), ("username", name), ("password", password)];
        self.post(&format!("/login?{query}"), &form).await
    }

    /// Opens the login page of an authorization request, and signs alice in with her password.
    pub(crate) async fn enter(&mut self, query: &str) -> Response {
        self.open(query).await;
        self.fill_in(query, "alice", PASSWORD).await
    }

    /// Submits the form of a page with these fields and its hidden fields.
    pub(crate) async fn submit(
        &mut self,
        path: &str,
        page: &Response,
        fields: &[(&str, &str)],
    ) -> Response {
        let hidden = ["_csrf", "session", "state"].map(|name| (name, hidden(page, name)));
        let hidden = hidden.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let form: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        self.post(path, &form).await
    }

    /// Continues with the session of the browser on the login page.
    pub(crate) async fn continue_session(&mut self, query: &str) -> Response {
        let path = format!("/login?{query}");
        let page = self.get(&path).await;
        self.submit(&path, &page, &[("continueAsSignedInUser", "true")]).await
    }

    /// Signs alice in and returns the redirect to the application.
    pub(crate) async fn sign_in(&mut self, query: &str) -> Response {
        self.open(query).await;
        let response = self.fill_in(query, "alice", PASSWORD).await;
        assert_eq!(response.status(), 302, "{}", response.body());
        response
    }
}

/// An application: the app client of a pool.
pub(crate) struct App<'a> {
    pub(crate) local: &'a LocalPool,
    pub(crate) parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> App<'a> {
    /// Creates an application that requests a code with PKCE.
    pub(crate) fn of(local: &'a LocalPool) -> Self {
        let parameters = vec![
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("state", "s1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        Self { local, parameters }
    }

    /// Replaces a parameter; an empty value removes it.
    pub(crate) fn with(mut self, name: &'a str, value: &'a str) -> Self {
        self.parameters.retain(|(own, _)| *own != name);
        if !value.is_empty() {
            self.parameters.push((name, value));
        }
        self
    }

    pub(crate) fn query(&self) -> String {
        let client_id = self.local.client_id();
        let mut parameters = vec![("client_id", client_id.as_str())];
        parameters.extend(&self.parameters);
        encoded(&parameters)
    }

    /// Signs alice in with a new browser and returns the code.
    pub(crate) async fn code(&self) -> String {
        let sent = Browser::of(self.local).sign_in(&self.query()).await;
        sent_parameter(&sent, "code").unwrap()
    }

    /// Signs alice in and returns the tokens.
    pub(crate) async fn tokens(&self) -> Value {
        let (status, tokens) = self.redeem(&[("code", &self.code().await)]).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// Redeems a code. The form replaces the valid parameters.
    pub(crate) async fn redeem(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let client_id = self.local.client_id();
        let right = [
            ("grant_type", "authorization_code"),
            ("client_id", client_id.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let is_replaced = |name: &str| form.iter().any(|(own, _)| *own == name);
        let right = right.iter().filter(|(name, _)| !is_replaced(name));
        let form: Vec<_> =
            right.chain(form).filter(|(_, value)| !value.is_empty()).copied().collect();
        token(self.local, None, &form).await
    }
}

/// Calls the token endpoint, with client credentials in the header if they are given.
pub(crate) async fn token(
    local: &LocalPool,
    basic: Option<(&str, &str)>,
    form: &[(&str, &str)],
) -> (u16, Value) {
    let response = post(local, "/oauth2/token", basic, form).await;
    assert_eq!(header(&response, "content-type"), "application/json;charset=UTF-8");
    assert_eq!(header(&response, "cache-control"), "no-store");
    (response.status().as_u16(), serde_json::from_str(response.body()).unwrap())
}

/// Posts a form to an OAuth endpoint.
pub(crate) async fn post(
    local: &LocalPool,
    path: &str,
    basic: Option<(&str, &str)>,
    form: &[(&str, &str)],
) -> Response {
    let basic = basic.map(|(id, secret)| STANDARD.encode(format!("{id}:{secret}")));
    let basic = basic.map(|pair| format!("Basic {pair}"));
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(basic.as_deref().map(|value| ("authorization", value)));
    call(local, "POST", path, &headers, encoded(form)).await
}

pub(crate) async fn call(
    local: &LocalPool,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Response {
    let uri = format!("{}{path}", local.endpoint());
    let mut request = http::Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).unwrap();
    let response = local.http_client().send(request, usize::MAX).await.unwrap();
    response.map(|body| String::from_utf8(body).unwrap())
}
