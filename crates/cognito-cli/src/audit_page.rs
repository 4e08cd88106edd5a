//! The page of an audit: one HTML file with charts, without scripts and without references to other
//! files.

mod findings;
mod months;

use askama::Template;
use cognito::bulk::{AuditReport, FindingKind};

use self::findings::ShownFinding;
pub(crate) use self::findings::meaning;
use self::months::Months;
use crate::output::printable;

/// The maximum number of groups and of overlaps that are shown.
const SHOWN: usize = 20;

/// The page of a report.
#[derive(Template)]
#[template(path = "audit.html")]
pub(crate) struct AuditPage<'a> {
    report: &'a AuditReport,
    version: &'static str,
    /// The time of the report, without fractions of a second.
    time: String,
    disabled: u64,
    group_count: u64,
    /// The number of users with a second factor, if they were counted.
    with_mfa: Option<u64>,
    findings: Vec<ShownFinding>,
    /// The titles of the requested kinds of findings that were not found.
    absent: Vec<String>,
    months: Option<Months>,
    statuses: Vec<ShownStatus>,
    groups: Vec<ShownGroup>,
    overlaps: Vec<ShownOverlap>,
}

struct ShownStatus {
    name: String,
    users: u64,
    disabled: u64,
    enabled_width: u64,
    disabled_width: u64,
}

struct ShownGroup {
    name: String,
    precedence: String,
    users: u64,
    width: u64,
}

struct ShownOverlap {
    first: String,
    second: String,
    users: u64,
    /// The percentage of the smaller group that is in both groups.
    share: u64,
}

impl<'a> AuditPage<'a> {
    pub(crate) fn new(report: &'a AuditReport) -> Self {
        let (found, absent): (Vec<_>, Vec<_>) =
            report.findings.iter().partition(|finding| finding.count > 0);
        let without = report.finding(FindingKind::WithoutMfa);
        Self {
            report,
            version: env!("CARGO_PKG_VERSION"),
            time: seconds(&report.time),
            disabled: report.statuses.values().map(|status| status.disabled).sum(),
            group_count: u64::try_from(report.groups.len()).unwrap_or(u64::MAX),
            with_mfa: without.map(|finding| report.users.saturating_sub(finding.count)),
            findings: found.into_iter().map(ShownFinding::new).collect(),
            absent: absent.into_iter().map(|finding| meaning(finding.kind).0).collect(),
            months: Months::new(&report.sign_ups),
            statuses: statuses(report),
            groups: groups(report),
            overlaps: overlaps(report),
        }
    }

    /// Returns the page as HTML.
    pub(crate) fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    /// Formats a number with spaces between thousands (ISO 80000-1).
    fn number(number: &u64) -> String {
        let digits = number.to_string();
        let mut shown = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                shown.push('\u{202f}');
            }
            shown.push(digit);
        }
        shown
    }

    fn percent(part: &u64, whole: &u64) -> String {
        format!("{} %", percentage(*part, *whole))
    }
}

/// Returns a time without fractions of a second.
fn seconds(time: &str) -> String {
    let parsed = time.parse::<jiff::Timestamp>();
    parsed
        .map_or_else(|_| printable(time), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

fn statuses(report: &AuditReport) -> Vec<ShownStatus> {
    let shown = |(name, count): (&String, &cognito::bulk::StatusCount)| ShownStatus {
        name: printable(name),
        users: count.enabled.saturating_add(count.disabled),
        disabled: count.disabled,
        enabled_width: percentage(count.enabled, report.users),
        disabled_width: percentage(count.disabled, report.users),
    };
    let mut statuses: Vec<_> = report.statuses.iter().map(shown).collect();
    statuses.sort_by_key(|status| std::cmp::Reverse(status.users));
    statuses
}

fn groups(report: &AuditReport) -> Vec<ShownGroup> {
    let most = report.groups.iter().map(|group| group.users).max().unwrap_or_default();
    let shown = report.groups.iter().take(SHOWN).map(|group| ShownGroup {
        name: printable(&group.name),
        precedence: group.precedence.map(|number| number.to_string()).unwrap_or_default(),
        users: group.users,
        width: percentage(group.users, most),
    });
    shown.collect()
}

fn overlaps(report: &AuditReport) -> Vec<ShownOverlap> {
    let size = |name: &String| {
        let group = report.groups.iter().find(|group| group.name == *name);
        group.map(|group| group.users)
    };
    let shown = report.overlaps.iter().take(SHOWN).map(|overlap| {
        let [first, second] = &overlap.groups;
        let smaller = [first, second].into_iter().filter_map(size).min().unwrap_or_default();
        ShownOverlap {
            first: printable(first),
            second: printable(second),
            users: overlap.users,
            share: percentage(overlap.users, smaller),
        }
    });
    shown.collect()
}

/// Returns a part of a whole in percent. The result is 0 only if the part is 0.
fn percentage(part: u64, whole: u64) -> u64 {
    let rounded = |whole: u64| {
        let doubled = part.saturating_mul(200).saturating_add(whole);
        doubled.checked_div(whole.saturating_mul(2)).unwrap_or_default()
    };
    match part {
        0 => 0,
        _ => rounded(whole).clamp(1, 100),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(value: serde_json::Value) -> AuditReport {
        let mut report = json!({
            "pool_id": "eu-west-1_Ab12Cd34E", "region": "eu-west-1",
            "time": "2026-11-29T12:00:00Z", "users": 0, "expected": 0, "statuses": {},
            "sign_ups": {}, "memberships": 0, "groups": [], "overlaps": [], "deleted_groups": [],
            "findings": []
        });
        for (name, value) in value.as_object().unwrap() {
            report[name] = value.clone();
        }
        serde_json::from_value(report).unwrap()
    }

    #[test]
    fn names_are_escaped() {
        let name = "<script>alert(1)</script>\u{202e}";
        let group = json!({ "name": name, "users": 1, "precedence": null, "role_arn": null });
        let finding = json!({ "kind": "empty_group", "count": 1, "examples": [[name]] });
        let report = report(json!({ "groups": [group], "findings": [finding] }));
        let html = AuditPage::new(&report).html().unwrap();
        assert!(!html.contains("<script") && !html.contains('\u{202e}'));
        assert!(html.contains("script&#62;alert(1)"));
    }

    #[test]
    fn page_has_no_resource_of_another_place() {
        let report = report(json!({ "sign_ups": { "2026-10": 1 } }));
        let html = AuditPage::new(&report).html().unwrap();
        for text in ["http:", "https:", "src=", "href=", "@import", "url("] {
            assert!(!html.contains(text), "{text}");
        }
    }

    #[test]
    fn empty_report_is_a_page() {
        let report = report(json!({}));
        let html = AuditPage::new(&report).html().unwrap();
        assert!(html.contains("There are no users."));
    }

    #[test]
    fn numbers_are_rounded_and_grouped() {
        assert_eq!(AuditPage::number(&1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(AuditPage::number(&123), "123");
        assert_eq!(percentage(1, 3), 33);
        assert_eq!(percentage(2, 3), 67);
        assert_eq!(percentage(1, 1_000_000), 1);
        assert_eq!((percentage(0, 0), percentage(5, 0)), (0, 1));
    }
}
