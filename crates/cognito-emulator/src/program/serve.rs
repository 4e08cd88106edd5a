//! `serve`: runs an emulator until a signal ends it.

use std::error::Error;
use std::future;
use std::io::{self, Write};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use cognito_emulator::EmulatorError;
use tokio::sync::oneshot;

use crate::program::options::Serve;
use crate::program::ready::{self, CaFile};

/// The time limit for requests in progress when the program is interrupted.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// The same limit when the standard input was closed: the clients have ended with the test runner.
const STOP_ORPHAN_WITHIN: Duration = Duration::from_millis(250);

#[tokio::main]
pub(super) async fn run(options: Serve) -> Result<(), Box<dyn Error>> {
    let ca_directory = options.tls.tls_ca.clone();
    let (as_json, exit_with_stdin) = (options.ready_json, options.exit_with_stdin);
    let seed_file = options.seed_file.clone();
    let starting = options.builder()?.start().await;
    let emulator = starting.map_err(|error| start_error(seed_file, error))?;
    // Installed before the line is printed, because its reader may interrupt the program at once.
    let interrupted = interrupted(exit_with_stdin)?;
    let orphaned = orphaned(exit_with_stdin)?;
    let ca = CaFile::of(&emulator, ca_directory)?;
    let ca_path = ca.as_ref().map(CaFile::path);
    let lines = match as_json {
        true => ready::json(&emulator, ca_path.as_deref())?,
        false => ready::text(&emulator, ca_path.as_deref()),
    };
    // The reader may have closed the pipe after the first line.
    let _closed = io::stdout().write_all(lines.as_bytes());
    let limit = tokio::select! {
        () = interrupted => STOP_WITHIN,
        () = orphaned => STOP_ORPHAN_WITHIN,
    };
    // A client that does not finish its request must not keep the program running.
    let _late = tokio::time::timeout(limit, emulator.stop()).await;
    Ok(())
}

/// Returns an error that names the option of the port, or the seed file.
fn start_error(seed_file: Option<PathBuf>, error: EmulatorError) -> Box<dyn Error> {
    match (error, seed_file) {
        (EmulatorError::Bind { address, source }, _)
            if source.kind() == io::ErrorKind::AddrInUse =>
        {
            format!(
                "cannot listen on {address}: the port is in use; stop the program that uses it, or \
                 choose another port with --port, where 0 selects a free one"
            )
            .into()
        }
        (error @ EmulatorError::SeedFile { .. }, Some(path)) => {
            format!("{}: {error}", path.display()).into()
        }
        (error, _) => error.into(),
    }
}

/// Completes when the standard input ends; never without `--exit-with-stdin`.
fn orphaned(exit_with_stdin: bool) -> io::Result<impl Future<Output = ()>> {
    let (sender, ended) = oneshot::channel::<()>();
    let reader = move || {
        let _ended = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(sender);
    };
    // A separate thread, because the runtime would wait for its own blocking thread at the end.
    let spawned = exit_with_stdin.then(|| thread::Builder::new().spawn(reader)).transpose()?;
    Ok(async move {
        match spawned {
            Some(_) => drop(ended.await),
            None => future::pending().await,
        }
    })
}

/// Completes at the first signal that ends the program.
///
/// A terminal sends Ctrl-C to all processes in it. With `--exit-with-stdin` it is ignored, so that
/// the parent process can continue or clean up.
#[cfg(unix)]
fn interrupted(ignores_ctrl_c: bool) -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        let interrupted = async { while interrupt.recv().await.is_some() && ignores_ctrl_c {} };
        tokio::select! {
            () = interrupted => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes at Ctrl-C, unless it is ignored.
#[cfg(windows)]
fn interrupted(ignores_ctrl_c: bool) -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move { while interrupt.recv().await.is_some() && ignores_ctrl_c {} })
}
