//! Tokens on outgoing and incoming requests, and key sets fetched over HTTP.

mod browser;
mod cancelled;
mod downgrade;
mod exchange;
mod hyper_client;
mod incoming;
mod key_fetch;
mod lazy_session;
mod logs;
mod loopback;
mod m2m;
mod managed_login;
mod outgoing;
mod proxy;
mod refresh;
mod rejected;
