//! Many lives, each drawn from a seed, on every processor.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Lives them all, and gives the seeds of those that failed.
pub fn failed(seeds: &Range<u64>, live: impl Fn(u64) + Sync) -> Vec<u64> {
    let next = AtomicU64::new(seeds.start);
    let worker = || {
        let mut failed = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return failed;
            }
            let lived = std::panic::AssertUnwindSafe(|| live(seed));
            if std::panic::catch_unwind(lived).is_err() {
                failed.push(seed);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a worker"))
            .collect()
    })
}
