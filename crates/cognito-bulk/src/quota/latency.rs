//! The latency of requests, and the number of concurrent requests that a rate needs.

use std::collections::VecDeque;
use std::time::Duration;

/// The number of recent latencies that are kept.
const RECENT: usize = 128;

/// The latency that is assumed before any was measured.
const ASSUMED: Duration = Duration::from_millis(250);

/// The maximum number of concurrent requests.
const MOST: usize = 512;

/// The latencies of recent requests.
#[derive(Debug, Default)]
pub(super) struct Latencies(VecDeque<Duration>);

impl Latencies {
    pub(super) fn add(&mut self, latency: Duration) {
        if self.0.len() == RECENT {
            self.0.pop_front();
        }
        self.0.push_back(latency);
    }

    /// Returns the number of concurrent requests that use a rate: rate × latency requests are in
    /// flight (Little's law), and one more waits for the next permit.
    pub(super) fn concurrency(&self, rate: f64) -> usize {
        let in_flight = Duration::try_from_secs_f64(rate * self.percentile_95().as_secs_f64());
        let in_flight = in_flight.map_or(u64::MAX, |number| number.as_secs().saturating_add(2));
        usize::try_from(in_flight).unwrap_or(MOST).min(MOST)
    }

    fn percentile_95(&self) -> Duration {
        let mut sorted: Vec<Duration> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        let at = sorted.len().saturating_mul(95) / 100;
        sorted.get(at).copied().unwrap_or(ASSUMED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrency_is_the_rate_times_the_latency_of_slow_requests() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.concurrency(30.0), 9);
        for number in 1..=1000_u64 {
            let slow = number % 10 == 0;
            latencies.add(Duration::from_millis(if slow { 1000 } else { 10 }));
        }
        assert_eq!(latencies.concurrency(30.0), 32);
        assert_eq!(latencies.concurrency(0.0), 2);
        assert_eq!(latencies.concurrency(f64::INFINITY), MOST);
        for _ in 0..RECENT {
            latencies.add(Duration::from_millis(10));
        }
        assert_eq!(latencies.concurrency(30.0), 2);
    }
}
