//! The lines that `look.sh` prints: a word and its fields, with tabs between them.

use model::id::{InvalidId, PackageName, UnitName};

/// One line.
pub(super) struct Fact<'t> {
    pub(super) word: &'t str,
    fields: Vec<&'t str>,
}

impl<'t> Fact<'t> {
    /// A field without the white space around it; empty when there is none.
    pub(super) fn field(&self, at: usize) -> &'t str {
        self.raw(at).trim()
    }

    /// A field as it was printed.
    pub(super) fn raw(&self, at: usize) -> &'t str {
        self.fields.get(at).copied().unwrap_or("")
    }

    /// The same, if it is not empty.
    pub(super) fn some(&self, at: usize) -> Option<String> {
        Some(self.field(at)).filter(|field| !field.is_empty()).map(str::to_owned)
    }
}

/// All lines; why not, when the script did not come to its end.
pub(super) fn read(text: &str) -> Result<Vec<Fact<'_>>, String> {
    let facts: Vec<Fact<'_>> = text.lines().filter(|line| !line.trim().is_empty()).map(fact).collect();
    if let Some(failed) = facts.iter().find(|fact| fact.word == "failed") {
        return Err(failed.field(0).to_owned());
    }
    match facts.last() {
        Some(last) if last.word == "end" => Ok(facts),
        _ => Err("the look at it was cut short".to_owned()),
    }
}

fn fact(line: &str) -> Fact<'_> {
    let mut fields = line.split('\t');
    Fact { word: fields.next().unwrap_or(""), fields: fields.collect() }
}

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

    #[test]
    fn half_a_look_is_no_look() {
        assert!(read("init\tupstart\n").is_err());
        assert_eq!(read("init\tupstart\nend\n").unwrap().len(), 2);
        assert_eq!(read("failed\tapt-cache policy: no\nend\n").err(), Some("apt-cache policy: no".to_owned()));
    }
}
