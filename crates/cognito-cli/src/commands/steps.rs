//! The requests of a command that change something, in order, so that after an error or an
//! interrupt between them the program can report which had their effect and how to continue.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cognito::Error;

use crate::failure::{Effects, Exit, Failure, Outcome};
use crate::output::printable;

/// A request that changes something.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The effect of the request, such as "set the password of the user `bob`".
    action: String,
    /// The command that has only this effect.
    command: Option<Command>,
}

/// A command of the program.
#[derive(Clone, Debug)]
struct Command {
    words: Vec<String>,
    /// The names of users and other objects, which may look like options.
    names: Vec<String>,
}

impl Command {
    /// Returns the command line for a POSIX shell, with global options. Returns `None` if a name
    /// cannot be printed unchanged, because the command would then name another user.
    fn line(&self, options: &[String]) -> Option<String> {
        let looks_like_option = self.names.iter().any(|name| name.starts_with('-'));
        let separator = looks_like_option.then(|| "--".to_owned());
        let words = self.words.iter().chain(options).chain(&separator).chain(&self.names);
        let words = words.map(|word| shell_word(word)).collect::<Option<Vec<_>>>()?;
        Some(format!("cognito {}", words.join(" ")))
    }
}

impl Step {
    pub(crate) fn new(action: impl Into<String>) -> Self {
        Self { action: action.into(), command: None }
    }

    /// Adds the command that has the same effect: its words and options, followed by names.
    pub(crate) fn command(self, words: &[&str], names: &[&str]) -> Self {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self { command: Some(Command { words: owned(words), names: owned(names) }), ..self }
    }
}

/// The steps of the running command.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    state: Mutex<State>,
    /// The global options of the command line, which the suggested commands need too.
    options: Vec<String>,
}

#[derive(Debug, Default)]
struct State {
    steps: Vec<Step>,
    done: usize,
    /// True if the first step that is not done was sent and may have had its effect.
    is_sent: bool,
}

impl Steps {
    pub(crate) fn new(options: Vec<String>) -> Self {
        Self { state: Mutex::default(), options }
    }

    /// Sets the steps, none of which is done.
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
                // A step may read before it writes.
                let of_read = error.operation().is_some_and(is_read);
                state.is_sent = error.leaves_outcome_unknown() && !of_read;
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
        let lines = rest.iter().filter_map(|step| step.command.as_ref()?.line(&self.options));
        let mut next: Vec<_> = lines.collect();
        // Several steps may share a command.
        next.dedup();
        let effects = Effects {
            done: actions(done),
            unknown: actions(unknown),
            not_done: actions(not_done),
            next,
        };
        let failure = match unknown.is_empty() {
            true => failure,
            false => failure.and_hint(
                "check whether the request without a response had its effect before you repeat it",
            ),
        };
        let failure = failure.effects(effects);
        if done.is_empty() { failure } else { failure.exit_with(Exit::Partly) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether an operation changes nothing.
fn is_read(operation: &str) -> bool {
    ["AdminGet", "AdminList", "Describe", "Get", "List"]
        .iter()
        .any(|verb| operation.starts_with(verb))
}

/// Quotes a word for a POSIX shell. Returns `None` if a terminal would not show it unchanged.
fn shell_word(word: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if printable(word) != word {
        return None;
    }
    Some(match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    })
}

#[cfg(test)]
mod tests {
    use cognito::ErrorKind;

    use super::*;

    fn steps() -> Steps {
        let steps = Steps::new(vec!["--pool".to_owned(), "shop's".to_owned()]);
        let third = Step::new("third").command(&["users", "enable"], &["a b"]);
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
        let next = r"next: cognito users enable --pool 'shop'\''s' 'a b'";
        assert!(text.ends_with(&format!("{next}\n")), "{text}");
    }

    #[tokio::test]
    async fn lost_response_is_to_be_checked_beside_its_other_hint() {
        let steps = steps();
        let lost = || async { Err::<(), _>(Error::from(ErrorKind::Transport)) };
        let failure = steps.report(steps.send(lost()).await.unwrap_err());
        let text = failure.to_text(false);
        assert!(text.contains("unknown: first\n") && text.contains("--endpoint-url"), "{text}");
        assert!(text.contains("; check whether the request without a response had"), "{text}");
    }

    #[tokio::test]
    async fn failure_after_the_last_step_is_that_of_a_part() {
        let steps = steps();
        for _ in 0..3 {
            steps.send(async { Ok(()) }).await.unwrap();
        }
        let failure = steps.report(Error::from(ErrorKind::MissingPermission).into());
        assert_eq!(failure.exit(), Exit::Partly);
    }

    #[test]
    fn names_that_look_like_options_follow_a_separator() {
        let step = |name| Step::new("add").command(&["groups", "add"], &[name, "bob"]);
        let line = |name| step(name).command.unwrap().line(&["--pool".to_owned(), "p".to_owned()]);
        assert_eq!(line("-x").as_deref(), Some("cognito groups add --pool p -- -x bob"));
        assert_eq!(line("x").as_deref(), Some("cognito groups add --pool p x bob"));
        assert_eq!(line("x\u{202e}"), None);
    }

    #[test]
    fn steps_of_one_command_name_it_once() {
        let steps = Steps::new(Vec::new());
        let step = |action: &str| Step::new(action).command(&["mfa", "reset"], &["alice"]);
        steps.plan(vec![Step::new("first"), step("second"), step("third")]);
        steps.state().done = 1;
        let text = steps.report(Failure::interrupted()).to_text(false);
        assert_eq!(text.matches("next: ").count(), 1, "{text}");
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
