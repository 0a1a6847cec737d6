//! What a manager's machine has on its disks (6.5).

use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::Site;
use crate::cloudify::Manager;
use crate::cloudify::archive::CERTIFICATES;
use crate::cloudify::release::Release;
use crate::cloudify::shared::Security;
use crate::machine::set_mode;
use crate::stand_in;

/// In the host's directory: `/opt` and `/etc/cloudify` as the host has them.
pub(super) const FOLDERS: [&str; 2] = ["opt", "cloudify"];

const SECURITY: &str = "opt/manager/rest-security.conf";
const SSL: &str = "cloudify/ssl";

/// Where the tests' real `cfy` is; on a host it is below `/opt/cfy`.
const CFY: &str = "DRYDOCK_TEST_CFY";

/// What the first script of a host needs.
pub(super) fn of_host(minutes_from_utc: i64) -> Vec<(&'static str, String)> {
    let environment = std::env::var_os(CFY).map(PathBuf::from);
    let environment = environment.as_ref().and_then(|cfy| cfy.parent()?.parent()).filter(|folder| folder.is_dir());
    let mut files = vec![
        ("platform.sh", include_str!("../../../cloudify/platform.sh").to_owned()),
        ("ask", stand_in::ASK.to_owned()),
        ("cfy", include_str!("../../../cloudify/cfy").to_owned()),
        ("curl", include_str!("../../../cloudify/curl").to_owned()),
        ("cfy-environment", environment.map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default()),
    ];
    files.push(("timezone", timezone(minutes_from_utc)));
    files
}

/// As POSIX writes it: what has to be added to get UTC.
fn timezone(minutes_from_utc: i64) -> String {
    if minutes_from_utc == 0 {
        return "UTC0".to_owned();
    }
    let sign = if minutes_from_utc > 0 { '-' } else { '+' };
    let minutes = minutes_from_utc.abs();
    format!("LAB{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

impl Site {
    /// What an installation leaves.
    pub(super) fn write_files(&self, manager: &Manager) {
        let shared = &manager.shared;
        let (security, certificates) = {
            let state = shared.state();
            (state.saved_security.clone(), state.certificates.clone())
        };
        self.write_security(&security, shared.config.release);
        if shared.config.release.has_tenants() {
            self.write_certificates(&certificates);
        }
        if let Some(certificate) = manager.certificate() {
            self.write(&format!("{SSL}/cloudify_external_cert.pem"), certificate, 0o644);
        }
    }

    /// Removes all of it.
    pub(super) fn remove_files(&self) {
        for folder in ["opt/manager", SSL] {
            match std::fs::remove_dir_all(self.dir.join(folder)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::error!("{folder} of {} was not removed: {error}", self.access.name);
                }
                _ => {}
            }
        }
    }

    /// `rest-security.conf` as it is now. Without one that can be read REST keeps what it has.
    pub(in crate::cloudify) fn read_security(&self) -> Option<Security> {
        let text = std::fs::read_to_string(self.dir.join(SECURITY)).ok()?;
        serde_json::from_str(&text).ok()
    }

    pub(in crate::cloudify) fn write_security(&self, security: &Security, release: Release) {
        let mut all = Map::from_iter([
            ("hash_salt".to_owned(), json!(security.hash_salt)),
            ("secret_key".to_owned(), json!(security.secret_key)),
            ("encoding_alphabet".to_owned(), json!("4Gsuz1TWKElXpDCcmwYB")),
            ("encoding_block_size".to_owned(), json!(24)),
            ("encoding_min_length".to_owned(), json!(5)),
        ]);
        if release.dumps_security() {
            all.insert("encryption_key".to_owned(), json!("bGFiLWxhYi1sYWItbGFi"));
        }
        self.write(SECURITY, &Value::Object(all).to_string(), 0o600);
    }

    /// The five files of the certificates for inside.
    pub(in crate::cloudify) fn write_certificates(&self, text: &str) {
        for name in CERTIFICATES {
            self.write(&format!("{SSL}/{name}"), text, 0o600);
        }
    }

    fn write(&self, path: &str, text: &str, mode: u32) {
        let file = self.dir.join(path);
        let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = folder.and_then(|()| std::fs::write(&file, text)).and_then(|()| set_mode(&file, mode));
        if let Err(error) = written {
            tracing::error!("{path} of {} was not written: {error}", self.access.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_ahead_of_utc_has_a_minus_in_its_name() {
        assert_eq!(timezone(120), "LAB-02:00");
        assert_eq!(timezone(-90), "LAB+01:30");
        assert_eq!(timezone(0), "UTC0");
    }
}
