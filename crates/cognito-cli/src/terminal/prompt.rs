//! Questions, which are asked only if a user can respond.

use std::io::{self, IsTerminal, Read};

use cognito::types::Password;

use super::Terminal;
use super::echo::read_hidden;
use super::secret_input::{self, Input};
use crate::failure::{Failure, Outcome};
use crate::output::printable;
use crate::text;

/// The maximum size of a secret from standard input.
const MAX_INPUT: usize = 64 * 1024;

/// The maximum size of a list that is read from standard input into memory.
const MAX_LIST: u64 = 64 * 1024 * 1024;

impl Terminal {
    /// Asks a question, and reads the response with echo.
    ///
    /// `instead` describes how to run the command without the question.
    pub(crate) async fn ask(&self, question: &str, instead: &str) -> Outcome<String> {
        self.require_person(question, instead)?;
        self.write(&format!("{}: ", printable(question)));
        blocking(read_line).await
    }

    /// Asks for a secret, and reads it without echo.
    pub(crate) async fn ask_secret(&self, question: &str, instead: &str) -> Outcome<Password> {
        self.require_person(question, instead)?;
        let (terminal, question) = (self.clone(), format!("{}: ", printable(question)));
        blocking(move || read_hidden(|| terminal.write(&question))).await
    }

    /// Reads a secret from standard input, without its line break. Fails at a terminal, which would
    /// show the secret.
    pub(crate) async fn read_secret(&self, instead: &str) -> Outcome<Password> {
        if io::stdin().is_terminal() {
            return Err(Failure::no_input("standard input is a terminal").hint(instead));
        }
        match blocking(|| secret_input::read_to_end(MAX_INPUT)).await? {
            Input::Text(text) if text.expose_secret().is_empty() => {
                let failure = Failure::usage("standard input is empty");
                Err(failure.hint("pipe the secret in, such as from a password manager"))
            }
            Input::Text(text) => Ok(text),
            Input::TooLong => {
                let failure = Failure::usage("standard input has more than 64 KiB");
                Err(failure.hint("pipe only the secret in"))
            }
            Input::NotText => Err(not_text()),
        }
    }

    /// Reads a text from standard input.
    pub(crate) async fn read_input(&self) -> Outcome<String> {
        if io::stdin().is_terminal() && !self.may_wait {
            let failure = Failure::no_input("standard input is a terminal");
            return Err(failure.hint("pipe the list in, or pass a file"));
        }
        let text = read_list().await?;
        text.ok_or_else(|| {
            Failure::usage("standard input has more than 64 MiB").hint("pass a file")
        })
    }

    fn require_person(&self, question: &str, instead: &str) -> Outcome {
        if self.is_interactive {
            return Ok(());
        }
        let message =
            format!("cannot ask for the {}: the input is not interactive", lower_first(question));
        Err(Failure::no_input(message).hint(instead))
    }
}

/// Reads standard input to its end; returns `None` if it has more bytes than [`MAX_LIST`].
async fn read_list() -> Outcome<Option<String>> {
    let bytes = blocking(|| {
        let mut bytes = Vec::new();
        io::stdin().take(MAX_LIST.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let bytes = bytes.await?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_LIST) {
        return Ok(None);
    }
    let text = text::decode(bytes);
    text.map(Some).ok_or_else(not_text)
}

fn not_text() -> Failure {
    Failure::usage("standard input is neither UTF-8 nor UTF-16 with a byte order mark")
}

/// Reads a line without its line break. The end of the input cancels the command.
fn read_line() -> io::Result<String> {
    let mut line = String::new();
    match io::stdin().read_line(&mut line)? {
        0 => Err(io::ErrorKind::Interrupted.into()),
        _ => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Reads on a separate thread, so that it blocks no requests and an interrupt can end the program.
async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Outcome<T> {
    let read = tokio::task::spawn_blocking(read).await;
    Ok(read.map_err(io::Error::other)??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn questions_need_a_person() {
        let terminal = Terminal::absent(false);
        let failure = terminal.ask("Code", "pass --code").await.unwrap_err();
        assert_eq!(failure.exit().code(), 2);
        assert_eq!(failure.message(), "cannot ask for the code: the input is not interactive");
        assert!(terminal.ask_secret("Password", "").await.is_err());
    }
}
