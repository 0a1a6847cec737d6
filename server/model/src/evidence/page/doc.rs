//! HTML, put together so that nothing from outside can become markup: what is markup stands in this program.

use crate::html::escaped;
use crate::time::Timestamp;

/// A document as far as it is written.
pub(super) struct Doc(pub String);

impl Doc {
    /// Markup. Its lifetime keeps away what comes from outside.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text.
    pub fn text(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.0.push_str(&escaped(text.as_ref()));
        self
    }

    /// An element of text.
    pub fn element(&mut self, tag: &'static str, text: impl AsRef<str>) -> &mut Self {
        self.raw("<").raw(tag).raw(">").text(text).raw("</").raw(tag).raw(">\n")
    }

    /// A paragraph.
    pub fn p(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.element("p", text)
    }

    /// A paragraph that matters less.
    pub fn hint(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.raw("<p class=\"muted\">").text(text).raw("</p>\n")
    }

    /// A row of a list of facts.
    pub fn fact(&mut self, name: &'static str, value: impl AsRef<str>) -> &mut Self {
        self.raw("<dt>").raw(name).raw("</dt><dd>").text(value).raw("</dd>\n")
    }

    /// The same, if there is something to say.
    pub fn fact_of(&mut self, name: &'static str, value: &str) -> &mut Self {
        if value.is_empty() { self } else { self.fact(name, value) }
    }

    /// A file that lies beside the page. Names of members hold no `:` and do not begin with `/`, so they lead nowhere else.
    pub fn file(&mut self, name: &str) -> &mut Self {
        self.raw("<a class=\"mono\" href=\"").text(name).raw("\">").text(name).raw("</a>")
    }
}

/// The moment, or a dash.
pub(super) fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.to_string())
}
