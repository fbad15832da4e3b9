//! A command run to its end, with its wall time, its CPU time and the most memory that it held.
//!
//! Memory is the kernel's high-water mark, read while the process runs: the mark is gone with the process.
//! CPU time is what this process's own account says of the children that it waited for.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::Failure;

/// How one run went.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub wall: Duration,
    /// None where the system does not tell.
    pub cpu: Option<Duration>,
    pub peak_kib: Option<u64>,
}

const POLL: Duration = Duration::from_millis(1);

impl Run {
    /// The better of two, each figure for itself.
    pub fn best(self, other: Self) -> Self {
        Self {
            wall: self.wall.min(other.wall),
            cpu: self.cpu.min(other.cpu),
            peak_kib: self.peak_kib.max(other.peak_kib),
        }
    }
}

/// Runs a command that must succeed.
pub fn run(command: &mut Command) -> Result<Run, Failure> {
    let before = children_cpu();
    let start = Instant::now();
    let mut child = command.spawn()?;
    let (status, id, done) = (
        format!("/proc/{}/status", child.id()),
        child.id(),
        AtomicBool::new(false),
    );
    let (waited, wall, peak_kib) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = None;
            while !done.load(Ordering::Relaxed) {
                peak = peak.max(high_water_mark(&status));
                std::thread::sleep(POLL);
            }
            peak
        });
        let waited = child.wait();
        let wall = start.elapsed();
        done.store(true, Ordering::Relaxed);
        (waited, wall, watch.join().ok().flatten())
    });
    let code = waited?;
    if !code.success() {
        return Err(format!("{command:?} (process {id}) ended with {code}").into());
    }
    let cpu = before
        .zip(children_cpu())
        .map(|(before, after)| after.saturating_sub(before));
    Ok(Run { wall, cpu, peak_kib })
}

fn high_water_mark(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// The CPU time of all children that ended so far, in steps of ten milliseconds.
fn children_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = text.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks(13)? + ticks(14)?)))
}
