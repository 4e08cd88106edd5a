#![doc = include_str!("../README.md")]

mod app;
mod args;
mod audit_page;
mod aws;
mod aws_json;
mod commands;
mod configuration;
mod failure;
mod help;
mod inputs;
mod interrupts;
mod jobs;
mod logs;
mod output;
mod owner;
mod private_files;
mod run;
mod sessions;
mod terminal;
mod text;

#[doc(hidden)]
pub use inputs::check_settings;
pub use run::run;
