//! Lists, always page by page.
//!
//! Up to 4.5 a list of more than 1000 rows is an error when it is asked for at once, and later ones are cut at 1000
//! without a word (fact 10).

use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{AT_ONCE, Of, Session};
use crate::CloudifyError;

/// Rows per page (P10). The most that is taken is 1000.
pub(crate) const PAGE: u64 = 500;
/// How often a list is begun anew that has changed while it was read.
const ATTEMPTS: usize = 3;

/// Filters and the like, as they stand in a query: names and values are words of the API.
pub(crate) type Filters<'q> = &'q [(&'q str, &'q str)];

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    pagination: Pagination,
}

#[derive(Deserialize)]
struct Pagination {
    total: u64,
}

impl Session<'_> {
    /// All rows of a list, in the order in which the manager gives them.
    pub(crate) async fn list<T: DeserializeOwned + Send>(
        &self,
        what: &str,
        filters: Filters<'_>,
        of: Of<'_>,
    ) -> Result<Vec<T>, CloudifyError> {
        let mut problem = String::new();
        for _ in 0..ATTEMPTS {
            match self.read_pages(what, filters, of).await? {
                Ok(rows) => return Ok(rows),
                Err(changed) => problem = changed,
            }
        }
        Err(CloudifyError::Moving { path: format!("/{what}"), problem })
    }

    /// How many rows a list has.
    pub(crate) async fn count(&self, what: &str, filters: Filters<'_>, of: Of<'_>) -> Result<u64, CloudifyError> {
        let page: Page<serde_json::Value> = self.page(what, filters, of, 1, 0).await?;
        Ok(page.metadata.pagination.total)
    }

    /// All pages, or what did not fit between two of them.
    async fn read_pages<T: DeserializeOwned + Send>(
        &self,
        what: &str,
        filters: Filters<'_>,
        of: Of<'_>,
    ) -> Result<Result<Vec<T>, String>, CloudifyError> {
        let first: Page<T> = self.page(what, filters, of, PAGE, 0).await?;
        let total = first.metadata.pagination.total;
        let offsets: Vec<u64> = (1..total.div_ceil(PAGE)).map(|page| page * PAGE).collect();
        let pages: Vec<BoxFuture<'_, _>> =
            offsets.iter().map(|offset| self.page(what, filters, of, PAGE, *offset).boxed()).collect();
        let pages: Vec<Page<T>> = futures::stream::iter(pages).buffered(AT_ONCE).try_collect().await?;
        let rest = offsets.into_iter().zip(pages);
        let mut rows = Vec::with_capacity(usize::try_from(total).unwrap_or(0).min(1 << 20));
        for (offset, page) in std::iter::once((0, first)).chain(rest) {
            let expected = PAGE.min(total.saturating_sub(offset));
            let (found, told) = (page.items.len() as u64, page.metadata.pagination.total);
            if told != total || found != expected {
                return Ok(Err(format!(
                    "{total} rows were told first, then {told}; {found} of {expected} came from row {offset} on"
                )));
            }
            rows.extend(page.items);
        }
        Ok(Ok(rows))
    }

    async fn page<T: DeserializeOwned + Send>(
        &self,
        what: &str,
        filters: Filters<'_>,
        of: Of<'_>,
        size: u64,
        offset: u64,
    ) -> Result<Page<T>, CloudifyError> {
        let filters: String = filters.iter().map(|(name, value)| format!("&{name}={value}")).collect();
        self.ask(&format!("{what}?_size={size}&_offset={offset}{filters}"), of).await
    }
}
