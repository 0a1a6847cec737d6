//! Keeps below the number of token requests that the API takes, for it locks a client out that asks too often
//! (dossier 2.1: 5 in 60 s, then 429 for 60 s).

use std::collections::VecDeque;
use std::time::Duration;

/// One below what is allowed: somebody else may log in from the same address.
const MOST: usize = 4;
const WINDOW_MS: i64 = 61_000;

/// Remembers when it was asked; knows no clock of its own.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    asked: VecDeque<i64>,
}

impl Limiter {
    /// How long to wait before the next request may go out. It is counted as sent then.
    pub(crate) fn admit(&mut self, now_ms: i64) -> Duration {
        while self.asked.front().is_some_and(|asked| now_ms - asked >= WINDOW_MS) {
            self.asked.pop_front();
        }
        let earliest = self.asked.len().checked_sub(MOST).and_then(|at| self.asked.get(at));
        let wait = earliest.map_or(0, |asked| (asked + WINDOW_MS - now_ms).max(0));
        self.asked.push_back(now_ms + wait);
        Duration::from_millis(u64::try_from(wait).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_logins_never_fall_into_one_minute() {
        let mut limiter = Limiter::default();
        let mut now = 1_000_000;
        let mut sent = Vec::new();
        for _ in 0..20 {
            let wait = i64::try_from(limiter.admit(now).as_millis()).unwrap();
            sent.push(now + wait);
            // The next one comes right after the one before has gone out.
            now += wait + 10;
        }
        for five in sent.windows(5) {
            assert!(five[4] - five[0] > 60_000, "{five:?}");
        }
    }
}
