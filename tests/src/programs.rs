//! Shared code of the programs that tests run as separate processes.

use std::{env, fs};

use cognito::Admin;
use cognito::admin::SdkRegion;

use crate::fixture::admin_config;

/// Returns the arguments of this program.
///
/// # Panics
///
/// Panics with the usage if the number of arguments is wrong.
pub fn arguments<const COUNT: usize>(usage: &str) -> [String; COUNT] {
    let arguments: Vec<String> = env::args().skip(1).collect();
    arguments.try_into().unwrap_or_else(|_| panic!("usage: {usage}"))
}

/// Returns a client for the administration of an emulator's pool.
pub fn admin_at(endpoint: &str, pool_id: &str) -> Admin {
    let config = admin_config().into_builder().endpoint_url(endpoint);
    let config = config.region(SdkRegion::new("us-east-1")).build();
    Admin::new(&config, pool_id.parse().unwrap())
}

/// Prints the peak memory of this process in KiB, if `/proc` provides it.
pub fn print_peak_memory() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
    if let Some(peak) = peak {
        println!("{}", peak.trim());
    }
}
