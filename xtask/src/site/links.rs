//! Checks that the files and headings to which the site's pages link exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Returns a line for each broken link.
pub(super) fn problems(book: &Path) -> Result<Vec<String>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", book.display());
    let mut pages = BTreeMap::new();
    for path in super::files_of(book).map_err(failed)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // print.html repeats every page, and toc.html is the table of contents.
        let is_guide = name.ends_with(".html") && !matches!(&*name, "print.html" | "toc.html");
        if is_guide {
            pages.insert(name, fs::read_to_string(&path).map_err(failed)?);
        }
    }
    let ids: BTreeMap<&str, BTreeSet<&str>> =
        pages.iter().map(|(name, page)| (&**name, values(page, "id").collect())).collect();
    let mut problems = Vec::new();
    for (name, page) in &pages {
        // The error page has a different base URL.
        if name == "404.html" {
            continue;
        }
        for link in values(page, "href").chain(values(page, "src")) {
            if !leads_somewhere(link, name, &ids, book) {
                problems.push(format!("{name}: the link {link} is broken"));
            }
        }
    }
    Ok(problems)
}

fn leads_somewhere(
    link: &str,
    page: &str,
    ids: &BTreeMap<&str, BTreeSet<&str>>,
    book: &Path,
) -> bool {
    let is_elsewhere = ["https://", "http://", "data:", "mailto:"];
    if is_elsewhere.iter().any(|scheme| link.starts_with(scheme)) {
        return true;
    }
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let file = if file.is_empty() { page } else { file };
    match ids.get(file) {
        Some(ids) => heading.is_empty() || ids.contains(heading),
        None => heading.is_empty() && book.join(file).is_file(),
    }
}

/// Returns the values of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let begin = format!(" {attribute}=\"");
    let starts: Vec<usize> = page.match_indices(&begin).map(|(at, _)| at + begin.len()).collect();
    let rest = starts.into_iter().filter_map(|start| page.get(start..));
    rest.filter_map(|rest| rest.split_once('"')).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_pages_and_headings() {
        let page = r#"<h1 id="top"><a href="b.html#x"></a></h1>"#;
        assert_eq!(values(page, "href").collect::<Vec<_>>(), ["b.html#x"]);
        let ids = BTreeMap::from([("a.html", values(page, "id").collect())]);
        let leads = |link: &str| leads_somewhere(link, "a.html", &ids, Path::new("absent"));
        assert!(
            leads("#top")
                && leads("a.html#top")
                && leads("a.html")
                && leads("https://b.example/#x")
        );
        assert!(!leads("#x") && !leads("a.html#x") && !leads("b.html"));
    }
}
