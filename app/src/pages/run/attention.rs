//! What somebody has to know at once, above everything else.

use leptos::prelude::*;
use model::environment::Platform;

use super::verbs::more_time_to_decide;
use crate::components::{ClockTime, Moment, MomentAhead, Notice};
use crate::live::{Attention, Link, Scene};
use crate::look::Look;
use crate::pages::update::mend::START_STOPPED;

/// Nothing, as long as all is well. `inventory` is where the environment can be looked at.
pub fn attention(scene: Scene, inventory: Option<String>) -> impl IntoView {
    let notices = Memo::new(move |_| {
        let situation = scene.situation.get();
        scene.with(|state, outline| Attention::of(&situation, state, outline))
    });
    view! {
        <div role="alert" class="stack-tight empty:hidden">
            {move || link_notice(scene.live.link.get()).map(|(look, words)| view! { <Notice look>{words}</Notice> })}
            {move || notices.get().into_iter().map(|notice| notice_view(notice, scene, inventory.clone())).collect::<Vec<_>>()}
        </div>
    }
}

fn notice_view(notice: Attention, scene: Scene, inventory: Option<String>) -> impl IntoView {
    let may_extend = notice.until.is_some() && scene.barred().is_none();
    let lines: Vec<_> = notice
        .lines
        .into_iter()
        .map(|line| {
            let colon = if line.name.is_empty() || line.words.is_empty() { "" } else { ": " };
            view! { <li><span class="font-semibold">{line.name}</span> {colon} {line.words}</li> }
        })
        .collect();
    let has_lines = !lines.is_empty();
    let inventory = inventory.filter(|_| notice.look_there);
    let start = inventory.as_ref().filter(|_| is_cluster(scene)).map(|at| format!("{at}{START_STOPPED}"));
    view! {
        <Notice look=notice.look>
            {notice.until.map(|until| view! {
                <span class="font-semibold">"Decide until " <ClockTime at=until/> " (" <MomentAhead at=until/> "). "</span>
            })}
            {notice.words}
            {has_lines.then(|| view! { <ul class="list-disc pl-5 my-1">{lines}</ul> })}
            {notice.since.map(|since| view! { <span class="hint">" " {notice.hint} " " <Moment at=since/></span> })}
            {may_extend.then(|| more_time_to_decide(scene))}
            {inventory.map(|inventory| view! {
                <p class="cluster">
                    {start.map(|start| view! { <a class="link" href=start>"Start what was stopped"</a> })}
                    <a class="link" href=inventory>"Look at the environment"</a>
                </p>
            })}
        </Notice>
    }
}

/// Only an Open vStorage run leaves a mark where it has stopped something.
fn is_cluster(scene: Scene) -> bool {
    scene.outline.with_value(|outline| outline.procedure.platform() == Platform::OpenVstorage)
}

fn link_notice(link: Link) -> Option<(Look, &'static str)> {
    match link {
        Link::Live | Link::Ended => None,
        Link::Lost => Some((
            Look::warning("Connection lost, retrying"),
            "What is shown may be old. The run goes on without this page.",
        )),
        Link::Broken => Some((Look::failed("This page has lost track"), "Reload it. The run goes on without it.")),
    }
}
