//! Requests per second in process: of one pool on one thread and of two pools on two threads, and
//! with a state file.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::as_conversions
)]

use std::hint::black_box;
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys, StateDurability};
use serde_json::json;

const REQUESTS: u32 = 2_000;

/// The number of users that each thread creates.
const CREATIONS: u32 = 1_000;

/// The number of rounds. The best one counts, because other programs can only slow a round down.
const ROUNDS: usize = 15;

/// Returns the time of the work on a number of concurrent threads.
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

/// Returns the throughput of two threads as a multiple of one thread's.
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
    // Two idle cores are twice as fast as one; a shared machine may not have them.
    let cores = speed_up(|_| (0..50_000_000_u64).for_each(|number| _ = black_box(number)));
    println!("two pools: {requests:.2} times one pool, of {cores:.2} times that the cores allow");
    assert!(requests >= 0.75 * cores, "{requests:.2} of {cores:.2}");
}

/// Creates users on a number of threads, and prints users per second and the median time.
fn create_users(name: &str, emulator: &Emulator, threads: usize) {
    let pool = emulator.create_pool(PoolSettings::default()).unwrap();
    let times = Mutex::new(Vec::new());
    let all = time(threads, |thread| {
        for number in 0..CREATIONS {
            let user = json!({ "Username": format!("{thread}-{number}") });
            let begin = Instant::now();
            pool.call("AdminCreateUser", user).unwrap();
            times.lock().unwrap().push(begin.elapsed());
        }
    });
    let mut times = times.into_inner().unwrap();
    times.sort();
    let rate = times.len() as f64 / all.as_secs_f64();
    println!(
        "{name:<12} {threads} threads: {rate:>7.0} users/s, {:?} each",
        times[times.len() / 2]
    );
}

#[test]
#[ignore = "measures for half a minute: cargo test --release --test throughput -- --ignored"]
fn requests_without_changes_are_as_fast_with_a_state_file() {
    let directory = tempfile::tempdir().unwrap();
    let builder = || Emulator::builder().signing_keys(SigningKeys::ForTests);
    let stored = |durability| {
        let path = directory.path().join(format!("{durability:?}"));
        builder().state_file(path).state_durability(durability).try_in_process().unwrap()
    };
    let emulators = [
        ("memory", builder().in_process()),
        ("process", stored(StateDurability::Process)),
        ("power", stored(StateDurability::Power)),
    ];
    let reads = emulators.each_ref().map(|(name, emulator)| {
        for threads in [1, 8] {
            create_users(name, emulator, threads);
        }
        let pool = emulator.create_pool(PoolSettings::default()).unwrap();
        pool.add_user("alice", "Correct-horse1").unwrap();
        let best = (0..ROUNDS).map(|_| time(1, |_| read_user(&pool))).min().unwrap();
        f64::from(REQUESTS) / best.as_secs_f64()
    });
    println!("reads per second: {reads:.0?}");
    assert!(reads[1..].iter().all(|stored| *stored > 0.7 * reads[0]), "{reads:?}");
}
