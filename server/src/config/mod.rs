//! How this server is set up: one TOML file, then `DRYDOCK_…` variables, then flags; the later one wins.
//!
//! Every source is read into the same [`Layer`] of texts with plain serde, and every key is parsed in one place. A
//! layering library would do less here: it could not tell an operator in one sentence which source holds the bad value.

mod error;
mod layer;
mod oidc;
mod proxies;
mod public_url;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use engine::CheckpointPlace;
pub use error::{ConfigError, Source};
pub use layer::Layer;
pub use proxies::Networks;
pub use public_url::PublicUrl;

/// The file that is read when it is there and no other was named.
const DEFAULT_FILE: &str = "drydock.toml";

/// A valid configuration.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    pub public_url: PublicUrl,
    pub engine: engine::Settings,
    pub log: Log,
    pub trusted_proxies: Networks,
    pub session_lifetime: Duration,
    pub login_attempts: u32,
    pub step_up: app::StepUp,
    /// What the platforms are; every page says so when they are not real.
    pub platforms: app::Platforms,
    /// Where people can sign in besides.
    pub oidc: Option<engine::ProviderSettings>,
}

/// What goes to the log, and in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
}

/// One event per line either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(format!("{other:?} is no log format")),
        }
    }
}

/// Reads the file, the environment and the flags, and checks every key.
pub fn load(
    file: Option<&Path>,
    variable: impl Fn(&str) -> Option<String>,
    flags: Layer,
) -> Result<Config, ConfigError> {
    let default = Path::new(DEFAULT_FILE);
    let mut layers = vec![(Source::Flag, flags), (Source::Environment, Layer::from_environment(variable))];
    if let Some(path) = file.or_else(|| default.exists().then_some(default)) {
        layers.push((Source::File(path.to_path_buf()), read(path)?));
    }
    Config::from_layers(&Layers(layers))
}

fn read(path: &Path) -> Result<Layer, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_path_buf(), source })?;
    toml::from_str(&text)
        .map_err(|source| ConfigError::Malformed { path: path.to_path_buf(), source: Box::new(source) })
}

/// All sources, the strongest first.
struct Layers(Vec<(Source, Layer)>);

impl Layers {
    fn text(&self, value: fn(&Layer) -> Option<&String>) -> Option<(&Source, &str)> {
        self.0.iter().find_map(|(source, layer)| Some((source, value(layer)?.as_str())))
    }

    /// The value of a key, or what is wrong with it.
    fn parse<T>(
        &self,
        key: &'static str,
        allowed: &'static str,
        value: fn(&Layer) -> Option<&String>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some((source, text)) = self.text(value) else { return Ok(None) };
        let invalid = |problem| ConfigError::Invalid { key, from: source.clone(), problem, allowed };
        parse(text).map(Some).map_err(invalid)
    }

    fn path(
        &self,
        key: &'static str,
        value: fn(&Layer) -> Option<&String>,
        default: PathBuf,
    ) -> Result<PathBuf, ConfigError> {
        let given = self.parse(key, "a path", value, |text| Ok(PathBuf::from(text)))?;
        // The working directory may change between here and the first use.
        std::path::absolute(given.unwrap_or(default)).map_err(|source| ConfigError::NoFolder { key, source })
    }
}

impl Config {
    fn from_layers(layers: &Layers) -> Result<Self, ConfigError> {
        let listen = layers
            .parse("listen", "an address with a port, such as 127.0.0.1:3900", |l| l.listen.as_ref(), parse_text)?
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3900)));
        let public_url = layers
            .parse("public_url", "http:// or https:// and a host", |l| l.public_url.as_ref(), PublicUrl::parse)?
            .unwrap_or_else(|| PublicUrl::of(listen));
        Ok(Self {
            listen,
            public_url,
            engine: engine_settings(layers)?,
            log: log(layers)?,
            trusted_proxies: layers
                .parse(
                    "trusted_proxies",
                    "addresses or networks separated by commas, such as 10.0.0.0/8",
                    |l| l.trusted_proxies.as_ref(),
                    Networks::parse,
                )?
                .unwrap_or_default(),
            session_lifetime: layers
                .parse("session_lifetime", "1m to 30d, such as 12h", |l| l.session_lifetime.as_ref(), parse_lifetime)?
                .unwrap_or(Duration::from_secs(12 * 3600)),
            login_attempts: layers
                .parse("login_attempts", "a number from 1 to 1000", |l| l.login_attempts.as_ref(), parse_attempts)?
                .unwrap_or(10),
            step_up: step_up(layers)?,
            platforms: layers
                .parse("demo", "yes or no", |l| l.demo.as_ref(), parse_platforms)?
                .unwrap_or(app::Platforms::Real),
            oidc: oidc::provider(layers)?,
        })
    }
}

fn step_up(layers: &Layers) -> Result<app::StepUp, ConfigError> {
    let lasts = layers
        .parse("step_up_lasts", "1m to 30d, such as 10m", |l| l.step_up_lasts.as_ref(), parse_lifetime)?
        .unwrap_or(Duration::from_secs(600));
    let of_everybody = layers.parse(
        "step_up_of",
        "enrolled or everybody",
        |l| l.step_up_of.as_ref(),
        |text| match text {
            "enrolled" => Ok(false),
            "everybody" => Ok(true),
            other => Err(format!("{other:?} is neither")),
        },
    )?;
    Ok(app::StepUp {
        lasts: i64::try_from(lasts.as_secs()).unwrap_or(600),
        of_everybody: of_everybody.unwrap_or(false),
    })
}

fn engine_settings(layers: &Layers) -> Result<engine::Settings, ConfigError> {
    let data_dir = layers.path("data_dir", |l| l.data_dir.as_ref(), PathBuf::from("drydock-data"))?;
    let database_url = layers
        .parse("database_url", "sqlite:///path or postgres://…", |l| l.database_url.as_ref(), parse_database_url)?
        .unwrap_or_else(|| format!("sqlite://{}", data_dir.join("drydock.db").display()));
    Ok(engine::Settings {
        database_url,
        archive_dir: layers.path("archive_dir", |l| l.archive_dir.as_ref(), data_dir.join("archives"))?,
        key_file: layers.path("key_file", |l| l.key_file.as_ref(), data_dir.join("drydock.key"))?,
        instance: layers
            .parse("instance", "a name of 1 to 60 characters", |l| l.instance.as_ref(), parse_instance)?
            .unwrap_or_else(machine_name),
        audit: engine::AuditSettings {
            key_file: layers.path("audit_key", |l| l.audit_key.as_ref(), data_dir.join("audit.key"))?,
            checkpoints: layers
                .parse(
                    "audit_checkpoints",
                    "file:/path, https://…, http://…, syslog: and syslog://host:port, separated by commas",
                    |l| l.audit_checkpoints.as_ref(),
                    parse_checkpoints,
                )?
                .unwrap_or_default(),
            also_believed: layers
                .parse(
                    "audit_keys",
                    "what `drydock audit key` prints, several separated by commas",
                    |l| l.audit_keys.as_ref(),
                    |text| text.split(',').map(str::trim).filter(|key| !key.is_empty()).map(parse_text).collect(),
                )?
                .unwrap_or_default(),
        },
        webhook_ca_file: layers.parse(
            "webhook_ca_file",
            "a path",
            |l| l.webhook_ca_file.as_ref(),
            |text| std::path::absolute(text).map_err(|error| error.to_string()),
        )?,
        data_dir,
    })
}

fn log(layers: &Layers) -> Result<Log, ConfigError> {
    let format = layers.parse("log_format", "text or json", |l| l.log_format.as_ref(), parse_text)?;
    let filter = layers.parse(
        "log_filter",
        "a level (error, warn, info, debug, trace), also per module as in info,engine=debug",
        |l| l.log_filter.as_ref(),
        parse_filter,
    )?;
    Ok(Log { format: format.unwrap_or(LogFormat::Text), filter: filter.unwrap_or_else(|| "info".to_owned()) })
}

fn parse_text<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| format!("{text:?} cannot be read ({error})"))
}

fn parse_filter(text: &str) -> Result<String, String> {
    parse_text::<tracing_subscriber::EnvFilter>(text).map(|_| text.to_owned())
}

fn parse_database_url(text: &str) -> Result<String, String> {
    // Never repeats the value: it may hold a password.
    let known = ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| text.starts_with(scheme));
    if known { Ok(text.to_owned()) } else { Err("this is no database Drydock knows".to_owned()) }
}

fn parse_checkpoints(text: &str) -> Result<Vec<CheckpointPlace>, String> {
    let places = text.split(',').map(str::trim).zip(1..).filter(|(place, _)| !place.is_empty());
    // Never repeats the value: the address of a webhook may hold a password.
    places.map(|(place, number)| place.parse().map_err(|error| format!("in place {number}, {error}"))).collect()
}

fn parse_instance(text: &str) -> Result<String, String> {
    let fits = (1..=60).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("the name is empty, too long, or holds control characters".to_owned()) }
}

fn parse_attempts(text: &str) -> Result<u32, String> {
    let number: u32 = parse_text(text)?;
    if (1..=1000).contains(&number) { Ok(number) } else { Err(format!("{number} is out of range")) }
}

fn parse_platforms(text: &str) -> Result<app::Platforms, String> {
    match text {
        "yes" => Ok(app::Platforms::Simulated),
        "no" => Ok(app::Platforms::Real),
        other => Err(format!("{other:?} is neither")),
    }
}

fn parse_lifetime(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no length of time in that range");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let unit_seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let seconds = number.checked_mul(unit_seconds).filter(|seconds| (60..=30 * 86_400).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    parse_instance(name.trim()).unwrap_or_else(|_| "drydock".to_owned())
}

#[cfg(test)]
mod tests;
