//! The protocol between benchmarks and programs: run a job, then repeat it for each count and print the
//! seconds.

use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use crate::Result;

/// Runs a job once and prints `ready`; then reads a count from each line, runs the job that often, and
/// prints the total time in seconds.
pub(crate) fn serve(mut job: impl FnMut() -> Result<()>) -> Result<()> {
    job()?;
    print("ready")?;
    for line in stdin().lock().lines() {
        let start = Instant::now();
        for _ in 0..line?.trim().parse::<u32>()? {
            job()?;
        }
        print(&start.elapsed().as_secs_f64().to_string())?;
    }
    Ok(())
}

fn print(line: &str) -> Result<()> {
    let mut stdout = stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}
