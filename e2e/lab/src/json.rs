//! JSON whose fields keep their order, and its XML form.
//!
//! The order matters: the first generations of `cloudstack-sysvmadm` read job answers by position
//! (dossier 1.5), so an answer whose fields were sorted would be a different platform.

use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A value of an answer. There is no null: CloudStack leaves absent fields out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Text(String),
    Number(i64),
    Bool(bool),
    List(Vec<Json>),
    Object(Fields),
}

/// An object, in the order its fields were added.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Fields(Vec<(String, Json)>);

impl Fields {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a field if there is something to say.
    pub(crate) fn maybe(self, name: &str, value: Option<impl Into<Json>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The text of a field.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(key, value)| match value {
            Json::Text(text) if key == name => Some(text.as_str()),
            _ => None,
        })
    }

    /// Adds all fields of another object.
    pub(crate) fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(fields) => fields.serialize(serializer),
        }
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&String> for Json {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<Fields> for Json {
    fn from(value: Fields) -> Self {
        Self::Object(value)
    }
}

impl From<Vec<Fields>> for Json {
    fn from(value: Vec<Fields>) -> Self {
        Self::List(value.into_iter().map(Self::Object).collect())
    }
}

/// The answer of a caller who did not ask for JSON: XML is CloudStack's default.
pub(crate) fn to_xml(root: &Fields) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    write_xml(root, &mut out);
    out
}

fn write_xml(fields: &Fields, out: &mut String) {
    for (name, value) in &fields.0 {
        match value {
            // A list has no element of its own: its name is repeated per item.
            Json::List(items) => {
                for item in items {
                    write_element(name, item, out);
                }
            }
            single => write_element(name, single, out),
        }
    }
}

fn write_element(name: &str, value: &Json, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = match value {
        Json::Text(text) => write!(out, "<{name}>{}</{name}>", escaped(text)),
        Json::Number(number) => write!(out, "<{name}>{number}</{name}>"),
        Json::Bool(flag) => write!(out, "<{name}>{flag}</{name}>"),
        Json::List(_) | Json::Object(_) => {
            let _ = write!(out, "<{name}>");
            match value {
                Json::Object(fields) => write_xml(fields, out),
                _ => write_xml(&Fields::new().with(name, value.clone()), out),
            }
            write!(out, "</{name}>")
        }
    };
}

impl From<Vec<Json>> for Json {
    fn from(value: Vec<Json>) -> Self {
        Self::List(value)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_the_order_in_which_they_were_added() {
        let fields = Fields::new().with("b", 1).with("a", "x").with("c", true);
        assert_eq!(serde_json::to_string(&fields).unwrap(), r#"{"b":1,"a":"x","c":true}"#);
    }

    #[test]
    fn xml_repeats_the_name_of_a_list_per_item_and_escapes_text() {
        let items = vec![Fields::new().with("name", "a&b"), Fields::new()];
        let root = Fields::new().with("response", Fields::new().with("zone", items));
        assert!(to_xml(&root).ends_with("<response><zone><name>a&amp;b</name></zone><zone></zone></response>"));
    }
}
