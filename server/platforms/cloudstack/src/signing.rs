//! Signed requests (dossier 3.1).
//!
//! Names of parameters are all lower case here, so the question how the server sorts capitals never comes up.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use model::time::Timestamp;
use sha1::Sha1;

use crate::KeyPair;

/// Parameters of one request, by name.
pub(crate) type Parameters = BTreeMap<String, String>;

/// The request as a query or form body: everything, with key, expiry and signature.
pub(crate) fn signed(command: &str, parameters: &[(&str, &str)], expires: Timestamp, keys: &KeyPair) -> String {
    let mut all: Parameters =
        parameters.iter().map(|(name, value)| (name.to_ascii_lowercase(), (*value).to_owned())).collect();
    all.insert("command".into(), command.into());
    all.insert("response".into(), "json".into());
    all.insert("apikey".into(), keys.api_key.expose().into());
    all.insert("signatureversion".into(), "3".into());
    all.insert("expires".into(), expiry(expires));
    let signature = signature(&all, keys.secret_key.expose());
    format!("{}&signature={}", joined(&all), url_encoded(&signature))
}

/// The signature of these parameters, in Base64.
fn signature(parameters: &Parameters, secret_key: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret_key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(joined(parameters).to_ascii_lowercase().as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

fn joined(parameters: &Parameters) -> String {
    parameters.iter().map(|(name, value)| format!("{name}={}", url_encoded(value))).collect::<Vec<_>>().join("&")
}

/// As Java's `URLEncoder` does it, but with `%20` for a blank: `~` is encoded, `*` is not.
pub(crate) fn url_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-*_".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// `2026-01-31T12:00:00+0000`. Parts of a second are cut off, so a request never lives longer than it was meant to.
fn expiry(at: Timestamp) -> String {
    format!("{}+0000", at.utc().replace(' ', "T"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote::Secret;

    const NOON: Timestamp = Timestamp(1_769_860_800_000);

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn demo(more: &[(&str, &str)]) -> Parameters {
        let mut all = parameters(&[("apikey", "demo-API_key"), ("response", "json")]);
        all.extend(parameters(more));
        all
    }

    #[test]
    fn the_example_of_the_vendors_documentation_comes_out_byte_by_byte() {
        let all = parameters(&[
            ("apikey", "plgWJfZK4gyS3mOMTVmjUVg-X-jlWlnfaUJ9GAbBbf9EdM-kAYMmAiLqzzq1ElZLYq_u38zCm0bewzGUdP66mg"),
            ("command", "listUsers"),
            ("response", "json"),
        ]);
        let secret = "VDaACYb0LV9eNjTetIOElcVQkvJck_J_QljX_FcHRj87ZKiy0z0ty0ZsYBkoXkY9b7eq1EhwJaw7FF3akA3KBQ";
        assert_eq!(signature(&all, secret), "TTpdDq/7j/J58XCRHomKoQXEQds=");
    }

    #[test]
    fn requests_with_an_expiry_are_signed_as_the_server_signs_them() {
        let list = demo(&[
            ("command", "listSystemVms"),
            ("page", "1"),
            ("pagesize", "500"),
            ("expires", &expiry(NOON)),
            ("signatureversion", "3"),
        ]);
        assert_eq!(signature(&list, "demo-secret-KEY"), "KNKJXNmcUbqoUVWeZvFozen4qoQ=");
        let stop = demo(&[
            ("command", "stopSystemVm"),
            ("id", "2e7293a0-d168-46f3-bc29-262ddbf22474"),
            ("forced", "false"),
            ("expires", &expiry(NOON)),
            ("signatureversion", "3"),
        ]);
        assert_eq!(signature(&stop, "demo-secret-KEY"), "Jupisxm36/bhbHMXeIijlZUk0y4=");
    }

    #[test]
    fn odd_characters_are_encoded_the_way_java_does_it() {
        let odd = demo(&[("command", "listConfigurations"), ("name", "a b*c~d+e/é")]);
        let made = signature(&odd, "demo-secret-KEY");
        assert_eq!(made, "LQ+01YgP8hsJOn58CmSEqz8Mtyw=");
        assert_ne!(made, "6qmelIGNULMUphgB3ySWR3GjNRk=", "this one leaves the tilde as it is, and is refused");
    }

    #[test]
    fn the_text_that_is_sent_carries_an_expiry_and_never_the_secret_key() {
        let keys = KeyPair { api_key: Secret::new("demo-API_key"), secret_key: Secret::new("demo-secret-KEY") };
        let sent = signed("listSystemVms", &[("page", "1"), ("pagesize", "500")], NOON, &keys);
        assert_eq!(
            sent,
            "apikey=demo-API_key&command=listSystemVms&expires=2026-01-31T12%3A00%3A00%2B0000&page=1&pagesize=500\
             &response=json&signatureversion=3&signature=KNKJXNmcUbqoUVWeZvFozen4qoQ%3D"
        );
    }
}
