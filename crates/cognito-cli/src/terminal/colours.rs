//! Colours on standard error, if they are enabled.

use crate::configuration::Environment;

/// The colours of texts; true if they are enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colours(bool);

impl Colours {
    /// Returns the colours for an environment. NO_COLOR disables them, CLICOLOR_FORCE enables them
    /// without a terminal (no-color.org, bixense.com/clicolors).
    pub(crate) fn of(environment: &Environment, is_terminal: bool) -> Self {
        if environment.get("NO_COLOR").is_some() {
            return Self(false);
        }
        let is_on = |name| environment.get(name).is_some_and(|value| value != "0");
        let is_off = |name| environment.get(name).is_some_and(|value| value == "0");
        let is_dumb = environment.get("TERM").is_some_and(|term| term == "dumb");
        Self(is_on("CLICOLOR_FORCE") || is_terminal && !is_off("CLICOLOR") && !is_dumb)
    }

    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self(false)
    }

    pub(crate) fn yellow(self, text: &str) -> String {
        if self.0 { format!("\u{1b}[33m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_the_environment() {
        let colours = |variables: &[(&str, &str)], is_terminal| {
            Colours::of(&Environment::of(variables, "/"), is_terminal).0
        };
        assert!(colours(&[], true) && !colours(&[], false));
        assert!(!colours(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true));
        assert!(colours(&[("CLICOLOR_FORCE", "1")], false));
        assert!(!colours(&[("CLICOLOR_FORCE", "0")], false));
        assert!(!colours(&[("CLICOLOR", "0")], true) && !colours(&[("TERM", "dumb")], true));
        assert!(colours(&[("NO_COLOR", "")], true), "empty counts as not set");
    }
}
