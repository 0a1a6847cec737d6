//! The three platforms side by side: the only place of the engine that knows which one an environment is of.

use cloudify::{AdminPassword, Cloudify, CloudifyError, Passwords};
use cloudstack::{CloudStack, KeyPair};
use futures::FutureExt as _;
use model::environment::{CloudStackSettings, CloudifySettings, Environment, OpenVstorageSettings, PlatformSettings};
use model::inventory::{Facts, Inventory};
use model::plan::Plan;
use model::precheck::Precheck;
use model::procedure::Inputs;
use open_vstorage::{ClientSecret, OpenVstorage};
use remote::Secret;

use crate::error::{chain, invalid};
use crate::{Engine, Result};

/// One installation that can be looked at.
pub(crate) enum Platform {
    CloudStack(CloudStack),
    OpenVstorage(OpenVstorage),
    Cloudify(Cloudify),
}

impl Platform {
    /// Whether the API can be used.
    pub async fn test_connection(&self) -> Vec<Precheck> {
        match self {
            Self::CloudStack(cloud) => cloud.test_connection().await,
            Self::OpenVstorage(cluster) => cluster.test_connection().await,
            Self::Cloudify(managers) => managers.test_connection().boxed().await,
        }
    }

    /// Everything there is to see.
    pub async fn facts(&self) -> Facts {
        match self {
            Self::CloudStack(cloud) => Facts::CloudStack(Box::new(cloud.inventory().await)),
            Self::OpenVstorage(cluster) => Facts::OpenVstorage(Box::new(cluster.inventory().boxed().await)),
            Self::Cloudify(managers) => Facts::Cloudify(Box::new(managers.inventory().boxed().await)),
        }
    }
}

impl Engine {
    /// A client for an environment. Nothing is sent yet.
    pub(crate) async fn platform(&self, environment: &Environment) -> Result<Platform> {
        Ok(match &environment.platform {
            PlatformSettings::CloudStack(settings) => {
                Platform::CloudStack(self.cloudstack(environment, settings).await?)
            }
            PlatformSettings::OpenVstorage(settings) => {
                Platform::OpenVstorage(self.open_vstorage(environment, settings).await?)
            }
            PlatformSettings::Cloudify(settings) => Platform::Cloudify(self.cloudify(environment, settings).await?),
        })
    }

    async fn cloudstack(&self, environment: &Environment, settings: &CloudStackSettings) -> Result<CloudStack> {
        let keys = KeyPair {
            api_key: self.secret("api_key", &settings.api_key).await?,
            secret_key: self.secret("secret_key", &settings.secret_key).await?,
        };
        let password = match &settings.database_password {
            Some(reference) => Some(self.secret("database_password", reference).await?),
            None => None,
        };
        let hosts = self.hosts(environment).await?;
        CloudStack::new(settings, keys, password, hosts, self.0.remote.clone(), crate::now)
            .map_err(|error| invalid("endpoint", chain(&error)))
    }

    async fn open_vstorage(&self, environment: &Environment, settings: &OpenVstorageSettings) -> Result<OpenVstorage> {
        let secret = self.secret("client_secret", &settings.client_secret).await?;
        let hosts = self.hosts(environment).await?;
        let copies = self.copy_store(&environment.id).await?;
        let (secret, logins) = (ClientSecret(secret), &self.0.logins);
        OpenVstorage::new(settings, secret, logins, hosts, self.0.remote.clone(), copies, crate::now)
            .map_err(|error| invalid("endpoint", chain(&error)))
    }

    async fn cloudify(&self, environment: &Environment, settings: &CloudifySettings) -> Result<Cloudify> {
        let passwords = Passwords {
            old: AdminPassword(self.secret("old.password", &settings.old.rest.password).await?),
            new: AdminPassword(self.secret("new.password", &settings.new.rest().password).await?),
        };
        let hosts = self.hosts(environment).await?;
        let archives = self.archives(&environment.id);
        let made = Cloudify::new(settings, &passwords, hosts, self.0.remote.clone(), archives, crate::now);
        made.map_err(|error| match error {
            CloudifyError::Setting { field, problem } => invalid(field, problem),
            other => invalid("old.endpoint", chain(&other)),
        })
    }

    /// Everything that must not be seen in what this environment's hosts print.
    pub(crate) async fn platform_secrets(&self, environment: &Environment) -> Result<Vec<Secret>> {
        let references = match &environment.platform {
            PlatformSettings::CloudStack(settings) => {
                let password = settings.database_password.as_ref().map(|reference| ("database_password", reference));
                let keys = [("api_key", &settings.api_key), ("secret_key", &settings.secret_key)];
                keys.into_iter().chain(password).collect::<Vec<_>>()
            }
            PlatformSettings::OpenVstorage(settings) => vec![("client_secret", &settings.client_secret)],
            PlatformSettings::Cloudify(settings) => {
                vec![("old.password", &settings.old.rest.password), ("new.password", &settings.new.rest().password)]
            }
        };
        let mut secrets = Vec::new();
        for (field, reference) in references {
            secrets.push(self.secret(field, reference).await?);
        }
        Ok(secrets)
    }
}

/// The plan and the prechecks that follow from what was seen. Pure.
pub(crate) fn plan(environment: &Environment, inventory: &Inventory, inputs: &Inputs) -> Result<(Plan, Vec<Precheck>)> {
    match (&environment.platform, &inventory.facts, inputs) {
        (PlatformSettings::CloudStack(settings), Facts::CloudStack(facts), Inputs::RestartSystemVms(inputs)) => {
            let plan = cloudstack::plan(environment, settings, facts, inputs)
                .map_err(|error| invalid(error.field(), error.to_string()))?;
            Ok((plan, cloudstack::prechecks(environment, settings, facts, inputs)))
        }
        (
            PlatformSettings::OpenVstorage(settings),
            Facts::OpenVstorage(facts),
            Inputs::UpdateFramework(_) | Inputs::UpdateStorageDriver(_),
        ) => {
            let plan = open_vstorage::plan(environment, settings, facts, inputs)
                .map_err(|error| invalid(error.field(), error.to_string()))?;
            Ok((plan, open_vstorage::prechecks(environment, settings, facts, inputs)))
        }
        (PlatformSettings::Cloudify(settings), Facts::Cloudify(facts), Inputs::MigrateManager(inputs)) => {
            let plan = cloudify::plan(environment, settings, facts, inputs)
                .map_err(|error| invalid(error.field(), error.to_string()))?;
            Ok((plan, cloudify::prechecks(settings, facts, inputs)))
        }
        (PlatformSettings::Cloudify(settings), Facts::Cloudify(facts), Inputs::CreateSnapshot(inputs)) => {
            let plan = cloudify::plan_creation(environment, settings, facts, inputs)
                .map_err(|error| invalid(error.field(), error.to_string()))?;
            Ok((plan, cloudify::creation_prechecks(facts, inputs)))
        }
        (PlatformSettings::Cloudify(settings), Facts::Cloudify(facts), Inputs::UploadSnapshot(inputs)) => {
            let plan = cloudify::plan_upload(environment, settings, facts, inputs)
                .map_err(|error| invalid(error.field(), error.to_string()))?;
            Ok((plan, cloudify::upload_prechecks(facts, inputs)))
        }
        (settings, ..) => {
            let problem = format!("{} is not for {}", inputs.procedure(), settings.platform());
            Err(invalid("procedure", problem))
        }
    }
}
