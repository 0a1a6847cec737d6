//! An Open vStorage cluster: node, component, package; and everything an update has to know.

mod facts;
mod node;

use leptos::prelude::*;
use model::open_vstorage::OpenVstorageInventory;

use crate::components::cluster_summary;
use crate::pages::update::mend;

/// Everything that was seen. `address` is the page of the environment.
pub fn cluster(address: &str, cluster: &OpenVstorageInventory) -> AnyView {
    let nodes: Vec<_> = cluster.nodes.iter().map(|(name, node)| node::card(name, node)).collect();
    view! {
        {mend::left_over(address, cluster)}
        {facts::told(cluster)}
        <section class="card">
            <div class="card-head"><h2>"What is pending"</h2></div>
            <div class="card-body">{cluster_summary(cluster)}</div>
        </section>
        <section class="stack"><h2>"Nodes"</h2> {nodes}</section>
        {facts::facts(cluster)}
    }
    .into_any()
}
