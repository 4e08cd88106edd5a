//! The secrets and the output of a run.

use std::error::Error;
use std::fmt::Debug;

use cognito_tests::planted::Planted;

/// The secrets and the output of a run.
#[derive(Default)]
pub(crate) struct Witness {
    planted: Planted,
    printed: Vec<(&'static str, String)>,
}

impl Witness {
    /// Adds a secret.
    pub(crate) fn plant(&mut self, kind: &'static str, secret: impl Into<String>) {
        self.planted.plant(kind, secret);
    }

    /// Prints a value like `dbg!` and loggers.
    pub(crate) fn see(&mut self, name: &'static str, value: &dyn Debug) {
        self.printed.push((name, format!("{value:?}\n{value:#?}")));
    }

    /// Prints an error and its sources in every way.
    pub(crate) fn see_error(&mut self, name: &'static str, error: &(dyn Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.printed.push((name, format!("{error}\n{error:?}\n{error:#?}\n{error:#}")));
            next = error.source();
        }
    }

    /// Panics if the output or the log contains a secret.
    pub(crate) fn assert_nothing_shown(&self, log: &str) {
        assert!(self.printed.len() > 2, "the run printed too little");
        for (name, text) in &self.printed {
            self.planted.assert_absent(name, text);
        }
        self.planted.assert_absent("the log", log);
    }
}
