//! Reading what the API answers (dossier 3.4 to 3.6).
//!
//! Every body is one object with one key, whatever its name. Fields that are blank are left out, numbers and truth
//! values sometimes come as strings, and nothing may be told from the order.

use model::id::CloudId;
use model::time::Timestamp;
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::format_description;

/// What stood in an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    /// The inside of the envelope.
    Fine(Value),
    /// The server said no, in its own words.
    Refused {
        /// HTTP status and `errorcode`.
        code: u16,
        /// `errortext`.
        text: String,
    },
    /// Something that does not come from the API: a proxy, a login page, a server that is still starting.
    Foreign {
        /// HTTP status.
        status: u16,
    },
}

/// Tells the three apart.
pub(crate) fn read(status: u16, body: &[u8]) -> Reply {
    let Some(inside) = serde_json::from_slice(body).ok().and_then(open_envelope) else {
        return Reply::Foreign { status };
    };
    let code = number(&inside, "errorcode").and_then(|code| u16::try_from(code).ok());
    match code {
        Some(code) => {
            let text = text(&inside, "errortext").unwrap_or_else(|| "no reason given".to_owned());
            Reply::Refused { code, text }
        }
        None if (200..300).contains(&status) => Reply::Fine(inside),
        None => Reply::Foreign { status },
    }
}

fn open_envelope(body: Value) -> Option<Value> {
    let Value::Object(fields) = body else { return None };
    let mut fields = fields.into_iter();
    match (fields.next(), fields.next()) {
        (Some((name, inside)), None) if name.ends_with("response") && inside.is_object() => Some(inside),
        _ => None,
    }
}

/// The items of a list; an empty list has neither count nor array.
pub(crate) fn items(inside: &Value) -> &[Value] {
    let Value::Object(fields) = inside else { return &[] };
    fields.values().find_map(|value| value.as_array().map(Vec::as_slice)).unwrap_or_default()
}

/// A field as text, whether it is a string or a number.
pub(crate) fn text(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A field as a number.
pub(crate) fn number(object: &Value, name: &str) -> Option<i64> {
    match object.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A field as a truth value.
pub(crate) fn flag(object: &Value, name: &str) -> Option<bool> {
    match object.get(name)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A field as the id of an object.
pub(crate) fn id(object: &Value, name: &str) -> Option<CloudId> {
    CloudId::new(text(object, name)?).ok()
}

/// A field that must be there, or words saying which row lacks it.
pub(crate) fn needed<T>(found: Option<T>, row: &Value, name: &str) -> Result<T, String> {
    found.ok_or_else(|| {
        let which = text(row, "name").or_else(|| text(row, "id")).unwrap_or_else(|| "a row".to_owned());
        format!("{which} has no usable field {name}")
    })
}

/// `2026-01-02T03:04:05+0000`.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second][offset_hour sign:mandatory][offset_minute]");
    OffsetDateTime::parse(text, format).ok().map(|at| Timestamp(at.unix_timestamp().saturating_mul(1000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fine(body: &str) -> Value {
        match read(200, body.as_bytes()) {
            Reply::Fine(inside) => inside,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_empty_list_has_no_items_and_count_may_come_last() {
        assert!(items(&fine(r#"{"listroutersresponse":{}}"#)).is_empty());
        let listed = fine(r#"{"listconfigurationsresponse":{"configuration":[{"name":"a"}],"count":1}}"#);
        assert_eq!(items(&listed).len(), 1);
        assert_eq!(number(&listed, "count"), Some(1));
    }

    #[test]
    fn the_name_of_the_envelope_does_not_matter() {
        assert_eq!(items(&fine(r#"{"listvpcresponse":{"count":1,"vpc":[{}]}}"#)).len(), 1);
    }

    #[test]
    fn a_refusal_is_told_with_its_code_and_words() {
        let body = br#"{"listclustersresponse":{"uuidList":[],"errorcode":401,"errortext":"unable to verify"}}"#;
        assert_eq!(read(401, body), Reply::Refused { code: 401, text: "unable to verify".into() });
    }

    #[test]
    fn a_page_of_a_proxy_or_of_a_starting_server_is_no_answer_of_the_api() {
        assert_eq!(read(503, b"<html>Service Unavailable</html>"), Reply::Foreign { status: 503 });
        assert_eq!(read(200, b"<html>Log in</html>"), Reply::Foreign { status: 200 });
        assert_eq!(read(200, b"[]"), Reply::Foreign { status: 200 });
    }

    #[test]
    fn truth_values_and_numbers_may_be_strings() {
        let inside = fine(r#"{"xresponse":{"supportELB":"false","n":"7","m":8}}"#);
        assert_eq!(flag(&inside, "supportELB"), Some(false));
        assert_eq!((number(&inside, "n"), number(&inside, "m")), (Some(7), Some(8)));
    }

    #[test]
    fn times_carry_their_zone() {
        assert_eq!(moment("2026-01-31T12:00:00+0000"), Some(Timestamp(1_769_860_800_000)));
        assert_eq!(moment("2016-05-17T23:01:55+0200"), moment("2016-05-17T21:01:55+0000"));
        assert_eq!(moment("yesterday"), None);
    }
}
