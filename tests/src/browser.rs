//! A minimal browser: cookies, redirects, and the form of the login page.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

/// The maximum number of successive redirects.
const MAX_REDIRECTS: usize = 10;

/// The browser of one user. It has one set of cookies, as browsers do for all ports of a host.
pub struct Browser {
    http: Client,
    cookies: BTreeMap<String, String>,
}

/// The end of a chain of redirects.
pub struct Page {
    /// The URL. It was not requested if it is not on this machine.
    pub url: String,
    /// The status; `None` for a URL that was not requested.
    pub status: Option<u16>,
    /// The text of the page.
    pub text: String,
}

impl Default for Browser {
    fn default() -> Self {
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { http, cookies: BTreeMap::new() }
    }
}

impl Browser {
    /// Opens a URL and follows redirects on this machine.
    pub async fn open(&mut self, url: &str) -> Page {
        let response = self.send(url, None).await;
        self.follow(response).await
    }

    /// Opens a URL that redirects to the login page, signs in and follows redirects.
    pub async fn sign_in(&mut self, url: &str, username: &str, password: &str) -> Page {
        let page = self.open(url).await;
        assert!(page.text.contains("signInFormPassword"), "no login page: {}", page.url);
        let csrf = self.cookies["XSRF-TOKEN"].clone();
        let form = [("_csrf", &*csrf), ("username", username), ("password", password)];
        self.submit(&page.url, &form).await
    }

    /// Sends a form and follows redirects.
    pub async fn submit(&mut self, url: &str, form: &[(&str, &str)]) -> Page {
        let response = self.send(url, Some(form)).await;
        self.follow(response).await
    }

    /// Returns the value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    async fn follow(&mut self, mut response: Response) -> Page {
        for _ in 0..MAX_REDIRECTS {
            let Some(location) = response.headers().get(LOCATION) else {
                let (url, status) = (response.url().to_string(), Some(response.status().as_u16()));
                return Page { url, status, text: response.text().await.unwrap() };
            };
            let location = location.to_str().unwrap();
            let next = response.url().join(location).unwrap();
            if !is_here(&next) {
                return Page { url: location.to_owned(), status: None, text: String::new() };
            }
            response = self.send(next.as_str(), None).await;
        }
        panic!("too many redirects")
    }

    async fn send(&mut self, url: &str, form: Option<&[(&str, &str)]>) -> Response {
        let mut request = match form {
            Some(fields) => {
                let mut body = Url::parse("http://x").unwrap();
                body.query_pairs_mut().extend_pairs(fields);
                let form = "application/x-www-form-urlencoded";
                let request = self.http.post(url).header("content-type", form);
                request.body(body.query().unwrap_or_default().to_owned())
            }
            None => self.http.get(url),
        };
        if !self.cookies.is_empty() {
            let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header(COOKIE, pairs.collect::<Vec<_>>().join("; "));
        }
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        response
    }

    fn keep(&mut self, cookie: &str) {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        if value.is_empty() || cookie.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.trim_matches('"').to_owned());
        }
    }
}

fn is_here(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}
