//! Two simulated managers in a process of their own, and what Drydock has to know to use them.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use lab::LabHost;
use lab::cloudify::{CloudifyDetails, ManagerDetails};
use model::environment::{
    Access, CloudifyManager, CloudifySettings, CloudifyTuning, Elevate, Host, ManagerRest, NewManager,
};
use model::id::{HostName, TenantName};
use model::secret::SecretRef;

pub const TENANT: &str = "default_tenant";

/// They run as long as this lives.
pub struct Managers {
    pub details: CloudifyDetails,
    lab: Child,
}

impl Managers {
    pub fn start(program: &Path, more: &[&str]) -> Self {
        let mut lab = Command::new(program)
            .args(["--cloudify", "4.2", "--to", "4.6", "--pace", "fast", "--until-stdin-closes"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(lab.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let details = serde_json::from_str(&line).expect("the lab did not start; it needs root");
        Self { details, lab }
    }

    /// Passwords are written into files of that folder.
    pub fn settings(&self, folder: &Path) -> CloudifySettings {
        let of = |manager: &ManagerDetails, host: &LabHost, name: &str| {
            let password = folder.join(name);
            std::fs::write(&password, &manager.password).unwrap();
            let rest = ManagerRest {
                endpoint: manager.url.clone(),
                user: manager.user.clone(),
                password: SecretRef::File(password.display().to_string()),
                tenant: TenantName::new(TENANT).unwrap(),
                certificate_sha256: manager.certificate.clone(),
            };
            CloudifyManager { rest, host: reached(host, name) }
        };
        let details = &self.details;
        CloudifySettings {
            old: of(&details.old, &details.old_host, "old"),
            new: NewManager::AnotherHost(Box::new(of(&details.new, &details.new_host, "new"))),
            cli: None,
            tuning: CloudifyTuning::default(),
        }
    }
}

impl Drop for Managers {
    fn drop(&mut self) {
        // Its files, of which there may be many GB, are gone when it has ended.
        drop(self.lab.stdin.take());
        let _ = self.lab.wait();
    }
}

fn reached(host: &LabHost, name: &str) -> Host {
    Host {
        name: HostName::new(name).unwrap(),
        access: Access {
            address: host.address.clone(),
            port: host.port,
            user: host.user.clone(),
            key: SecretRef::File(host.private_key.display().to_string()),
            host_key: None,
        },
        jump: None,
        elevate: Elevate::No,
    }
}
