//! From nothing to the first inventory: which step an environment has come to. It follows from what is so; nothing is noted.

use crate::connection::ConnectionReport;
use crate::environment::Environment;
use crate::precheck::allow_start;

/// The way to the first look at an environment, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FirstStep {
    /// Somebody is admin, and logged in.
    SignIn,
    /// Drydock knows how the environment is reached.
    Add,
    /// Everything answers.
    Test,
    /// Somebody has compared what the hosts show.
    AcceptKeys,
    /// The first inventory.
    Look,
}

impl FirstStep {
    /// In their order.
    pub const ALL: [Self; 5] = [Self::SignIn, Self::Add, Self::Test, Self::AcceptKeys, Self::Look];

    /// In a few words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::SignIn => "Sign in",
            Self::Add => "Add an environment",
            Self::Test => "Test the connection",
            Self::AcceptKeys => "Accept the host keys",
            Self::Look => "First look",
        }
    }
}

/// What comes next for an environment that nobody has looked at; `has_failed` where somebody has tried.
#[must_use]
pub fn next_step(environment: &Environment, has_failed: bool) -> FirstStep {
    let accesses = environment.hosts().into_iter().flat_map(|host| std::iter::once(&host.access).chain(&host.jump));
    let is_unknown = accesses.map(|access| &access.host_key).any(Option::is_none);
    // The test says what a look only fails at.
    if is_unknown || has_failed { FirstStep::Test } else { FirstStep::Look }
}

/// What comes next after a test of the connection.
#[must_use]
pub fn step_after(report: &ConnectionReport) -> FirstStep {
    if report.hosts.iter().any(|host| !host.offered.is_empty()) {
        return FirstStep::AcceptKeys;
    }
    let is_fine = allow_start(&report.api) && report.hosts.iter().all(|host| allow_start(&host.checks));
    if is_fine { FirstStep::Look } else { FirstStep::Test }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{HostReport, KeyOwner, OfferedKey};
    use crate::environment::{
        Access, Elevate, Host, HostKey, OpenVstorageSettings, OpenVstorageTuning, PlatformSettings, RiskClass,
    };
    use crate::id::{EnvironmentId, HostName};
    use crate::precheck::{Verdict, bad, good};
    use crate::secret::SecretRef;

    fn key() -> HostKey {
        HostKey { algorithm: "ssh-ed25519".into(), key: "AAAA".into(), fingerprint: "SHA256:x".into() }
    }

    fn access(host_key: Option<HostKey>) -> Access {
        let key = SecretRef::Variable("KEY".into());
        Access { address: "10.0.0.1".into(), port: 22, user: "root".into(), key, host_key }
    }

    fn cluster(host_key: Option<HostKey>, jump: Option<Access>) -> Environment {
        let name = HostName::new("node1").unwrap();
        let node = Host { name, access: access(host_key), jump, elevate: Elevate::No };
        Environment {
            id: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
            name: "Ghent".into(),
            labels: [].into(),
            risk: RiskClass::Test,
            platform: PlatformSettings::OpenVstorage(OpenVstorageSettings {
                endpoint: "https://10.0.0.1/api/".into(),
                client_id: "drydock".into(),
                client_secret: SecretRef::Variable("SECRET".into()),
                certificate_sha256: [].into(),
                nodes: vec![node],
                tuning: OpenVstorageTuning::default(),
            }),
        }
    }

    #[test]
    fn nobody_is_told_to_look_before_every_key_is_accepted() {
        assert_eq!(next_step(&cluster(None, None), false), FirstStep::Test);
        assert_eq!(next_step(&cluster(Some(key()), Some(access(None))), false), FirstStep::Test);
        assert_eq!(next_step(&cluster(Some(key()), Some(access(Some(key())))), false), FirstStep::Look);
        assert_eq!(next_step(&cluster(Some(key()), None), false), FirstStep::Look);
    }

    #[test]
    fn after_a_look_that_failed_the_test_says_why() {
        assert_eq!(next_step(&cluster(Some(key()), None), true), FirstStep::Test);
    }

    #[test]
    fn a_test_leads_on_only_when_nothing_blocks_and_no_key_waits() {
        let name = HostName::new("node1").unwrap();
        let host = |offered, checks| HostReport { name: name.clone(), checks, offered };
        let blocked = || bad(Verdict::Blocking, "Login works", "no", "Check the key.");
        let fine = || good("Login works", "as root");
        let offered = || vec![OfferedKey { of: KeyOwner::Host, key: key() }];
        let after = |api, hosts| step_after(&ConnectionReport { api, hosts });
        assert_eq!(after(vec![fine()], vec![host(offered(), vec![blocked()])]), FirstStep::AcceptKeys);
        assert_eq!(after(vec![fine()], vec![host(vec![], vec![blocked()])]), FirstStep::Test);
        assert_eq!(after(vec![blocked()], vec![host(vec![], vec![fine()])]), FirstStep::Test);
        assert_eq!(after(vec![fine()], vec![host(vec![], vec![fine()])]), FirstStep::Look);
    }
}
