//! The machine under the measurement, and what its processes take.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::measured::row;

/// Cores, and what else is going on: figures of a busy machine are a first look only.
pub fn describe() {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("unknown processor", |(_, name)| name.trim());
    row("machine", &format!("{cores} cores ({model})"));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split_whitespace().take(3).collect();
    row("load before (1, 5, 15 minutes)", &load.join(" "));
}

/// Resident memory of this process in MB.
pub fn memory() -> f64 {
    kilobytes("/proc/self/status", "VmRSS:") / 1000.0
}

/// How many processes have that text in their command line, and their memory in MB, shared pages counted by their share.
pub fn memory_of(text: &str) -> (usize, f64) {
    let mut found = (0, 0.0);
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        if line.starts_with(b"ssh\0") && String::from_utf8_lossy(&line).contains(text) {
            found.0 += 1;
            found.1 += kilobytes(&process.path().join("smaps_rollup").display().to_string(), "Pss:") / 1000.0;
        }
    }
    found
}

fn kilobytes(file: &str, name: &str) -> f64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

/// Runs a command for its output.
pub fn capture(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Ends shared connections whose owner could not: they are processes of their own.
pub fn close_connections(folder: &Path) {
    let close = "find \"$1\" -type s | while read -r socket; do \
                 ssh -F /dev/null -O exit -S \"$socket\" none >/dev/null 2>&1; done";
    let _ = Command::new("sh").args(["-c", close, "close"]).arg(folder).status();
}
