//! How often and how long a delivery is tried.

use std::time::Duration;

/// How often and how long a delivery is tried.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryPace {
    /// The pause after the first failure; it doubles.
    pub first: Duration,
    /// The longest pause.
    pub slowest: Duration,
    /// So long after it happened, something is not told any more.
    pub give_up: Duration,
    /// How often it is looked for what is due: another server may have recorded it, whose wake-ups do not reach this one.
    pub look: Duration,
    /// How often it is looked for what has waited too long.
    pub clock: Duration,
    /// How long the other side may take for one message.
    pub patience: Duration,
    /// How long another server's claim stands still before it is taken over. Longer than any channel takes.
    pub lease: Duration,
}

impl DeliveryPace {
    /// Three days of tries.
    pub const USUAL: Self = Self {
        first: Duration::from_secs(10),
        slowest: Duration::from_secs(3600),
        give_up: Duration::from_secs(3 * 24 * 3600),
        look: Duration::from_secs(2),
        clock: Duration::from_secs(60),
        patience: Duration::from_secs(30),
        lease: Duration::from_secs(90),
    };
}

impl Default for DeliveryPace {
    fn default() -> Self {
        Self::USUAL
    }
}

impl DeliveryPace {
    /// How long until the next try after so many, in milliseconds.
    pub(super) fn pause(&self, tries: i64) -> i64 {
        let doublings = u32::try_from(tries).unwrap_or(u32::MAX).min(20);
        millis(self.first.saturating_mul(1 << doublings).min(self.slowest))
    }

    /// Whether what happened so many milliseconds ago is not told any more.
    pub(super) fn is_too_old(&self, age: i64) -> bool {
        age >= millis(self.give_up)
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_end_after_days() {
        let pace = DeliveryPace::USUAL;
        let pauses: Vec<i64> = [0, 1, 2, 8, 9, 1000].map(|tries| pace.pause(tries) / 1000).into();
        assert_eq!(pauses, [10, 20, 40, 2560, 3600, 3600]);
        assert!(!pace.is_too_old(3 * 86_400_000 - 1) && pace.is_too_old(3 * 86_400_000));
    }
}
