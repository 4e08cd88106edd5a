//! The addresses on which the program listens.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use cognito_emulator::{Emulator, PoolSettings, SigningKeys};

use crate::running::{Program, command};
use crate::support::Served;

/// Returns the addresses on which a process listens, in the format of `/proc/net/tcp`: the bytes of
/// the IP address in reverse order, and the port.
fn listening(id: u32) -> Vec<String> {
    let open = fs::read_dir(format!("/proc/{id}/fd")).unwrap();
    let links = open.filter_map(|file| fs::read_link(file.unwrap().path()).ok());
    let sockets: Vec<String> = links.map(|link| link.to_str().unwrap().to_owned()).collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let table = fs::read_to_string(format!("/proc/{id}/net/{table}")).unwrap();
        for row in table.lines().skip(1) {
            let row: Vec<&str> = row.split_whitespace().collect();
            // 0A is the state LISTEN.
            if row[3] == "0A" && sockets.contains(&format!("socket:[{}]", row[9])) {
                found.push(row[1].to_owned());
            }
        }
    }
    found
}

#[test]
fn only_the_option_bind_opens_other_addresses_than_loopback() {
    for (options, ports) in [
        (&[][..], 1),
        (&["--tls"], 2),
        (&["--tls-port", "0", "--public-url", "https://auth.shop.test"], 2),
        (&["--public-url", "http://192.0.2.1:4567"], 1),
        (&["--test-interface"], 1),
        (&["--allow-origin", "https://app.example"], 1),
        (&["--tls", "--test-interface", "--issuer", "aws"], 2),
    ] {
        let served = Served::start(options);
        let addresses = listening(served.id());
        assert_eq!(addresses.len(), ports, "{options:?}: {addresses:?}");
        assert!(addresses.iter().all(|address| address.starts_with("0100007F:")), "{addresses:?}");
        served.end();
    }
    // The first line has the address of the option instead of the bound one.
    for options in [
        &["--endpoint", "http://192.0.2.1:4567"][..],
        &["--endpoint", "https://cognito:4567", "--tls", "--test-interface"],
    ] {
        let mut program = Program::launch({
            let mut program = command();
            program.arg("serve").args(options);
            program
        });
        assert!(program.line().contains(options[1]));
        let addresses = listening(program.child.as_ref().unwrap().id());
        assert!(!addresses.is_empty());
        assert!(addresses.iter().all(|address| address.starts_with("0100007F:")), "{addresses:?}");
        assert!(program.stop("TERM").status.success());
    }
    let served = Served::start(&["--bind", "0.0.0.0"]);
    let addresses = listening(served.id());
    assert!(addresses.len() == 1 && addresses[0].starts_with("00000000:"), "{addresses:?}");
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
    let served = Program::spawn(program);
    assert!(served.stop("TERM").status.success());
}
