//! Rate limits by client address (2.1).

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::error::Refusal;

/// The time in which calls are counted, and the time for which the one that asked too often is sent away.
const MINUTE: Duration = Duration::from_secs(60);

/// Calls that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Limited {
    /// `POST /api/oauth2/token/`: 5 a minute.
    Token,
    /// `GET /api/`: 60 a minute.
    Root,
}

/// The counters. They live in memcached.
#[derive(Debug, Default)]
pub(super) struct Limits(BTreeMap<(Limited, IpAddr), Counter>);

#[derive(Debug, Default)]
struct Counter {
    calls: Vec<Duration>,
    closed_until: Option<Duration>,
}

impl Limits {
    /// Counts a call at this time, or refuses it.
    pub(super) fn count(&mut self, what: Limited, client: IpAddr, now: Duration) -> Result<(), Refusal> {
        let most = match what {
            Limited::Token => 5,
            Limited::Root => 60,
        };
        let counter = self.0.entry((what, client)).or_default();
        if let Some(left) = counter.closed_until.and_then(|until| until.checked_sub(now)).filter(|left| !left.is_zero())
        {
            return Err(Refusal::rate_limit_timeout(left.as_secs_f64()));
        }
        counter.closed_until = None;
        counter.calls.retain(|call| *call + MINUTE > now);
        counter.calls.push(now);
        if counter.calls.len() > most {
            counter.closed_until = Some(now + MINUTE);
            return Err(Refusal::rate_limit_reached(counter.calls.len(), MINUTE.as_secs()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_token_request_of_a_minute_closes_the_door_for_a_minute() {
        let mut limits = Limits::default();
        let client = IpAddr::from([127, 0, 0, 1]);
        let mut ask = |second| {
            let answer = limits.count(Limited::Token, client, Duration::from_secs(second));
            answer.map_err(|refusal| match refusal.body {
                super::super::error::Body::Json(body) => body["error"].as_str().unwrap_or_default().to_owned(),
                _ => String::new(),
            })
        };
        for second in 0..5 {
            assert_eq!(ask(second), Ok(()));
        }
        assert_eq!(ask(10), Err("rate_limit_reached".to_owned()));
        assert_eq!(ask(11), Err("rate_limit_timeout".to_owned()));
        assert_eq!(ask(69), Err("rate_limit_timeout".to_owned()));
        assert_eq!(ask(70), Ok(()));
    }

    #[test]
    fn another_address_and_another_call_have_their_own_counter() {
        let mut limits = Limits::default();
        let now = Duration::ZERO;
        let (one, other) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        for _ in 0..6 {
            let _ = limits.count(Limited::Token, one, now);
        }
        assert!(limits.count(Limited::Token, one, now).is_err());
        assert!(limits.count(Limited::Token, other, now).is_ok());
        assert!(limits.count(Limited::Root, one, now).is_ok());
    }
}
