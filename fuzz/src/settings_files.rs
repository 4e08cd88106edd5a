//! The target for settings files of the program `cognito`. Its property test is
//! `crates/cognito-cli/tests/settings_files.rs`.

#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

static HOME: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

libfuzzer_sys::fuzz_target!(|data: &[u8]| cognito_cli::check_settings(HOME.path(), data).unwrap());
