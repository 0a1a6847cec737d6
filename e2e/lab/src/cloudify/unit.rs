//! The services of a manager's machine (6.5).

use super::config::{Edition, ManagerConfig};
use super::release::Release;

pub(super) const REST: &str = "cloudify-restservice";
pub(super) const WORKER: &str = "cloudify-mgmtworker";
pub(super) const BROKER: &str = "cloudify-rabbitmq";
pub(super) const RIEMANN: &str = "cloudify-riemann";
pub(super) const NGINX: &str = "nginx";

/// The web interface: the older one of 3.4.2, and the one after it.
pub(super) const CONSOLES: [&str; 2] = ["cloudify-webui", "cloudify-stage"];

/// A service, as its init system knows it.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    since: Release,
    until: Release,
    premium: bool,
    /// Whether `/status` tells of it.
    told: bool,
}

const fn unit(name: &'static str, description: &'static str) -> Unit {
    Unit { name, description, since: Release::V3_4_2, until: Release::V7_0, premium: false, told: true }
}

const UNITS: &[Unit] = &[
    unit(REST, "Manager Rest-Service"),
    unit(WORKER, "Management Worker"),
    unit(BROKER, "RabbitMQ"),
    // Riemann went with 5.0 (4.2).
    Unit { until: Release::V4_6, ..unit(RIEMANN, "Riemann") },
    unit(NGINX, "Webserver"),
    unit("postgresql-9.5", "PostgreSQL"),
    // What people look at (P6).
    Unit { until: Release::V3_4_2, told: false, ..unit(CONSOLES[0], "Cloudify Web UI") },
    Unit { since: Release::V4_0_1, premium: true, told: false, ..unit(CONSOLES[1], "Cloudify Stage") },
    Unit { since: Release::V4_0_1, premium: true, told: false, ..unit("cloudify-composer", "Cloudify Composer") },
];

/// Those a manager has.
pub(super) fn units(config: &ManagerConfig) -> impl Iterator<Item = &'static Unit> {
    let (release, is_premium) = (config.release, config.edition == Edition::Premium);
    UNITS.iter().filter(move |unit| (unit.since..=unit.until).contains(&release) && (is_premium || !unit.premium))
}

/// Those that `/status` tells of.
pub(super) fn told(config: &ManagerConfig) -> impl Iterator<Item = &'static Unit> {
    units(config).filter(|unit| unit.told)
}
