//! Lists over all tenants of a manager.
//!
//! From 4.2 on a list can be asked for over all of them. Before, a manager may not know the parameter, or answer for the
//! tenant of the request only (1.2), so each tenant is asked for itself.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use model::id::TenantName;
use model::observed::Observed;
use serde::de::DeserializeOwned;

use crate::CloudifyError;
use crate::rest::list::Filters;
use crate::rest::{Of, Session};

/// Tenants that are asked for at once. Their requests share the bound of the manager's connections.
const TENANTS_AT_ONCE: usize = 4;

pub(crate) struct Scope<'s> {
    session: &'s Session<'s>,
    tenants: Tenants<'s>,
}

enum Tenants<'s> {
    /// In one list; rows say whose they are.
    AtOnce,
    /// One after the other.
    Each(&'s BTreeSet<TenantName>),
    /// Why they are not known.
    Unknown(&'s str),
}

impl<'s> Scope<'s> {
    pub(crate) fn new(session: &'s Session<'s>, tenants: &'s Observed<BTreeSet<TenantName>>) -> Self {
        let tenants = match (session.version.lists_all_tenants(), tenants.value()) {
            (true, _) => Tenants::AtOnce,
            (false, Some(all)) => Tenants::Each(all),
            (false, None) => Tenants::Unknown(tenants.reason().unwrap_or_default()),
        };
        Self { session, tenants }
    }

    /// All rows of all tenants, each with the tenant that was asked for, if one was.
    pub(crate) async fn list<T: DeserializeOwned + Send>(
        &self,
        what: &str,
        filters: Filters<'_>,
    ) -> Result<Vec<(Option<TenantName>, T)>, CloudifyError> {
        match &self.tenants {
            Tenants::AtOnce => {
                let filters = at_once(filters);
                let rows = self.session.list(what, &filters, Of::Tenant(self.session.tenant())).await?;
                Ok(rows.into_iter().map(|row| (None, row)).collect())
            }
            Tenants::Each(all) => {
                let lists: Vec<BoxFuture<'_, _>> =
                    all.iter().map(|tenant| self.of_one(what, filters, tenant).boxed()).collect();
                let lists: Vec<Vec<_>> = futures::stream::iter(lists).buffered(TENANTS_AT_ONCE).try_collect().await?;
                Ok(lists.into_iter().flatten().collect())
            }
            Tenants::Unknown(reason) => Err(unknown(what, reason)),
        }
    }

    async fn of_one<T: DeserializeOwned + Send>(
        &self,
        what: &str,
        filters: Filters<'_>,
        tenant: &TenantName,
    ) -> Result<Vec<(Option<TenantName>, T)>, CloudifyError> {
        let rows = self.session.list(what, filters, Of::Tenant(tenant)).await?;
        Ok(rows.into_iter().map(|row| (Some(tenant.clone()), row)).collect())
    }

    /// How many rows there are in all tenants.
    pub(crate) async fn count(&self, what: &str) -> Result<u64, CloudifyError> {
        match &self.tenants {
            Tenants::AtOnce => self.session.count(what, &at_once(&[]), Of::Tenant(self.session.tenant())).await,
            Tenants::Each(all) => {
                let counts: Vec<BoxFuture<'_, _>> =
                    all.iter().map(|tenant| self.session.count(what, &[], Of::Tenant(tenant)).boxed()).collect();
                let counts: Vec<u64> = futures::stream::iter(counts).buffered(TENANTS_AT_ONCE).try_collect().await?;
                Ok(counts.into_iter().sum())
            }
            Tenants::Unknown(reason) => Err(unknown(what, reason)),
        }
    }
}

fn at_once<'q>(filters: Filters<'q>) -> Vec<(&'q str, &'q str)> {
    std::iter::once(("_all_tenants", "true")).chain(filters.iter().copied()).collect()
}

fn unknown(what: &str, reason: &str) -> CloudifyError {
    CloudifyError::NotUnderstood { path: format!("/{what}"), problem: format!("the tenants are not known: {reason}") }
}
