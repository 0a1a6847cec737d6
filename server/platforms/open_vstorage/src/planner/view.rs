//! The cluster as a plan sees it: every node known, in the order of numbers.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use model::environment::{Elevate, Host, OpenVstorageSettings};
use model::id::{HostName, UnitName};
use model::open_vstorage::{Distribution, Duty, Node, NodeRole, OpenVstorageInventory, Service, UnitState};

use super::PlanError;
use crate::address;

/// One node.
#[derive(Clone, Copy)]
pub(crate) struct Seat<'i> {
    pub(crate) host: &'i HostName,
    pub(crate) elevate: Elevate,
    /// How the other nodes know it.
    pub(crate) ip: &'i str,
    pub(crate) node: &'i Node,
}

/// A unit where it is.
#[derive(Clone, Copy)]
pub(crate) struct Place<'i> {
    pub(crate) seat: Seat<'i>,
    pub(crate) unit: &'i UnitName,
    pub(crate) service: &'i Service,
}

/// All nodes; by address.
pub(crate) struct View<'i> {
    pub(crate) seats: Vec<Seat<'i>>,
    /// Whether Drydock's own store takes copies of files.
    pub(crate) seals: bool,
}

impl<'i> View<'i> {
    pub(crate) fn new(
        settings: &'i OpenVstorageSettings,
        inventory: &'i OpenVstorageInventory,
    ) -> Result<Self, PlanError> {
        let mut seats = Vec::new();
        for host in &settings.nodes {
            let seen = inventory.nodes.get(&host.name);
            let Some(node) = seen.and_then(|seen| seen.value()) else {
                // No node may be left behind: code and model must be the same everywhere (dossier 6, framework#1154).
                let reason = seen.and_then(|seen| seen.reason()).unwrap_or("it was not looked at").to_owned();
                return Err(PlanError::NotSeen { what: host.name.to_string(), reason });
            };
            let ip =
                ip_of(host, node, inventory).ok_or_else(|| PlanError::NoAddress { host: host.name.to_string() })?;
            seats.push(Seat { host: &host.name, elevate: host.elevate, ip, node });
        }
        seats.sort_by(|a, b| address::compare(a.ip, b.ip).then_with(|| a.host.cmp(b.host)));
        let view = Self { seats, seals: inventory.copies_stay.is_none() };
        if view.masters().next().is_none() { Err(PlanError::NoMaster) } else { Ok(view) }
    }

    pub(crate) fn masters(&self) -> impl Iterator<Item = Seat<'i>> {
        self.seats.iter().copied().filter(|seat| seat.node.role == NodeRole::Master)
    }

    pub(crate) fn extras(&self) -> impl Iterator<Item = Seat<'i>> {
        self.seats.iter().copied().filter(|seat| seat.node.role == NodeRole::Extra)
    }

    /// Masters first: they carry what the others wait for.
    pub(crate) fn routers(&self) -> impl Iterator<Item = Seat<'i>> {
        self.masters().chain(self.extras())
    }

    /// The one node on which an updater is started and the model is migrated: the master with the highest address, as
    /// the stock page has it, but counted as a number. The updater's lock is a file on one node, so everybody has to
    /// begin on the same one (dossier 1.1, 2.2).
    pub(crate) fn chosen(&self) -> Result<Seat<'i>, PlanError> {
        self.masters().last().ok_or(PlanError::NoMaster)
    }

    /// Units with that duty, node by node.
    pub(crate) fn places(&self, wanted: impl Fn(&Duty) -> bool) -> Vec<Place<'i>> {
        let of = |seat: Seat<'i>| seat.node.services.iter().map(move |(unit, service)| Place { seat, unit, service });
        self.seats.iter().copied().flat_map(of).filter(|place| wanted(&place.service.duty)).collect()
    }
}

impl Place<'_> {
    /// Whether this plan has to stop it, and to start it again: it is up, or an earlier run has left it down.
    pub(crate) fn takes_part(&self) -> bool {
        match self.service.state {
            UnitState::Running | UnitState::Starting | UnitState::Other(_) => true,
            UnitState::Stopped | UnitState::Failed => self.service.stopped_by_drydock,
        }
    }
}

impl Seat<'_> {
    pub(crate) fn distribution(&self) -> Distribution {
        self.node.distribution
    }

    /// Where something that listens on this port on this node stands in `/proc/net/tcp` and `tcp6`.
    pub(crate) fn listening_on(&self, port: u16) -> Vec<String> {
        let own: BTreeSet<Ipv4Addr> = self
            .node
            .addresses
            .iter()
            .map(String::as_str)
            .chain([self.ip, "127.0.0.1", "0.0.0.0"])
            .filter_map(|ip| ip.parse().ok())
            .collect();
        // The kernel writes the four bytes of an address as one number of this machine's kind: the last one first.
        let v4 = own.iter().map(|ip| format!("{:08X}:{port:04X}", u32::from_le_bytes(ip.octets())));
        v4.chain([format!("{:032X}:{port:04X}", 0)]).collect()
    }
}

/// As the API knows it, or as it is reached, or one of its own.
pub(crate) fn ip_of<'i>(host: &'i Host, node: &'i Node, inventory: &'i OpenVstorageInventory) -> Option<&'i str> {
    let address = host.access.address.as_str();
    let is_own = |ip: &str| ip == address || node.addresses.contains(ip);
    let routers = inventory.storage_routers.value().into_iter().flatten().map(|router| router.ip.as_str());
    let others = inventory.alba_nodes.value().into_iter().flatten().map(|node| node.ip.as_str());
    let told = routers.chain(others).find(|ip| is_own(ip));
    let reached = Some(address).filter(|address| address.parse::<std::net::IpAddr>().is_ok());
    let mut own: Vec<&str> = node.addresses.iter().map(String::as_str).collect();
    own.sort_by(|a, b| address::compare(a, b));
    told.or(reached).or(own.first().copied())
}
