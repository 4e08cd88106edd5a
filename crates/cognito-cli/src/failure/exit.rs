//! The exit codes, which scripts rely on.

/// The way that the program ends. `docs/program.md` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The command has succeeded.
    Done,
    /// The reader of the output has closed it, as `head` does. This is not a failure.
    OutputClosed,
    /// The command failed.
    Failed,
    /// The command line or the configuration is wrong.
    Usage,
    /// No user is signed in, there are no AWS credentials, or the clock of the machine is wrong.
    NotSignedIn,
    /// A user, a group, a user pool or another resource does not exist.
    NotFound,
    /// The service throttles requests longer than the program waits.
    Throttled,
    /// A part of the items or requests was done; the journal or the error names the rest.
    Partly,
    /// The request was refused by a policy or for a missing permission, or was not confirmed.
    Refused,
    /// The things that were compared differ.
    Differs,
    /// The job was stopped, and can be resumed.
    Stopped,
    /// The command was interrupted before a request had its effect, except the one that was sent last.
    Interrupted,
    /// The same for SIGTERM.
    Terminated,
    /// The same for SIGHUP.
    HungUp,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done | Self::OutputClosed => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotSignedIn => 3,
            Self::NotFound => 4,
            Self::Throttled => 5,
            Self::Partly => 6,
            Self::Refused => 7,
            Self::Differs => 10,
            // EX_TEMPFAIL of sysexits.h, and 128 + SIGINT.
            Self::Stopped => 75,
            Self::Interrupted => 130,
            // 128 + SIGTERM.
            Self::Terminated => 143,
            // 128 + SIGHUP.
            Self::HungUp => 129,
        }
    }
}
