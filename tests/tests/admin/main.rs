//! Administration of users, groups, user pools and app clients.

mod paging;
mod requests;
mod settings;
mod updates;
