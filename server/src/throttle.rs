//! Throttling of sign-in, recovery and registration: for each address, and for each handle as seen from an address.
//!
//! Somebody elsewhere who guesses cannot lock the owner out; somebody with many addresses is slowed by OPAQUE's
//! stretching alone (SECURITY.md).

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

/// How many, and how long until the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    pub(crate) wait: Duration,
}

/// The limits of this process.
pub(crate) struct Throttle {
    registrations: DefaultKeyedRateLimiter<IpAddr>,
    attempts: DefaultKeyedRateLimiter<IpAddr>,
    handles: DefaultKeyedRateLimiter<(IpAddr, String)>,
}

/// IPv6 clients own a /64, so they are counted by it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl Throttle {
    /// Limits with these bursts; one more every 10 seconds for attempts, every minute for registrations.
    pub(crate) fn new(registrations: u32, attempts: u32) -> Self {
        let burst = |count: u32| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let quota = |seconds, count| {
            let period = Quota::with_period(Duration::from_secs(seconds));
            period.unwrap_or(Quota::per_hour(NonZeroU32::MIN)).allow_burst(burst(count))
        };
        Self {
            registrations: DefaultKeyedRateLimiter::keyed(quota(60, registrations)),
            attempts: DefaultKeyedRateLimiter::keyed(quota(10, attempts)),
            handles: DefaultKeyedRateLimiter::keyed(quota(30, attempts.div_ceil(2))),
        }
    }

    /// One more registration from this address.
    pub(crate) fn registration(&self, address: IpAddr) -> Result<(), TooMany> {
        check(&self.registrations, &network(address))
    }

    /// One more attempt to sign in or recover.
    pub(crate) fn attempt(&self, address: IpAddr, handle: &str) -> Result<(), TooMany> {
        check(&self.attempts, &network(address))?;
        check(&self.handles, &(network(address), handle.to_owned()))
    }

    /// Forgets whoever has not come for a while.
    pub(crate) fn forget(&self) {
        self.registrations.retain_recent();
        self.attempts.retain_recent();
        self.handles.retain_recent();
    }
}

fn check<K: std::hash::Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), TooMany> {
    let now = DefaultClock::default().now();
    limiter.check_key(key).map_err(|until| TooMany { wait: until.wait_time_from(now) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_that_guesses_does_not_lock_out_another() {
        let throttle = Throttle::new(1, 4);
        let (guesser, owner) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let allowed = (0..10).take_while(|_| throttle.attempt(guesser, "bunga").is_ok()).count();
        assert_eq!(allowed, 2);
        assert!(throttle.attempt(owner, "bunga").is_ok());
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let throttle = Throttle::new(2, 4);
        let from = |text: &str| throttle.registration(text.parse().unwrap()).is_ok();
        assert!(from("2001:db8::1") && from("2001:db8::2"));
        assert!(!from("2001:db8::3"));
        assert!(from("2001:db8:0:1::1"));
    }
}
