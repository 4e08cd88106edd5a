//! Benchmarks against other implementations:
//! `cognito-bench NAME DIRECTORY [short | unchecked] [python=INTERPRETER] [node=DIRECTORY] [emulator=PROGRAM]
//! [programs=DIRECTORY]`.
//!
//! Prints tables and writes them as JSON to DIRECTORY. The Python environment contains pycognito, ministack
//! and moto, the directory `node` contains `node_modules`, and the directory `programs` contains the programs
//! of `bench/client`. Implementations that are not available are left out. `short` takes seconds, and fails
//! if a ratio is far from its goal; `unchecked` ignores the ratios, for builds of the profile `dev`.

mod aws_lc;
mod bulk;
mod child;
mod clients;
mod emulator;
mod http;
mod measure;
mod report;
mod server;
mod signin;
mod srp;
mod start;
mod tokens;

use std::error::Error;
use std::path::{Path, PathBuf};

use core_affinity::CoreId;
use measure::{Contender, ROUNDS, SHORT_ROUNDS};
use report::{Output, Unit};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The paths of programs and of other implementations.
#[derive(Default)]
struct Installed {
    /// A Python interpreter.
    python: Option<PathBuf>,
    /// A directory with `node_modules`.
    node: Option<PathBuf>,
    /// The program `cognito-emulator`.
    emulator: Option<PathBuf>,
    /// The directory of the programs of `bench/client`.
    programs: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, directory, options @ ..] = &*arguments else {
        let usage = "usage: cognito-bench NAME DIRECTORY [short | unchecked] [KEY=PATH]...";
        return Err(usage.into());
    };
    let (short, check, installed) = match options {
        [first, installed @ ..] if first == "short" => (true, true, installed),
        [first, installed @ ..] if first == "unchecked" => (true, false, installed),
        installed => (false, false, installed),
    };
    let output = Output { directory: directory.into(), short, check };
    let installed = Installed::read(installed)?;
    let all_cores = stay_on_one_core()?;
    let mut contenders: Vec<Contender> = match name.as_str() {
        "bulk" => return bulk::run(&installed, &all_cores, &output),
        "emulator" => return emulator::run(&installed, &all_cores, &output),
        "http" => http::contenders(&all_cores)?,
        "server" => server::contenders()?,
        "signin" => return signin::run(&installed, &all_cores, &output),
        "srp" => srp::contenders(installed.python.as_deref())?,
        "start" => return start::run(&installed, &all_cores, &output),
        "tokens" => tokens::contenders(&installed, all_cores)?,
        other => {
            let names = "bulk, emulator, http, server, signin, srp, start, tokens";
            return Err(
                format!("the benchmark `{other}` does not exist; use one of {names}").into()
            );
        }
    };
    let rounds = if short { SHORT_ROUNDS } else { ROUNDS };
    let rows = measure::interleaved(&mut contenders, rounds)?;
    output.table(name, "on one core, in turns", Unit::Microseconds, &rows)
}

impl Installed {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut installed = Self::default();
        for argument in arguments {
            match argument.split_once('=') {
                Some(("python", path)) => installed.python = Some(path.into()),
                Some(("node", path)) => installed.node = Some(path.into()),
                Some(("emulator", path)) => installed.emulator = Some(path.into()),
                Some(("programs", path)) => installed.programs = Some(path.into()),
                _ => return Err(format!("unknown option `{argument}`").into()),
            }
        }
        Ok(installed)
    }

    fn emulator(&self) -> Result<&Path> {
        Ok(self.emulator.as_deref().ok_or("emulator=PROGRAM is missing")?)
    }
}

/// Pins this process, and thereby its child processes, to one core. Returns all cores.
fn stay_on_one_core() -> Result<Vec<CoreId>> {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    match cores.last() {
        Some(core) if core_affinity::set_for_current(*core) => Ok(cores),
        _ => Err("cannot stay on one core; figures of different cores are not comparable".into()),
    }
}
