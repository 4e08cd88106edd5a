//! Request rates within the quotas, and bulk jobs, against the emulator's counters.

mod audit;
mod categories;
mod change_faults;
mod change_kills;
mod change_runs;
mod changes;
mod csv_import;
mod export;
mod export_files;
mod export_responses;
mod import;
mod import_faults;
mod import_input;
mod import_kills;
mod import_plan;
mod kills;
mod parts;
mod rates;
mod timed;
