//! The terminal: notes on standard error, prompts, confirmation and progress.

mod colours;
mod confirm;
mod echo;
mod progress;
mod prompt;
mod secret_input;

use std::io::{self, IsTerminal, Write};

pub(crate) use self::colours::Colours;
pub(crate) use self::confirm::Destruction;
pub(crate) use self::echo::restore as restore_echo;
pub(crate) use self::progress::Progress;
use crate::configuration::Environment;
use crate::output::printable_lines;

/// The terminal, and its allowed uses.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    /// True if questions can be asked: there is a terminal, and `--no-input` was not given.
    is_interactive: bool,
    /// True unless `--no-input` was given.
    may_wait: bool,
    /// True if standard error is a terminal.
    shows_progress: bool,
    quiet: bool,
    yes: bool,
    colours: Colours,
}

/// The options that determine the allowed uses of the terminal.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TerminalOptions {
    pub(crate) no_input: bool,
    pub(crate) yes: bool,
    pub(crate) quiet: bool,
}

impl Terminal {
    pub(crate) fn new(options: TerminalOptions, environment: &Environment) -> Self {
        let shows_progress = io::stderr().is_terminal();
        Self {
            is_interactive: io::stdin().is_terminal() && !options.no_input,
            may_wait: !options.no_input,
            shows_progress,
            quiet: options.quiet,
            yes: options.yes,
            colours: Colours::of(environment, shows_progress),
        }
    }

    pub(crate) fn is_interactive(&self) -> bool {
        self.is_interactive
    }

    /// Returns whether the command may wait for a user, at the terminal or elsewhere.
    pub(crate) fn may_wait(&self) -> bool {
        self.may_wait
    }

    /// Writes a note to standard error, unless `--quiet` was given.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.write(&format!("{}\n", printable_lines(text)));
        }
    }

    /// Writes a line that a question needs, even with `--quiet`.
    pub(crate) fn show(&self, text: &str) {
        self.draw(&printable_lines(text));
    }

    /// Writes a drawing with colours that a question needs, even with `--quiet`.
    pub(crate) fn draw(&self, drawing: &str) {
        self.write(&format!("{}\n", drawing.trim_end_matches('\n')));
    }

    /// Writes a warning to standard error, even with `--quiet`.
    pub(crate) fn warn(&self, text: &str) {
        let text = printable_lines(text);
        self.write(&format!("{} {text}\n", self.colours.yellow("warning:")));
    }

    /// Writes a warning to standard error, unless `--quiet` was given.
    pub(crate) fn caution(&self, text: &str) {
        if !self.quiet {
            self.warn(text);
        }
    }

    /// Writes to standard error. If it is closed, the text is dropped.
    fn write(&self, text: &str) {
        let mut out = io::stderr().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

#[cfg(test)]
impl Terminal {
    /// Creates a terminal without a user.
    pub(crate) fn absent(yes: bool) -> Self {
        let colours = Colours::none();
        Self {
            is_interactive: false,
            may_wait: false,
            shows_progress: false,
            quiet: false,
            yes,
            colours,
        }
    }
}
