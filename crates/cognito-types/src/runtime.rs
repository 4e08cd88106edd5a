//! The tokio runtimes of a program, which do not share sockets and timers.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "tokio")]
use tokio::runtime::{Handle, Id};

/// The tokio runtime of a caller.
///
/// A future that has opened a socket or a timer makes progress only while the runtime of its first
/// poll runs tasks, so callers on other runtimes must not wait for it. Outside a runtime, and
/// without the feature `tokio`, all ids are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeId {
    #[cfg(feature = "tokio")]
    id: Option<Id>,
}

impl RuntimeId {
    /// Returns the id of the current runtime.
    pub fn current() -> Self {
        Self {
            #[cfg(feature = "tokio")]
            id: Handle::try_current().ok().map(|runtime| runtime.id()),
        }
    }
}

/// The number of runtimes whose values are kept.
const MAX_RUNTIMES: usize = 64;

/// A value for each tokio runtime, such as a pool of connections.
///
/// The values of the 64 runtimes that used theirs last are kept. A program with more runtimes
/// creates values again and again.
///
/// ```
/// # mod cognito { pub use cognito_types as types; }
/// use cognito::types::PerRuntime;
///
/// let connections = PerRuntime::default();
/// assert_eq!(connections.get_or_create(|| "created"), "created");
/// assert_eq!(connections.get_or_create(|| "not needed"), "created");
/// ```
pub struct PerRuntime<T> {
    /// The values, the last used one at the end.
    values: Mutex<VecDeque<(RuntimeId, T)>>,
}

impl<T: Clone> PerRuntime<T> {
    /// Returns the value of the current runtime, creating it first if it is missing.
    pub fn get_or_create(&self, create: impl FnOnce() -> T) -> T {
        let runtime = RuntimeId::current();
        // A panic of `create` only loses the value that is missing, so poisoning does not matter.
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let known = values.iter().position(|(known, _)| *known == runtime);
        let value = match known.and_then(|at| values.remove(at)) {
            Some((_, value)) => value,
            None => create(),
        };
        let evicted = if values.len() < MAX_RUNTIMES { None } else { values.pop_front() };
        values.push_back((runtime, value.clone()));
        // Dropping a value may take long, or use this one again.
        drop(values);
        drop(evicted);
        value
    }
}

impl<T> Default for PerRuntime<T> {
    fn default() -> Self {
        Self { values: Mutex::default() }
    }
}

impl<T> fmt::Debug for PerRuntime<T> {
    // The values may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerRuntime").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().unwrap()
    }

    fn number(values: &PerRuntime<usize>, runtime: &Runtime, new: usize) -> usize {
        let _entered = runtime.enter();
        values.get_or_create(|| new)
    }

    #[test]
    fn each_runtime_has_one_value() {
        let (values, one, other) = (PerRuntime::default(), runtime(), runtime());
        assert_eq!([number(&values, &one, 1), number(&values, &other, 2)], [1, 2]);
        assert_eq!([number(&values, &one, 3), number(&values, &other, 4)], [1, 2]);
        assert_eq!(values.get_or_create(|| 5), 5);
        assert_eq!(values.get_or_create(|| 6), 5, "there is one value outside runtimes");
    }

    #[test]
    fn the_values_of_runtimes_that_are_no_longer_used_are_dropped() {
        let (values, used) = (PerRuntime::default(), runtime());
        for new in 0..MAX_RUNTIMES + 5 {
            assert_eq!(number(&values, &used, new), 0);
            number(&values, &runtime(), new);
        }
        assert_eq!(values.values.lock().unwrap().len(), MAX_RUNTIMES);
    }
}
