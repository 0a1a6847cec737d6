//! Signed requests (dossier 3.1).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use time::{Duration, OffsetDateTime};

use super::params::Params;

/// How far ahead `expires` may be where timestamps are enforced.
const LONGEST_EXPIRY: Duration = Duration::minutes(15);

/// The pair of keys of the lab's user.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) api: String,
    pub(crate) secret: String,
}

/// Whether a call may pass.
///
/// `enforced` is the setting that makes an expiry mandatory.
pub(crate) fn verify(keys: &Keys, params: &Params, now: OffsetDateTime, enforced: bool) -> bool {
    let key_known = params.get("apikey") == Some(keys.api.as_str());
    let versioned = params.get("signatureversion") == Some("3");
    let in_time = match (versioned, params.get("expires").map(parse_expiry)) {
        (false, _) => !enforced,
        (true, Some(Some(expires))) => expires >= now && (!enforced || expires <= now + LONGEST_EXPIRY),
        (true, Some(None) | None) => false,
    };
    let signed = params.get("signature") == Some(sign(&keys.secret, &params.sent).as_str());
    key_known && in_time && signed
}

/// The signature of these parameters, in Base64.
pub(crate) fn sign(secret: &str, params: &[(String, String)]) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else {
        // HMAC takes keys of every length.
        return String::new();
    };
    mac.update(string_to_sign(params).as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

fn string_to_sign(params: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = params.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("signature")).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let pairs: Vec<_> = sorted.into_iter().map(|(name, value)| format!("{name}={}", url_encoded(value))).collect();
    pairs.join("&").to_lowercase()
}

/// Java's URL encoding, with `%20` for a blank: `*` stays as it is, `~` does not.
fn url_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-*_".contains(&byte) {
            out.push(byte as char);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `2026-01-31T12:00:00+0000`, also with `+00:00` or `Z`.
fn parse_expiry(text: &str) -> Option<OffsetDateTime> {
    use time::format_description::well_known::Rfc3339;
    use time::macros::format_description;
    let plain =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second][offset_hour sign:mandatory][offset_minute]");
    OffsetDateTime::parse(text, plain).or_else(|_| OffsetDateTime::parse(text, &Rfc3339)).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut all = vec![("response", "json"), ("apikey", "demo-API_key")];
        all.extend(pairs);
        all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    const EXPIRES: &str = "2026-01-31T12:00:00+0000";

    #[test]
    fn the_vectors_of_the_dossier_are_reproduced() {
        let documented = [
            ("apikey", "plgWJfZK4gyS3mOMTVmjUVg-X-jlWlnfaUJ9GAbBbf9EdM-kAYMmAiLqzzq1ElZLYq_u38zCm0bewzGUdP66mg"),
            ("command", "listUsers"),
            ("response", "json"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let secret = "VDaACYb0LV9eNjTetIOElcVQkvJck_J_QljX_FcHRj87ZKiy0z0ty0ZsYBkoXkY9b7eq1EhwJaw7FF3akA3KBQ";
        assert_eq!(sign(secret, &documented), "TTpdDq/7j/J58XCRHomKoQXEQds=");

        let list = params(&[
            ("command", "listSystemVms"),
            ("page", "1"),
            ("pagesize", "500"),
            ("signatureversion", "3"),
            ("expires", EXPIRES),
        ]);
        assert_eq!(sign("demo-secret-KEY", &list), "KNKJXNmcUbqoUVWeZvFozen4qoQ=");

        let stop = params(&[
            ("command", "stopSystemVm"),
            ("id", "2e7293a0-d168-46f3-bc29-262ddbf22474"),
            ("forced", "false"),
            ("signatureversion", "3"),
            ("expires", EXPIRES),
        ]);
        assert_eq!(sign("demo-secret-KEY", &stop), "Jupisxm36/bhbHMXeIijlZUk0y4=");

        let odd = params(&[("command", "listConfigurations"), ("name", "a b*c~d+e/é")]);
        assert_eq!(sign("demo-secret-KEY", &odd), "LQ+01YgP8hsJOn58CmSEqz8Mtyw=");
    }

    fn accepted(signature: &str, more: &[(&str, &str)], enforced: bool) -> bool {
        let keys = Keys { api: "demo-API_key".into(), secret: "demo-secret-KEY".into() };
        let mut sent = params(more);
        let signature = match signature {
            "right" => sign(&keys.secret, &sent),
            other => other.to_owned(),
        };
        sent.push(("signature".into(), signature));
        let now = datetime!(2026-01-31 11:50 UTC);
        verify(&keys, &Params::new(sent), now, enforced)
    }

    #[test]
    fn a_literal_tilde_in_the_signed_string_is_refused() {
        let odd = [("command", "listConfigurations"), ("name", "a b*c~d+e/é")];
        assert!(accepted("LQ+01YgP8hsJOn58CmSEqz8Mtyw=", &odd, false));
        assert!(!accepted("6qmelIGNULMUphgB3ySWR3GjNRk=", &odd, false));
    }

    #[test]
    fn expiry_counts_with_version_three_only() {
        let with = |expires, version| {
            let more = [("command", "listZones"), ("expires", expires), ("signatureversion", version)];
            accepted("right", &more, false)
        };
        assert!(with(EXPIRES, "3"));
        assert!(with("2026-01-31T12:00:00Z", "3"));
        assert!(!with("2026-01-31T11:49:59+0000", "3"));
        assert!(!with("soon", "3"));
        assert!(with("2026-01-31T11:49:59+0000", "2"));
    }

    #[test]
    fn enforced_timestamps_demand_an_expiry_within_a_quarter_of_an_hour() {
        let list = ("command", "listZones");
        let version = ("signatureversion", "3");
        assert!(!accepted("right", &[list], true));
        assert!(accepted("right", &[list, version, ("expires", EXPIRES)], true));
        let far = ("expires", "2026-01-31T12:05:01+0000");
        assert!(!accepted("right", &[list, version, far], true));
        assert!(accepted("right", &[list, version, far], false));
    }
}
