//! The permits of a category that a program has leased.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use cognito_types::QuotaCategory;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::RedisPermits;
use super::connection::{Request, Response};
use crate::quota::meter::{Meter, Source};
use crate::quota::pace::Pace;

/// The period, in seconds, for whose permits a program holds a lease at most, if requests wait for
/// them. They are lost if the program is killed.
const BATCH: f64 = 0.15;

/// The time after which an unused permit is lost, because it would be too close to later ones.
const LONGEST_LATENESS: Duration = Duration::from_millis(250);

/// The interval at which callers check for a permit while none is leased.
const POLL: Duration = Duration::from_millis(250);

/// The pause after an error.
const PAUSE: Duration = Duration::from_millis(200);

/// Returns the meter of a category whose permits are leased. `outages` receives true while Redis
/// cannot be reached.
pub(in crate::quota) fn meter(
    permits: &RedisPermits,
    category: QuotaCategory,
    rate: f64,
    workers: u32,
    outages: &Arc<watch::Sender<bool>>,
) -> Arc<Meter> {
    let workers = f64::from(workers);
    let fall_back = permits.falls_back.then(|| Pace::new(rate / workers, Instant::now()));
    let state = State {
        rate,
        factor: 1.0,
        permits: VecDeque::new(),
        waiting: 0,
        throttled: false,
        is_away: false,
        is_closed: false,
        fall_back,
        workers,
    };
    let lease = Arc::new(Lease {
        key: permits.key(category),
        permits: permits.clone(),
        outages: Arc::clone(outages),
        state: Mutex::new(state),
        changed: Notify::new(),
    });
    Arc::new_cyclic(|meter| Meter::new(Leased { lease, meter: Weak::clone(meter), task: None }))
}

/// The source of a meter: the lease, and the task that extends it.
#[derive(Debug)]
struct Leased {
    lease: Arc<Lease>,
    meter: Weak<Meter>,
    task: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Lease {
    key: String,
    permits: RedisPermits,
    outages: Arc<watch::Sender<bool>>,
    state: Mutex<State>,
    /// Notified when a request to Redis may be necessary.
    changed: Notify,
}

#[derive(Debug)]
struct State {
    /// The whole rate, without cuts.
    rate: f64,
    factor: f64,
    permits: VecDeque<Permit>,
    /// The number of waiting callers.
    waiting: usize,
    throttled: bool,
    is_away: bool,
    /// True after the meter was dropped.
    is_closed: bool,
    fall_back: Option<Pace>,
    workers: f64,
}

/// A permit that is valid from a certain time.
#[derive(Debug)]
struct Permit {
    due: Instant,
    /// The time by the server's clock.
    moment: u64,
}

impl Source for Leased {
    fn rate(&self, now: Instant) -> f64 {
        let state = self.lease.state();
        match &state.fall_back {
            Some(pace) if state.is_away => pace.rate(now),
            _ => state.rate * state.factor,
        }
    }

    fn set_rate(&mut self, rate: f64) {
        let mut state = self.lease.state();
        state.rate = rate;
        let share = rate / state.workers;
        if let Some(pace) = &mut state.fall_back {
            pace.set_rate(share);
        }
        self.lease.changed.notify_one();
    }

    fn due(&mut self, now: Instant) -> Option<Instant> {
        self.lease.state().due(now)
    }

    fn take(&mut self, now: Instant) {
        self.lease.state().take(now);
    }

    fn cut(&mut self, now: Instant) {
        let mut state = self.lease.state();
        state.throttled = true;
        if let Some(pace) = &mut state.fall_back {
            pace.cut(now);
        }
        drop(state);
        self.extend();
    }

    fn set_waiting(&mut self, callers: usize) {
        self.lease.state().waiting = callers;
        self.extend();
    }
}

impl Leased {
    /// Notifies the task that extends the lease. It is started first if it does not run, for
    /// example because its runtime has ended.
    fn extend(&mut self) {
        if self.task.as_ref().is_none_or(JoinHandle::is_finished)
            && let Ok(runtime) = Handle::try_current()
        {
            let (lease, meter) = (Arc::clone(&self.lease), Weak::clone(&self.meter));
            self.task = Some(runtime.spawn(async move { lease.run(meter).await }));
        }
        self.lease.changed.notify_one();
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        self.lease.state().is_closed = true;
        self.lease.changed.notify_one();
    }
}

impl Lease {
    /// Leases permits while callers wait for them, and returns unused ones.
    async fn run(&self, meter: Weak<Meter>) {
        let mut next = Instant::now();
        while !self.state().is_closed {
            tokio::select! {
                () = self.changed.notified() => {}
                // Further permits for waiting callers are issued from then on.
                () = sleep_until(next), if next > Instant::now() => {}
            }
            loop {
                let request = self.state().request(next <= Instant::now());
                let Some(request) = request else { break };
                next = self.send(&request, next).await;
                if let Some(meter) = meter.upgrade() {
                    meter.wake_next();
                }
            }
        }
    }

    /// Sends a request, and returns the time from which permits are issued.
    async fn send(&self, request: &Request, next: Instant) -> Instant {
        let sent = Instant::now();
        match self.permits.connection.send(&self.key, request).await {
            Ok(response) if request.wanted == 0 => {
                self.accept(response, sent);
                next
            }
            Ok(response) => self.accept(response, sent),
            Err(error) => {
                self.fail(request, &error);
                sleep(PAUSE).await;
                next
            }
        }
    }

    /// Adds leased permits, and returns the time from which further ones are issued.
    fn accept(&self, response: Response, sent: Instant) -> Instant {
        let mut state = self.state();
        (state.factor, state.is_away) = (response.factor, false);
        let permits = response.moments.into_iter().filter_map(|moment| {
            // The time is counted from the request, which is earlier than the server's time.
            let later = Duration::from_micros(moment.saturating_sub(response.now));
            Some(Permit { due: sent.checked_add(later)?, moment })
        });
        state.permits.extend(permits);
        state.permits.make_contiguous().sort_by_key(|permit| permit.due);
        drop(state);
        self.set_away(false);
        sent.checked_add(response.wait).unwrap_or(sent)
    }

    fn fail(&self, request: &Request, error: &(dyn Error + 'static)) {
        tracing::warn!(error, "Redis issues no permits");
        let mut state = self.state();
        state.throttled |= request.throttled && !state.is_closed;
        state.is_away = true;
        drop(state);
        self.set_away(true);
    }

    fn set_away(&self, is_away: bool) {
        self.outages.send_if_modified(|was_away| std::mem::replace(was_away, is_away) != is_away);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn due(&self, now: Instant) -> Option<Instant> {
        match (self.permits.front(), &self.fall_back) {
            (Some(permit), _) => Some(permit.due),
            (None, Some(pace)) if self.is_away => pace.due(now),
            (None, _) if self.rate > 0.0 => now.checked_add(POLL),
            (None, _) => None,
        }
    }

    fn take(&mut self, now: Instant) {
        let is_leased = self.permits.front().is_some_and(|permit| permit.due <= now);
        match &mut self.fall_back {
            // The caller has checked that it is due.
            Some(pace) if !is_leased => drop(pace.take(now)),
            _ => drop(self.permits.pop_front()),
        }
        let is_lost =
            |permit: &Permit| now.saturating_duration_since(permit.due) > LONGEST_LATENESS;
        while self.permits.front().is_some_and(is_lost) {
            self.permits.pop_front();
        }
    }

    /// Returns the next request to Redis, if one is necessary. `may_lease` is false until further
    /// permits are issued.
    fn request(&mut self, may_lease: bool) -> Option<Request> {
        let needed = if self.is_closed { 0 } else { self.waiting };
        let returned = self.permits.drain(needed.min(self.permits.len())..);
        let returned: Vec<u64> = returned.map(|permit| permit.moment).collect();
        let missing = needed.saturating_sub(self.permits.len());
        let wanted = match may_lease && self.rate > 0.0 {
            true => missing.min(self.room()),
            false => 0,
        };
        let throttled = std::mem::take(&mut self.throttled);
        let is_empty = wanted == 0 && !throttled && returned.is_empty();
        (!is_empty).then_some(Request { rate: self.rate, wanted, throttled, returned })
    }

    /// Returns the number of permits that may be leased. It is 0 until half of the leased permits
    /// are used, so that each request to Redis leases several.
    fn room(&self) -> usize {
        let batch = Duration::try_from_secs_f64(self.rate * self.factor * BATCH);
        let batch = batch.map_or(1, |batch| batch.as_secs().saturating_add(1));
        let batch = usize::try_from(batch).unwrap_or(usize::MAX);
        let held = self.permits.len();
        if held > batch / 2 { 0 } else { batch.saturating_sub(held) }
    }
}
