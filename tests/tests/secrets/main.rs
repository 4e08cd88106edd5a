//! Secrets of every kind, planted everywhere and searched for in everything that a program shows or
//! leaves behind: debug output, errors, logs, panics, events, files and core dumps.

mod administrators;
mod files;
mod logs;
mod outgoing;
mod panics;
mod processes;
mod search;
mod users;
mod witness;
