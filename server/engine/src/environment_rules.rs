//! What an environment must be like before it is kept. Every refusal names the field.

use std::collections::BTreeSet;

use model::environment::{
    CloudStackSettings, CloudifySettings, Host, ManagerRest, OpenVstorageSettings, PlatformSettings, machine_of,
};
use model::id::HostName;
use model::secret::SecretRef;

use crate::Result;
use crate::environments::EnvironmentDraft;
use crate::error::invalid;

/// Refuses what cannot be an environment, by the name of the field.
pub(crate) fn check(draft: &EnvironmentDraft) -> Result<()> {
    let name = draft.name.trim();
    if name.is_empty() || name.len() > 80 || name != draft.name || name.chars().any(char::is_control) {
        return Err(invalid("name", "1 to 80 characters are needed, without blanks at the ends"));
    }
    if draft.labels.iter().any(|label| HostName::new(label.clone()).is_err()) {
        return Err(invalid("labels", format!("in each label, {}", HostName::RULE)));
    }
    match &draft.platform {
        PlatformSettings::CloudStack(settings) => check_cloudstack(settings),
        PlatformSettings::OpenVstorage(settings) => check_open_vstorage(settings),
        PlatformSettings::Cloudify(settings) => check_cloudify(settings),
    }
}

fn check_open_vstorage(settings: &OpenVstorageSettings) -> Result<()> {
    check_endpoint("endpoint", &settings.endpoint, "https://10.100.199.151/api/")?;
    let shown = |c: char| c.is_ascii_graphic() && c != ':';
    if settings.client_id.is_empty() || settings.client_id.len() > 200 || !settings.client_id.chars().all(shown) {
        return Err(invalid("client_id", "1 to 200 visible characters without colon are expected"));
    }
    check_reference("client_secret", &settings.client_secret)?;
    for certificate in &settings.certificate_sha256 {
        check_fingerprint("certificate_sha256", Some(certificate))?;
    }
    if settings.nodes.is_empty() {
        return Err(invalid("nodes", "name every node: what cannot be reached cannot be updated"));
    }
    check_hosts("nodes", &settings.nodes)
}

fn check_cloudstack(settings: &CloudStackSettings) -> Result<()> {
    check_endpoint("endpoint", &settings.endpoint, "https://cloud.example:8443/client/api")?;
    check_reference("api_key", &settings.api_key)?;
    check_reference("secret_key", &settings.secret_key)?;
    if let Some(reference) = &settings.database_password {
        check_reference("database_password", reference)?;
    }
    check_fingerprint("certificate_sha256", settings.certificate_sha256.as_deref())?;
    check_address("integration_address", &settings.integration_address)?;
    check_hosts("management_hosts", &settings.management_hosts)
}

fn check_cloudify(settings: &CloudifySettings) -> Result<()> {
    check_manager("old", &settings.old.rest)?;
    check_manager("new", settings.new.rest())?;
    settings.check_machines().map_err(|error| invalid(error.field, error.problem))?;
    let tuning = &settings.tuning;
    let positive = [
        ("tuning.poll", tuning.poll),
        ("tuning.good_answers", tuning.good_answers),
        ("tuning.agents_at_once", tuning.agents_at_once),
        ("tuning.heal_poll", tuning.heal_poll),
    ];
    if let Some((field, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
        return Err(invalid(field, "1 or more is expected"));
    }
    check_hosts("hosts", settings.hosts())
}

fn check_manager(which: &str, rest: &ManagerRest) -> Result<()> {
    check_endpoint(&format!("{which}.endpoint"), &rest.endpoint, "http://10.0.0.5")?;
    if machine_of(&rest.endpoint).is_none() {
        return Err(invalid(
            format!("{which}.endpoint"),
            "a host and, after a colon, a port from 1 to 65535 are expected",
        ));
    }
    // It travels in front of the password, from which a colon parts it.
    let shown = |c: char| !c.is_control() && c != ':';
    if rest.user.is_empty() || rest.user.len() > 200 || !rest.user.chars().all(shown) {
        return Err(invalid(format!("{which}.user"), "1 to 200 characters without colon are expected"));
    }
    check_reference(&format!("{which}.password"), &rest.password)?;
    check_fingerprint(&format!("{which}.certificate_sha256"), rest.certificate_sha256.as_deref())
}

fn check_endpoint(field: &str, endpoint: &str, example: &str) -> Result<()> {
    let rest = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
    let shown = rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_graphic()));
    if !shown || endpoint.contains(['?', '#', '@']) {
        let rule = format!("a URL such as {example} is expected, without user, query or fragment");
        return Err(invalid(field, rule));
    }
    Ok(())
}

fn check_fingerprint(field: &str, sha256: Option<&str>) -> Result<()> {
    if sha256.is_some_and(|hex| hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Err(invalid(field, "64 hexadecimal digits are expected"));
    }
    Ok(())
}

fn check_hosts<'h>(field: &str, hosts: impl IntoIterator<Item = &'h Host>) -> Result<()> {
    let mut names = BTreeSet::new();
    for host in hosts {
        if !names.insert(&host.name) {
            return Err(invalid(field, format!("{} is there twice", host.name)));
        }
        for access in std::iter::once(&host.access).chain(&host.jump) {
            check_address(&format!("address of {}", host.name), &access.address)?;
            check_reference(&format!("key of {}", host.name), &access.key)?;
            let user = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if access.user.is_empty() || access.user.starts_with('-') || !access.user.chars().all(user) {
                return Err(invalid(
                    format!("user of {}", host.name),
                    "letters, digits, dot, dash and underscore are allowed",
                ));
            }
            if access.port == 0 {
                return Err(invalid(format!("port of {}", host.name), "1 to 65535 is expected"));
            }
        }
    }
    Ok(())
}

fn check_address(field: &str, address: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-:_".contains(c);
    if address.is_empty() || address.len() > 255 || address.starts_with('-') || !address.chars().all(allowed) {
        return Err(invalid(field, "a host name or an IP address is expected"));
    }
    Ok(())
}

fn check_reference(field: &str, reference: &SecretRef) -> Result<()> {
    match reference {
        SecretRef::File(path) if !path.starts_with('/') => {
            Err(invalid(field, "the absolute path of a file on the Drydock server is expected"))
        }
        SecretRef::Variable(name)
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') =>
        {
            Err(invalid(field, "the name of an environment variable is expected"))
        }
        SecretRef::File(_) | SecretRef::Variable(_) | SecretRef::Sealed(_) => Ok(()),
    }
}
