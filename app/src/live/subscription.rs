//! One connection to the stream of a run. For the browser only.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// Closed when dropped. Never drop it from one of its own callbacks.
pub struct Subscription {
    source: EventSource,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_plain: [Closure<dyn FnMut()>; 3],
}

/// What a connection tells.
#[derive(Clone, Copy)]
pub struct Callbacks {
    pub message: Callback<String>,
    pub open: Callback<()>,
    pub lost: Callback<()>,
    pub end: Callback<()>,
}

impl Subscription {
    /// Connects. `None` when the browser refuses the address.
    pub fn open(url: &str, callbacks: Callbacks) -> Option<Self> {
        let source = EventSource::new(url).ok()?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                callbacks.message.run(text);
            }
        });
        let at_end = source.clone();
        let on_open = plain(move || callbacks.open.run(()));
        let on_lost = plain(move || callbacks.lost.run(()));
        let on_end = plain(move || {
            // Else the browser would connect again and again.
            at_end.close();
            callbacks.end.run(());
        });
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_lost.as_ref().unchecked_ref()));
        source.add_event_listener_with_callback("end", on_end.as_ref().unchecked_ref()).ok()?;
        Some(Self { source, _on_message: on_message, _on_plain: [on_open, on_lost, on_end] })
    }

    /// Whether the browser has given up on it.
    pub fn is_closed(&self) -> bool {
        self.source.ready_state() == EventSource::CLOSED
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.source.set_onmessage(None);
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

fn plain(act: impl FnMut() + 'static) -> Closure<dyn FnMut()> {
    Closure::new(act)
}
