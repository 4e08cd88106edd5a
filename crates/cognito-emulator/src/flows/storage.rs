//! Commits of changes to a store that outlives the process.
//!
//! Steps record the pools that they change. A request that changed a pool waits, after its last
//! step, until a writer thread has gathered all recorded changes and written them in one
//! transaction, which concurrent requests share. Changes are gathered while no request runs, except
//! for requests that wait for a trigger: their steps so far are stored together.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::{io, thread};

use tokio::sync::watch;

use crate::flows::service::Service;
use crate::state::part::CodecError;

/// A store of entries that outlives the process.
pub(crate) trait Store: Send + 'static {
    /// Writes a batch atomically.
    fn write(&mut self, batch: &Batch) -> Result<(), WriteError>;
}

/// The reason why a batch was not written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WriteError(pub(crate) String);

impl From<CodecError> for WriteError {
    fn from(error: CodecError) -> Self {
        Self(error.to_string())
    }
}

/// Changes that are written together.
#[derive(Default)]
pub(crate) struct Batch {
    /// Pools whose entries are all removed before others are written.
    pub(crate) emptied: BTreeSet<String>,
    /// `None` removes an entry.
    pub(crate) entries: BTreeMap<EntryKey, Option<Vec<u8>>>,
}

/// The key of an entry. Parts that belong to no pool have an empty pool id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EntryKey {
    pub(crate) pool_id: String,
    pub(crate) part: String,
    pub(crate) key: String,
}

/// The pool id of parts that belong to no pool.
pub(crate) const OF_SERVICE: &str = "";

/// A change was made, but is not in the store.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "the change was made, but could not be written to the state file, so that a restart may lose it"
)]
pub(crate) struct NotStored;

/// Uncommitted changes, and the progress of commits.
#[derive(Default)]
pub(crate) struct Commits {
    changed: Mutex<Changed>,
    queue: Mutex<Queue>,
    wake: Condvar,
    progress: watch::Sender<Progress>,
    /// Held by running requests as readers, and as the writer while changes are gathered.
    running: RwLock<()>,
}

/// The ids of pools with unstored changes.
#[derive(Default)]
struct Changed {
    /// Pools with changes that are not gathered.
    unsaved: BTreeSet<String>,
    /// Pools with changes in a batch that is not written.
    unwritten: BTreeSet<String>,
}

#[derive(Clone, Copy, Default)]
struct Queue {
    requested: u64,
    is_closed: bool,
}

/// Sequence numbers of commit requests: the last one that was attempted, and the last one whose
/// changes are stored.
#[derive(Clone, Copy, Default)]
struct Progress {
    tried: u64,
    stored: u64,
    is_closed: bool,
}

tokio::task_local! {
    /// The unstored changes that the current request relies on.
    static RELIANCE: Cell<Reliance>;
}

/// The possibly unstored changes that a request relies on.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Reliance {
    #[default]
    Stored,
    /// Changes of other requests.
    OnOthers,
    /// The request's own changes.
    Changed,
}

/// The access that a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    /// A write may repeat a request whose changes are not stored, and then has no changes of its
    /// own.
    Write,
}

/// Runs a request, and waits until its changes are stored. A write also waits for the changes of
/// earlier requests in the same pool. Other requests do not wait.
pub(crate) async fn committed<T>(
    service: &Service,
    access: Access,
    request: impl Future<Output = T>,
) -> Result<T, NotStored> {
    // Pinned once, because each await of the future itself would reserve space for it.
    let mut request = pin!(request);
    let Some(commits) = &service.shared.commits else {
        return Ok(request.await);
    };
    // A request is pending only while it waits for a trigger.
    let running = poll_fn(|context| {
        let _shared = commits.running.read().unwrap_or_else(PoisonError::into_inner);
        request.as_mut().poll(context)
    });
    let noting = async {
        let response = running.await;
        (response, RELIANCE.with(Cell::get))
    };
    let (response, reliance) = RELIANCE.scope(Cell::default(), noting).await;
    match (reliance, access) {
        (Reliance::Changed, _) | (Reliance::OnOthers, Access::Write) => commits.commit().await?,
        (Reliance::Stored, _) | (Reliance::OnOthers, Access::Read) => {}
    }
    Ok(response)
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.emptied.is_empty() && self.entries.is_empty()
    }

    /// Removes all entries of a pool.
    pub(crate) fn empty(&mut self, pool_id: &str) {
        self.entries.retain(|key, _| key.pool_id != pool_id);
        self.emptied.insert(pool_id.to_owned());
    }

    pub(crate) fn put(&mut self, pool_id: &str, part: &str, key: String, entry: Option<Vec<u8>>) {
        let (pool_id, part) = (pool_id.to_owned(), part.to_owned());
        self.entries.insert(EntryKey { pool_id, part, key }, entry);
    }
}

impl Commits {
    /// Records that a pool has changed, for the next commit and for the current request.
    pub(crate) fn note(&self, pool_id: &str) {
        let unsaved = &mut lock(&self.changed).unsaved;
        if !unsaved.contains(pool_id) {
            unsaved.insert(pool_id.to_owned());
        }
        rely(Reliance::Changed);
    }

    /// Records that the current request relies on the state of the pool.
    pub(crate) fn note_reliance(&self, pool_id: &str) {
        let Changed { unsaved, unwritten } = &*lock(&self.changed);
        if unsaved.contains(pool_id) || unwritten.contains(pool_id) {
            rely(Reliance::OnOthers);
        }
    }

    /// Returns the ids of changed pools, which count as gathered from now on.
    pub(crate) fn take(&self) -> BTreeSet<String> {
        let mut changed = lock(&self.changed);
        let unsaved = std::mem::take(&mut changed.unsaved);
        changed.unwritten.extend(unsaved.iter().cloned());
        unsaved
    }

    /// Runs a closure while no request runs: waits until running requests end or reach a trigger. A
    /// request that waits for new signing keys is waited for as well.
    fn alone<T>(&self, work: impl FnOnce() -> T) -> T {
        let _alone = self.running.write().unwrap_or_else(PoisonError::into_inner);
        work()
    }

    /// Records that all gathered changes are written.
    fn written(&self) {
        lock(&self.changed).unwritten.clear();
    }

    /// Waits until all recorded changes are stored.
    async fn commit(&self) -> Result<(), NotStored> {
        let mut progress = self.progress.subscribe();
        let number = {
            let mut queue = lock(&self.queue);
            queue.requested = queue.requested.saturating_add(1);
            queue.requested
        };
        self.wake.notify_one();
        let tried = progress.wait_for(|progress| progress.tried >= number || progress.is_closed);
        match tried.await {
            Ok(progress) if progress.stored >= number => Ok(()),
            _ => Err(NotStored),
        }
    }

    /// Waits for a commit request with a number above `done`.
    fn next(&self, done: u64) -> Queue {
        let idle = |queue: &mut Queue| queue.requested <= done && !queue.is_closed;
        let queue = self.wake.wait_while(lock(&self.queue), idle);
        *queue.unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        lock(&self.queue).is_closed = true;
        self.wake.notify_one();
    }
}

/// The thread that writes to a store. It ends on drop, after a last commit.
pub(crate) struct Writer {
    commits: Arc<Commits>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts writing the changes of a service.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system if no thread can be started.
    pub(crate) fn start(
        service: &Arc<Service>,
        commits: &Arc<Commits>,
        store: impl Store,
    ) -> io::Result<Self> {
        let (service, of_thread) = (Arc::clone(service), Arc::clone(commits));
        let builder = thread::Builder::new().name("cognito-emulator-store".to_owned());
        let thread = builder.spawn(move || write_all(&service, &of_thread, store))?;
        Ok(Self { commits: Arc::clone(commits), thread: Some(thread) })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.commits.close();
        if let Some(thread) = self.thread.take() {
            // A panic was printed, and waiting requests have failed.
            let _ended = thread.join();
        }
    }
}

fn write_all(service: &Service, commits: &Commits, mut store: impl Store) {
    let _closing = Closing(commits);
    let mut batch = Batch::default();
    let (mut done, mut fails) = (0, false);
    loop {
        let queue = commits.next(done);
        done = queue.requested;
        let gathered = commits.alone(|| service.gather(&mut batch));
        let written = gathered.and_then(|()| write(&mut batch, &mut store));
        if let Err(error) = &written
            && !fails
        {
            tracing::error!("{error}; requests that change anything fail until it can be written");
        }
        fails = written.is_err();
        if !fails {
            commits.written();
        }
        commits.progress.send_modify(|progress| {
            progress.tried = done;
            progress.stored = if fails { progress.stored } else { done };
        });
        if queue.is_closed {
            return;
        }
    }
}

/// Writes a batch, and empties it if successful. Otherwise the batch is kept for the next attempt.
fn write(batch: &mut Batch, store: &mut impl Store) -> Result<(), WriteError> {
    if !batch.is_empty() {
        store.write(batch)?;
        *batch = Batch::default();
    }
    Ok(())
}

/// Fails waiting requests when the writer ends, also after a panic.
struct Closing<'a>(&'a Commits);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.progress.send_modify(|progress| progress.is_closed = true);
    }
}

/// Outside of a request there is no reliance to record.
fn rely(reliance: Reliance) {
    let _beside = RELIANCE.try_with(|of_request| of_request.set(of_request.get().max(reliance)));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
