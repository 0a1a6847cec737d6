//! What a script that looks around prints: one fact a line, a word and its fields, with tabs between them.

/// One line.
pub struct Fact<'t> {
    /// What it is about.
    pub word: &'t str,
    fields: Vec<&'t str>,
}

impl<'t> Fact<'t> {
    /// A field without the white space around it; empty when there is none.
    pub fn field(&self, at: usize) -> &'t str {
        self.raw(at).trim()
    }

    /// A field as it was printed.
    pub fn raw(&self, at: usize) -> &'t str {
        self.fields.get(at).copied().unwrap_or("")
    }

    /// The same without the white space around it, if it is not empty.
    pub fn some(&self, at: usize) -> Option<String> {
        Some(self.field(at)).filter(|field| !field.is_empty()).map(str::to_owned)
    }

    /// All lines; why not, when the script says that it failed or did not come to its last word, `end`.
    pub fn read_all(text: &'t str) -> Result<Vec<Self>, String> {
        let facts: Vec<Self> = text.lines().filter(|line| !line.trim().is_empty()).map(Self::read).collect();
        if let Some(failed) = facts.iter().find(|fact| fact.word == "failed") {
            return Err(failed.field(0).to_owned());
        }
        match facts.last() {
            Some(last) if last.word == "end" => Ok(facts),
            _ => Err("the look at it was cut short".to_owned()),
        }
    }

    fn read(line: &'t str) -> Self {
        let mut fields = line.split('\t');
        Self { word: fields.next().unwrap_or(""), fields: fields.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_look_is_no_look() {
        assert!(Fact::read_all("init\tupstart\n").is_err());
        assert_eq!(Fact::read_all("init\tupstart\nend\n").unwrap().len(), 2);
        assert_eq!(
            Fact::read_all("failed\tapt-cache policy: no\nend\n").err(),
            Some("apt-cache policy: no".to_owned())
        );
    }

    #[test]
    fn a_field_that_is_not_there_is_empty() {
        let facts = Fact::read_all("unit\t name \t\nend\n").unwrap();
        assert_eq!(
            (facts[0].field(0), facts[0].raw(0), facts[0].some(1), facts[0].some(7)),
            ("name", " name ", None, None)
        );
    }
}
