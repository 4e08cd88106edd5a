//! Requests per second in process, of one pool on one thread and of two pools on two threads.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::json;

const REQUESTS: u32 = 2_000;

/// Rounds of which the best counts: other programs only make a round slower.
const ROUNDS: usize = 15;

/// The time that the work takes on that many threads at once.
fn time(threads: usize, work: impl Fn(usize) + Sync) -> Duration {
    let start = Barrier::new(threads + 1);
    let run = |thread| {
        start.wait();
        work(thread);
    };
    thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = (0..threads).map(|at| scope.spawn(move || run(at))).collect();
        start.wait();
        let begin = Instant::now();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        begin.elapsed()
    })
}

/// The throughput of two threads as a multiple of that of one.
fn speed_up(work: impl Fn(usize) + Sync) -> f64 {
    let best = |threads| (0..ROUNDS).map(|_| time(threads, &work)).min().unwrap();
    2.0 * best(1).as_secs_f64() / best(2).as_secs_f64()
}

fn read_user(pool: &LocalPool) {
    for _ in 0..REQUESTS {
        pool.call("AdminGetUser", json!({ "Username": "alice" })).unwrap();
    }
}

#[test]
#[ignore = "measures for half a minute: cargo test --release --test throughput -- --ignored"]
fn two_pools_have_one_and_a_half_times_the_throughput_of_one() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let pools = [(); 2].map(|()| {
        let pool = emulator.create_pool(PoolSettings::default()).unwrap();
        pool.add_user("alice", "Correct-horse1").unwrap();
        pool
    });
    let requests = speed_up(|thread| pools.get(thread).into_iter().for_each(read_user));
    // Two idle cores are twice as fast as one; a machine that other programs share is not.
    let cores = speed_up(|_| (0..50_000_000_u64).for_each(|number| _ = black_box(number)));
    println!("two pools: {requests:.2} times one pool, of {cores:.2} times that the cores allow");
    assert!(requests >= 0.75 * cores, "{requests:.2} of {cores:.2}");
}
