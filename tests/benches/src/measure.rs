//! Time, memory and load of this process and machine.

use std::time::Instant;

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Wall time in seconds.
    pub seconds: f64,
    /// Rows of the answer.
    pub rows: usize,
}

/// Times what gives a number of rows. What it holds is dropped by the caller, after the clock has stopped.
pub fn timed<T>(work: impl FnOnce() -> (usize, T)) -> Run {
    let begun = Instant::now();
    let (rows, rest) = work();
    let seconds = begun.elapsed().as_secs_f64();
    drop(rest);
    Run { seconds, rows }
}

/// The middle one of some numbers.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The most memory that this process has held, generated facts included, in MB; 0 where the system does not tell.
pub fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1000
}

/// Forgets the peak so far, where the system lets us.
pub fn forget_peak() {
    // Not there on other systems; the peak then includes the making of the facts.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The load average of the last minute, for figures that were not taken alone.
pub fn load() -> String {
    let all = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    all.split(' ').next().filter(|l| !l.is_empty()).unwrap_or("unknown").to_owned()
}
