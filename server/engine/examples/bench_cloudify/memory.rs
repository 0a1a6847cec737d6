//! Resident memory of this process.

/// The most there has been since [`forget_peak`], in MB.
pub fn peak() -> f64 {
    megabytes("VmHWM:")
}

/// What there is now, in MB.
pub fn now() -> f64 {
    megabytes("VmRSS:")
}

/// From now on the peak is counted anew: `proc(5)`, `clear_refs`.
pub fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

fn megabytes(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let kilobytes: f64 = line.split_whitespace().next().unwrap().parse().unwrap();
    kilobytes / 1000.0
}
