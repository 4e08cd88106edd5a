//! Commits: the way of changes from the pools to a store that outlives the process.
//!
//! Steps note the pools that they change. A request that changed any waits, after its last step,
//! until one thread has gathered all that is noted and written it in one transaction, which
//! requests of the same moment share.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

use tokio::sync::watch;

use crate::flows::service::Service;
use crate::state::part::CodecError;

/// A store of entries that outlives the process.
pub(crate) trait Store: Send + 'static {
    /// Writes all of a batch, or nothing of it.
    fn write(&mut self, batch: &Batch) -> Result<(), WriteError>;
}

/// The reason for which a batch was not written.
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
    /// Pools of which all entries are removed before others are written.
    pub(crate) emptied: BTreeSet<String>,
    /// None for an entry that is removed.
    pub(crate) entries: BTreeMap<EntryKey, Option<Vec<u8>>>,
}

/// The place of an entry. Parts that belong to no pool have the empty id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EntryKey {
    pub(crate) pool_id: String,
    pub(crate) part: String,
    pub(crate) key: String,
}

/// In place of the id of a pool, for parts that belong to none.
pub(crate) const OF_SERVICE: &str = "";

/// A change that was made, but is not in the store.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "the change was made, but could not be written to the state file, so that a restart may lose it"
)]
pub(crate) struct NotStored;

/// Changes that are to be committed, and how far the commits are.
#[derive(Default)]
pub(crate) struct Commits {
    changed: Mutex<Changed>,
    queue: Mutex<Queue>,
    wake: Condvar,
    progress: watch::Sender<Progress>,
}

/// The ids of pools with changes that are not stored.
#[derive(Default)]
struct Changed {
    /// Those with changes that are not gathered.
    unsaved: BTreeSet<String>,
    /// Those with changes in a batch that is not written.
    unwritten: BTreeSet<String>,
}

#[derive(Clone, Copy, Default)]
struct Queue {
    requested: u64,
    is_closed: bool,
}

/// The numbers of the last requests for a commit: the last one that was tried, and the last one
/// whose changes are stored.
#[derive(Clone, Copy, Default)]
struct Progress {
    tried: u64,
    stored: u64,
    is_closed: bool,
}

tokio::task_local! {
    /// What the request that runs relies on.
    static STANDING: Cell<Standing>;
}

/// What a request relies on that may not be stored.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    #[default]
    Stored,
    /// Changes of other requests.
    OnOthers,
    /// Changes of its own.
    Changed,
}

/// Whether a request is to change anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    /// Such a request may repeat one whose changes are not stored, and then has none of its own.
    Write,
}

/// Runs a request, and waits until its changes are stored, and for [`Access::Write`] those of the
/// requests before it in the same pool. Other requests do not wait.
pub(crate) async fn committed<T>(
    service: &Service,
    access: Access,
    request: impl Future<Output = T>,
) -> Result<T, NotStored> {
    // Pinned once: each await of the future itself would reserve space for it.
    let request = pin!(request);
    let Some(commits) = &service.shared.commits else {
        return Ok(request.await);
    };
    let noting = async {
        let response = request.await;
        (response, STANDING.with(Cell::get))
    };
    let (response, standing) = STANDING.scope(Cell::default(), noting).await;
    match (standing, access) {
        (Standing::Changed, _) | (Standing::OnOthers, Access::Write) => commits.commit().await?,
        (Standing::Stored, _) | (Standing::OnOthers, Access::Read) => {}
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
    /// Notes that a pool has changed, for the next commit and for the request that runs.
    pub(crate) fn note(&self, pool_id: &str) {
        let unsaved = &mut lock(&self.changed).unsaved;
        if !unsaved.contains(pool_id) {
            unsaved.insert(pool_id.to_owned());
        }
        stand(Standing::Changed);
    }

    /// Notes that the request that runs relies on the pool as it is.
    pub(crate) fn note_reliance(&self, pool_id: &str) {
        let Changed { unsaved, unwritten } = &*lock(&self.changed);
        if unsaved.contains(pool_id) || unwritten.contains(pool_id) {
            stand(Standing::OnOthers);
        }
    }

    /// Returns the ids of the pools that have changed, which count as gathered from now on.
    pub(crate) fn take(&self) -> BTreeSet<String> {
        let mut changed = lock(&self.changed);
        let unsaved = std::mem::take(&mut changed.unsaved);
        changed.unwritten.extend(unsaved.iter().cloned());
        unsaved
    }

    /// Notes that all that was gathered is written.
    fn written(&self) {
        lock(&self.changed).unwritten.clear();
    }

    /// Waits until all that is noted is stored.
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

    /// Waits for a request after those that are done.
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

/// The thread that writes to a store, which ends with this value after a last commit.
pub(crate) struct Writer {
    commits: Arc<Commits>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Writes the changes of a service from now on.
    ///
    /// # Errors
    ///
    /// The one of the operating system if no thread can be started.
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
            // Its panic was printed, and requests were told.
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
        let written = write(service, &mut batch, &mut store);
        if let Err(error) = &written
            && !fails
        {
            eprintln!("cognito-emulator: {error}; requests that change anything fail until it can");
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

/// Writes all changes. Those that cannot be written stay in the batch, for the next attempt.
fn write(service: &Service, batch: &mut Batch, store: &mut impl Store) -> Result<(), WriteError> {
    service.gather(batch)?;
    if !batch.is_empty() {
        store.write(batch)?;
        *batch = Batch::default();
    }
    Ok(())
}

/// Tells requests that nothing is written any more, also if the thread panics.
struct Closing<'a>(&'a Commits);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.progress.send_modify(|progress| progress.is_closed = true);
    }
}

/// Work beside requests waits for no commit.
fn stand(standing: Standing) {
    let _beside = STANDING.try_with(|of_request| of_request.set(of_request.get().max(standing)));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
