//! The connections of a server. Their number and the duration of each transfer are limited, so that
//! connections without requests do not block other clients.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::flows::workers::workers;

/// The maximum number of connections, below the 1024 open files that most systems allow per
/// process.
const MAX_CONNECTIONS: usize = 900;

/// The time limit for receiving a request, from its first byte, and for sending a response.
pub(super) const TRANSFER_LIMIT: Duration = Duration::from_secs(10);

/// The interval of checks for connections over the time limit.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// Files that remain free for triggers and the state file when the process cannot open more.
const FILES_LEFT: usize = 32;

/// The phase of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No request is in progress.
    Idle,
    Receiving,
    /// The request is complete.
    Responding,
    Sending,
    /// The connection must be closed.
    Closed,
}

/// The connections of all ports of a server.
pub(super) struct Connections {
    open: Mutex<Open>,
    /// Notified when a connection ends or becomes idle.
    changed: Notify,
}

struct Open {
    all: HashMap<u64, Arc<Activity>>,
    room: usize,
    next: u64,
}

impl Connections {
    pub(super) fn new() -> Arc<Self> {
        let open = Open { all: HashMap::new(), room: MAX_CONNECTIONS, next: 0 };
        let connections = Arc::new(Self { open: Mutex::new(open), changed: Notify::new() });
        // Not on the caller's runtime, whose clock may be paused.
        workers().spawn(sweep(Arc::downgrade(&connections)));
        connections
    }

    /// Waits until a connection is allowed. If the limit is reached, closes the connection that has
    /// been without a complete request for the longest time.
    pub(super) async fn admit(self: &Arc<Self>) -> Place {
        loop {
            if let Some(place) = self.try_admit() {
                return place;
            }
            self.changed.notified().await;
        }
    }

    fn try_admit(self: &Arc<Self>) -> Option<Place> {
        let mut open = self.lock();
        if open.all.len() >= open.room {
            open.close_waiting();
        }
        if open.all.len() >= open.room {
            return None;
        }
        let id = open.next;
        open.next += 1;
        let activity = Arc::new(Activity::new(Arc::clone(self)));
        open.all.insert(id, Arc::clone(&activity));
        Some(Place { id, activity })
    }

    /// Lowers the limit of connections, because the process cannot open more files. The limit grows
    /// again over time, since other parts of the process may have used the files.
    pub(super) fn leave_files(&self) {
        let mut open = self.lock();
        open.room = open.all.len().saturating_sub(FILES_LEFT).max(FILES_LEFT);
        for _ in 0..FILES_LEFT {
            open.close_waiting();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Closes the connection that has been without a complete request for the longest time.
    fn close_waiting(&mut self) {
        let since = |activity: &Activity| match activity.phase() {
            (Phase::Idle | Phase::Receiving, since) => Some(since),
            _ => None,
        };
        let waiting = self.all.iter().filter_map(|(id, activity)| Some((since(activity)?, *id)));
        if let Some((_, id)) = waiting.min() {
            self.close(id, &[Phase::Idle, Phase::Receiving]);
        }
    }

    /// Closes a connection, and stops counting it, if it is in one of the phases.
    fn close(&mut self, id: u64, phases: &[Phase]) {
        let is_closed = |activity: &Arc<Activity>| activity.begin(Phase::Closed, phases);
        if self.all.get(&id).is_some_and(is_closed)
            && let Some(activity) = self.all.remove(&id)
        {
            activity.closed.notify_one();
        }
    }

    /// Closes connections that are too slow, and raises a lowered limit by one.
    fn sweep(&mut self, now: Instant) {
        self.close_slow(now);
        self.room = MAX_CONNECTIONS.min(self.room + 1);
    }

    fn close_slow(&mut self, now: Instant) {
        let is_slow = |activity: &Activity| match activity.phase() {
            (Phase::Receiving | Phase::Sending, since) => {
                now.saturating_duration_since(since) > TRANSFER_LIMIT
            }
            _ => false,
        };
        let slow = self.all.iter().filter(|(_, activity)| is_slow(activity));
        let slow: Vec<u64> = slow.map(|(id, _)| *id).collect();
        slow.into_iter().for_each(|id| self.close(id, &[Phase::Receiving, Phase::Sending]));
    }
}

/// Closes slow connections until the server is dropped.
async fn sweep(connections: Weak<Connections>) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        let Some(connections) = connections.upgrade() else { return };
        connections.lock().sweep(Instant::now());
        connections.changed.notify_one();
    }
}

/// The slot of a connection, which is released on drop.
pub(super) struct Place {
    id: u64,
    pub(super) activity: Arc<Activity>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let connections = &self.activity.connections;
        connections.lock().all.remove(&self.id);
        connections.changed.notify_one();
    }
}

/// The phase of a connection and its start.
pub(super) struct Activity {
    phase: Mutex<(Phase, Instant)>,
    closed: Notify,
    connections: Arc<Connections>,
}

impl Activity {
    fn new(connections: Arc<Connections>) -> Self {
        let phase = Mutex::new((Phase::Idle, Instant::now()));
        Self { phase, closed: Notify::new(), connections }
    }

    fn phase(&self) -> (Phase, Instant) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a phase if the current phase is one of `after`.
    fn begin(&self, next: Phase, after: &[Phase]) -> bool {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let follows = after.contains(&phase.0);
        if follows {
            *phase = (next, Instant::now());
        }
        follows
    }

    /// Records that bytes were received.
    pub(super) fn received(&self) {
        self.begin(Phase::Receiving, &[Phase::Idle]);
    }

    /// Records that a request is complete. Returns false if the connection must be closed.
    pub(super) fn responding(&self) -> bool {
        self.begin(Phase::Responding, &[Phase::Idle, Phase::Receiving])
    }

    /// Records that a response is being sent.
    pub(super) fn sending(&self) {
        self.begin(Phase::Sending, &[Phase::Responding]);
    }

    /// Records that all bytes were flushed.
    pub(super) fn sent(&self) {
        if self.begin(Phase::Idle, &[Phase::Sending]) {
            self.connections.changed.notify_one();
        }
    }

    /// Completes when the connection must be closed.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(connections: &Connections) -> usize {
        connections.lock().all.len()
    }

    async fn fill(connections: &Arc<Connections>) -> Vec<Place> {
        let mut places = Vec::new();
        for _ in 0..MAX_CONNECTIONS {
            places.push(connections.admit().await);
        }
        places
    }

    async fn is_closed(place: &Place) -> bool {
        tokio::time::timeout(Duration::from_millis(1), place.activity.closed()).await.is_ok()
    }

    #[tokio::test]
    async fn longest_waiting_connection_is_closed_for_a_new_one() {
        let connections = Connections::new();
        let places = fill(&connections).await;
        places[0].activity.received();
        places[0].activity.responding();
        places[2].activity.received();
        let added = connections.admit().await;
        assert!(is_closed(&places[1]).await, "the first connection without a request is closed");
        assert!(!places[1].activity.responding(), "a closed connection begins no request");
        assert!(!is_closed(&places[0]).await && !is_closed(&added).await);
        let _more = fill(&connections).await;
        assert!(is_closed(&places[2]).await, "an incomplete request does not keep the place");
        assert!(!is_closed(&places[0]).await, "a complete request keeps it");
        assert_eq!(open(&connections), MAX_CONNECTIONS);
    }

    #[tokio::test]
    async fn new_connection_waits_while_all_others_are_busy() {
        let connections = Connections::new();
        let places = fill(&connections).await;
        assert!(places.iter().all(|place| place.activity.responding()));
        assert!(connections.try_admit().is_none());
        let waiting = connections.admit();
        let respond = async {
            places[3].activity.sending();
            assert!(connections.try_admit().is_none());
            places[3].activity.sent();
        };
        let (_place, ()) = tokio::join!(waiting, respond);
        assert!(is_closed(&places[3]).await);
        drop(places);
        assert_eq!(open(&connections), 1);
    }

    #[tokio::test]
    async fn only_slow_requests_and_slow_readers_are_closed() {
        let connections = Connections::new();
        let mut places = Vec::new();
        for _ in 0..4 {
            places.push(connections.admit().await);
        }
        let [idle, receiving, responding, sending] = &*places else { unreachable!() };
        receiving.activity.received();
        responding.activity.responding();
        sending.activity.responding();
        sending.activity.sending();
        let sweep = |after| connections.lock().close_slow(Instant::now() + after);
        sweep(TRANSFER_LIMIT - SWEEP_INTERVAL);
        assert_eq!(open(&connections), 4);
        sweep(TRANSFER_LIMIT + SWEEP_INTERVAL);
        assert!(is_closed(receiving).await && is_closed(sending).await);
        assert!(!is_closed(idle).await && !is_closed(responding).await);
    }

    #[tokio::test]
    async fn limit_is_lowered_while_no_more_files_can_be_opened() {
        let connections = Connections::new();
        let places = fill(&connections).await;
        connections.leave_files();
        assert_eq!(open(&connections), MAX_CONNECTIONS - FILES_LEFT);
        let _added = connections.admit().await;
        assert_eq!(open(&connections), MAX_CONNECTIONS - FILES_LEFT);
        drop(places);
        connections.leave_files();
        assert_eq!(connections.lock().room, FILES_LEFT, "some connections are always served");
        (0..MAX_CONNECTIONS).for_each(|_| connections.lock().sweep(Instant::now()));
        assert_eq!(connections.lock().room, MAX_CONNECTIONS, "a shortage of files may end");
    }
}
