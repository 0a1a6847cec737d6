//! Canonical JSON (RFC 8785): what is digested, signed or compared byte by byte.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The same bytes for the same content, whatever the order in which it was put together.
///
/// # Panics
/// Never, for what holds no value that JSON cannot express.
#[must_use]
pub fn canonical(value: &impl Serialize) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("plain data has a canonical form")
}

/// SHA-256 over the canonical form, in 64 hexadecimal digits.
#[must_use]
pub(crate) fn digest(value: &impl Serialize) -> String {
    hex::encode(Sha256::digest(canonical(value)))
}
