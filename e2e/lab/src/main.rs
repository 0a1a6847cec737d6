//! One lab as a process: prints how to reach it as one line of JSON and runs until told to stop.
//!
//! It stops at SIGINT and SIGTERM and, if asked, when its stdin closes or its parent is gone. Nothing is left
//! behind then, nor when it is killed: the hosts watch the lab as the lab watches its parent.

use std::io::Write as _;
use std::os::unix::process::parent_id;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use lab::cloudify::{CloudifyLab, CloudifyLabConfig, Form, Release, serve_cloudify_control};
use lab::ovs::{OvsGeneration, OvsInit, OvsLab, OvsLabConfig, OvsShape, serve_ovs_control};
use lab::{Cloud, Lab, LabConfig, LabError, Pace, ScriptGeneration, Version, serve_control};
use tokio::io::AsyncReadExt as _;
use tokio::signal::unix::{SignalKind, signal};

/// Runs a simulated CloudStack installation, a simulated Open vStorage cluster, or simulated Cloudify managers.
#[derive(Debug, Parser)]
struct Options {
    /// CloudStack release: 4.15, 4.19, 4.20 or 4.22.
    #[arg(long, default_value = "4.20", value_parser = version)]
    release: Version,
    /// Generation of cloudstack-sysvmadm: g0, g1, g2 or g3.
    #[arg(long, default_value = "g2", value_parser = script)]
    script: ScriptGeneration,
    /// Size: small, large, or many:NUMBER of system VMs.
    #[arg(long, default_value = "small", value_parser = cloud)]
    cloud: Cloud,
    /// An Open vStorage cluster instead, with the updater of this generation: a, b or c.
    #[arg(long, value_parser = generation)]
    open_vstorage: Option<OvsGeneration>,
    /// What starts and stops services there: upstart or systemd.
    #[arg(long, default_value = "upstart", value_parser = init, requires = "open_vstorage")]
    init: OvsInit,
    /// Its nodes: one, three, four (the last one no master), five (and one of disks only) or hundred.
    #[arg(long, default_value = "four", value_parser = shape, requires = "open_vstorage")]
    shape: OvsShape,
    /// Two Cloudify managers instead, the old one of this release: 3.4.2, 4.0.1, 4.1, 4.2, 4.5, 4.6, 5.0.5 or 7.0.
    #[arg(long, value_parser = manager, conflicts_with = "open_vstorage")]
    cloudify: Option<Release>,
    /// The release of the new manager.
    #[arg(long, default_value = "4.6", value_parser = manager, requires = "cloudify")]
    to: Release,
    /// Where the new manager will be: new (a host of its own) or same (the old one's).
    #[arg(long, default_value = "new", value_parser = form, requires = "cloudify")]
    host: Form,
    /// In place, the new manager is given the certificate of the old one.
    #[arg(long, requires = "cloudify")]
    keeps_certificate: bool,
    /// What they manage: TENANTSxDEPLOYMENTSxHOSTS, as in 50x100x4, instead of three deployments.
    #[arg(long, value_parser = estate, requires = "cloudify")]
    estate: Option<[usize; 3]>,
    /// Bytes of resources in a snapshot, besides what matters.
    #[arg(long, requires = "cloudify")]
    payload: Option<u64>,
    /// Managers serve plain HTTP, as a Community edition does.
    #[arg(long, requires = "cloudify")]
    plain_http: bool,
    /// Speed: fast or demo.
    #[arg(long, default_value = "demo", value_parser = pace)]
    pace: Pace,
    /// Stop when stdin closes.
    #[arg(long)]
    until_stdin_closes: bool,
    /// Stop when the process that started this one is gone.
    #[arg(long)]
    watch_parent: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // Before the start, which takes a while: a parent may be gone by then.
    let parent = parent_id();
    match run(&options, parent).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "lab: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options, parent: u32) -> Result<(), Box<dyn std::error::Error>> {
    // Installed first, so that a signal during the start is not lost.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let lab = Running::start(options).await?;
    let mut details = lab.details().await?;
    details.push('\n');
    // A reader that is gone already wants no lab.
    std::io::stdout().write_all(details.as_bytes())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = stdin_closed(), if options.until_stdin_closes => {}
        () = parent_gone(parent), if options.watch_parent => {}
    }
    lab.shut_down().await?;
    Ok(())
}

/// What runs here.
enum Running {
    Cloud(Arc<Lab>),
    Cluster(Arc<OvsLab>),
    Managers(Arc<CloudifyLab>),
}

impl Running {
    async fn start(options: &Options) -> Result<Self, LabError> {
        if let Some(old) = options.cloudify {
            return Ok(Self::Managers(Arc::new(CloudifyLab::start(migration(options, old)).await?)));
        }
        if let Some(generation) = options.open_vstorage {
            let Options { init, shape, pace, .. } = *options;
            let config = OvsLabConfig { generation, init, shape, pace };
            return Ok(Self::Cluster(Arc::new(OvsLab::start(config).await?)));
        }
        let config =
            LabConfig { version: options.release, script: options.script, cloud: options.cloud, pace: options.pace };
        Ok(Self::Cloud(Arc::new(Lab::start(config).await?)))
    }

    /// Serves its switches, and tells how to reach everything.
    async fn details(&self) -> Result<String, Box<dyn std::error::Error>> {
        Ok(match self {
            Self::Cloud(lab) => serde_json::to_string(&lab.details(&serve_control(Arc::clone(lab)).await?))?,
            Self::Cluster(lab) => serde_json::to_string(&lab.details(&serve_ovs_control(Arc::clone(lab)).await?))?,
            Self::Managers(lab) => {
                let url = serve_cloudify_control(Arc::clone(lab)).await?;
                serde_json::to_string(&lab.details(&url).await)?
            }
        })
    }

    async fn shut_down(&self) -> Result<(), LabError> {
        match self {
            Self::Cloud(lab) => lab.shut_down().await,
            Self::Cluster(lab) => lab.shut_down().await,
            Self::Managers(lab) => lab.shut_down().await,
        }
    }
}

fn migration(options: &Options, old: Release) -> CloudifyLabConfig {
    let (new, form) = (options.to, options.host);
    let mut config = match options.estate {
        Some(size) => CloudifyLabConfig::many(old, new, form, size),
        None => CloudifyLabConfig::small(old, new, form),
    };
    if let Some(payload) = options.payload {
        config.old.payload = payload;
    }
    config.new.keeps_certificate = options.keeps_certificate;
    config = config.at(options.pace);
    if options.plain_http { config } else { config.with_tls() }
}

async fn stdin_closed() {
    let mut stdin = tokio::io::stdin();
    let mut ignored = [0; 64];
    while stdin.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
}

async fn parent_gone(parent: u32) {
    while parent_id() == parent {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn manager(text: &str) -> Result<Release, String> {
    let found = Release::ALL.into_iter().find(|release| {
        let number = release.number();
        number == text || number.strip_suffix(".0") == Some(text)
    });
    found.ok_or_else(|| {
        let known: Vec<&str> = Release::ALL.iter().map(|release| release.number()).collect();
        format!("known releases are {}", known.join(", "))
    })
}

fn form(text: &str) -> Result<Form, String> {
    match text {
        "new" => Ok(Form::NewHost),
        "same" => Ok(Form::SameHost),
        _ => Err("one of new, same".to_owned()),
    }
}

fn estate(text: &str) -> Result<[usize; 3], String> {
    let numbers: Result<Vec<usize>, _> = text.split('x').map(str::parse).collect();
    let size = numbers.ok().and_then(|numbers| <[usize; 3]>::try_from(numbers).ok());
    size.ok_or_else(|| "three numbers, as in 50x100x4".to_owned())
}

fn shape(text: &str) -> Result<OvsShape, String> {
    match text {
        "one" => Ok(OvsShape::Single),
        "three" => Ok(OvsShape::ThreeMasters),
        "four" => Ok(OvsShape::ThreeMastersOneExtra),
        "five" => Ok(OvsShape::ThreeMastersOneExtraOneStorage),
        "hundred" => Ok(OvsShape::Hundred),
        _ => Err("one of one, three, four, five, hundred".to_owned()),
    }
}

fn generation(text: &str) -> Result<OvsGeneration, String> {
    match text {
        "a" => Ok(OvsGeneration::A),
        "b" => Ok(OvsGeneration::B),
        "c" => Ok(OvsGeneration::C),
        _ => Err("known generations are a, b and c".to_owned()),
    }
}

fn init(text: &str) -> Result<OvsInit, String> {
    match text {
        "upstart" => Ok(OvsInit::Upstart),
        "systemd" => Ok(OvsInit::Systemd),
        _ => Err("known are upstart and systemd".to_owned()),
    }
}

fn version(text: &str) -> Result<Version, String> {
    match text {
        "4.15" => Ok(Version::V4_15),
        "4.19" => Ok(Version::V4_19),
        "4.20" => Ok(Version::V4_20),
        "4.22" => Ok(Version::V4_22),
        _ => Err("known releases are 4.15, 4.19, 4.20 and 4.22".to_owned()),
    }
}

fn script(text: &str) -> Result<ScriptGeneration, String> {
    match text {
        "g0" => Ok(ScriptGeneration::G0),
        "g1" => Ok(ScriptGeneration::G1),
        "g2" => Ok(ScriptGeneration::G2),
        "g3" => Ok(ScriptGeneration::G3),
        _ => Err("known generations are g0, g1, g2 and g3".to_owned()),
    }
}

fn cloud(text: &str) -> Result<Cloud, String> {
    match (text, text.strip_prefix("many:")) {
        ("small", _) => Ok(Cloud::Small),
        ("large", _) => Ok(Cloud::Large),
        (_, Some(number)) => number
            .parse()
            .map(|system_vms| Cloud::Many { system_vms })
            .map_err(|_| format!("{number} is no number of VMs")),
        _ => Err("known sizes are small, large and many:NUMBER".to_owned()),
    }
}

fn pace(text: &str) -> Result<Pace, String> {
    match text {
        "fast" => Ok(Pace::Fast),
        "demo" => Ok(Pace::Demo),
        _ => Err("known speeds are fast and demo".to_owned()),
    }
}
