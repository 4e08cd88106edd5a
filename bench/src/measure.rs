//! Taking turns: every contender runs in every round, so that a slow minute hits all of them.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use crate::Result;

/// The number of turns of each contender, unless a turn is long.
pub(crate) const ROUNDS: usize = 41;

/// The same in the short form.
pub(crate) const SHORT_ROUNDS: usize = 5;

/// The approximate minimum duration of a turn.
const TURN: Duration = Duration::from_millis(20);

/// The warm-up time of each contender before its turns, for just-in-time compilers.
const WARM_UP: Duration = Duration::from_millis(500);

/// One implementation of the job that is measured.
pub(crate) struct Contender {
    name: &'static str,
    wanted: Option<Wanted>,
    /// Does the job this many times and tells how long all of them took.
    job: Box<dyn FnMut(u32) -> Result<Duration>>,
}

impl Contender {
    /// A job of this process.
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

    /// A job of this process that may fail, which ends the benchmark: an early error would look like a
    /// fast implementation.
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

    /// A job that takes its own time.
    pub(crate) fn timed(
        name: &'static str,
        job: impl FnMut(u32) -> Result<Duration> + 'static,
    ) -> Self {
        Self { name, wanted: None, job: Box::new(job) }
    }

    /// Sets the minimum of its time divided by ours.
    pub(crate) fn wanted(self, ratio: f64) -> Self {
        Self { wanted: Some(Wanted::AtLeast(ratio)), ..self }
    }

    /// Sets the maximum of its time divided by that of another contender.
    pub(crate) fn wanted_at_most(self, ratio: f64, of: &'static str) -> Self {
        Self { wanted: Some(Wanted::AtMost(ratio, of)), ..self }
    }

    /// Sets the same for a job of several threads.
    pub(crate) fn wanted_on_idle_cores(self, ratio: f64, of: &'static str) -> Self {
        Self { wanted: Some(Wanted::OnIdleCores(ratio, of)), ..self }
    }

    fn series(&self) -> Series {
        Series { name: self.name, wanted: self.wanted, samples: Vec::new() }
    }

    /// Sets the maximum of its time.
    pub(crate) fn wanted_within(self, time: Duration) -> Self {
        Self { wanted: Some(Wanted::Within(time)), ..self }
    }
}

/// A bound on a time, or on the ratio of two.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    /// To that of the first contender.
    AtLeast(f64),
    /// To that of the contender of this name.
    AtMost(f64, &'static str),
    /// The same, for a contender of several threads: it needs cores that no other program uses.
    OnIdleCores(f64, &'static str),
    /// On the time itself.
    Within(Duration),
    /// On a share itself, in percent.
    Share(f64),
}

/// The samples of a contender, one of each round.
#[derive(Clone)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) wanted: Option<Wanted>,
    pub(crate) samples: Vec<f64>,
}

/// A contender's result.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Over the rounds.
    pub(crate) median: f64,
    /// The tenth and the ninetieth percentile.
    pub(crate) spread: (f64, f64),
    /// The median divided by that of the first contender, which is ours: the median over the rounds,
    /// so that a slow minute hits both sides. None where ours is zero.
    pub(crate) ratio: Option<f64>,
    /// The target, and the measured ratio, or the value itself.
    pub(crate) wanted: Option<(Wanted, f64)>,
}

/// Runs all contenders in turns; the first is the one that the others are compared with.
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

/// Returns the medians of all series, and their ratios to the first.
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
