//! The pages that the browser shows after a sign-in.

/// The content security policy of the pages: inline style and nothing else.
pub(super) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A heading and a sentence.
pub(super) type Text = (&'static str, &'static str);

pub(super) const RECEIVED: Text =
    ("Sign-in received", "You can close this page and return to the application.");

pub(super) const REJECTED: Text =
    ("Not signed in", "You can close this page. The application shows the reason.");

pub(super) const OTHER_SIGN_IN: Text =
    ("Another sign-in", "The application does not wait for this sign-in. Please start it again.");

pub(super) const NOTHING: Text = ("Not found", "There is nothing at this address.");

const STYLE: &str = "\
:root{color-scheme:light dark;font:1.1rem/1.5 system-ui,sans-serif}\
body{display:grid;min-height:90vh;place-content:center;padding:1rem;text-align:center}";

/// Returns a page without scripts and external resources.
pub(super) fn html(application: Option<&str>, (heading, sentence): Text) -> String {
    let (title, name) = match application.map(escaped) {
        Some(name) => (format!("{heading} - {name}"), format!("<p>{name}</p>")),
        None => (heading.to_owned(), String::new()),
    };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <link rel=\"icon\" href=\"data:,\"><style>{STYLE}</style></head>\
         <body><main>{name}<h1>{heading}</h1><p>{sentence}</p></main></body></html>"
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_application_is_escaped() {
        let page = html(Some("<script>'&\"</script>"), RECEIVED);
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.contains("<p>&lt;script&gt;&#39;&amp;&quot;&lt;/script&gt;</p>"), "{page}");
    }

    #[test]
    fn pages_load_nothing() {
        for text in [RECEIVED, REJECTED, OTHER_SIGN_IN, NOTHING] {
            let page = html(None, text);
            assert!(!page.contains("http") && !page.contains("src="), "{page}");
        }
    }
}
