//! Rows of the table, and figures that were measured several times.

use std::time::Duration;

pub fn row(what: &str, value: &str) {
    println!("| {what} | {value} |");
}

/// The same thing measured several times.
#[derive(Debug, Clone, Default)]
pub struct Measured(Vec<f64>);

impl Measured {
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
        self.0.sort_by(f64::total_cmp);
    }

    pub fn seconds(&mut self, time: Duration) {
        self.add(time.as_secs_f64());
    }

    pub fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// Median, and the spread where there is one.
    pub fn words(&self, unit: &str) -> String {
        let (Some(least), Some(most)) = (self.0.first(), self.0.last()) else { return "not measured".to_owned() };
        match self.0.len() {
            1 => format!("{:.2} {unit} (once)", self.median()),
            times => format!("{:.2} {unit} ({least:.2} to {most:.2}, {times} times)", self.median()),
        }
    }
}

/// The value below which that many percent of the sorted values lie.
pub fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
}

pub fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}
