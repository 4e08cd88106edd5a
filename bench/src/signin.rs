//! Whole sign-ins over SRP: time, and processor time of the client, against one server.
//!
//! The server is the emulator on a separate core. Ours and pycognito also verify the tokens.

use std::time::Duration;

use core_affinity::CoreId;

use crate::child::ChildProcess;
use crate::clients::{self, AWS_SDK, Client, PYCOGNITO};
use crate::emulator::Loaded;
use crate::measure::{self, Series, Wanted};
use crate::report::{Output, Unit};
use crate::{Installed, Result};

const ROUNDS: usize = 15;
const SHORT_ROUNDS: usize = 3;

/// The minimum processor time of a turn, because the system counts it in steps of 10 ms.
const TURN: Duration = Duration::from_millis(400);

pub(crate) fn run(installed: &Installed, cores: &[CoreId], output: &Output) -> Result<()> {
    let server = Loaded::ours(installed.emulator()?, *cores.first().ok_or("there is no core")?)?;
    let clients = clients::that_sign_in(installed, &server.arguments())?;
    let runners: Result<Vec<Runner>> = clients.into_iter().map(Runner::start).collect();
    let mut runners = runners?;
    for _ in 0..if output.short { SHORT_ROUNDS } else { ROUNDS } {
        for runner in &mut runners {
            runner.take_turn()?;
        }
    }
    let times: Vec<Series> =
        runners.iter().map(|runner| runner.series(None, &runner.times)).collect();
    let title = "client and server on a core each";
    output.table("signin", title, Unit::Microseconds, &measure::rows(&times))?;
    let cpu = |runner: &Runner| runner.series(wanted(runner.name), &runner.cpu);
    let cpu: Vec<Series> = runners.iter().map(cpu).collect();
    let title = "processor time of the client";
    output.table("signin_cpu", title, Unit::Microseconds, &measure::rows(&cpu))
}

fn wanted(name: &str) -> Option<Wanted> {
    match name {
        AWS_SDK => Some(Wanted::AtLeast(4.0)),
        PYCOGNITO => Some(Wanted::AtLeast(15.0)),
        _ => None,
    }
}

/// A running client, and its samples in microseconds.
struct Runner {
    name: &'static str,
    child: ChildProcess,
    count: u32,
    times: Vec<f64>,
    cpu: Vec<f64>,
}

impl Runner {
    /// Starts a client, and determines the number of sign-ins in a turn.
    fn start(mut client: Client) -> Result<Self> {
        let child = ChildProcess::spawn(&mut client.command)?;
        let (times, cpu) = (Vec::new(), Vec::new());
        let mut runner = Self { name: client.name, child, count: 1, times, cpu };
        while runner.turn()?.1 < TURN {
            runner.count *= 2;
        }
        Ok(runner)
    }

    fn take_turn(&mut self) -> Result<()> {
        let (time, cpu) = self.turn()?;
        let each = |total: Duration| total.as_secs_f64() * 1e6 / f64::from(self.count);
        self.times.push(each(time));
        self.cpu.push(each(cpu));
        Ok(())
    }

    fn turn(&mut self) -> Result<(Duration, Duration)> {
        let before = self.child.cpu()?;
        let time = self.child.run(self.count)?;
        Ok((time, self.child.cpu()?.saturating_sub(before)))
    }

    fn series(&self, wanted: Option<Wanted>, samples: &[f64]) -> Series {
        Series { name: self.name, wanted, samples: samples.to_vec() }
    }
}
