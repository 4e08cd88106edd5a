//! Secrets of every kind, which are planted and then searched for in all output of a program: debug
//! output, errors, logs, panics, events, files and core dumps.

mod administrators;
mod files;
mod logs;
mod outgoing;
mod panics;
mod processes;
mod search;
mod types;
mod users;
mod witness;
