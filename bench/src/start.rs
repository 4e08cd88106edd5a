//! Time and memory from the start of a process to its first session, and to its first verified token.
//!
//! Programs that verify a token receive the keys as an argument, as deployments can arrange. Programs that
//! sign in fetch the keys from the server if they verify tokens, which ours and pycognito do.

use core_affinity::CoreId;

use crate::child::ChildProcess;
use crate::clients::{self, Client, JWT_VERIFY, OURS_WITH_ADMIN, PYCOGNITO};
use crate::emulator::Loaded;
use crate::measure::{self, Series, Wanted};
use crate::report::{Output, Unit};
use crate::tokens::Job;
use crate::{Installed, Result};

const ROUNDS: usize = 15;
const SHORT_ROUNDS: usize = 3;

pub(crate) fn run(installed: &Installed, cores: &[CoreId], output: &Output) -> Result<()> {
    let server = Loaded::ours(installed.emulator()?, *cores.first().ok_or("there is no core")?)?;
    let clients = clients::that_sign_in(installed, &server.arguments())?;
    measure(clients, ["start_session", "start_session_memory"], "to the first session", output)?;
    let job = Job::new()?;
    let clients = clients::that_verify(installed, &job)?;
    measure(clients, ["start_token", "start_token_memory"], "to the first verified token", output)
}

fn measure(clients: Vec<Client>, names: [&str; 2], title: &str, output: &Output) -> Result<()> {
    let mut clients = clients;
    let series = |client: &Client| {
        let wanted = wanted(client.name);
        Series { name: client.name, wanted, samples: Vec::new() }
    };
    let mut times: Vec<Series> = clients.iter().map(series).collect();
    let mut memory: Vec<Series> = clients.iter().map(series).collect();
    for _ in 0..if output.short { SHORT_ROUNDS } else { ROUNDS } {
        for (index, client) in clients.iter_mut().enumerate() {
            let child = ChildProcess::spawn(&mut client.command)?;
            times[index].samples.push(child.start.as_secs_f64() * 1e6);
            memory[index].samples.push(child.peak_megabytes()?);
        }
    }
    let [time, most_memory] = names;
    let title = format!("from the start of the process {title}");
    output.table(time, &title, Unit::Microseconds, &measure::rows(&times))?;
    output.table(most_memory, &title, Unit::Megabytes, &measure::rows(&memory))
}

/// Returns the goal of a program: ours starts faster and needs less memory than programs in Python and
/// JavaScript.
fn wanted(name: &str) -> Option<Wanted> {
    match name {
        JWT_VERIFY | PYCOGNITO => Some(Wanted::AtLeast(3.0)),
        OURS_WITH_ADMIN => Some(Wanted::AtMost(2.0, clients::OURS)),
        _ => None,
    }
}
