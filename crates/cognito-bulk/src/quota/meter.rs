//! A rate that callers wait for in order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::pace::Pace;

/// The time after which a caller that does not take its permit loses its place.
const GRACE: Duration = Duration::from_millis(100);

/// A rate that callers wait for in the order of their arrival.
///
/// No caller holds a lock while it waits. Each waits for its own moment, so that one whose future is
/// not polled, such as that of a job between two events, does not hold up the others.
#[derive(Debug)]
pub(super) struct Meter {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    waiting: VecDeque<Arc<Notify>>,
    /// The time since which the first caller could take a permit that is due.
    first_since: Instant,
}

/// The place of a caller in the queue, which it leaves when it is dropped.
struct Place<'a> {
    meter: &'a Meter,
    woken: Arc<Notify>,
}

impl Meter {
    pub(super) fn new(rate: f64) -> Self {
        let now = Instant::now();
        let (pace, waiting) = (Pace::new(rate, now), VecDeque::new());
        Self { state: Mutex::new(State { pace, waiting, first_since: now }) }
    }

    /// Waits for a permit; a caller that stops waiting leaves the queue and takes none.
    pub(super) async fn acquire(&self) {
        let place = Place { meter: self, woken: Arc::default() };
        loop {
            let taken = self.state().take(&place.woken, Instant::now());
            match taken {
                Ok(()) => return,
                Err(None) => place.woken.notified().await,
                Err(Some(due)) => tokio::select! {
                    () = sleep_until(due) => {}
                    () = place.woken.notified() => {}
                },
            }
        }
    }

    pub(super) fn rate(&self) -> f64 {
        self.state().pace.rate(Instant::now())
    }

    pub(super) fn set_rate(&self, rate: f64) {
        let mut state = self.state();
        state.pace.set_rate(rate);
        state.wake_all(Instant::now());
    }

    /// Cuts the rate after throttling.
    pub(super) fn cut(&self) {
        let (mut state, now) = (self.state(), Instant::now());
        state.pace.cut(now);
        state.wake_all(now);
    }

    /// Returns whether the meter is as if it was never used.
    pub(super) fn is_idle(&self) -> bool {
        let (state, now) = (self.state(), Instant::now());
        let is_due = state.pace.due(now).is_some_and(|due| due <= now);
        state.waiting.is_empty() && is_due && state.pace.is_whole(now)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes a permit; otherwise returns the time to try again, or `None` while the rate is zero.
    fn take(&mut self, caller: &Arc<Notify>, now: Instant) -> Result<(), Option<Instant>> {
        let place = self.place(caller).unwrap_or_else(|| self.join(caller, now));
        let due = self.due(place, now).ok_or(None)?;
        if due > now {
            return Err(Some(due));
        }
        self.pace.take(now)?;
        // Those before it have let their moments pass, and join again when they are polled.
        self.waiting.drain(..=place);
        self.wake_first(now);
        Ok(())
    }

    fn join(&mut self, caller: &Arc<Notify>, now: Instant) -> usize {
        let place = self.waiting.len();
        if place == 0 {
            self.first_since = now;
        }
        self.waiting.push_back(Arc::clone(caller));
        place
    }

    fn place(&self, caller: &Arc<Notify>) -> Option<usize> {
        self.waiting.iter().position(|waiting| Arc::ptr_eq(waiting, caller))
    }

    /// Returns the time from which a caller may take a permit: the first when it is due, the others
    /// when those before them have not taken theirs.
    fn due(&self, place: usize, now: Instant) -> Option<Instant> {
        let due = self.pace.due(now)?;
        if place == 0 {
            return Some(due);
        }
        let before = f64::from(u32::try_from(place).unwrap_or(u32::MAX));
        let others = Duration::try_from_secs_f64(before / self.pace.rate(now)).ok()?;
        due.max(self.first_since).checked_add(others)?.checked_add(GRACE)
    }

    fn leave(&mut self, caller: &Arc<Notify>, now: Instant) {
        if let Some(place) = self.place(caller) {
            self.waiting.remove(place);
            if place == 0 {
                self.wake_first(now);
            }
        }
    }

    fn wake_first(&mut self, now: Instant) {
        self.first_since = now;
        if let Some(first) = self.waiting.front() {
            first.notify_one();
        }
    }

    fn wake_all(&mut self, now: Instant) {
        self.first_since = now;
        self.waiting.iter().for_each(|waiting| waiting.notify_one());
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.meter.state().leave(&self.woken, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
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
                    meter.acquire().await;
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
        meter.acquire().await;
        assert!(timeout(Duration::from_millis(900), meter.acquire()).await.is_err());
        meter.acquire().await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_of_the_rate_wakes_the_caller_that_waits() {
        let meter = Arc::new(Meter::new(0.0));
        let waiting = Arc::clone(&meter);
        let start = Instant::now();
        let caller = tokio::spawn(async move {
            waiting.acquire().await;
            waiting.acquire().await;
        });
        tokio::time::sleep(Duration::from_secs(5)).await;
        meter.set_rate(0.01);
        tokio::time::sleep(Duration::from_secs(1)).await;
        meter.set_rate(0.5);
        caller.await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn callers_that_are_not_polled_do_not_hold_up_others() {
        let meter = Meter::new(10.0);
        meter.acquire().await;
        let mut idle: Vec<_> = (0..5).map(|_| Box::pin(meter.acquire())).collect();
        for caller in &mut idle {
            assert!(caller.as_mut().now_or_never().is_none());
        }
        let start = Instant::now();
        meter.acquire().await;
        assert_eq!(start.elapsed(), Duration::from_millis(700), "after the moments of five");
        meter.acquire().await;
        assert!(start.elapsed() <= Duration::from_millis(800), "they have lost their places");

        for caller in idle {
            let before = Instant::now();
            caller.await;
            assert_eq!(before.elapsed(), Duration::from_millis(100), "no burst");
        }
    }
}
