//! A model of programs that refresh one stored session: the sessions are real; the service, the
//! store, the time and the faults are simulated.
//!
//! At each request and each store operation, a schedule selects the outcome: it succeeds at once or
//! late, fails before or after its effect, or its program is killed. All schedules with few
//! deviations are run, and many random ones. In each of them:
//!
//! * a session ends and its record is deleted only when the service no longer accepts its refresh
//!   token;
//! * tokens are stored before a program returns them;
//! * no program revokes a refresh token that the service accepts;
//! * with delays only, no refresh token is used twice;
//! * with a grace period, a single fault loses nothing.

mod program;
mod schedule;
mod service;
mod world;

use std::fmt;
use std::time::Duration;

pub use self::schedule::Schedule;
pub use self::service::Tokens;
use self::world::World;

/// A system of programs that share a session.
#[derive(Clone, Copy, Debug)]
pub struct System {
    /// The number of programs.
    pub programs: usize,
    /// The grace period of rotated refresh tokens.
    pub grace: Duration,
    /// A planted defect, if any.
    pub defect: Option<Defect>,
}

/// A defect that the model must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// The store reports success before it stores.
    ShowsBeforeStoring,
    /// Programs ignore the claims of others.
    IgnoresClaims,
    /// An outage is treated as a rejection by the service.
    TakesOutagesForRefusals,
    /// The store replaces a record without comparing its revision.
    ReplacesWithoutComparing,
}

/// The result of many schedules.
#[derive(Debug, Default)]
pub struct Explored {
    /// The number of schedules.
    pub schedules: usize,
    /// The number of choices in all of them.
    pub choices: usize,
    /// The number of programs that were killed.
    pub kills: usize,
    /// The number of responses that were lost.
    pub lost_responses: usize,
    /// The number of sessions that the service ended without a fault of a program.
    pub ended: usize,
    /// The first schedule that violates a rule, and the rule.
    pub broken: Option<String>,
}

impl System {
    /// Runs all schedules with a maximum number of deviations from the one without faults, and
    /// stops at the first violation. At most `limit` schedules are run.
    pub fn explore(self, tokens: &Tokens, deviations: usize, limit: usize) -> Explored {
        let (mut explored, mut open) = (Explored::default(), vec![Schedule::default()]);
        while !open.is_empty() {
            // If there are too many schedules, a pseudo-random selection is run, and not only those
            // that deviate at the end.
            let any = explored.schedules.wrapping_mul(0x9e37_79b9) % open.len();
            let schedule = open.swap_remove(any);
            let ended = self.run_into(&mut explored, tokens, schedule);
            if explored.broken.is_some() || explored.schedules >= limit {
                break;
            }
            open.extend(ended.next(deviations));
        }
        explored
    }

    /// Runs random schedules, and stops at the first violation of a rule.
    pub fn sample(self, tokens: &Tokens, seeds: std::ops::Range<u64>) -> Explored {
        let mut explored = Explored::default();
        for seed in seeds {
            self.run_into(&mut explored, tokens, Schedule::random(seed));
            if explored.broken.is_some() {
                break;
            }
        }
        explored
    }

    fn run_into(self, explored: &mut Explored, tokens: &Tokens, schedule: Schedule) -> Schedule {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_time().start_paused(true).build().unwrap();
        let world = runtime.block_on(async {
            let world = World::new(self, tokens.clone(), schedule);
            program::run_all(&world).await;
            world
        });
        // Tasks of killed programs never end.
        runtime.shutdown_background();
        let state = world.state();
        explored.schedules += 1;
        explored.choices += state.schedule.taken();
        explored.kills += state.kills;
        explored.lost_responses += state.lost_responses;
        explored.ended += usize::from(state.service.has_ended());
        if let (Some(rule), None) = (&state.broken, &explored.broken) {
            let grace = self.grace.as_secs();
            explored.broken = Some(format!(
                "{rule}\n{} programs, {grace} s of grace, {}\n{}",
                self.programs,
                state.schedule,
                state.history.join("\n")
            ));
        }
        state.schedule.clone()
    }
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} schedules, {} choices, {} kills, {} lost responses, {} sessions that had to end",
            self.schedules, self.choices, self.kills, self.lost_responses, self.ended
        )?;
        match &self.broken {
            Some(broken) => write!(f, "\nbroken: {broken}"),
            None => Ok(()),
        }
    }
}
