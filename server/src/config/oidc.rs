//! The section `[oidc]`: a provider at which people sign in.

use std::collections::BTreeSet;

use engine::ProviderSettings;
use model::grant::Grants;
use model::secret::SecretRef;
use serde::Deserialize;

use super::{ConfigError, Layers, Source};

/// What one source says of it; `None` where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OidcLayer {
    pub name: Option<String>,
    pub issuer: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub scopes: Option<String>,
    pub groups_claim: Option<String>,
    pub grants: Option<String>,
    pub ca_file: Option<String>,
}

impl OidcLayer {
    /// Reads `DRYDOCK_OIDC_…`.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            name: get("DRYDOCK_OIDC_NAME"),
            issuer: get("DRYDOCK_OIDC_ISSUER"),
            client_id: get("DRYDOCK_OIDC_CLIENT_ID"),
            client_secret: get("DRYDOCK_OIDC_CLIENT_SECRET"),
            scopes: get("DRYDOCK_OIDC_SCOPES"),
            groups_claim: get("DRYDOCK_OIDC_GROUPS_CLAIM"),
            grants: get("DRYDOCK_OIDC_GRANTS"),
            ca_file: get("DRYDOCK_OIDC_CA_FILE"),
        }
    }
}

/// The provider, if one is named; with nothing but the issuer missing, what else is set is a mistake.
pub(super) fn provider(layers: &Layers) -> Result<Option<ProviderSettings>, ConfigError> {
    let issuer = layers.parse(
        "oidc.issuer",
        "https:// and what the provider calls itself, exactly; http:// on this machine only",
        |l| l.oidc.issuer.as_ref(),
        parse_issuer,
    )?;
    let client_id =
        layers.parse("oidc.client_id", "1 to 200 visible characters", |l| l.oidc.client_id.as_ref(), visible)?;
    let client_secret = layers.parse(
        "oidc.client_secret",
        "file:/path or env:VARIABLE",
        |l| l.oidc.client_secret.as_ref(),
        parse_reference,
    )?;
    let grants = layers.parse(
        "oidc.grants",
        "GROUP = ROLES, separated by semicolons or on a line each; roles as in operator or operator@label",
        |l| l.oidc.grants.as_ref(),
        parse_grants,
    )?;
    let scopes = layers.parse("oidc.scopes", "words, separated by blanks", |l| l.oidc.scopes.as_ref(), parse_scopes)?;
    let groups_claim =
        layers.parse("oidc.groups_claim", "the name of a claim", |l| l.oidc.groups_claim.as_ref(), visible)?;
    let name = layers.parse("oidc.name", "1 to 60 characters", |l| l.oidc.name.as_ref(), parse_name)?;
    let ca_file =
        layers.parse("oidc.ca_file", "the absolute path of a file", |l| l.oidc.ca_file.as_ref(), parse_path)?;
    let Some(issuer) = issuer else {
        let others: [(&'static str, bool); 3] = [
            ("oidc.client_id", client_id.is_some()),
            ("oidc.client_secret", client_secret.is_some()),
            ("oidc.grants", grants.is_some()),
        ];
        return match others.into_iter().find(|(_, is_set)| *is_set) {
            None => Ok(None),
            Some((key, _)) => Err(missing("oidc.issuer", key)),
        };
    };
    Ok(Some(ProviderSettings {
        name: name.unwrap_or_else(|| host_of(&issuer).to_owned()),
        client_id: client_id.ok_or_else(|| missing("oidc.client_id", "oidc.issuer"))?,
        client_secret,
        scopes: scopes.unwrap_or_else(|| ["profile", "email"].map(str::to_owned).into()),
        groups_claim: groups_claim.unwrap_or_else(|| "groups".to_owned()),
        grants: grants.ok_or_else(|| missing("oidc.grants", "oidc.issuer"))?,
        ca_file,
        issuer,
    }))
}

fn missing(key: &'static str, because: &str) -> ConfigError {
    let problem = format!("it is not set, and {because} is");
    ConfigError::Invalid { key, from: Source::Default, problem, allowed: "both, or neither" }
}

fn host_of(issuer: &str) -> &str {
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

fn parse_issuer(text: &str) -> Result<String, String> {
    let shown = !text.contains(['?', '#', '@']) && text.chars().all(|c| c.is_ascii_graphic());
    let is_local = ["localhost", "127.0.0.1"].contains(&host_of(text));
    let is_safe = text.starts_with("https://") || (text.starts_with("http://") && is_local);
    if shown && is_safe && !host_of(text).is_empty() {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is no address of a provider"))
    }
}

fn visible(text: &str) -> Result<String, String> {
    let fits = (1..=200).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err("it is empty, too long or has blanks".to_owned()) }
}

fn parse_name(text: &str) -> Result<String, String> {
    let fits = (1..=60).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("it is empty or too long".to_owned()) }
}

fn parse_path(text: &str) -> Result<String, String> {
    if text.starts_with('/') { Ok(text.to_owned()) } else { Err(format!("{text:?} is not absolute")) }
}

/// Never repeats what was given: somebody may have written the secret itself.
fn parse_reference(text: &str) -> Result<SecretRef, String> {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match text.split_once(':') {
        Some(("file", path)) if path.starts_with('/') => Ok(SecretRef::File(path.to_owned())),
        Some(("env", name)) if is_name(name) => Ok(SecretRef::Variable(name.to_owned())),
        _ => Err("this says neither which file nor which variable it is in; the secret itself does not belong here"
            .to_owned()),
    }
}

fn parse_scopes(text: &str) -> Result<Vec<String>, String> {
    let words: Vec<String> = text.split_whitespace().filter(|word| *word != "openid").map(str::to_owned).collect();
    Ok(words)
}

fn parse_grants(text: &str) -> Result<Vec<(String, Grants)>, String> {
    let mut found: Vec<(String, Grants)> = Vec::new();
    let mut groups = BTreeSet::new();
    for line in text.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty()) {
        // The name of a group may have the sign in it; roles have none.
        let (group, roles) = line.rsplit_once('=').ok_or_else(|| format!("{line:?} has no ="))?;
        let group = group.trim();
        if group.is_empty() || !groups.insert(group.to_owned()) {
            return Err(format!("the group in {line:?} is empty, or there twice"));
        }
        let roles: Grants = roles.parse().map_err(|error: model::grant::InvalidGrant| format!("{group}: {error}"))?;
        if roles.is_empty() {
            return Err(format!("{group} is given no role"));
        }
        found.push((group.to_owned(), roles));
    }
    if found.is_empty() { Err("no group is named, so nobody could do anything".to_owned()) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_given_roles_and_what_is_no_role_is_refused_with_its_group() {
        let found = parse_grants("storage = operator@berlin viewer; cn=ops,dc=x = admin\n\nall=viewer").unwrap();
        let words: Vec<(&str, String)> = found.iter().map(|(group, grants)| (group.as_str(), grants.text())).collect();
        let expected = [("storage", "viewer operator@berlin"), ("cn=ops,dc=x", "admin"), ("all", "viewer")]
            .map(|(g, r)| (g, r.to_owned()));
        assert_eq!(words, expected);
        for (wrong, says) in [
            ("", "no group"),
            ("storage", "has no ="),
            ("storage =", "no role"),
            ("storage = king", "storage"),
            ("storage = admin@berlin", "everywhere or not at all"),
            ("= viewer", "empty"),
            ("a = viewer; a = admin", "twice"),
        ] {
            let refused = parse_grants(wrong).unwrap_err();
            assert!(refused.contains(says), "{wrong:?}: {refused}");
        }
    }

    #[test]
    fn a_provider_is_asked_over_tls_unless_it_is_on_this_machine() {
        for right in ["https://login.example.org/realms/a", "http://127.0.0.1:4000", "http://localhost:80/x"] {
            assert!(parse_issuer(right).is_ok(), "{right}");
        }
        for wrong in ["", "login.example.org", "http://login.example.org", "https://", "https://a@b", "https://a/?x=1"]
        {
            assert!(parse_issuer(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_that_is_written_down_instead_of_its_place_is_refused_and_not_repeated() {
        for wrong in ["geheim", "file:geheim", "env:", "env:ge-heim", "https://geheim"] {
            let refused = parse_reference(wrong).unwrap_err();
            assert!(!refused.contains("geheim"), "{refused}");
        }
        assert_eq!(parse_reference("env:SECRET"), Ok(SecretRef::Variable("SECRET".to_owned())));
    }
}
