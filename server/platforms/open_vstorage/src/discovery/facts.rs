//! What the fields of the lines that `look.sh` prints may hold.

use model::id::{InvalidId, PackageName, UnitName};

/// A unit's name may become an argument of a command: one that means something to a shell or to an option parser is
/// refused, and with it the whole node, because what is there is not what we know.
pub(super) fn unit(text: &str) -> Result<UnitName, String> {
    UnitName::new(text).map_err(|error| refused("a unit", &error))
}

pub(super) fn package(text: &str) -> Result<PackageName, String> {
    PackageName::new(text).map_err(|error| refused("a package", &error))
}

/// Versions become arguments, too.
pub(super) fn version(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".+:~_^-".contains(c);
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts_well && text.len() <= 200 && text.chars().all(allowed) {
        return Ok(text.to_owned());
    }
    let shown: String = text.chars().take(80).collect();
    Err(format!("the version {shown:?} is not one: letters, digits and . + : ~ _ ^ - are allowed"))
}

fn refused(what: &str, error: &InvalidId) -> String {
    format!("{what} there has a name that Drydock does not touch: {error}. Rename or remove it, then look again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_mean_something_to_a_shell_is_refused_in_clear_words() {
        let words = unit("ovs-volumedriver_; reboot").unwrap_err();
        assert!(words.contains("; reboot") && words.contains("Rename or remove it"), "{words}");
        for bad in ["-y", "1.0 -o x", "$(id)", ""] {
            assert!(version(bad).is_err(), "{bad:?}");
        }
        assert!(version("1:2.7.4-rev.4161.5f26491-1~trusty+b1").is_ok());
    }
}
