//! Sessions: refresh, stores, concurrent use, and end.

mod audience;
mod cancelled;
mod claim_release;
mod claims;
mod clocks;
mod concurrency;
mod end;
mod file_store;
mod foreign_claims;
mod keys;
mod late_store;
mod lifecycle;
mod model;
mod names;
mod pauses;
mod records;
mod refresh;
mod refresher;
mod release;
mod sign_out;
mod support;
mod time_limits;
mod two_programs;
mod wanted_scopes;
