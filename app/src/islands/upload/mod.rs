//! A large file on its way to Drydock: part by part, so that a lost link costs one part and the browser never holds more
//! than one. What is shown as sent is what the server says it has.

mod sending;
mod wire;

use leptos::prelude::*;
use model::id::{EnvironmentId, SnapshotId};
use model::words::size;
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};

use self::sending::{Sending, Stand};
use crate::components::{Notice, ProgressBar};
use crate::look::{Look, Tone};

/// Name, file, and how far it has come.
#[cfg_attr(any(feature = "live", feature = "ssr"), island)]
#[cfg_attr(not(any(feature = "live", feature = "ssr")), component)]
pub fn ArchiveUpload(environment: EnvironmentId) -> impl IntoView {
    let alive = RwSignal::new(false);
    // Effects run in the browser only.
    Effect::new(move || alive.set(true));
    let (name, problem) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let sending = Sending::new(environment);
    let choose = move |_| {
        if let Some(chosen) = chosen_file()
            && name.get_untracked().is_empty()
        {
            name.set(name_for(&chosen.name()));
        }
    };
    let begin = move |_| {
        let Some(chosen) = chosen_file() else { return problem.set(Some("Choose a file first.".to_owned())) };
        match name.get_untracked().trim().parse::<SnapshotId>() {
            Ok(snapshot) => {
                problem.set(None);
                sending.begin(chosen, snapshot);
            }
            Err(error) => problem.set(Some(error.to_string())),
        }
    };
    let is_busy = move || sending.stand.with(Stand::is_busy);
    let button = move || if sending.stand.with(|stand| matches!(stand, Stand::Paused)) { "Go on" } else { "Upload" };
    view! {
        <div class="stack">
            <p class="text-muted" hidden=move || alive.get()>
                "Uploading here needs the script of this page, which has not started. Without it, use curl as below."
            </p>
            <div class="stack" hidden=move || !alive.get()>
                <div class="field">
                    <label class="label" for="archive-file">"File"</label>
                    <input class="input" id="archive-file" type="file" accept=".zip,application/zip" disabled=is_busy on:change=choose/>
                </div>
                <div class="field">
                    <label class="label" for="archive-name">"What the manager is to call it"</label>
                    <input class="input mono" id="archive-name" type="text" autocomplete="off" aria-describedby="archive-problem" disabled=is_busy
                        prop:value=name on:input:target=move |event| name.set(event.target().value())/>
                    <p class="field-error" id="archive-problem" role="alert">{problem}</p>
                </div>
                <div class="cluster">
                    <button class="btn btn-primary" type="button" disabled=is_busy on:click=begin>{button}</button>
                    <button class="btn" type="button" hidden=move || !sending.stand.with(Stand::can_pause) on:click=move |_| sending.pause()>"Pause"</button>
                    <button class="btn" type="button" hidden=move || !sending.stand.with(Stand::can_cancel) on:click=move |_| sending.cancel()>"Cancel and discard"</button>
                </div>
                {move || progress(sending)}
            </div>
        </div>
    }
}

/// What stands in the field. It is not kept in a signal: on the server those may end on another thread, and a file cannot.
fn chosen_file() -> Option<File> {
    document().get_element_by_id("archive-file")?.dyn_into::<HtmlInputElement>().ok()?.files()?.get(0)
}

/// What the server has, and what is going on.
fn progress(sending: Sending) -> Option<impl IntoView> {
    let (look, words) = match sending.stand.get() {
        Stand::Idle => return None,
        Stand::Asking => (Look::running("Asking"), "how much of it is there already".to_owned()),
        Stand::Sending => (Look::running("Sending"), sending.speed.get().unwrap_or_default()),
        Stand::Lost { why, again } => {
            let words = format!("{why} Nothing that is there is lost; trying again in {again} s.");
            (Look::warning("The link is gone."), words)
        }
        Stand::Checking => (
            Look::running("Being checked"),
            "every part of the zip is read, which takes as long as it is large".to_owned(),
        ),
        Stand::Paused => (Look::waiting("Paused"), "what is there stays there".to_owned()),
        Stand::Kept => (Look::ok("Kept"), "it was read from its beginning to its end".to_owned()),
        Stand::Refused(why) => (Look::failed("Refused"), why),
    };
    let told = move || {
        let (there, of) = (sending.there.get(), sending.of.get());
        (of > 0).then(|| format!("{} of {} are at Drydock", size(there), size(of)))
    };
    let percent = Signal::derive(move || {
        u32::try_from(u128::from(sending.there.get()) * 100 / u128::from(sending.of.get().max(1))).unwrap_or(100)
    });
    let tone = look.tone;
    let tone = Signal::derive(move || if tone == Tone::Running { Tone::Accent } else { tone });
    Some(view! {
        <div class="stack-tight">
            <ProgressBar done=percent of=Signal::stored(100) label="Sent" tone=tone/>
            <p class="num" id="archive-sent">{told}</p>
            <div role="status"><Notice look>{words}</Notice></div>
        </div>
    })
}

/// The file's name, as far as a snapshot may be called so.
fn name_for(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let name: String = stem.chars().map(|letter| if fits(letter) { letter } else { '_' }).collect();
    name.trim_start_matches(['.', '_', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_becomes_one_that_a_snapshot_may_have() {
        for (file, name) in [
            ("before_monday.zip", "before_monday"),
            ("our snapshot (2).zip", "our_snapshot__2_"),
            ("..zip", ""),
            (".hidden", ""),
            ("zürich", "z_rich"),
            ("a/b.zip", "a_b"),
        ] {
            assert_eq!(name_for(file), name);
            assert!(name.is_empty() || SnapshotId::new(name).is_ok());
        }
    }
}
