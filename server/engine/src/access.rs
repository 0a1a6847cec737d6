//! Who sees what: to which environment something belongs, and which labels that environment has now.
//!
//! The labels of this moment count, also for what was asked for or carried out under others: whoever has lost sight of an
//! environment has lost sight of its history.

use std::collections::BTreeSet;

use model::grant::Labels;
use model::id::{EnvironmentId, RehearsalId, RequestId, RunId};
use model::people::{Person, Role};

use crate::error::not_found;
use crate::{Engine, Result};

/// Something that belongs to an environment, by its id.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The environment itself; also one that was removed.
    Environment(&'a EnvironmentId),
    /// A request for it.
    Request(&'a RequestId),
    /// A run in it.
    Run(&'a RunId),
    /// A rehearsal of a request for it.
    Rehearsal(&'a RehearsalId),
}

impl Place<'_> {
    /// For whoever does not find it.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Environment(_) => "this environment",
            Self::Request(_) => "this request",
            Self::Run(_) => "this run",
            Self::Rehearsal(_) => "this rehearsal",
        }
    }
}

impl<'a> From<&'a EnvironmentId> for Place<'a> {
    fn from(id: &'a EnvironmentId) -> Self {
        Self::Environment(id)
    }
}

impl<'a> From<&'a RequestId> for Place<'a> {
    fn from(id: &'a RequestId) -> Self {
        Self::Request(id)
    }
}

impl<'a> From<&'a RunId> for Place<'a> {
    fn from(id: &'a RunId) -> Self {
        Self::Run(id)
    }
}

impl<'a> From<&'a RehearsalId> for Place<'a> {
    fn from(id: &'a RehearsalId) -> Self {
        Self::Rehearsal(id)
    }
}

/// Which environments somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    All,
    Only(BTreeSet<EnvironmentId>),
}

impl Seen {
    pub fn includes(&self, id: &EnvironmentId) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(id),
        }
    }
}

impl Engine {
    /// The labels that the environment of something has now, for somebody who sees it.
    ///
    /// # Errors
    /// There is no such thing as far as `by` is concerned. That it exists for others is nothing they could find out.
    pub async fn labels_seen(&self, by: &Person, place: impl Into<Place<'_>> + Send) -> Result<Labels> {
        let place = place.into();
        let labels = self.store().labels(place).await?.filter(|labels| by.sees(labels));
        labels.ok_or_else(|| not_found(place.words()))
    }

    /// Every label that an environment has.
    pub(crate) async fn labels_in_use(&self) -> Result<Labels> {
        Ok(self.store().environments().await?.into_iter().flat_map(|environment| environment.labels).collect())
    }

    pub(crate) async fn seen_by(&self, by: &Person) -> Result<Seen> {
        if by.may(Role::Viewer) {
            return Ok(Seen::All);
        }
        let all = self.store().all_labels().await?;
        Ok(Seen::Only(all.into_iter().filter(|(_, labels)| by.sees(labels)).map(|(id, _)| id).collect()))
    }
}
