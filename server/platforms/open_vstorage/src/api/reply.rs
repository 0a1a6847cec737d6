//! Reading what the API answers (dossier 2.1, 2.3).

use serde_json::Value;

/// What stood in an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    /// JSON, with status 200.
    Fine(Value),
    /// The API said no.
    Refused {
        status: u16,
        /// For example `token_expired`.
        code: String,
        text: String,
    },
    /// Something that does not come from the API: nginx before a service that is down, a login page.
    Foreign { status: u16 },
}

pub(crate) fn read(status: u16, body: &[u8]) -> Reply {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Reply::Foreign { status } };
    if (200..300).contains(&status) {
        return Reply::Fine(value);
    }
    match text(&value, "error") {
        Some(code) => {
            let text = text(&value, "error_description").unwrap_or_else(|| "no reason given".to_owned());
            Reply::Refused { status, code, text }
        }
        // What Django itself refuses has a field of its own.
        None => match text(&value, "detail") {
            Some(text) => Reply::Refused { status, code: "refused".to_owned(), text },
            None => Reply::Foreign { status },
        },
    }
}

/// A field as text, whether it is a string or a number; an empty one is none.
pub(crate) fn text(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A field as a number.
pub(crate) fn number(object: &Value, name: &str) -> Option<u64> {
    match object.get(name)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A field as a list of texts; what is no text is left out.
pub(crate) fn texts(object: &Value, name: &str) -> Vec<String> {
    let items = object.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// A field that must be there, or words saying which row lacks it.
pub(crate) fn needed(row: &Value, name: &str) -> Result<String, String> {
    text(row, name).ok_or_else(|| {
        let which = text(row, "name").or_else(|| text(row, "guid")).unwrap_or_else(|| "a row".to_owned());
        format!("{which} has no usable field {name}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_apart_from_an_answer_of_somebody_else() {
        let expired = br#"{"error":"token_expired","error_description":"The token is expired"}"#;
        let Reply::Refused { status: 401, code, text } = read(401, expired) else { panic!("a refusal") };
        assert_eq!((code.as_str(), text.as_str()), ("token_expired", "The token is expired"));
        assert_eq!(read(502, b"<html>502 Bad Gateway</html>"), Reply::Foreign { status: 502 });
        assert_eq!(read(200, b"<html>"), Reply::Foreign { status: 200 });
        assert_eq!(read(200, b"\"an-id\""), Reply::Fine(Value::String("an-id".into())));
        assert!(matches!(read(404, br#"{"detail":"Not found"}"#), Reply::Refused { status: 404, .. }));
    }
}
