//! The libFuzzer target with the name of this program.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cognito_fuzz::run(env!("CARGO_BIN_NAME"), data));
