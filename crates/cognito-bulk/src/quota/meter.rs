//! The rate of a category, for whose permits callers wait in order.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::narrow::NarrowPace;
use super::pace::Pace;

/// The time after which a caller that does not take its due permit loses its place.
const GRACE: Duration = Duration::from_millis(100);

/// A source of permits.
pub(super) trait Source: fmt::Debug + Send {
    /// Returns the permits per second at this time.
    fn rate(&self, now: Instant) -> f64;

    fn set_rate(&mut self, rate: f64);

    /// Returns the time from which the next permit may be taken, or `None` while the rate is zero.
    fn due(&mut self, now: Instant) -> Option<Instant>;

    /// Takes a permit that is due.
    fn take(&mut self, now: Instant);

    /// Cuts the rate after throttling.
    fn cut(&mut self, now: Instant);

    /// Sets the number of waiting callers, when it has changed.
    fn set_waiting(&mut self, _callers: usize) {}
}

/// A rate for whose permits callers wait in the order of their arrival.
///
/// A caller may also have narrower rates. It gets its permit when all of its rates allow it.
/// Callers behind it that are ready earlier do not wait for it.
///
/// No caller holds a lock while it waits. Each waits for its own time, so that a caller whose
/// future is not polled, such as that of a job between two events, does not block the others.
#[derive(Debug)]
pub(super) struct Meter {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    source: Box<dyn Source>,
    waiting: VecDeque<Arc<Caller>>,
    /// The time since which the next caller could take a due permit.
    since: Instant,
}

#[derive(Debug)]
struct Caller {
    woken: Notify,
    narrow: Vec<Arc<NarrowPace>>,
}

/// The place of a caller in the queue. Dropping it leaves the queue.
struct Place<'a> {
    meter: &'a Meter,
    caller: Arc<Caller>,
}

/// The turn of a caller.
struct Turn {
    /// The time from which the caller may take a permit.
    due: Instant,
    /// The callers before it that may take their permits by then.
    before: Vec<Arc<Caller>>,
}

impl Meter {
    pub(super) fn new(source: impl Source + 'static) -> Self {
        let (source, since) = (Box::new(source), Instant::now());
        Self { state: Mutex::new(State { source, waiting: VecDeque::new(), since }) }
    }

    /// Waits for a permit at a time that the narrower rates allow too. The first of these is the
    /// rate of the user, if there is one. A caller that stops waiting leaves the queue and takes no
    /// permit.
    pub(super) async fn acquire(&self, narrow: Vec<Arc<NarrowPace>>) {
        let caller = Arc::new(Caller { woken: Notify::new(), narrow });
        let place = Place { meter: self, caller };
        loop {
            let taken = self.state().take(&place.caller, Instant::now());
            match taken {
                Ok(()) => return,
                Err(None) => place.caller.woken.notified().await,
                Err(Some(due)) => tokio::select! {
                    () = sleep_until(due) => {}
                    () = place.caller.woken.notified() => {}
                },
            }
        }
    }

    pub(super) fn rate(&self) -> f64 {
        self.state().source.rate(Instant::now())
    }

    pub(super) fn set_rate(&self, rate: f64) {
        let mut state = self.state();
        state.source.set_rate(rate);
        state.wake_all(Instant::now());
    }

    /// Cuts the rate after throttling.
    pub(super) fn cut(&self) {
        let (mut state, now) = (self.state(), Instant::now());
        state.source.cut(now);
        state.wake_all(now);
    }

    /// Wakes the caller whose turn is next, after the permits of the source have changed.
    #[cfg(feature = "redis")]
    pub(super) fn wake_next(&self) {
        self.state().wake_next_besides(None, Instant::now());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes a permit; otherwise returns the time to try again, or `None` while the rate is zero.
    fn take(&mut self, caller: &Arc<Caller>, now: Instant) -> Result<(), Option<Instant>> {
        if !self.is_waiting(caller) {
            self.join(caller, now);
        }
        let turn = self.turn(caller, now).ok_or(None)?;
        let taken = if turn.due > now { Err(Some(turn.due)) } else { caller.take(now) };
        if taken.is_err() {
            // A request of another category may have taken the narrow permit of this one.
            self.wake_next_besides(Some(caller), now);
            return taken;
        }
        self.source.take(now);
        // The callers before it missed their turns, and join the queue again when they are polled.
        self.waiting.retain(|other| {
            !Arc::ptr_eq(other, caller) && !turn.before.iter().any(|one| Arc::ptr_eq(one, other))
        });
        self.changed(now);
        Ok(())
    }

    fn join(&mut self, caller: &Arc<Caller>, now: Instant) {
        if self.waiting.is_empty() {
            self.since = now;
        }
        self.waiting.push_back(Arc::clone(caller));
        self.source.set_waiting(self.waiting.len());
    }

    fn leave(&mut self, caller: &Arc<Caller>, now: Instant) {
        if !self.is_waiting(caller) {
            return;
        }
        let is_next = self.next(now).is_some_and(|next| Arc::ptr_eq(&next, caller));
        self.waiting.retain(|other| !Arc::ptr_eq(other, caller));
        match is_next {
            true => self.changed(now),
            false => self.source.set_waiting(self.waiting.len()),
        }
    }

    fn is_waiting(&self, caller: &Arc<Caller>) -> bool {
        self.waiting.iter().any(|waiting| Arc::ptr_eq(waiting, caller))
    }

    /// Returns the turn of a caller. If it is next, this is when all of its rates allow a request,
    /// and otherwise the time after which the callers before it have missed their turns.
    fn turn(&mut self, caller: &Arc<Caller>, now: Instant) -> Option<Turn> {
        let source = self.source.due(now)?;
        let due = caller.due(source, now)?;
        let (mut before, mut claimed) = (Vec::new(), HashSet::new());
        for other in self.waiting.iter().take_while(|other| !Arc::ptr_eq(other, caller)) {
            let is_ready = other.due(source, now).is_some_and(|other| other <= due);
            let paces = || other.narrow.iter().map(Arc::as_ptr);
            // Of the callers with the same narrow rate, only one is ready.
            if is_ready && paces().all(|pace| !claimed.contains(&pace)) {
                claimed.extend(paces());
                before.push(Arc::clone(other));
            }
        }
        if before.is_empty() {
            return Some(Turn { due, before });
        }
        let number = f64::from(u32::try_from(before.len()).unwrap_or(u32::MAX));
        let others = Duration::try_from_secs_f64(number / self.source.rate(now)).ok()?;
        let due = due.max(self.since).checked_add(others)?.checked_add(GRACE)?;
        Some(Turn { due, before })
    }

    /// Returns the caller whose turn is next: the one whose rates allow a request earliest, and
    /// among equals the first in the queue.
    fn next(&mut self, now: Instant) -> Option<Arc<Caller>> {
        let due = self.source.due(now)?;
        let turns = self.waiting.iter().filter_map(|caller| Some((caller.due(due, now)?, caller)));
        turns.min_by_key(|(due, _)| (*due).max(now)).map(|(_, next)| Arc::clone(next))
    }

    fn changed(&mut self, now: Instant) {
        self.since = now;
        self.source.set_waiting(self.waiting.len());
        self.wake_next_besides(None, now);
    }

    fn wake_next_besides(&mut self, caller: Option<&Arc<Caller>>, now: Instant) {
        if let Some(next) = self.next(now)
            && caller.is_none_or(|caller| !Arc::ptr_eq(&next, caller))
        {
            next.woken.notify_one();
        }
    }

    fn wake_all(&mut self, now: Instant) {
        self.since = now;
        self.waiting.iter().for_each(|waiting| waiting.woken.notify_one());
    }
}

impl Caller {
    /// Returns the time from which the source and the narrow rates allow a request, or `None` while
    /// one of the rates is zero. It stays the same until a request is sent.
    fn due(&self, source: Instant, now: Instant) -> Option<Instant> {
        self.narrow.iter().try_fold(source, |due, pace| Some(due.max(pace.due(now)?)))
    }

    /// Takes a request from the narrow rates, which are due. Only the first of them is shared with
    /// other categories.
    fn take(&self, now: Instant) -> Result<(), Option<Instant>> {
        self.narrow.iter().try_for_each(|pace| pace.take(now))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.meter.state().leave(&self.caller, Instant::now());
    }
}

impl Source for Pace {
    fn rate(&self, now: Instant) -> f64 {
        self.rate(now)
    }

    fn set_rate(&mut self, rate: f64) {
        self.set_rate(rate);
    }

    fn due(&mut self, now: Instant) -> Option<Instant> {
        Self::due(self, now)
    }

    fn take(&mut self, now: Instant) {
        // The rate is due.
        let _ = self.take(now);
    }

    fn cut(&mut self, now: Instant) {
        self.cut(now);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::time::timeout;

    use super::super::narrow::NarrowPaces;
    use super::*;

    fn meter(rate: f64) -> Meter {
        Meter::new(Pace::new(rate, Instant::now()))
    }

    #[tokio::test(start_paused = true)]
    async fn callers_get_permits_in_the_order_of_their_arrival() {
        let meter = Arc::new(meter(10.0));
        let (start, order) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
        let callers: Vec<_> = (0..20)
            .map(|caller| {
                let (meter, order) = (Arc::clone(&meter), Arc::clone(&order));
                tokio::spawn(async move {
                    meter.acquire(Vec::new()).await;
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
        let meter = meter(1.0);
        let start = Instant::now();
        meter.acquire(Vec::new()).await;
        assert!(timeout(Duration::from_millis(900), meter.acquire(Vec::new())).await.is_err());
        meter.acquire(Vec::new()).await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_of_the_rate_wakes_the_caller_that_waits() {
        let meter = Arc::new(meter(0.0));
        let waiting = Arc::clone(&meter);
        let start = Instant::now();
        let caller = tokio::spawn(async move {
            waiting.acquire(Vec::new()).await;
            waiting.acquire(Vec::new()).await;
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
        let meter = meter(10.0);
        meter.acquire(Vec::new()).await;
        let mut idle: Vec<_> = (0..5).map(|_| Box::pin(meter.acquire(Vec::new()))).collect();
        for caller in &mut idle {
            assert!(caller.as_mut().now_or_never().is_none());
        }
        let start = Instant::now();
        meter.acquire(Vec::new()).await;
        assert_eq!(start.elapsed(), Duration::from_millis(700), "after the moments of five");
        meter.acquire(Vec::new()).await;
        assert!(start.elapsed() <= Duration::from_millis(800), "they have lost their places");

        for caller in idle {
            let before = Instant::now();
            caller.await;
            assert_eq!(before.elapsed(), Duration::from_millis(100), "no burst");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_whose_narrow_rate_is_used_up_does_not_hold_up_others() {
        let (meter, narrow) = (Arc::new(meter(10.0)), NarrowPaces::default().get((), 2.0));
        let (start, order) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
        let callers: Vec<_> = [true, true, true, true, false, false, false]
            .map(|is_narrow| {
                let (meter, order) = (Arc::clone(&meter), Arc::clone(&order));
                let narrow = is_narrow.then(|| Arc::clone(&narrow)).into_iter().collect();
                tokio::spawn(async move {
                    meter.acquire(narrow).await;
                    order.lock().unwrap().push((is_narrow, start.elapsed().as_millis()));
                })
            })
            .into();
        for caller in callers {
            caller.await.unwrap();
        }
        let expected = [
            (true, 0),
            (false, 100),
            (false, 200),
            (false, 300),
            (true, 500),
            (true, 1000),
            (true, 1500),
        ];
        assert_eq!(*order.lock().unwrap(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_narrow_rate_is_shared_by_the_queues_of_two_categories() {
        let (one, other) = (meter(100.0), meter(100.0));
        let narrow = NarrowPaces::default().get((), 2.0);
        let start = Instant::now();
        let take = async |meter: &Meter| {
            for _ in 0..5 {
                meter.acquire(vec![Arc::clone(&narrow)]).await;
            }
        };
        tokio::join!(take(&one), take(&other));
        assert_eq!(start.elapsed(), Duration::from_millis(4500));
        let mut blocked = Box::pin(one.acquire(vec![Arc::clone(&narrow)]));
        assert!(blocked.as_mut().now_or_never().is_none());
        let before = Instant::now();
        one.acquire(Vec::new()).await;
        assert!(before.elapsed() <= Duration::from_millis(10));
    }
}
