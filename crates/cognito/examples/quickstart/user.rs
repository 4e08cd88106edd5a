//! The user who signs in: at the terminal, or a scripted one who reads codes from the emulator.

use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;

use cognito::types::{Code, Password, SoftwareTokenSecret};
use cognito_emulator::LocalPool;
use totp_rs::{Builder, Secret};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The user who signs in.
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) password: Password,
    /// The pool of the emulator; `None` for a real pool.
    local: Option<LocalPool>,
    /// The key of the authenticator app.
    app: Option<SoftwareTokenSecret>,
}

impl User {
    /// Creates a scripted user of the emulator.
    pub(crate) fn local(local: LocalPool) -> Self {
        Self {
            username: "alice".to_owned(),
            password: "Correct-horse1".into(),
            local: Some(local),
            app: None,
        }
    }

    /// Prompts for the name and the password.
    pub(crate) fn at_the_terminal() -> Result<Self> {
        let username = ask("User name")?;
        let password = ask_secret("Password")?;
        Ok(Self { username, password: password.into(), local: None, app: None })
    }

    /// Returns whether the pool is in this process.
    pub(crate) fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Prompts for a value, or returns `local` with the emulator.
    pub(crate) fn answer(&self, question: &str, local: &str) -> Result<String> {
        if self.is_local() { Ok(local.to_owned()) } else { ask(question) }
    }

    /// Prompts for a new password.
    pub(crate) fn new_password(&self) -> Result<Password> {
        Ok(ask_secret("New password")?.into())
    }

    /// Returns the code that was sent.
    pub(crate) fn sent_code(&self) -> Result<Code> {
        match &self.local {
            Some(local) => Ok(local.code_for(&self.username).ok_or("no code was sent")?),
            None => Ok(ask("Code that was sent")?.into()),
        }
    }

    /// Adds a key to the authenticator app.
    pub(crate) fn set_up_app(&mut self, secret: &SoftwareTokenSecret) {
        if !self.is_local() {
            println!("        Add this key to your authenticator app: {}", secret.expose_secret());
        }
        self.app = Some(secret.clone());
    }

    /// Returns the current code of the authenticator app.
    pub(crate) fn app_code(&self) -> Result<Code> {
        let (Some(local), Some(secret)) = (&self.local, &self.app) else {
            return Ok(ask("Code of your authenticator app")?.into());
        };
        let secret = Secret::try_from_base32(secret.expose_secret())?;
        let app = Builder::new().with_secret(secret).build()?;
        let clock = local.clock();
        let now = cognito::types::Clock::now(&*clock).duration_since(std::time::UNIX_EPOCH)?;
        Ok(app.generate(now.as_secs()).to_string().into())
    }

    /// Advances the clock to the next code of the app, because each code is accepted once.
    pub(crate) fn wait_for_next_code(&self) {
        if let Some(local) = &self.local {
            local.clock().advance(Duration::from_secs(30));
        }
    }
}

/// Prompts at the terminal.
fn ask(question: &str) -> Result<String> {
    print!("        {question}: ");
    io::stdout().flush()?;
    let mut line = String::new();
    if io::stdin().read_line(&mut line)? == 0 {
        return Err(format!("the input ended at the prompt: {question}").into());
    }
    Ok(line.trim().to_owned())
}

fn ask_secret(question: &str) -> Result<String> {
    Ok(rpassword::prompt_password(format!("        {question}: "))?)
}
