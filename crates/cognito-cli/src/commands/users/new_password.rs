//! A new password from standard input, the environment, or a prompt.

use clap::Args;
use cognito::types::Password;

use crate::app::App;
use crate::failure::{Failure, Outcome};

const VARIABLE: &str = "COGNITO_NEW_PASSWORD";

/// The options of a password, which is never an argument.
#[derive(Args, Clone, Debug)]
pub(super) struct NewPassword {
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Make the password temporary: the user has to set another one at the next sign-in
    #[arg(long)]
    temporary: bool,
}

impl NewPassword {
    pub(super) fn is_of_input(&self) -> bool {
        self.password_stdin
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.temporary
    }

    pub(super) async fn read(&self, app: &App) -> Outcome<Password> {
        if self.password_stdin {
            let instead = "pipe the password in, or leave --password-stdin out";
            return app.terminal.read_secret(instead).await;
        }
        if let Some(password) = app.environment.get(VARIABLE) {
            return Ok(password.into());
        }
        let instead = format!("pass --password-stdin, or set {VARIABLE}");
        let password = app.terminal.ask_secret("New password", &instead).await?;
        let again = app.terminal.ask_secret("New password again", &instead).await?;
        match password {
            password if password.expose_secret().is_empty() => {
                Err(Failure::usage("the password is empty"))
            }
            password if password.expose_secret() != again.expose_secret() => {
                let failure = Failure::usage("the two passwords differ; nothing was changed");
                Err(failure.hint("run the command again, and type the same password twice"))
            }
            password => Ok(password),
        }
    }
}
