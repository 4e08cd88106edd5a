//! The addresses on which the program listens.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use cognito_emulator::{Emulator, PoolSettings, SigningKeys};

use crate::running::command;
use crate::support::Served;

#[test]
fn only_the_option_bind_opens_other_addresses_than_loopback() {
    let served = Served::start(&[]);
    let address: SocketAddr = served.address().parse().unwrap();
    assert!(address.ip().is_loopback());
    served.end();
}

/// Writes a state file with a pool that has the crate's published test keys.
fn write_state_with_test_keys(path: &Path) {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).state_file(path);
    builder.try_in_process().unwrap().create_pool(PoolSettings::default()).unwrap();
}

#[test]
fn pools_with_test_keys_are_served_on_loopback_only() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("pools.state");
    write_state_with_test_keys(&state);
    for ip in ["0.0.0.0", "::"] {
        for options in [&[][..], &["--test-interface"], &["--endpoint", "http://127.0.0.1:4567"]] {
            let mut program = command();
            program.args(["serve", "--bind", ip, "--state"]).arg(&state).args(options);
            let output = program.output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{error}");
            assert!(error.contains("test keys"), "{error}");
            assert!(output.stdout.is_empty());
        }
        assert!(!ip.parse::<IpAddr>().unwrap().is_loopback());
    }
    let mut program = command();
    program.args(["serve", "--state"]).arg(&state);
    let served = crate::running::Program::spawn(program);
    assert!(served.stop("TERM").status.success());
}
