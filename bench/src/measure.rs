//! Measurement in turns: every contender runs in every round, so that a slow minute affects all of them.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use crate::Result;

/// The number of rounds, unless turns are long.
pub(crate) const ROUNDS: usize = 41;

/// The number of rounds in the short form.
pub(crate) const SHORT_ROUNDS: usize = 5;

/// The approximate minimum duration of a turn.
const TURN: Duration = Duration::from_millis(20);

/// The warm-up time of each contender before its turns, for just-in-time compilers.
const WARM_UP: Duration = Duration::from_millis(500);

/// An implementation of the measured job.
pub(crate) struct Contender {
    name: &'static str,
    wanted: Option<Wanted>,
    /// Runs the job a number of times and returns the total time.
    job: Box<dyn FnMut(u32) -> Result<Duration>>,
}

impl Contender {
    /// Creates a contender with an infallible job in this process.
    pub(crate) fn new<T>(name: &'static str, mut job: impl FnMut() -> T + 'static) -> Self {
        let timed = move |times| {
            let start = Instant::now();
            for _ in 0..times {
                std::hint::black_box(job());
            }
            Ok(start.elapsed())
        };
        Self::timed(name, timed)
    }

    /// Creates a contender with a fallible job in this process. A failure ends the benchmark, because an early
    /// error would look like a fast implementation.
    pub(crate) fn checked<T, E: Debug>(
        name: &'static str,
        mut job: impl FnMut() -> std::result::Result<T, E> + 'static,
    ) -> Self {
        let timed = move |times| {
            let start = Instant::now();
            let mut failed = None;
            for _ in 0..times {
                failed = std::hint::black_box(job()).err().or(failed);
            }
            let elapsed = start.elapsed();
            match failed {
                Some(error) => Err(format!("{name}: {error:?}").into()),
                None => Ok(elapsed),
            }
        };
        Self::timed(name, timed)
    }

    /// Creates a contender whose job measures its own time.
    pub(crate) fn timed(
        name: &'static str,
        job: impl FnMut(u32) -> Result<Duration> + 'static,
    ) -> Self {
        Self { name, wanted: None, job: Box::new(job) }
    }

    /// Sets the minimum ratio of its time to ours.
    pub(crate) fn wanted(self, ratio: f64) -> Self {
        Self { wanted: Some(Wanted::AtLeast(ratio)), ..self }
    }

    /// Sets the maximum ratio of its time to that of another contender.
    pub(crate) fn wanted_at_most(self, ratio: f64, of: &'static str) -> Self {
        Self { wanted: Some(Wanted::AtMost(ratio, of)), ..self }
    }

    /// Sets the maximum ratio for a job with several threads.
    pub(crate) fn wanted_on_idle_cores(self, ratio: f64, of: &'static str) -> Self {
        Self { wanted: Some(Wanted::OnIdleCores(ratio, of)), ..self }
    }

    fn series(&self) -> Series {
        Series { name: self.name, wanted: self.wanted, samples: Vec::new() }
    }

    /// Sets the maximum time.
    pub(crate) fn wanted_within(self, time: Duration) -> Self {
        Self { wanted: Some(Wanted::Within(time)), ..self }
    }
}

/// A goal: a bound on a value, or on the ratio of two values.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    /// The minimum ratio to the first contender.
    AtLeast(f64),
    /// The maximum ratio to the contender with this name.
    AtMost(f64, &'static str),
    /// The maximum ratio for a contender with several threads, which needs otherwise idle cores.
    OnIdleCores(f64, &'static str),
    /// The maximum time.
    Within(Duration),
    /// The minimum share, in percent.
    Share(f64),
}

/// The samples of a contender, one for each round.
#[derive(Clone)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) wanted: Option<Wanted>,
    pub(crate) samples: Vec<f64>,
}

/// A contender's result.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The median over the rounds.
    pub(crate) median: f64,
    /// The tenth and the ninetieth percentile.
    pub(crate) spread: (f64, f64),
    /// The median over the rounds of the ratio to the first contender, which is ours. A ratio within a round
    /// is not affected by a slow minute. None if ours is zero.
    pub(crate) ratio: Option<f64>,
    /// The goal, and the measured ratio or value.
    pub(crate) wanted: Option<(Wanted, f64)>,
}

/// Runs all contenders in turns, and compares them with the first one.
pub(crate) fn interleaved(contenders: &mut [Contender], rounds: usize) -> Result<Vec<Row>> {
    let mut counts = Vec::new();
    for contender in &mut *contenders {
        counts.push(jobs_in_a_turn(contender)?);
    }
    let mut series: Vec<Series> = contenders.iter().map(Contender::series).collect();
    for _ in 0..rounds {
        for (index, contender) in contenders.iter_mut().enumerate() {
            let elapsed = (contender.job)(counts[index])?;
            series[index].samples.push(elapsed.as_secs_f64() * 1e6 / f64::from(counts[index]));
        }
    }
    Ok(rows(&series))
}

/// Returns the medians of all series, and their ratios to the first one.
pub(crate) fn rows(series: &[Series]) -> Vec<Row> {
    let position = |name: &str| series.iter().position(|other| other.name == name);
    let ratio = |times: &[f64], of: usize| {
        median(times.iter().zip(&series[of].samples).map(|(time, other)| time / other).collect())
    };
    let found = |wanted: Wanted, samples: &Vec<f64>| match wanted {
        Wanted::AtLeast(_) => Some(ratio(samples, 0)),
        Wanted::AtMost(_, other) | Wanted::OnIdleCores(_, other) => {
            Some(ratio(samples, position(other)?))
        }
        Wanted::Within(_) | Wanted::Share(_) => Some(median(samples.clone())),
    };
    let row = |Series { name, wanted, samples }: &Series| Row {
        name,
        median: median(samples.clone()),
        spread: (percentile(samples, 10), percentile(samples, 90)),
        ratio: Some(ratio(samples, 0)).filter(|ratio| ratio.is_finite()),
        wanted: wanted.and_then(|wanted| Some((wanted, found(wanted, samples)?))),
    };
    series.iter().map(row).collect()
}

fn jobs_in_a_turn(contender: &mut Contender) -> Result<u32> {
    let (mut count, mut warm) = (1, Duration::ZERO);
    loop {
        let elapsed = (contender.job)(count)?;
        warm += elapsed;
        match elapsed < TURN {
            true => count *= 2,
            false if warm < WARM_UP => {}
            false => return Ok(count),
        }
    }
}

fn median(samples: Vec<f64>) -> f64 {
    percentile(&samples, 50)
}

fn percentile(samples: &[f64], percent: usize) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_fails_once_ends_the_benchmark() {
        let mut calls = 0;
        let mut contender = Contender::checked("fails", move || {
            calls += 1;
            if calls == 2 { Err("refused") } else { Ok(calls) }
        });
        assert!((contender.job)(1).is_ok());
        let failed = (contender.job)(3).unwrap_err();
        assert_eq!(failed.to_string(), "fails: \"refused\"");
    }
}
