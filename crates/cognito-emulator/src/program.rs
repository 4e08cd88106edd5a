//! The program `cognito-emulator`, as a library for programs that include it.

mod client;
mod environment;
mod help;
mod import;
mod logs;
mod options;
mod ready;
mod requests;
mod serve;
mod urls;

use std::error::Error;
use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::Parser;

use self::options::{Cli, Command};

/// Runs a command line, whose first word is the name of the program.
///
/// An invalid command line exits the process with code 2, and `--help` exits it with code 0. The
/// function starts a runtime, and must not be called within one.
pub fn run<T: Into<OsString> + Clone>(words: impl IntoIterator<Item = T>) -> ExitCode {
    let command = Cli::parse_from(words).command;
    logs::start();
    let done = match command {
        Command::Serve(options) => serve::run(*options),
        Command::Health(options) => requests::health(&options),
        Command::Codes(options) => requests::code(&options),
        Command::Reset(target) => requests::reset(&target),
        Command::Env(options) => environment::print(&options),
        Command::Import(options) => import::run(options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let lines: Vec<String> = with_causes(&*error).lines().map(printable).collect();
            eprintln!("cognito-emulator: {}", lines.join("\n"));
            ExitCode::FAILURE
        }
    }
}

/// Returns a text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Escapes the characters of a text that would control the terminal, or reorder its text.
fn printable(text: &str) -> String {
    let is_harmless = |c: char| {
        // The property Bidi_Control (Unicode Standard Annex 9).
        let turns = matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        );
        !c.is_control() && !turns && !matches!(c, '\u{2028}' | '\u{2029}')
    };
    let mut printed = String::with_capacity(text.len());
    for c in text.chars() {
        match is_harmless(c) {
            true => printed.push(c),
            false => printed.extend(c.escape_unicode()),
        }
    }
    printed
}

/// Decodes UTF-8, or UTF-16 as Windows PowerShell writes the output of a command to a file.
fn decode(bytes: Vec<u8>) -> io::Result<String> {
    let text = match bytes.strip_prefix(&[0xff, 0xfe]) {
        Some(pairs) => {
            let units = pairs.chunks_exact(2).filter_map(|pair| pair.try_into().ok());
            let units: Vec<u16> = units.map(u16::from_le_bytes).collect();
            String::from_utf16(&units).ok()
        }
        None => String::from_utf8(bytes).ok(),
    };
    text.ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, "the text is neither UTF-8 nor UTF-16")
    })
}

fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_causes(source)),
        None => error.to_string(),
    }
}
