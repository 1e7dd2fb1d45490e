//! How much memory a process takes.

/// Megabytes of a process, as `what` (`VmRSS`, `VmHWM`) of the system's `status` says.
pub fn resident(process: u32, what: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let kilobytes = line.and_then(|line| line.trim_start_matches(':').split_whitespace().next());
    kilobytes
        .and_then(|number| number.parse().ok())
        .map_or(f64::NAN, |kib: f64| kib / 1024.0)
}
