//! Keys, codes and recovery codes: pure but for the dice.

use model::time::Timestamp;
use rand::RngCore;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

/// How long a key is: as many bits as RFC 4226 (section 4) recommends.
const KEY_BYTES: usize = 20;

/// How many recovery codes somebody gets.
pub const RECOVERY_CODES: usize = 10;

/// Characters of a recovery code, each worth five bits.
const RECOVERY_LENGTH: usize = 16;

/// Without `l` and `o`, `0` and `1`, which look alike on paper. 32, so that a byte chooses evenly.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A key for an app, in Base32, as apps take it.
pub fn new_key() -> String {
    let mut bytes = [0; KEY_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    Secret::from(bytes).to_base32()
}

/// What apps and Drydock agree on: SHA-1, six digits, thirty seconds, one step of drift. Apps do not reliably know anything else.
/// `None` when the key is none.
pub fn app(key: &str, person: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(key).ok()?;
    Builder::new().with_secret(secret).with_skew(1).with_issuer(Some("Drydock")).with_account_name(person).build().ok()
}

/// What a QR code for an app holds.
pub fn link(key: &str, person: &str) -> Option<String> {
    app(key, person)?.to_url().ok()
}

/// Which step the code belongs to; `None` when it is none of now, the step before or the step after.
pub fn step_of(app: &Totp, code: &str, at: Timestamp) -> Option<i64> {
    let seconds = u64::try_from(at.0 / 1000).ok()?;
    app.check(code, seconds).and_then(|step| i64::try_from(step).ok())
}

/// What was typed, without what people put between groups.
pub fn tidied(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether it has the form of an app's code. Everything else is looked for among the recovery codes.
pub fn is_of_app(tidied: &str) -> bool {
    tidied.len() == 6 && tidied.bytes().all(|byte| byte.is_ascii_digit())
}

/// New recovery codes, in groups as people read them.
pub fn new_recovery_codes() -> Vec<String> {
    (0..RECOVERY_CODES).map(|_| new_recovery_code()).collect()
}

fn new_recovery_code() -> String {
    let mut bytes = [0; RECOVERY_LENGTH];
    rand::rng().fill_bytes(&mut bytes);
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What is kept of a recovery code.
pub fn recovery_hash(code: &str) -> String {
    hex::encode(Sha256::digest(tidied(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the test vectors in RFC 6238, appendix B, in Base32.
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        let app = app(KEY, "anna").unwrap();
        // The last six of the eight digits in appendix B.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            assert_eq!(step_of(&app, code, at(seconds)), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let app = app(KEY, "anna").unwrap();
        // 287082 belongs to the seconds 30 to 59.
        for seconds in [0, 29, 30, 59, 60, 89] {
            assert_eq!(step_of(&app, "287082", at(seconds)), Some(1), "{seconds}");
        }
        for seconds in [90, 119, 1_000] {
            assert_eq!(step_of(&app, "287082", at(seconds)), None, "{seconds}");
        }
    }

    #[test]
    fn nonsense_is_no_code() {
        let app = app(KEY, "anna").unwrap();
        for wrong in ["", "28708", "2870820", "28708a", "-28708", "+28708", "２８７０８２", "287082\0"] {
            assert_eq!(step_of(&app, wrong, at(59)), None, "{wrong:?}");
        }
        assert!(super::app("not Base32!", "anna").is_none());
    }

    #[test]
    fn an_app_is_told_whose_code_it_is() {
        let link = link(KEY, "anna@example.org").unwrap();
        assert!(link.starts_with("otpauth://totp/Drydock:anna%40example.org?"), "{link}");
        assert!(link.contains(&format!("secret={KEY}")) && link.contains("issuer=Drydock"), "{link}");
    }

    #[test]
    fn keys_and_recovery_codes_are_long_and_never_the_same() {
        assert_ne!(new_key(), new_key());
        assert_eq!(new_key().len(), 32, "20 bytes in Base32");
        let codes = new_recovery_codes();
        assert_eq!(codes.len(), RECOVERY_CODES);
        for (number, code) in codes.iter().enumerate() {
            assert_eq!(code.len(), 19, "{code}");
            assert!(!codes[..number].contains(code), "{code} twice");
            assert!(!is_of_app(&tidied(code)), "{code} would be taken for a code of the app");
        }
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let hash = recovery_hash("abcd-efgh-jkmn-pqrs");
        for typed in ["abcdefghjkmnpqrs", " ABCD efgh-JKMN pqrs "] {
            assert_eq!(recovery_hash(typed), hash, "{typed:?}");
        }
        assert_ne!(recovery_hash("abcd-efgh-jkmn-pqrt"), hash);
    }
}
