//! Results of the clients, as one table.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Command;

use crate::run::{Background, Outcome};

/// A table of scripts with the same steps.
pub(super) struct Table {
    title: &'static str,
    /// The names of the steps and what they do, in the order of the table.
    steps: &'static [(&'static str, &'static str)],
}

/// The table of clients of the API's operations.
pub(super) const OPERATIONS: Table =
    Table { title: "clients of others against the emulator", steps: &OPERATION_STEPS };

/// The table of clients of managed login.
pub(super) const MANAGED_LOGIN: Table =
    Table { title: "clients of others against managed login", steps: &MANAGED_LOGIN_STEPS };

/// The table of clients of identity pools.
pub(super) const IDENTITY_POOLS: Table =
    Table { title: "clients of others against identity pools", steps: &IDENTITY_POOL_STEPS };

/// The table of token exchange.
pub(super) const TOKEN_EXCHANGE: Table =
    Table { title: "tokens exchanged and verified by others", steps: &TOKEN_EXCHANGE_STEPS };

const OPERATION_STEPS: [(&str, &str); 15] = [
    ("register", "register, and be refused before the confirmation"),
    ("confirm", "confirm; a wrong code is refused"),
    ("sign-in", "sign in over SRP, tokens read; a wrong password is refused"),
    ("profile", "change, verify and read the profile"),
    ("refresh", "refresh; a bogus token is refused"),
    ("password", "change the password; the old one is refused"),
    ("forgot", "replace a forgotten password; a wrong code is refused"),
    ("totp", "set up an authenticator app; a wrong code is refused"),
    ("totp-sign-in", "sign in with it; a used and a wrong code are refused"),
    ("sign-out", "sign out everywhere; old tokens are refused"),
    ("device", "confirm a device"),
    ("device-sign-in", "sign in by device SRP; a wrong device password is refused"),
    ("admin", "administrators make, change and reset users"),
    ("groups", "groups in lists, pages and tokens"),
    ("settings", "pools, app clients and identity providers read and changed"),
];

const MANAGED_LOGIN_STEPS: [(&str, &str); 11] = [
    ("sign-in", "sign in, tokens verified; another request's code is refused"),
    ("wrong-password", "a wrong password is refused on the page"),
    ("second-sign-in", "sign in without a page; a used code is refused"),
    ("refresh", "refresh; a bogus token is refused"),
    ("user-info", "read the user's attributes"),
    ("mfa", "sign in with an authenticator app; a wrong code is refused"),
    ("provider", "sign in through an identity provider"),
    ("logout", "sign out of the browser's session"),
    ("revoke", "revoke the refresh token"),
    ("wrong-redirect-uri", "an unregistered redirect URI leads to an error page"),
    ("wrong-scope", "a scope that is not the app client's leads back"),
];

const IDENTITY_POOL_STEPS: [(&str, &str); 8] = [
    ("configuration", "identity pools and their roles read and changed"),
    ("guest", "credentials of a guest"),
    ("user", "credentials of a user; a wrong login is refused"),
    ("merge", "a guest becomes the user"),
    ("roles", "roles chosen by the caller and by the token; no role is refused"),
    ("classic", "an OpenID token, and a role assumed with it at STS"),
    ("developer", "a user of a server, who is then unlinked"),
    ("removal", "identities and pools deleted"),
];

const TOKEN_EXCHANGE_STEPS: [(&str, &str); 7] = [
    ("impersonation", "exchange a token without an actor"),
    ("delegation", "exchange it twice, with two actors in the second one"),
    ("audience", "a token for another service is refused, and so is an unknown resource"),
    ("scope", "no scope is granted that the user's token lacks"),
    ("api", "exchange a token by GetDerivedToken"),
    ("expired", "an expired token is refused"),
    ("revoked", "a revoked token is refused"),
];

/// The results of one client.
pub(super) struct Report {
    client: String,
    /// By the names of the steps; one that is missing was not reached.
    endings: BTreeMap<String, Ending>,
    ended_well: bool,
}

enum Ending {
    Passed,
    /// The client cannot do it, for this reason.
    Skipped(String),
    Failed,
}

impl Report {
    /// Runs a script, whose lines are read and shown.
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

    /// Returns the number of steps that passed, and of those that the client supports.
    fn score(&self, table: &Table) -> (usize, usize) {
        let count = |mark| table.steps.iter().filter(|(step, _)| self.mark(step) == mark).count();
        (count("ok"), count("ok") + count("FAIL"))
    }
}

/// `pass STEP`, `skip STEP: REASON` or `FAIL STEP: PROBLEM`.
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

/// Prints all reports as a table, and fails unless every client did all that it can do.
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
                println!("    cannot do {step}: {reason}");
            }
        }
    }
    let scores = reports.iter().map(|report| report.score(table));
    let (passed, possible) = scores.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("{passed} of {possible} steps passed: {} %\n", passed * 100 / possible.max(1));
    match passed == possible && reports.iter().all(|report| report.ended_well) {
        true => Ok(()),
        false => Err("a client of others failed".to_owned()),
    }
}
