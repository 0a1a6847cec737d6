//! "Test connection": the part that concerns REST, manager by manager, and whether the two are two.

use model::cloudify::{Login, ManagerVersion};
use model::environment::{ManagerRest, NewManager};
use model::precheck::{Precheck, Verdict, bad, good};
use model::time::span_words;

use crate::CloudifyError;
use crate::client::Inner;
use crate::rest::Session;

/// Roles that may make and restore snapshots: `admin` up to 4.1, `sys_admin` since (4.4).
const ADMINS: [&str; 2] = ["sys_admin", "admin"];

pub(crate) async fn test(inner: &Inner) -> Vec<Precheck> {
    let settings = &inner.settings;
    let (old, new) = tokio::join!(inner.old.session(), async {
        match &inner.new {
            Some(rest) => Some(rest.session().await),
            None => None,
        }
    });
    let mut checks = Vec::new();
    let name = if new.is_some() { "old manager" } else { "manager" };
    one(inner, name, &settings.old.rest, &old, &mut checks).await;
    if let Some(session) = &new {
        one(inner, "new manager", settings.new.rest(), session, &mut checks).await;
    }
    let new_version = new.as_ref().and_then(|session| session.as_ref().ok()).map(|session| &session.version);
    checks.extend(old.as_ref().ok().map(|old| releases(&old.version, new_version, &settings.new)));
    checks.extend(two_machines(inner).await);
    checks
}

async fn one(
    inner: &Inner,
    name: &str,
    rest: &ManagerRest,
    session: &Result<Session<'_>, CloudifyError>,
    checks: &mut Vec<Precheck>,
) {
    let title = format!("The {name} answers and lets us in");
    match session {
        Ok(session) => {
            let edition = session.edition.as_deref().map(|edition| format!(" {edition}")).unwrap_or_default();
            let admin = match session.login {
                Login::Old => "the old manager's admin",
                Login::New => "the new manager's admin",
            };
            checks.push(good(title, format!("release {}{edition} at {}, as {admin}", session.version, rest.endpoint)));
            checks.push(protection(name, rest));
            checks.push(rights(inner, name, session).await);
            checks.push(clock(inner, name, session));
        }
        Err(error) => {
            let resolution = if error.is_wrong_login() {
                "Correct user or password in the settings. After a restore the old manager's admin is in force on the new one."
            } else {
                "Check address, port and scheme. A self-signed certificate has to be pinned by its fingerprint."
            };
            let verdict = if error.is_wrong_login() { Verdict::Blocking } else { Verdict::Unknown };
            checks.push(bad(verdict, title, error.to_string(), resolution));
        }
    }
}

/// A certificate that is not trusted shows as a manager that does not answer; this says what protects the connection.
fn protection(name: &str, rest: &ManagerRest) -> Precheck {
    let title = format!("The connection to the {name} is protected");
    match (rest.endpoint.starts_with("https://"), &rest.certificate_sha256) {
        (true, Some(_)) => good(title, "HTTPS, with a pinned certificate"),
        (true, None) => good(title, "HTTPS, with a certificate of a public authority"),
        (false, _) => bad(
            Verdict::Warning,
            title,
            "plain HTTP",
            "Everybody in between can read the admin's password and the snapshot's keys. Use HTTPS where the manager has it.",
        ),
    }
}

async fn rights(inner: &Inner, name: &str, session: &Session<'_>) -> Precheck {
    let title = format!("We may do on the {name} what a migration needs");
    let role = crate::discovery::role(inner, session).await;
    match (role.value().map(String::as_str), role.reason()) {
        _ if !session.version.has_tenants() => good(title, "a 3.x manager has no roles: who is let in may do all"),
        (Some(role), _) if ADMINS.contains(&role) => {
            good(title, format!("the role is {role}; only the admin it was bootstrapped with may restore"))
        }
        (Some(role), _) => bad(
            Verdict::Blocking,
            title,
            format!("the role is {role}"),
            "Name the admin the manager was bootstrapped with: nobody else may restore a snapshot.",
        ),
        (None, reason) => bad(
            Verdict::Unknown,
            title,
            reason.unwrap_or_default(),
            "Cure what stands in the evidence, then look again.",
        ),
    }
}

fn clock(inner: &Inner, name: &str, session: &Session<'_>) -> Precheck {
    let title = format!("The clock of the {name} agrees with ours");
    let limit = i64::from(inner.settings.tuning.clock_skew) * 1000;
    match session.date_ms.map(|theirs| (theirs - (inner.now)().0).abs()) {
        Some(skew) if skew <= limit => good(title, format!("{} apart", span_words(skew))),
        Some(skew) => bad(
            Verdict::Warning,
            title,
            format!("{} apart", span_words(skew)),
            "Let both machines use the same time servers: heals in the window are found by their time.",
        ),
        None => bad(Verdict::Warning, title, "its answers carry no date", "Compare the clocks by hand."),
    }
}

/// Whether one can become the other (S1, fact 5).
fn releases(old: &ManagerVersion, new: Option<&ManagerVersion>, settings: &NewManager) -> Precheck {
    const TITLE: &str = "These releases can be migrated";
    let refused = |evidence: String, resolution: &str| bad(Verdict::Blocking, TITLE, evidence, resolution);
    let is_in_place = matches!(settings, NewManager::SameHost(_));
    if is_in_place && old.can_be_new() {
        // Before or after the migration: both look the same from here.
        return good(TITLE, format!("{old}, in place"));
    }
    if !old.can_be_old() {
        let words = "The way leads from 3.4.2 or 4.x to 4.2 or later. Upgrade to 3.4.2 first, or ask the vendor.";
        return refused(format!("the old manager is of release {old}"), words);
    }
    let Some(new) = new else {
        return good(TITLE, format!("from {old}; what the new manager is cannot be seen yet"));
    };
    if !new.can_be_new() {
        return refused(format!("the new manager is of release {new}"), "Install 4.2 or later as the new manager.");
    }
    if !old.has_tenants() && !new.restores_3x() {
        let words = "Snapshots of 3.x are restored by managers up to 4.6 only: migrate to one of those first.";
        return refused(format!("from {old} to {new}"), words);
    }
    if new < old {
        return refused(format!("from {old} to {new}"), "A manager restores no snapshot of a later release.");
    }
    good(TITLE, format!("from {old} to {new}"))
}

/// Two names may be one machine; its boot id tells. What cannot be reached is told elsewhere.
async fn two_machines(inner: &Inner) -> Option<Precheck> {
    const TITLE: &str = "The managers are on two machines";
    let NewManager::AnotherHost(new) = &inner.settings.new else { return None };
    let old = inner.hosts.get(&inner.settings.old.host.name)?;
    let new = inner.hosts.get(&new.host.name)?;
    let (old, new) = tokio::join!(inner.remote.facts(old), inner.remote.facts(new));
    let (old, new) = (old.ok()?, new.ok()?);
    Some(if old.boot_id == new.boot_id {
        let words = "Give the new manager's host, or say in the settings that it comes on the same host.";
        bad(Verdict::Blocking, TITLE, format!("both are {}", old.hostname), words)
    } else {
        good(TITLE, format!("{} and {}", old.hostname, new.hostname))
    })
}

#[cfg(test)]
mod tests {
    use model::id::TenantName;
    use model::secret::SecretRef;

    use super::*;

    fn rest() -> ManagerRest {
        ManagerRest {
            endpoint: "http://10.0.0.5".to_owned(),
            user: "admin".to_owned(),
            password: SecretRef::Variable("P".to_owned()),
            tenant: TenantName::new("default_tenant").unwrap(),
            certificate_sha256: None,
        }
    }

    #[test]
    fn only_releases_that_can_become_one_another_pass() {
        let same = NewManager::SameHost(rest());
        let host = model::environment::Host {
            name: model::id::HostName::new("new").unwrap(),
            access: model::environment::Access {
                address: "10.0.0.6".to_owned(),
                port: 22,
                user: "root".to_owned(),
                key: SecretRef::Variable("K".to_owned()),
                host_key: None,
            },
            jump: None,
            elevate: model::environment::Elevate::No,
        };
        let another = NewManager::AnotherHost(Box::new(model::environment::CloudifyManager { rest: rest(), host }));
        let verdict = |old: &str, new: Option<&str>, settings: &NewManager| {
            let (old, new) = (old.parse().unwrap(), new.map(|new| new.parse().unwrap()));
            releases(&old, new.as_ref(), settings).verdict
        };
        for (old, new, expected) in [
            ("3.4.2", "4.6.0", Verdict::Good),
            ("3.4.2", "5.0.5", Verdict::Blocking),
            ("4.0.1", "4.2.0", Verdict::Good),
            ("4.0.1", "4.1.0", Verdict::Blocking),
            ("4.5.0", "4.2.0", Verdict::Blocking),
            ("4.6.0", "7.0.0", Verdict::Good),
            ("3.3.1", "4.2.0", Verdict::Blocking),
            ("5.0.5", "7.0.0", Verdict::Blocking),
        ] {
            assert_eq!(verdict(old, Some(new), &another), expected, "{old} to {new}");
        }
        assert_eq!(verdict("4.0.1", None, &another), Verdict::Good);
        assert_eq!(verdict("5.0.5", None, &same), Verdict::Good);
        assert_eq!(verdict("4.0.1", None, &same), Verdict::Good);
    }

    #[test]
    fn plain_http_is_said() {
        assert_eq!(protection("old manager", &rest()).verdict, Verdict::Warning);
        let safe = ManagerRest { endpoint: "https://10.0.0.5".to_owned(), ..rest() };
        assert_eq!(protection("old manager", &safe).verdict, Verdict::Good);
    }
}
