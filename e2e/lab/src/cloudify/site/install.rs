//! How a manager goes, and how another one comes, by release (1.5, 3.2).

use std::sync::Arc;

use super::Site;
use crate::cloudify::config::ManagerConfig;
use crate::cloudify::estate::EstateViolation;
use crate::cloudify::release::Release;
use crate::stand_in::Reply;

/// Where there is no command of this name.
fn no_command(name: &str) -> Reply {
    Reply::fails(127, format!("{name}: command not found"))
}

impl Site {
    /// `yum install|remove cloudify-manager-install`, and `rpm -q`.
    pub(super) async fn package(&self, command: &str, words: &[&str], is_root: bool) -> Reply {
        let is_installed = self.has_installer().await;
        let asks = words.first().is_some_and(|word| ["-q", "list", "info"].contains(word));
        if asks {
            let name = "cloudify-manager-install";
            return if is_installed {
                Reply::says(name)
            } else {
                Reply::says(format!("package {name} is not installed")).with_code(1)
            };
        }
        if !is_root {
            return Reply::fails(1, "You need to be root to perform this command.");
        }
        let concerns_it = words.iter().any(|word| word.contains("cloudify-manager-install"));
        let installs = words.iter().any(|word| *word == "install" || word.starts_with("-i") || word.starts_with("-U"));
        let removes = words.iter().any(|word| ["remove", "erase", "-e"].contains(word));
        match (concerns_it, installs, removes) {
            (true, true, false) if self.next().is_none_or(|next| next.release < Release::V4_5) => {
                Reply::fails(1, "Error: Nothing to do")
            }
            (true, true, false) => {
                self.state().has_package = true;
                Reply::says("Installed:\n  cloudify-manager-install\n\nComplete!")
            }
            (true, false, true) => {
                self.state().has_package = false;
                Reply::says("Removed:\n  cloudify-manager-install\n\nComplete!")
            }
            _ => Reply::fails(1, format!("{command}: the lab knows cloudify-manager-install only")),
        }
    }

    /// `cfy_manager install|remove`, which came with 4.3.
    pub(super) async fn cfy_manager(self: &Arc<Self>, words: &[&str], is_root: bool) -> Reply {
        if !self.has_installer().await {
            return no_command("cfy_manager");
        }
        if !is_root {
            return Reply::fails(1, "This command has to be run by root");
        }
        match words.split_first() {
            Some((&"remove", options)) if options.iter().any(|word| ["-f", "--force"].contains(word)) => {
                self.tear_down().await
            }
            Some((&"remove", _)) => Reply::fails(1, "The --force flag must be passed to `cfy_manager remove`"),
            Some((&"install", options)) => {
                let password = option(options, "--admin-password");
                self.install(password).await
            }
            _ => Reply::fails(2, "Usage: cfy_manager install | remove"),
        }
    }

    /// The vendor's script for 4.0.x.
    pub(super) async fn teardown_script(&self, words: &[&str], is_root: bool) -> Reply {
        if !is_root {
            return Reply::fails(1, "This script has to be run by root");
        }
        if !words.contains(&"-f") {
            return Reply::fails(1, "This will remove the manager. Use -f if you are sure.");
        }
        self.tear_down().await
    }

    /// `cfy teardown`, from the host with the CLI that bootstrapped this machine: up to 4.2.
    pub(super) async fn cfy_teardown(&self, words: &[&str]) -> Reply {
        let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
        let Some(release) = self.look(|manager| manager.shared.config.release).await else {
            return Reply::fails(1, "An error occurred: there is no manager to tear down");
        };
        if release > Release::V4_2 {
            return Reply::fails(2, "Error: No such command \"teardown\".");
        }
        if !has(&["-f", "--force"]) {
            let text = "This action requires additional confirmation. Add the '-f' or '--force' flags to your command \
                        if you are certain this command should be executed.";
            return Reply::fails(1, text);
        }
        let deployments = self.look(|manager| manager.truth().deployments.len()).await.unwrap_or_default();
        if deployments > 0 && !has(&["--ignore-deployments"]) {
            let text = "Manager has existing deployments. Delete all deployments first or add the \
                        '--ignore-deployments' flag to your command to ignore these deployments and execute teardown.";
            return Reply::fails(1, text);
        }
        self.tear_down().await
    }

    /// `cfy bootstrap` with the simple manager blueprint, up to 4.2.
    pub(super) async fn cfy_bootstrap(self: &Arc<Self>) -> Reply {
        if self.next().is_some_and(|next| next.release > Release::V4_2) {
            return Reply::fails(2, "Error: No such command \"bootstrap\".");
        }
        self.install(None).await
    }

    /// Removes the manager. Its hosts keep their agents, which then find no broker.
    pub(in crate::cloudify) async fn tear_down(&self) -> Reply {
        let Some(manager) = self.manager.lock().await.take() else {
            return Reply::fails(1, "There is no manager here");
        };
        let name = manager.shared.config.name.clone();
        let is_download = |target: &str| target.contains("/snapshots/") && target.contains("/archive");
        let was_fetched = manager
            .received()
            .iter()
            .any(|call| call.method == "GET" && call.status == 200 && is_download(&call.target));
        if !was_fetched && !manager.truth().deployments.is_empty() {
            self.estate.violated(EstateViolation::TornDownWithoutSnapshot { manager: name.clone() });
        }
        // With nothing to come in its place this is its end.
        if self.next().is_none() {
            self.estate.switched_off(&name);
        }
        self.state().certificate.clone_from(&manager.certificate);
        manager.stop().await;
        self.remove_files();
        tokio::time::sleep(self.pace.transition()).await;
        Reply::says("Removing Cloudify Manager...\nCloudify Manager successfully removed!")
    }

    /// Puts the manager there that is to come, at the same address (I3). What went wrong, if it cannot be done.
    pub(in crate::cloudify) async fn install(self: &Arc<Self>, password: Option<&str>) -> Reply {
        if self.look(|_| ()).await.is_some() {
            return Reply::fails(1, "Cloudify Manager is already installed here. Remove it first.");
        }
        let Some(mut config) = self.next() else {
            return Reply::fails(1, "The lab has no manager to install here");
        };
        if let Some(password) = password {
            password.clone_into(&mut config.admin.password);
        }
        tokio::time::sleep(self.pace.transition()).await;
        match self.put(config).await {
            Ok(()) => {
                self.state().next = None;
                Reply::says("Installing Cloudify Manager...\nCloudify Manager successfully installed!")
            }
            Err(error) => Reply::fails(1, error.to_string()),
        }
    }

    fn next(&self) -> Option<ManagerConfig> {
        self.state().next.clone()
    }

    /// Whether `cfy_manager` is there: with a manager of 4.3 or later, or when its package was installed.
    async fn has_installer(&self) -> bool {
        let with_manager =
            self.look(|manager| manager.shared.config.release >= Release::V4_5).await.unwrap_or_default();
        with_manager || self.state().has_package
    }
}

/// The value of an option, behind it or behind `=`.
fn option<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == name {
            return words.next().copied();
        }
        if let Some(value) = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value);
        }
    }
    None
}
