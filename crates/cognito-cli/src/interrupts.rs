//! Interrupts, which end a command at once, or stop a job in order.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Exit;

/// Interrupts of the program. While a job handles them, they do not end the program.
#[derive(Debug, Default)]
pub(crate) struct Interrupts {
    are_handled: AtomicBool,
}

impl Interrupts {
    pub(crate) fn are_handled(&self) -> bool {
        self.are_handled.load(Ordering::Relaxed)
    }

    /// Lets the caller handle interrupts until the guard is dropped.
    pub(crate) fn handle(&self) -> io::Result<Handled<'_>> {
        let signals = Signals::new()?;
        self.are_handled.store(true, Ordering::Relaxed);
        Ok(Handled { interrupts: self, signals })
    }
}

/// A guard that receives the interrupts.
#[derive(Debug)]
pub(crate) struct Handled<'a> {
    interrupts: &'a Interrupts,
    signals: Signals,
}

impl Handled<'_> {
    /// Waits for a signal, and returns the exit of a command that the signal ends.
    pub(crate) async fn next(&mut self) -> Exit {
        self.signals.next().await
    }
}

impl Drop for Handled<'_> {
    fn drop(&mut self) {
        self.interrupts.are_handled.store(false, Ordering::Relaxed);
    }
}

/// The handled signals: SIGINT, SIGTERM, which service and container managers send, and SIGHUP,
/// which a terminal sends when it is closed.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// `None` if SIGHUP is not handled.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hang_up = match hang_up_is_ignored() {
            true => None,
            false => Some(signal(SignalKind::hangup())?),
        };
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())?, hang_up })
    }

    /// Waits for a signal, and returns the exit of a command that the signal ends.
    pub(crate) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
            Some(()) = received(&mut self.hang_up) => Exit::HungUp,
        }
    }
}

#[cfg(unix)]
async fn received(signal: &mut Option<tokio::signal::unix::Signal>) -> Option<()> {
    signal.as_mut()?.recv().await
}

/// Returns whether SIGHUP was ignored when the program started, as under `nohup`. A handler would
/// override this.
///
/// Only Linux has a file with this information. On other systems SIGHUP is not handled, and ends
/// the program at once.
#[cfg(unix)]
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").ok();
    let mask = status.as_deref().and_then(ignored_signals);
    mask.is_none_or(|mask| mask & 1 == 1)
}

/// Returns the mask of ignored signals. Its lowest bit is SIGHUP.
#[cfg(unix)]
fn ignored_signals(status: &str) -> Option<u64> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(crate) async fn next(&mut self) -> Exit {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
        Exit::Interrupted
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_those_of_the_status() {
        let status = "Name:\tcognito\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignored_signals(status), Some(0x1001));
        assert_eq!(ignored_signals("SigBlk:\t0000000000000001\n"), None);
        assert_eq!(ignored_signals("SigIgn:\tnone\n"), None);
    }
}
