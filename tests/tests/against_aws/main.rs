//! The comparison with AWS, run against an emulator in place of AWS.

mod programs;
mod runs;
mod texts;
