//! Sign-up, sign-in with every challenge, and the operations of signed-in users on their accounts.

mod account;
mod cancelled;
mod challenges;
mod devices;
mod errors;
mod first_factors;
mod members;
mod options;
mod passwords;
mod plain_http;
mod repeats;
mod requests;
mod responses;
mod token_exchange;
mod triggers;
mod user_sessions;
