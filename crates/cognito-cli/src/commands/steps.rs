//! The requests of a command that change something, in their order, so that an error or an interrupt between
//! them says which had their effect and how to go on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cognito::Error;

use crate::failure::{Effects, Exit, Failure, Outcome};
use crate::output::printable;

/// A request that changes something.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Its effect, such as "set the password of the user `bob`".
    action: String,
    /// The command that has this effect alone.
    command: Option<String>,
}

impl Step {
    pub(crate) fn new(action: impl Into<String>) -> Self {
        Self { action: action.into(), command: None }
    }

    /// Adds the command that has the same effect, by the words behind `cognito`.
    pub(crate) fn command(self, words: &[&str]) -> Self {
        let words: Vec<_> = words.iter().map(|word| shell_word(word)).collect();
        Self { command: Some(format!("cognito {}", words.join(" "))), ..self }
    }
}

/// The steps of the command that runs.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    state: Mutex<State>,
    /// The global options of the command line, which the commands to go on need, too.
    options: Vec<String>,
}

#[derive(Debug, Default)]
struct State {
    steps: Vec<Step>,
    done: usize,
    /// True if the first step that is not done was sent, and may have had its effect.
    is_sent: bool,
}

impl Steps {
    pub(crate) fn new(options: Vec<String>) -> Self {
        Self { state: Mutex::default(), options }
    }

    /// Starts with steps of which none is done.
    pub(crate) fn plan(&self, steps: Vec<Step>) {
        *self.state() = State { steps, ..State::default() };
    }

    /// Sends the request of the next step.
    pub(crate) async fn send<T>(
        &self,
        request: impl IntoFuture<Output = Result<T, Error>>,
    ) -> Outcome<T> {
        self.state().is_sent = true;
        let sent = request.await;
        let mut state = self.state();
        match sent {
            Ok(value) => {
                state.is_sent = false;
                state.done = state.done.saturating_add(1);
                Ok(value)
            }
            Err(error) => {
                state.is_sent = error.leaves_outcome_unknown();
                Err(error.into())
            }
        }
    }

    /// Adds the effects of the steps to the failure of the command.
    pub(crate) fn report(&self, failure: Failure) -> Failure {
        let state = self.state();
        let (done, rest) = state.steps.split_at(state.done.min(state.steps.len()));
        if done.is_empty() && !state.is_sent || failure.exit() == Exit::OutputClosed {
            return failure;
        }
        let (unknown, not_done) = rest.split_at(usize::from(state.is_sent).min(rest.len()));
        let actions = |steps: &[Step]| steps.iter().map(|step| step.action.clone()).collect();
        let next = rest.iter().filter_map(|step| step.command.as_ref());
        let effects = Effects {
            done: actions(done),
            unknown: actions(unknown),
            not_done: actions(not_done),
            next: next.map(|command| self.with_options(command)).collect(),
        };
        let failure = match unknown.is_empty() {
            true => failure,
            false => failure.or_hint(
                "check whether the request without a response had its effect before you repeat it",
            ),
        };
        let failure = failure.effects(effects);
        if done.is_empty() || rest.is_empty() { failure } else { failure.exit_with(Exit::Partly) }
    }

    fn with_options(&self, command: &str) -> String {
        let options = self.options.iter().map(|option| format!(" {}", shell_word(option)));
        options.fold(command.to_owned(), |command, option| command + &option)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a word for the command line of a POSIX shell.
fn shell_word(word: &str) -> String {
    let word = printable(word);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word,
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use cognito::ErrorKind;

    use super::*;

    fn steps() -> Steps {
        let steps = Steps::new(vec!["--pool".to_owned(), "shop's".to_owned()]);
        let third = Step::new("third").command(&["users", "enable", "a b"]);
        steps.plan(vec![Step::new("first"), Step::new("second"), third]);
        steps
    }

    #[tokio::test]
    async fn failure_lists_the_steps_by_their_effects() {
        let steps = steps();
        assert_eq!(steps.report(Failure::interrupted()).exit(), Exit::Interrupted);
        steps.send(async { Ok(()) }).await.unwrap();
        let refused = steps.send(async { Err::<(), _>(Error::from(ErrorKind::NotFound)) }).await;
        let failure = steps.report(refused.unwrap_err());
        assert_eq!(failure.exit(), Exit::Partly);
        let text = failure.to_text(false);
        assert!(text.contains("\ndone: first\nnot done: second\nnot done: third\n"), "{text}");
        let next = r"next: cognito users enable 'a b' --pool 'shop'\''s'";
        assert!(text.ends_with(&format!("{next}\n")), "{text}");
    }

    #[tokio::test]
    async fn interrupted_request_is_unknown() {
        let steps = steps();
        let pending = steps.send(std::future::pending::<Result<(), Error>>());
        let waited = tokio::time::timeout(std::time::Duration::ZERO, pending).await;
        assert!(waited.is_err());
        let failure = steps.report(Failure::interrupted());
        assert_eq!(failure.exit(), Exit::Interrupted);
        let text = failure.to_text(false);
        assert!(text.contains("unknown: first\nnot done: second\n"), "{text}");
    }
}
