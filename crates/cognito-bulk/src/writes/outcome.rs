//! Outcomes of items, and a compact table of outcomes.

use std::collections::HashMap;

use cognito_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// The outcome of an item of a job, such as a user of a mass change or of an import.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ItemOutcome {
    /// The requests of the item were accepted.
    Done,
    /// The item needs no request, such as a user who was to be deleted and does not exist.
    Skipped {
        /// The reason.
        reason: String,
    },
    /// The service refused a request of the item.
    Failed {
        /// The kind of the error: the name of a variant of `ErrorKind`, such as `UserNotFound`.
        error: String,
        /// The message of the error, without text of the service.
        message: String,
    },
    /// A request that is not idempotent was sent, and its effect is not known.
    Unknown,
}

impl ItemOutcome {
    pub(crate) fn skipped(reason: impl Into<String>) -> Self {
        Self::Skipped { reason: reason.into() }
    }

    pub(crate) fn failed(error: &Error) -> Self {
        Self::Failed { error: format!("{:?}", error.kind()), message: error.to_string() }
    }

    /// Returns the outcome of a request that was refused because of its item. Other errors, such as
    /// a missing permission or AWS credentials that cannot be loaded, would concern all items; they
    /// are returned and end the run.
    pub(crate) fn of_refused(error: Error) -> Result<Self, Error> {
        use ErrorKind::{
            ClockSkew, Configuration, Forbidden, MissingPermission, NoRuntime, NotFound,
            Unsupported,
        };
        let is_of_all = matches!(
            error.kind(),
            ClockSkew
                | Configuration
                | Forbidden
                | MissingPermission
                | NoRuntime
                | NotFound
                | Unsupported
        );
        // A proxy refuses a request that is too large without an exception.
        let is_of_item = error.exception().is_some() || error.kind() == ErrorKind::InvalidParameter;
        if is_of_all || !is_of_item || error.is_transient() || error.leaves_outcome_unknown() {
            return Err(error);
        }
        Ok(Self::failed(&error))
    }
}

/// The numbers of items by their outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutcomeCounts {
    /// The number of items whose requests were accepted.
    pub done: u64,
    /// The number of items that needed no request.
    pub skipped: u64,
    /// The number of items with a refused request.
    pub failed: u64,
    /// The number of items with a request whose effect is unknown.
    pub unknown: u64,
}

impl OutcomeCounts {
    /// Returns the number of items that have an outcome.
    pub fn total(&self) -> u64 {
        [self.done, self.skipped, self.failed, self.unknown]
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    fn of(&mut self, outcome: &ItemOutcome) -> &mut u64 {
        match outcome {
            ItemOutcome::Done => &mut self.done,
            ItemOutcome::Skipped { .. } => &mut self.skipped,
            ItemOutcome::Failed { .. } => &mut self.failed,
            ItemOutcome::Unknown => &mut self.unknown,
        }
    }
}

/// The state of an item without an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ItemState {
    /// No request that is not idempotent was sent.
    Open,
    /// A request that is not idempotent may have been sent.
    Intent,
    Outcome(ItemOutcome),
}

/// The states of all items. Each takes two bytes, because jobs have few different outcomes.
#[derive(Debug, Default)]
pub(super) struct States {
    /// [`OPEN`], [`INTENT`], or [`FIRST`] and the position of an outcome.
    states: Vec<u16>,
    outcomes: Vec<ItemOutcome>,
    positions: HashMap<ItemOutcome, u16>,
    counts: OutcomeCounts,
}

const OPEN: u16 = 0;
const INTENT: u16 = 1;
const FIRST: u16 = 2;

impl States {
    pub(super) fn get(&self, item: u64) -> ItemState {
        let state = usize::try_from(item).ok().and_then(|item| self.states.get(item));
        match state.copied().unwrap_or(OPEN) {
            OPEN => ItemState::Open,
            INTENT => ItemState::Intent,
            state => self.outcome(state).cloned().map_or(ItemState::Open, ItemState::Outcome),
        }
    }

    pub(super) fn counts(&self) -> OutcomeCounts {
        self.counts
    }

    pub(super) fn set_open(&mut self, item: u64) {
        self.set(item, OPEN);
    }

    pub(super) fn set_intent(&mut self, item: u64) {
        self.set(item, INTENT);
    }

    pub(super) fn set_outcome(&mut self, item: u64, outcome: ItemOutcome) {
        let state = self.state_of(outcome);
        self.set(item, state);
    }

    fn set(&mut self, item: u64, state: u16) {
        let Ok(at) = usize::try_from(item) else { return };
        if self.states.len() <= at {
            self.states.resize(at.saturating_add(1), OPEN);
        }
        let Some(slot) = self.states.get_mut(at) else { return };
        let before = std::mem::replace(slot, state);
        if let Some(outcome) = outcome_of(&self.outcomes, before) {
            let count = self.counts.of(outcome);
            *count = count.saturating_sub(1);
        }
        if let Some(outcome) = outcome_of(&self.outcomes, state) {
            let count = self.counts.of(outcome);
            *count = count.saturating_add(1);
        }
    }

    fn outcome(&self, state: u16) -> Option<&ItemOutcome> {
        outcome_of(&self.outcomes, state)
    }

    /// Returns the state for an outcome. When the table is full, details are dropped.
    fn state_of(&mut self, mut outcome: ItemOutcome) -> u16 {
        if let Some(state) = self.positions.get(&outcome) {
            return *state;
        }
        // A few entries are reserved for outcomes without details.
        if self.outcomes.len() > usize::from(u16::MAX) - 16 {
            outcome = without_details(outcome);
            if let Some(state) = self.positions.get(&outcome) {
                return *state;
            }
        }
        let state = u16::try_from(self.outcomes.len()).unwrap_or(u16::MAX).saturating_add(FIRST);
        self.outcomes.push(outcome.clone());
        self.positions.insert(outcome, state);
        state
    }
}

fn outcome_of(outcomes: &[ItemOutcome], state: u16) -> Option<&ItemOutcome> {
    outcomes.get(usize::from(state.checked_sub(FIRST)?))
}

fn without_details(outcome: ItemOutcome) -> ItemOutcome {
    match outcome {
        ItemOutcome::Skipped { .. } => ItemOutcome::skipped("for one of many reasons"),
        ItemOutcome::Failed { .. } => ItemOutcome::Failed {
            error: "Unknown".to_owned(),
            message: "one of many errors".to_owned(),
        },
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_that_is_too_large_concerns_its_item_and_missing_credentials_all_items() {
        // A response of a proxy with the status 413, 414 or 431.
        let too_large = ItemOutcome::of_refused(ErrorKind::InvalidParameter.into()).unwrap();
        assert!(
            matches!(too_large, ItemOutcome::Failed { error, .. } if error == "InvalidParameter")
        );
        for kind in [ErrorKind::Configuration, ErrorKind::Transport, ErrorKind::SessionEnded] {
            assert_eq!(ItemOutcome::of_refused(kind.into()).unwrap_err().kind(), kind);
        }
    }

    #[test]
    fn states_are_kept_by_item_and_counted() {
        let mut states = States::default();
        states.set_intent(3);
        states.set_outcome(1, ItemOutcome::Unknown);
        assert_eq!(
            (states.get(1), states.get(3)),
            (outcome(ItemOutcome::Unknown), ItemState::Intent)
        );
        assert_eq!((states.get(0), states.get(99)), (ItemState::Open, ItemState::Open));
        states.set_outcome(1, ItemOutcome::Done);
        states.set_open(3);
        states.set_outcome(2, ItemOutcome::skipped("deleted already"));
        assert_eq!(states.get(3), ItemState::Open);
        let counts = states.counts();
        assert_eq!((counts.done, counts.skipped, counts.unknown, counts.total()), (1, 1, 0, 2));
    }

    #[test]
    fn a_job_with_more_outcomes_than_the_table_has_places_keeps_their_kinds() {
        let mut states = States::default();
        for item in 0..70_000 {
            states.set_outcome(item, ItemOutcome::skipped(item.to_string()));
        }
        states.set_outcome(70_000, ItemOutcome::Done);
        assert_eq!(states.get(9), outcome(ItemOutcome::skipped("9")));
        assert_eq!(states.get(69_999), outcome(ItemOutcome::skipped("for one of many reasons")));
        assert_eq!(states.get(70_000), outcome(ItemOutcome::Done));
        assert_eq!((states.counts().skipped, states.counts().done), (70_000, 1));
    }

    fn outcome(outcome: ItemOutcome) -> ItemState {
        ItemState::Outcome(outcome)
    }
}
