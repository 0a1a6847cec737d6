//! A run as it goes on. What the server has rendered is the beginning; the rest comes as events.

use leptos::prelude::*;
use model::event::Event;
use model::id::{EnvironmentId, RequestId, RunId};
use model::run::RunState;
use serde::{Deserialize, Serialize, Serializer};

use super::{pulse, refresh};
use crate::live::{Outline, Scene, Tab, Viewer};
use crate::pages::run::{abort, attention, by_hand, decisions, log_view, stages, status, verbs};

/// What the page begins with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Beginning {
    pub run: RunId,
    /// What it does, and where, for people.
    pub name: String,
    /// Where it runs.
    pub environment: EnvironmentId,
    /// Where the whole plan can be read.
    pub request: RequestId,
    pub outline: Outline,
    pub state: RunState,
    /// The last part of the output.
    pub output: Vec<Event>,
    /// Whether there was more.
    pub output_cut: bool,
    /// Login name of the viewer.
    pub viewer: String,
    /// Why the viewer may not pause, abort and so on, if so.
    pub may_intervene: Result<(), String>,
    /// Why the viewer may not agree to what others ask for, if so.
    pub may_agree: Result<(), String>,
}

/// A [`Beginning`] that travels one way: the browser, too, asks an island for its properties as text, and would carry code
/// for it and do the work for nothing.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct OneWay(pub Beginning);

impl Serialize for OneWay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if cfg!(target_arch = "wasm32") { serializer.serialize_unit() } else { self.0.serialize(serializer) }
    }
}

/// State, what to decide, progress, steps and output.
#[cfg_attr(any(feature = "live", feature = "ssr"), island)]
#[cfg_attr(not(any(feature = "live", feature = "ssr")), component)]
pub fn RunLive(beginning: OneWay) -> impl IntoView {
    let OneWay(beginning) = beginning;
    let Beginning { run, name, environment, request, outline, state, output, output_cut, viewer, .. } = beginning;
    let (may_intervene, may_agree) = (beginning.may_intervene, beginning.may_agree);
    let viewer = Viewer { name: viewer, may_intervene, may_agree };
    let scene = Scene::of(run.clone(), outline, viewer, state, &output);
    keep_told(scene);
    keep_tab(scene, name);
    view! {
        <div class="stack gap-6" data-link="">
            {attention::attention(scene, Some(format!("/environments/{environment}")))}
            {abort::asked(scene)}
            {decisions::decisions(scene)}
            {status::status(scene, verbs::verbs(scene))}
            <div class="grid gap-6 items-start xl:grid-cols-2">
                <div class="stack min-w-0">{stages::stages(&format!("/requests/{request}"), scene)}</div>
                <div class="stack min-w-0">{log_view::log_view(&run, output_cut, scene.live)}</div>
            </div>
        </div>
    }
}

/// What people are asked, in whose hands the run is, and that it is over, is told by parts of the page that only the server
/// renders: each time it changes they are fetched anew.
fn keep_told(scene: Scene) {
    let told = Memo::new(move |_| {
        scene.with(|state, outline| {
            let offered = state.offer.as_ref().map(|offer| offer.at);
            let by_hand = by_hand::open(outline, state);
            (state.asked_to_confirm(), offered, state.responsible.clone(), state.ended_at, by_hand)
        })
    });
    Effect::watch(move || told.get(), |_, _, _| refresh::parts(), false);
}

/// Title and icon of the tab say how the run is, also while somebody looks at another one.
fn keep_tab(scene: Scene, name: String) {
    let tab = Memo::new(move |_| scene.with(|state, outline| Tab::of(state, outline, &name)));
    Effect::new(move || {
        tab.with(|tab| {
            document().set_title(&format!("{} – Drydock", tab.title));
            pulse::each("link[rel=icon]", |icon| {
                let _ = icon.set_attribute("href", tab.icon.href());
            });
        });
    });
}
