//! Tokens on outgoing and incoming requests, and key sets fetched over HTTP.

mod hyper_client;
mod incoming;
mod key_fetch;
mod lazy_session;
mod logs;
mod m2m;
mod outgoing;
mod proxy;
mod refresh;
mod rejected;
