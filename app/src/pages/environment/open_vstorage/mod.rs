//! An Open vStorage cluster: node, component, package; and everything an update has to know.

mod facts;
mod node;

use leptos::prelude::*;
use model::open_vstorage::OpenVstorageInventory;

use crate::components::summary_list;
use crate::pages::update::mend;
use crate::summary::{self, Told};

/// With more nodes than this, packages and services of a node stand on a page of their own.
const ON_ONE_PAGE: usize = 12;

/// Everything that was seen. `address` is the page of the environment; `chosen` the node whose packages and services
/// are asked for, where a cluster has many.
pub fn cluster(address: &str, cluster: &OpenVstorageInventory, chosen: &str) -> AnyView {
    let is_large = cluster.nodes.len() > ON_ONE_PAGE;
    let chosen = cluster.nodes.iter().find(|(name, _)| is_large && name.as_str() == chosen);
    if let Some((name, node)) = chosen {
        let words = format!("All {} nodes", cluster.nodes.len());
        return view! {
            <div><a class="btn btn-small" href=address.to_owned()>{words}</a></div>
            {node::card(name, node, None)}
        }
        .into_any();
    }
    let elsewhere = is_large.then_some(address);
    let nodes: Vec<_> = cluster.nodes.iter().map(|(name, node)| node::card(name, node, elsewhere)).collect();
    let Told { lines, question, impacts, .. } = summary::of_cluster(cluster);
    let pending = summary_list(lines, question, impacts);
    view! {
        {mend::left_over(address, cluster)}
        {facts::told(cluster)}
        <section class="card">
            <div class="card-head"><h2>"What is pending"</h2></div>
            <div class="card-body">{pending}</div>
        </section>
        <section class="stack"><h2>"Nodes"</h2> {nodes}</section>
        {facts::facts(cluster)}
    }
    .into_any()
}
