//! Results of third-party clients, printed as one table.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Command;

use crate::run::{Background, Outcome};

/// A table of the results of scripts that share the same steps.
pub(super) struct Table {
    title: &'static str,
    /// The names and descriptions of the steps, in the order of the table.
    steps: &'static [(&'static str, &'static str)],
}

/// The table of clients of the API's operations.
pub(super) const OPERATIONS: Table =
    Table { title: "third-party clients against the emulator", steps: &OPERATION_STEPS };

/// The table of clients of managed login.
pub(super) const MANAGED_LOGIN: Table =
    Table { title: "third-party clients against managed login", steps: &MANAGED_LOGIN_STEPS };

/// The table of clients of identity pools.
pub(super) const IDENTITY_POOLS: Table =
    Table { title: "third-party clients against identity pools", steps: &IDENTITY_POOL_STEPS };

/// The table of token exchange.
pub(super) const TOKEN_EXCHANGE: Table = Table {
    title: "tokens exchanged and verified by third-party clients",
    steps: &TOKEN_EXCHANGE_STEPS,
};

const OPERATION_STEPS: [(&str, &str); 15] = [
    ("register", "sign up; a sign-in before confirmation is rejected"),
    ("confirm", "confirm; a wrong code is rejected"),
    ("sign-in", "sign in over SRP, read tokens; a wrong password is rejected"),
    ("profile", "change, verify and get attributes"),
    ("refresh", "refresh; a bogus token is rejected"),
    ("password", "change the password; the old one is rejected"),
    ("forgot", "reset a forgotten password; a wrong code is rejected"),
    ("totp", "set up an authenticator app; a wrong code is rejected"),
    ("totp-sign-in", "sign in with it; a used and a wrong code are rejected"),
    ("sign-out", "sign out everywhere; old tokens are rejected"),
    ("device", "confirm a device"),
    ("device-sign-in", "sign in by device SRP; a wrong password is rejected"),
    ("admin", "create, change and reset users as administrator"),
    ("groups", "groups in lists, pages and tokens"),
    ("settings", "get and change pools, app clients, identity providers"),
];

const MANAGED_LOGIN_STEPS: [(&str, &str); 11] = [
    ("sign-in", "sign in, verify tokens; another request's code is rejected"),
    ("wrong-password", "a wrong password is rejected on the page"),
    ("second-sign-in", "sign in without a page; a used code is rejected"),
    ("refresh", "refresh; a bogus token is rejected"),
    ("user-info", "get the user's attributes"),
    ("mfa", "sign in with an authenticator app; a wrong code is rejected"),
    ("provider", "sign in through an identity provider"),
    ("logout", "sign out of the browser session"),
    ("revoke", "revoke the refresh token"),
    ("wrong-redirect-uri", "an unregistered redirect URI shows an error page"),
    ("wrong-scope", "a scope that the app client lacks redirects with an error"),
];

const IDENTITY_POOL_STEPS: [(&str, &str); 8] = [
    ("configuration", "get and change identity pools and their roles"),
    ("guest", "credentials of a guest"),
    ("user", "credentials of a user; a wrong login is rejected"),
    ("merge", "a guest becomes the user"),
    ("roles", "roles from caller and token; a missing role is rejected"),
    ("classic", "get an OpenID token, and assume a role with it at STS"),
    ("developer", "get, look up and unlink the identity of a backend user"),
    ("removal", "delete identities and pools"),
];

const TOKEN_EXCHANGE_STEPS: [(&str, &str); 7] = [
    ("impersonation", "exchange a token without an actor"),
    ("delegation", "exchange it twice; the second token names two actors"),
    ("audience", "a foreign token and an unknown resource are rejected"),
    ("scope", "scopes that the user's token lacks are not granted"),
    ("api", "exchange a token with GetDerivedToken"),
    ("expired", "an expired token is rejected"),
    ("revoked", "a revoked token is rejected"),
];

/// The results of one client.
pub(super) struct Report {
    client: String,
    /// The endings of the steps by name. The client did not reach a missing step.
    endings: BTreeMap<String, Ending>,
    ended_well: bool,
}

enum Ending {
    Passed,
    /// The reason for which the client does not support the step.
    Skipped(String),
    Failed,
}

impl Report {
    /// Runs a script, prints its lines, and parses them.
    pub(super) fn of(client: &str, script: &mut Command) -> Result<Self, String> {
        let cannot = |error| format!("cannot run {client}: {error}");
        let mut process = script.spawn().map(Background).map_err(cannot)?;
        let stdout = process.0.stdout.take().ok_or("the script has no output")?;
        let mut endings = BTreeMap::new();
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(cannot)?;
            println!("  {line}");
            endings.extend(read(&line));
        }
        let ended_well = process.0.wait().map_err(cannot)?.success();
        Ok(Self { client: client.to_owned(), endings, ended_well })
    }

    fn mark(&self, step: &str) -> &'static str {
        match self.endings.get(step) {
            Some(Ending::Passed) => "ok",
            Some(Ending::Skipped(_)) => "-",
            Some(Ending::Failed) | None => "FAIL",
        }
    }

    /// Returns the number of steps that passed, and the number that the client supports.
    fn score(&self, table: &Table) -> (usize, usize) {
        let count = |mark| table.steps.iter().filter(|(step, _)| self.mark(step) == mark).count();
        (count("ok"), count("ok") + count("FAIL"))
    }
}

/// Parses `pass STEP`, `skip STEP: REASON` or `FAIL STEP: PROBLEM`.
fn read(line: &str) -> Option<(String, Ending)> {
    let (word, rest) = line.split_once(' ')?;
    let (step, more) = rest.split_once(": ").unwrap_or((rest, ""));
    let ending = match word {
        "pass" => Ending::Passed,
        "skip" => Ending::Skipped(more.to_owned()),
        "FAIL" => Ending::Failed,
        _ => return None,
    };
    Some((step.to_owned(), ending))
}

/// Prints all reports as a table, and fails unless every client passed all steps that it supports.
pub(super) fn conclude(table: &Table, reports: &[Report]) -> Outcome {
    let row =
        |cells: Vec<String>| cells.iter().map(|cell| format!("{cell:>5}")).collect::<String>();
    let numbers = (1..=reports.len()).map(|number| number.to_string()).collect();
    println!("\n{:62}{}", table.title, row(numbers));
    for (step, meaning) in table.steps {
        let marks = reports.iter().map(|report| report.mark(step).to_owned()).collect();
        println!("{meaning:62}{}", row(marks));
    }
    println!();
    for (number, report) in (1..).zip(reports) {
        let (passed, possible) = report.score(table);
        println!("{number:>2}  {}: {passed} of {possible}", report.client);
        for (step, ending) in &report.endings {
            if let Ending::Skipped(reason) = ending {
                println!("    {step} is not supported: {reason}");
            }
        }
    }
    let scores = reports.iter().map(|report| report.score(table));
    let (passed, possible) = scores.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("{passed} of {possible} steps passed: {} %\n", passed * 100 / possible.max(1));
    match passed == possible && reports.iter().all(|report| report.ended_well) {
        true => Ok(()),
        false => Err("a third-party client failed".to_owned()),
    }
}
