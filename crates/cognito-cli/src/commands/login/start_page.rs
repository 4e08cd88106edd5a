//! The page with which a browser starts the sign-in.
//!
//! All users of a machine can read the arguments of its processes. With the parameters of the authorization URL,
//! another user could complete the sign-in first, as themselves. The browser therefore gets the path of a file that
//! only its owner can read, and that sends it to the URL. A page of the callback's listener would have to be found by
//! an address, which is an argument too.

use std::path::PathBuf;

use crate::app::App;
use crate::private_files::write_privately;

/// A page that is removed when this value is dropped.
#[derive(Debug)]
pub(super) struct StartPage {
    path: PathBuf,
}

impl StartPage {
    /// Opens a browser, and returns its page; returns `None` if there is no browser, or if the page
    /// cannot be written. The user can then open the address.
    pub(super) fn open(url: &str, port: u16, app: &App) -> Option<Self> {
        let directory = app.environment.state_directory().ok()?.join("sign-in");
        // A page that a killed program has left is replaced.
        let path = directory.join(format!("{port}.html"));
        write_privately(&path, html(url).as_bytes()).ok()?;
        let page = Self { path };
        open::that_detached(&page.path).is_ok().then_some(page)
    }
}

impl Drop for StartPage {
    fn drop(&mut self) {
        // The page is useless after the sign-in.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Returns a page that sends the browser to a URL.
fn html(url: &str) -> String {
    let url = escaped(url);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta http-equiv=\"refresh\" content=\"0; url={url}\">\n<title>cognito login</title>\n</head>\n\
         <body>\n<p><a href=\"{url}\">Continue to the sign-in page</a></p>\n</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_cannot_leave_its_attribute() {
        let page = html("https://auth.example.com/?a=1&b=\"><script>");
        assert!(
            page.contains("url=https://auth.example.com/?a=1&amp;b=&quot;&gt;&lt;script&gt;\"")
        );
        assert!(!page.contains("<script"), "{page}");
    }
}
