//! Runs the Rust blocks of README and guides. A block with a `main` is a test; the modules below
//! call the functions of other blocks. A function that no test calls is an error, unless its block
//! is marked `no_run`.

#![deny(dead_code)]

mod account;
mod admin;
mod bulk;
mod http;
mod migrating;
mod sessions;
mod sign_in;

/// The blocks that the build script extracted.
mod pages {
    include!(concat!(env!("OUT_DIR"), "/pages.rs"));
}

/// A test for each block with a `main`.
#[allow(clippy::unit_arg)] // a `main` may return nothing
mod programs {
    include!(concat!(env!("OUT_DIR"), "/programs.rs"));
}

fn check_exit(program: impl std::process::Termination) {
    assert_eq!(program.report(), std::process::ExitCode::SUCCESS);
}
