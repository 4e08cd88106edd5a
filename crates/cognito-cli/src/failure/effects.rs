//! Effects of a command that ended between two of its requests.

use serde::Serialize;

/// The steps of a command, in order, by whether they had their effects.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Effects {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) done: Vec<String>,
    /// Steps that were sent but have no response.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unknown: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) not_done: Vec<String>,
    /// The commands for the remaining steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) next: Vec<String>,
}

impl Effects {
    /// Returns a line for each step.
    pub(super) fn to_text(&self) -> String {
        let kinds =
            [("done", &self.done), ("unknown", &self.unknown), ("not done", &self.not_done)];
        let lines = kinds
            .into_iter()
            .flat_map(|(kind, steps)| steps.iter().map(move |step| format!("{kind}: {step}\n")));
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_a_line_and_none_leave_no_trace() {
        let some = |text: &str| vec![text.to_owned()];
        let effects = Effects {
            done: some("create the user"),
            unknown: some("set the password"),
            ..Effects::default()
        };
        assert_eq!(effects.to_text(), "done: create the user\nunknown: set the password\n");
        assert_eq!(serde_json::to_string(&Effects::default()).unwrap(), "{}");
    }
}
