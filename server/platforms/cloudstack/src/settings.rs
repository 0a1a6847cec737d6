//! Names that both sides of this crate use.

/// The setting that opens the unauthenticated API; 0 is off (dossier 2.1).
pub(crate) const INTEGRATION_PORT: &str = "integration.api.port";

/// The setting routers are measured against (dossier 4.2).
pub(crate) const MINIMUM_TEMPLATE: &str = "minreq.sysvmtemplate.version";

/// The environment variable in which a script receives the database password.
pub(crate) const DATABASE_PASSWORD: &str = "DRYDOCK_DB_PASSWORD";

/// The script pastes the address into a URL and into a shell command without quotes (dossier 1.2), so only what can be
/// part of a name or an address is taken.
pub(crate) fn is_address(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".:-[]".contains(c);
    !text.is_empty() && text.len() <= 253 && !text.starts_with('-') && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_a_shell_could_read_otherwise_is_not_one() {
        for good in ["127.0.0.1", "localhost", "mgmt-1.example", "[::1]"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "-m", "a b", "a;id", "$(id)", "a/../b", "a&b", "`id`"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
