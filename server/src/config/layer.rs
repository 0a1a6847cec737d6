//! The keys as texts, the same for the file, the environment and the command line; see `drydock.example.toml`.

use clap::Args;
use serde::Deserialize;

use super::oidc::OidcLayer;

/// What one source says; `None` where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Layer {
    /// Address and port to listen on [default: 127.0.0.1:3900]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// How browsers reach Drydock; https makes cookies `Secure` [default: `http://<listen>`]
    #[arg(long, global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// Where the embedded database, the key file and SSH control sockets live [default: drydock-data]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// sqlite:///… or postgres://… [default: drydock.db in the data folder]
    // The URL may hold a password, and other users of the machine can see the command line.
    #[arg(skip)]
    pub database_url: Option<String>,
    /// The file that seals secrets; made on first need [default: drydock.key in the data folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub key_file: Option<String>,
    /// The file with the key that signs checkpoints of the audit log; made on first need [default: audit.key in the data folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub audit_key: Option<String>,
    /// Public keys whose signatures under approvals count besides that of `audit_key`, separated by commas [default: none]
    #[arg(long, global = true, value_name = "KEYS")]
    pub audit_keys: Option<String>,
    /// Where checkpoints of the audit log go, separated by commas [default: nowhere]
    // The address of a webhook may hold a password, and other users of the machine can see the command line.
    #[arg(skip)]
    pub audit_checkpoints: Option<String>,
    /// The authorities that webhooks are trusted by, and no others: a file (PEM) [default: those that browsers trust]
    #[arg(long, global = true, value_name = "FILE")]
    pub webhook_ca_file: Option<String>,
    /// Where archives of Cloudify snapshots are kept [default: <data-dir>/archives]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub archive_dir: Option<String>,
    /// text or json [default: text]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// What is logged, for example info,engine=debug [default: info]
    #[arg(long, global = true, value_name = "FILTER")]
    pub log_filter: Option<String>,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas [default: none]
    #[arg(long, global = true, value_name = "NETWORKS")]
    pub trusted_proxies: Option<String>,
    /// How long an unused login lasts, for example 12h [default: 12h]
    #[arg(long, global = true, value_name = "TIME")]
    pub session_lifetime: Option<String>,
    /// Login attempts per minute for one account; one address may make four times as many [default: 10]
    #[arg(long, global = true, value_name = "NUMBER")]
    pub login_attempts: Option<String>,
    /// How long a password or code counts before an approval, a skip or a mark-as-done asks for it again [default: 10m]
    #[arg(long, global = true, value_name = "TIME")]
    pub step_up_lasts: Option<String>,
    /// Who is asked for it: enrolled (who has a second factor) or everybody [default: enrolled]
    #[arg(long, global = true, value_name = "WHO")]
    pub step_up_of: Option<String>,
    /// Name of this server, shown in runs [default: the machine's name]
    #[arg(long, global = true, value_name = "NAME")]
    pub instance: Option<String>,
    /// yes: every page says that the platforms are simulated [default: no]
    #[arg(long, global = true, value_name = "YES_OR_NO")]
    pub demo: Option<String>,
    /// A provider at which people sign in.
    // A whole section: it has no flags.
    #[arg(skip)]
    pub oidc: OidcLayer,
}

impl Layer {
    /// Reads the environment through `variable`; an empty variable counts as not set.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            listen: get("DRYDOCK_LISTEN"),
            public_url: get("DRYDOCK_PUBLIC_URL"),
            data_dir: get("DRYDOCK_DATA_DIR"),
            database_url: get("DRYDOCK_DATABASE_URL").or_else(|| get("DATABASE_URL")),
            key_file: get("DRYDOCK_KEY_FILE"),
            audit_key: get("DRYDOCK_AUDIT_KEY"),
            audit_keys: get("DRYDOCK_AUDIT_KEYS"),
            audit_checkpoints: get("DRYDOCK_AUDIT_CHECKPOINTS"),
            webhook_ca_file: get("DRYDOCK_WEBHOOK_CA_FILE"),
            archive_dir: get("DRYDOCK_ARCHIVE_DIR"),
            log_format: get("DRYDOCK_LOG_FORMAT"),
            log_filter: get("DRYDOCK_LOG_FILTER"),
            trusted_proxies: get("DRYDOCK_TRUSTED_PROXIES"),
            session_lifetime: get("DRYDOCK_SESSION_LIFETIME"),
            login_attempts: get("DRYDOCK_LOGIN_ATTEMPTS"),
            step_up_lasts: get("DRYDOCK_STEP_UP_LASTS"),
            step_up_of: get("DRYDOCK_STEP_UP_OF"),
            instance: get("DRYDOCK_INSTANCE"),
            demo: get("DRYDOCK_DEMO"),
            oidc: OidcLayer::from_environment(get),
        }
    }
}
