#![doc = include_str!("../README.md")]

mod app;
mod args;
mod audit_page;
mod aws;
mod commands;
mod configuration;
mod failure;
mod help;
mod interrupts;
mod jobs;
mod logs;
mod output;
mod private_files;
mod run;
mod sessions;
mod terminal;

pub use run::run;
