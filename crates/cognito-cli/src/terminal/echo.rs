//! Input without echo.

use std::io;

use cognito::types::Password;

/// Reads a line without echo. `ask` writes the question after the echo was disabled: rpassword 7
/// asks first, so that text that is typed early is shown.
#[cfg(unix)]
pub(super) fn read_hidden(ask: impl FnOnce()) -> io::Result<Password> {
    let hidden = unix::Hidden::new()?;
    ask();
    let line = super::secret_input::read_line();
    drop(hidden);
    line
}

#[cfg(not(unix))]
pub(super) fn read_hidden(ask: impl FnOnce()) -> io::Result<Password> {
    ask();
    rpassword::read_password().map(Password::from)
}

/// Enables the echo again, after an interrupt has left a question open.
pub(crate) fn restore() {
    #[cfg(unix)]
    unix::restore();
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::{Mutex, PoisonError};

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// The settings of the terminal before a question; `None` while no question is open.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    /// A guard that disables the echo of the terminal until it is dropped.
    pub(super) struct Hidden;

    impl Hidden {
        pub(super) fn new() -> io::Result<Self> {
            let before = tcgetattr(io::stdin())?;
            let mut hidden = before.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            // The line break is echoed, so that the next text begins on a new line.
            hidden.local_modes.insert(LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
            *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
            tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
            Ok(Self)
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            restore();
        }
    }

    pub(super) fn restore() {
        if let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Without a terminal there is nothing to restore.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
        }
    }
}
