//! A rate that callers wait for in order.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::pace::Pace;

/// A rate that callers wait for in the order of their arrival.
#[derive(Debug)]
pub(super) struct Meter {
    /// Held by the caller whose turn it is; tokio's mutex is fair.
    turn: tokio::sync::Mutex<()>,
    pace: Mutex<Pace>,
    changed: Notify,
}

impl Meter {
    pub(super) fn new(rate: f64) -> Self {
        let pace = Mutex::new(Pace::new(rate, Instant::now()));
        Self { turn: tokio::sync::Mutex::default(), pace, changed: Notify::new() }
    }

    /// Waits for a permit; a caller that stops waiting leaves the queue and takes none.
    pub(super) async fn acquire(&self, weight: u32) {
        let _turn = self.turn.lock().await;
        loop {
            // Created before the attempt, so that no change is missed in between.
            let changed = self.changed.notified();
            let taken = self.pace().take(weight, Instant::now());
            match taken {
                Ok(()) => return,
                Err(None) => changed.await,
                Err(Some(due)) => tokio::select! {
                    () = sleep_until(due) => {}
                    () = changed => {}
                },
            }
        }
    }

    pub(super) fn rate(&self) -> f64 {
        self.pace().rate(Instant::now())
    }

    pub(super) fn set_rate(&self, rate: f64) {
        self.pace().set_rate(rate);
        self.changed.notify_waiters();
    }

    /// Cuts the rate after throttling.
    pub(super) fn cut(&self) {
        self.pace().cut(Instant::now());
        self.changed.notify_waiters();
    }

    /// Returns whether the meter is as if it was never used.
    pub(super) fn is_idle(&self) -> bool {
        let now = Instant::now();
        self.turn.try_lock().is_ok() && self.pace().due(now).is_some_and(|due| due <= now)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn callers_get_permits_in_the_order_of_their_arrival() {
        let meter = Arc::new(Meter::new(10.0));
        let (start, order) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
        let callers: Vec<_> = (0..20)
            .map(|caller| {
                let (meter, order) = (Arc::clone(&meter), Arc::clone(&order));
                tokio::spawn(async move {
                    meter.acquire(1).await;
                    order.lock().unwrap().push((caller, start.elapsed().as_millis()));
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        let expected: Vec<(u128, u128)> = (0..20).map(|caller| (caller, caller * 100)).collect();
        assert_eq!(*order.lock().unwrap(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_stops_waiting_takes_no_permit() {
        let meter = Meter::new(1.0);
        let start = Instant::now();
        meter.acquire(1).await;
        assert!(timeout(Duration::from_millis(900), meter.acquire(1)).await.is_err());
        meter.acquire(1).await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_of_the_rate_wakes_the_caller_that_waits() {
        let meter = Arc::new(Meter::new(0.0));
        let waiting = Arc::clone(&meter);
        let start = Instant::now();
        let caller = tokio::spawn(async move {
            waiting.acquire(1).await;
            waiting.acquire(1).await;
        });
        tokio::time::sleep(Duration::from_secs(5)).await;
        meter.set_rate(0.01);
        tokio::time::sleep(Duration::from_secs(1)).await;
        meter.set_rate(0.5);
        caller.await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(7));
    }
}
