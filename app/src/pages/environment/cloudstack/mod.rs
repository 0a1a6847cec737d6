//! A CloudStack: every system VM, and what stands in the way of a restart.

mod facts;
mod vm_table;

use leptos::prelude::*;
use model::cloudstack::CloudStackInventory;

/// Everything that was seen. `address` is the page of the environment.
pub fn cloud(address: &str, cloud: &CloudStackInventory) -> AnyView {
    view! { {vm_table::by_zone(address, cloud)} {facts::facts(cloud)} }.into_any()
}
