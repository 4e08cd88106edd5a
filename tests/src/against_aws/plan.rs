//! The calls and the cost of a run, counted on the emulator.

use std::collections::BTreeMap;
use std::fmt;

/// The number of free monthly active users of an account (tiers Lite and Essentials):
const FREE_USERS: usize = 10_000;

/// The price of each further user in US dollars, in the tier Essentials, which new pools have.
const DOLLARS_A_USER: f64 = 0.015;

/// The calls of a run.
pub struct Plan {
    calls: BTreeMap<String, usize>,
    users: usize,
    messages: usize,
}

impl Plan {
    /// Creates a plan from the requests that an emulator counted, by operation and success, and the
    /// number of its messages.
    pub(super) fn new(counted: &BTreeMap<(String, bool), usize>, messages: usize) -> Self {
        let (mut calls, mut users) = (BTreeMap::new(), 0);
        for ((operation, succeeded), count) in counted {
            // Each user is active in the month of its creation.
            if *succeeded && ["AdminCreateUser", "SignUp"].contains(&&**operation) {
                users += count;
            }
            *calls.entry(operation.clone()).or_insert(0) += count;
        }
        Self { calls, users, messages }
    }

    /// Returns the number of calls.
    pub fn calls(&self) -> usize {
        self.calls.values().sum()
    }

    /// Returns the number of monthly active users.
    pub fn users(&self) -> usize {
        self.users
    }

    /// Returns the number of e-mails and texts.
    pub fn messages(&self) -> usize {
        self.messages
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (operation, count) in &self.calls {
            writeln!(f, "{count:5} {operation}")?;
        }
        let dollars = DOLLARS_A_USER * f64::from(u32::try_from(self.users).unwrap_or(u32::MAX));
        writeln!(f, "{:5} requests, and those that find and delete the pools", self.calls())?;
        writeln!(
            f,
            "{:5} monthly active users: without charge among the first {FREE_USERS} of an account's \
             month, else {dollars:.2} US dollars by the list price of Essentials",
            self.users
        )?;
        write!(f, "{:5} messages, which the default sender of Cognito sends", self.messages)
    }
}
