//! The comparison with AWS, on an emulator in the place of AWS.

mod programs;
mod rows;
mod runs;
mod texts;
