//! How often somebody may try to log in: per account, so that guessing one password is slow from anywhere, and per
//! address, so that guessing many names is.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// One address may stand for an office, so it may try for several accounts.
const ACCOUNTS_PER_ADDRESS: u32 = 4;

/// Above this many keys, those that have been quiet are forgotten: an attacker must not fill our memory.
const KEYS_KEPT: usize = 10_000;

/// Counts attempts.
pub struct Throttle {
    accounts: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
}

impl Throttle {
    /// Allows so many attempts per minute for one account.
    pub fn new(per_minute: u32) -> Self {
        let quota = |times: u32| Quota::per_minute(NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN));
        Self {
            accounts: RateLimiter::keyed(quota(per_minute)),
            addresses: RateLimiter::keyed(quota(per_minute.saturating_mul(ACCOUNTS_PER_ADDRESS))),
        }
    }

    /// Counts an attempt; whether it may go on.
    pub fn allows(&self, from: IpAddr, account: &str) -> bool {
        if self.accounts.len() > KEYS_KEPT {
            self.accounts.retain_recent();
        }
        // Address first: what one address does too often must not lock others out of the account.
        self.allows_from(from) && self.accounts.check_key(&account.to_lowercase()).is_ok()
    }

    /// Counts an attempt that names no account.
    pub fn allows_from(&self, from: IpAddr) -> bool {
        if self.addresses.len() > KEYS_KEPT {
            self.addresses.retain_recent();
        }
        self.addresses.check_key(&network(from)).is_ok()
    }
}

/// A customer has a whole /64 of IPv6 addresses to choose from.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_cannot_be_tried_without_end_from_many_addresses() {
        let throttle = Throttle::new(3);
        let tries = (1..=9).filter(|last| throttle.allows(IpAddr::from([192, 0, 2, *last]), "Anna")).count();
        assert_eq!(tries, 3);
        assert!(!throttle.allows(IpAddr::from([192, 0, 2, 99]), "anna"), "capitals give new attempts");
        assert!(throttle.allows(IpAddr::from([192, 0, 2, 99]), "berta"));
    }

    #[test]
    fn one_address_cannot_try_many_accounts_without_end() {
        let throttle = Throttle::new(3);
        let from = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]);
        let tries = (0..100).filter(|n| throttle.allows(from(*n), &format!("name{n}"))).count();
        assert_eq!(tries, 12);
    }
}
