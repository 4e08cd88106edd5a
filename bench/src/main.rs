//! Speed beside peers:
//! `cognito-bench NAME DIRECTORY [python=INTERPRETER] [node=DIRECTORY] [emulator=PROGRAM]`.
//!
//! Prints one table and writes it as `DIRECTORY/NAME.json`; `emulator` has several. The interpreter
//! has pycognito, ministack and moto, the directory of node has aws-jwt-verify; a peer that is not
//! there is left out. The program is the one of the emulator.

mod aws_lc;
mod emulator;
mod http;
mod measure;
mod peer;
mod report;
mod srp;
mod tokens;

use std::error::Error;
use std::path::{Path, PathBuf};

use core_affinity::CoreId;
use measure::{Contender, ROUNDS};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Where peers of other languages are.
#[derive(Default)]
struct Peers {
    /// A Python interpreter.
    python: Option<PathBuf>,
    /// A directory with `node_modules`.
    node: Option<PathBuf>,
    /// The program `cognito-emulator`.
    emulator: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, directory, peers @ ..] = &*arguments else {
        return Err("usage: cognito-bench NAME DIRECTORY [PEER=PATH]...".into());
    };
    let peers = Peers::read(peers)?;
    let all_cores = stay_on_one_core()?;
    let directory = Path::new(directory);
    let mut contenders: Vec<Contender> = match name.as_str() {
        "emulator" => return emulator::run(&peers, &all_cores, directory),
        "http" => http::contenders(&all_cores)?,
        "srp" => srp::contenders(peers.python.as_deref())?,
        "tokens" => tokens::contenders(&peers, all_cores)?,
        other => {
            let names = "emulator, http, srp, tokens";
            return Err(format!("there is no benchmark `{other}`: {names}").into());
        }
    };
    let rows = measure::interleaved(&mut contenders, ROUNDS)?;
    report::print(&format!("{name}: medians of one run on one core, in turns"), &rows);
    report::write(&directory.join(format!("{name}.json")), name, &rows)
}

impl Peers {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut peers = Self::default();
        for argument in arguments {
            match argument.split_once('=') {
                Some(("python", path)) => peers.python = Some(path.into()),
                Some(("node", path)) => peers.node = Some(path.into()),
                Some(("emulator", path)) => peers.emulator = Some(path.into()),
                _ => return Err(format!("there is no peer `{argument}`").into()),
            }
        }
        Ok(peers)
    }
}

/// Peers that run in a process of their own inherit the core. Returns all that there are.
fn stay_on_one_core() -> Result<Vec<CoreId>> {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    match cores.last() {
        Some(core) if core_affinity::set_for_current(*core) => Ok(cores),
        _ => Err("cannot stay on one core, and figures of different cores do not compare".into()),
    }
}
