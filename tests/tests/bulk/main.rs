//! Request rates within the quotas, and jobs over whole pools, against the emulator's meters.

mod categories;
mod export;
mod kills;
mod rates;
mod timed;
