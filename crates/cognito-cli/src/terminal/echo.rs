//! Input that is not shown.

use std::io;

/// Reads a line that is not shown. `ask` writes the question when the terminal no longer shows what is
/// typed: rpassword 7 asks first, and shows what is typed ahead.
#[cfg(unix)]
pub(super) fn read_hidden(ask: impl FnOnce()) -> io::Result<String> {
    let hidden = unix::Hidden::new()?;
    ask();
    let line = super::prompt::read_line();
    drop(hidden);
    line
}

#[cfg(not(unix))]
pub(super) fn read_hidden(ask: impl FnOnce()) -> io::Result<String> {
    ask();
    rpassword::read_password()
}

/// Shows again what is typed, where an interrupt has left a question open.
pub(crate) fn restore() {
    #[cfg(unix)]
    unix::restore();
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::{Mutex, PoisonError};

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// The settings of the terminal before a question; absent while no question is open.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    /// A terminal without echo, until this is dropped.
    pub(super) struct Hidden;

    impl Hidden {
        pub(super) fn new() -> io::Result<Self> {
            let before = tcgetattr(io::stdin())?;
            let mut hidden = before.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            // The end of the line is shown, so that the next text begins a line.
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
