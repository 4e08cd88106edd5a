//! Comparison of the times for two classes of secrets by Welch's t-test, as in dudect:
//! <https://eprint.iacr.org/2016/1123>.

use std::hint::black_box;
use std::time::Instant;

/// The value of t above which times depend on the class, which is dudect's threshold.
pub(crate) const THRESHOLD: f64 = 10.0;

/// The percentage of slowest samples to drop, because interrupts affect them.
const CROPPED: usize = 20;

/// Measures the work with both classes in random order, and returns t.
///
/// The input of a class is prepared before the measurement. Both classes use the same memory, because
/// times depend on addresses, too.
pub(crate) fn t_value<I>(
    samples: usize,
    mut input: I,
    prepare: impl Fn(&mut I, bool),
    work: impl Fn(&I, bool),
) -> f64 {
    let (mut times, mut random) = ([Vec::new(), Vec::new()], 0x9E37_79B9_7F4A_7C15_u64);
    for _ in 0..samples {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let class = random >> 40 & 1 == 1;
        prepare(&mut input, class);
        let start = Instant::now();
        work(black_box(&input), black_box(class));
        let time = start.elapsed().as_nanos();
        times[usize::from(class)].push(time);
    }
    // Both classes have the same limit, so that more samples of a slower class are dropped.
    let mut all: Vec<u128> = times.iter().flatten().copied().collect();
    all.sort_unstable();
    let limit = all[all.len() * (100 - CROPPED) / 100];
    times.iter_mut().for_each(|class| class.retain(|time| *time <= limit));
    welch(&times[0], &times[1])
}

fn welch(one: &[u128], other: &[u128]) -> f64 {
    let (one, other) = (Moments::of(one), Moments::of(other));
    let error = one.variance / one.count + other.variance / other.count;
    (one.mean - other.mean) / error.sqrt().max(f64::MIN_POSITIVE)
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(times: &[u128]) -> Self {
        let count = times.len().max(2) as f64;
        let mean = times.iter().map(|time| *time as f64).sum::<f64>() / count;
        let squares = times.iter().map(|time| (*time as f64 - mean).powi(2));
        Self { count, mean, variance: squares.sum::<f64>() / (count - 1.0) }
    }
}

/// Compares in variable time: it ends at the first difference, which the test must detect.
pub(crate) fn early_exit(one: &[u8], other: &[u8]) -> bool {
    one.iter().zip(other).all(|(one, other)| black_box(*one) == black_box(*other))
}
