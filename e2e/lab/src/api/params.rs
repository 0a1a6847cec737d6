//! The parameters of one call.

use std::collections::BTreeMap;

use super::error::ApiError;

/// Parameters as sent, and by lower-case name as the server looks them up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    pub(crate) sent: Vec<(String, String)>,
    by_name: BTreeMap<String, String>,
}

impl Params {
    pub(crate) fn new(sent: Vec<(String, String)>) -> Self {
        let mut by_name = BTreeMap::new();
        for (name, value) in &sent {
            // Of a repeated parameter the first one counts.
            by_name.entry(name.to_lowercase()).or_insert_with(|| value.clone());
        }
        Self { sent, by_name }
    }

    /// The parameters of a query string or of a form body.
    pub(crate) fn parse(texts: &[&str]) -> Self {
        Self::new(
            texts
                .iter()
                .flat_map(|text| form_urlencoded::parse(text.as_bytes()))
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// An empty value counts as not given, as in the real system.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    }

    /// A boolean parameter; false if absent.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.get(name) {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) => Err(ApiError::parameter(format!("Unable to parse the boolean {name}={value}"))),
        }
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let parse = |value: &str| {
            value.parse().map_err(|_| ApiError::parameter(format!("Unable to parse the number {name}={value}")))
        };
        self.get(name).map(parse).transpose()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// What the ground truth keeps: everything but the key and the signature.
    pub(crate) fn to_record(&self) -> BTreeMap<String, String> {
        let mut record = self.by_name.clone();
        record.retain(|name, _| !matches!(name.as_str(), "apikey" | "signature" | "command"));
        record
    }
}
