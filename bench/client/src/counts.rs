//! The protocol of benchmarked programs: a job, then counts, each with the seconds it took.

use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use crate::Result;

/// Does a job once and prints `ready`; then reads a count a line, does the job so many times, and
/// prints the seconds.
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
