//! `cargo xtask bench cloudify`: an archive of 4 GB moved beside `curl`, and the baseline inventory of 5,000 deployments.
//!
//! The lab runs as a process of its own (its path is the first argument), so that the memory measured here is Drydock's
//! alone. Archives lie below the folder for temporary files, one at a time: 4 GB have to be free there. Prints Markdown.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on says why, and is printed"
)]

mod archive;
mod curl;
mod inventory;
mod managers;
#[path = "../../../examples/bench_engine/measured.rs"]
#[expect(dead_code, reason = "percentiles are of no use here")]
mod measured;
mod memory;

use std::path::Path;

#[tokio::main]
async fn main() {
    let lab = std::env::args().nth(1).expect("the path of the lab's program is the first argument");
    println!("| Cloudify: managers of 4.2 and 4.6, HTTPS (`cargo xtask bench cloudify`) | |");
    println!("|---|--:|");
    // First, so that nothing else has taken memory that could be used again.
    archive::measure(Path::new(&lab)).await;
    inventory::measure(Path::new(&lab)).await;
}
