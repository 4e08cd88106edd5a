//! Selecting vector instructions at run time, without `unsafe` in this crate.

#[cfg(feature = "hazmat")]
use core::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "std")]
use fearless_simd::{Level as Detected, x86::Avx2};

use super::rows::{self, Padded, Sums};
use super::{Element, Entry};

/// The instructions for which a computation is compiled.
///
/// Two levels are sufficient: on a Zen 4, AVX-512 was not faster than AVX2, and SSE4.2 has no
/// instruction that the loops need.
#[derive(Clone, Copy)]
pub(super) struct Level {
    #[cfg(feature = "std")]
    avx2: Option<Avx2>,
}

impl Level {
    /// The instructions of every processor of the target: SSE2 unless target features are enabled.
    #[cfg(any(test, feature = "hazmat", not(feature = "std")))]
    pub(super) const BASELINE: Self = Self {
        #[cfg(feature = "std")]
        avx2: None,
    };

    /// Returns the best level of this processor, which can only be detected with `std`.
    pub(super) fn detect() -> Self {
        #[cfg(feature = "hazmat")]
        if BASELINE_ONLY.load(Ordering::Relaxed) {
            return Self::BASELINE;
        }
        #[cfg(feature = "std")]
        return Self { avx2: Detected::new().as_avx2() };
        #[cfg(not(feature = "std"))]
        Self::BASELINE
    }
}

/// Defines a function of [`rows`] for every level.
///
/// References are separate arguments, so that the compiler knows that they do not overlap. A
/// closure that captures them would lose this information and make the loops slower.
macro_rules! for_every_level {
    ($name:ident($($argument:ident: $type:ty),*)) => {
        pub(super) fn $name(level: Level, $($argument: $type),*) {
            #[cfg(feature = "std")]
            if let Some(avx2) = level.avx2 {
                fearless_simd::kernel!(
                    fn with_avx2(_avx2: Avx2, $($argument: $type),*) {
                        rows::$name($($argument),*);
                    }
                );
                return with_avx2(avx2, $($argument),*);
            }
            #[cfg(not(feature = "std"))]
            let _ = level;
            rows::$name($($argument),*);
        }
    };
}

for_every_level!(mul(element: &mut Element, by: &Element, factor: &mut Padded, sums: &mut Sums));

for_every_level!(square(element: &mut Element, doubled: &mut Padded, sums: &mut Sums));

for_every_level!(mul_by_entry(
    element: &mut Element,
    entries: &[Entry],
    index: u32,
    chosen: &mut Entry,
    factor: &mut Padded,
    sums: &mut Sums
));

/// True to use the base level; tests and benchmarks set it to compare levels in one process.
#[cfg(feature = "hazmat")]
static BASELINE_ONLY: AtomicBool = AtomicBool::new(false);

#[cfg(feature = "hazmat")]
pub(crate) fn use_baseline_only(baseline_only: bool) {
    BASELINE_ONLY.store(baseline_only, Ordering::Relaxed);
}

#[cfg(all(test, feature = "std", feature = "hazmat"))]
mod tests {
    use super::*;
    use crate::hazmat;

    #[test]
    fn best_level_is_taken_unless_the_baseline_is_required() {
        let best = Detected::new().as_avx2().is_some();
        assert_eq!(Level::detect().avx2.is_some(), best);
        hazmat::use_baseline_only(true);
        let required = Level::detect();
        hazmat::use_baseline_only(false);
        assert!(required.avx2.is_none());
    }
}
