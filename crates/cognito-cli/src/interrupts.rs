//! Interrupts: they end a command, or a job in order.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Exit;

/// True while a job handles interrupts, so that they do not end the program.
#[derive(Debug, Default)]
pub(crate) struct Interrupts {
    are_handled: AtomicBool,
}

impl Interrupts {
    pub(crate) fn are_handled(&self) -> bool {
        self.are_handled.load(Ordering::Relaxed)
    }

    /// Leaves interrupts to the caller until the guard is dropped.
    pub(crate) fn handle(&self) -> io::Result<Handled<'_>> {
        let signals = Signals::new()?;
        self.are_handled.store(true, Ordering::Relaxed);
        Ok(Handled { interrupts: self, signals })
    }
}

/// Receives the interrupts while it exists.
#[derive(Debug)]
pub(crate) struct Handled<'a> {
    interrupts: &'a Interrupts,
    signals: Signals,
}

impl Handled<'_> {
    /// Waits for an interrupt, or for the request to terminate.
    pub(crate) async fn next(&mut self) {
        self.signals.next().await;
    }
}

impl Drop for Handled<'_> {
    fn drop(&mut self) {
        self.interrupts.are_handled.store(false, Ordering::Relaxed);
    }
}

/// SIGINT, and SIGTERM as sent by the managers of services and containers.
///
/// SIGHUP keeps its default: a handler would undo `nohup`, which has it ignored.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for a signal, and returns the end of a command that it ends.
    pub(crate) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }
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
