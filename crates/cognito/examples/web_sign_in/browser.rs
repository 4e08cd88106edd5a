//! A scripted browser that visits the site, with cookies, redirects and forms.

use std::collections::BTreeMap;

use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

use crate::Result;

/// A browser whose cookies apply to all ports of `localhost`.
pub(crate) struct Browser {
    http: Client,
    cookies: BTreeMap<String, String>,
}

/// A page that the browser shows.
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) fn new() -> Result<Self> {
        // `request` follows redirects and stores the cookies of each response.
        let http = Client::builder().redirect(Policy::none()).no_proxy();
        // A site that restarts closes idle connections, perhaps while the next request is sent.
        let http = http.pool_max_idle_per_host(0).build()?;
        Ok(Self { http, cookies: BTreeMap::new() })
    }

    pub(crate) async fn open(&mut self, url: &str) -> Result<Page> {
        self.request(url, None).await
    }

    /// Fills in the login page.
    pub(crate) async fn sign_in(&mut self, page: &Page, name: &str, word: &str) -> Result<Page> {
        let csrf = self.cookie("XSRF-TOKEN").ok_or("the login page has set no cookie")?.to_owned();
        let form = [("_csrf", &*csrf), ("username", name), ("password", word)];
        self.submit(&page.url, &form).await
    }

    pub(crate) async fn submit(&mut self, url: &str, form: &[(&str, &str)]) -> Result<Page> {
        let mut encoded = Url::parse("http://localhost")?;
        encoded.query_pairs_mut().extend_pairs(form);
        let form = encoded.query().unwrap_or_default().to_owned();
        self.request(url, Some(form)).await
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    async fn request(&mut self, url: &str, form: Option<String>) -> Result<Page> {
        let mut response = self.send(url, form).await?;
        for _ in 0..10 {
            let Some(location) = response.headers().get(LOCATION) else { break };
            let next = response.url().join(location.to_str()?)?;
            response = self.send(next.as_str(), None).await?;
        }
        let (url, status) = (response.url().to_string(), response.status().as_u16());
        Ok(Page { url, status, text: response.text().await? })
    }

    async fn send(&mut self, url: &str, form: Option<String>) -> Result<Response> {
        let request = match form {
            Some(form) => self.http.post(url).body(form),
            None => self.http.get(url),
        };
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = request.header(COOKIE, cookies).send().await?;
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str()?;
            let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.ok_or("a cookie has no value")?;
            match value {
                "" => drop(self.cookies.remove(name)),
                value => self.set_cookie(name, value),
            }
        }
        Ok(response)
    }
}
