//! Speed beside peers: `cognito-bench NAME DIRECTORY [PYTHON]`.
//!
//! Prints one table and writes it as `DIRECTORY/NAME.json`. `PYTHON` is an interpreter that has
//! pycognito; without it that peer is left out.

mod aws_lc;
mod measure;
mod pycognito;
mod report;
mod srp;
mod tokens;

use std::error::Error;
use std::path::Path;

use measure::Contender;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, directory, python) = match &*arguments {
        [name, directory] => (name, directory, None),
        [name, directory, python] => (name, directory, Some(Path::new(python))),
        _ => return Err("usage: cognito-bench NAME DIRECTORY [PYTHON]".into()),
    };
    stay_on_one_core()?;
    let mut contenders: Vec<Contender> = match name.as_str() {
        "srp" => srp::contenders(python)?,
        "tokens" => tokens::contenders()?,
        other => return Err(format!("there is no benchmark `{other}`: srp, tokens").into()),
    };
    let rows = measure::interleaved(&mut contenders)?;
    report::print(name, &rows);
    report::write(&Path::new(directory).join(format!("{name}.json")), name, &rows)
}

/// Peers that run in a process of their own inherit the core.
fn stay_on_one_core() -> Result<()> {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    match cores.last() {
        Some(core) if core_affinity::set_for_current(*core) => Ok(()),
        _ => Err("cannot stay on one core, and figures of different cores do not compare".into()),
    }
}
