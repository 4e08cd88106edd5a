#![doc = include_str!("../README.md")]
// Until the commands of administration use all that is here.
#![allow(dead_code, unused_imports)]

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
mod run;
mod sessions;
mod terminal;

pub use run::run;
