//! Free loopback addresses for one lab.
//!
//! CloudStack's ports are fixed (8080, 8096), so labs that run side by side differ in their address:
//! each takes a slot `127.A.B.x` of its own.

use std::net::TcpListener;

use crate::LabError;

/// Nothing of CloudStack listens here. Whoever holds it holds the slot, until the process ends.
const GUARD_PORT: u16 = 8079;
/// What must be free on the addresses of a lab.
const USED_PORTS: [u16; 3] = [8080, 8096, 2222];
/// Labs are few; somebody else on *all* addresses is the likelier reason for so many misses.
const TRIES: u32 = 200;

/// A slot, held as long as this lives.
#[derive(Debug)]
pub(crate) struct Slot {
    a: u8,
    b: u8,
    _guard: TcpListener,
}

impl Slot {
    pub(crate) fn take() -> Result<Self, LabError> {
        let mut reason = String::new();
        for _ in 0..TRIES {
            let (a, b) = (rand::random_range(10..250), rand::random_range(1..250));
            match Self::take_this(a, b) {
                Ok(slot) => return Ok(slot),
                Err(error) => reason = error,
            }
        }
        Err(LabError::NoFreeAddress { reason })
    }

    fn take_this(a: u8, b: u8) -> Result<Self, String> {
        let bind = |port| {
            let address = format!("127.{a}.{b}.1");
            TcpListener::bind((address.as_str(), port)).map_err(|error| format!("{address}:{port}: {error}"))
        };
        let guard = bind(GUARD_PORT)?;
        for port in USED_PORTS {
            bind(port)?;
        }
        Ok(Self { a, b, _guard: guard })
    }

    /// The address of a management server, and another address of the same machine.
    pub(crate) fn addresses(&self, server: usize) -> [String; 2] {
        let (a, b) = (self.a, self.b);
        let first = 1 + 10 * server;
        [format!("127.{a}.{b}.{first}"), format!("127.{a}.{b}.{}", first + 1)]
    }

    /// The address of the node with this last number.
    pub(crate) fn numbered(&self, last: u8) -> String {
        format!("127.{}.{}.{last}", self.a, self.b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_in_use_is_not_taken_again() {
        let slot = Slot::take().unwrap();
        assert!(Slot::take_this(slot.a, slot.b).is_err());
    }
}
