//! A file to Drydock, and from there to a manager: the second takes a request, as everything that changes one.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::cloudify::{ArchiveLine, SnapshotsView};
use model::id::EnvironmentId;
use model::plan::Side;
use model::words::size;

use super::create::sides;
use super::{crumbs_below, kept, load};
use crate::api::snapshots::{DiscardUpload, PrepareUpload};
use crate::components::{
    Choice, Copyable, Group, Notice, Page, PageHead, PreparePlan, RefusalNotice, data_of, loaded, refusal_of,
};
use crate::islands::ArchiveUpload;
use crate::look::Look;
use crate::pages::params::{id_of_path, query};

/// Both steps on one page.
#[component]
pub fn UploadSnapshotPage() -> AnyView {
    let id = id_of_path::<EnvironmentId>();
    let chosen = query("kept");
    let prepare = ServerAction::<PrepareUpload>::new();
    let discard = ServerAction::<DiscardUpload>::new();
    let seen = data_of(move || id.get(), load);
    view! {
        <Page title="Upload an archive">
            <RefusalNotice refusal=refusal_of(discard)/>
            {loaded(seen, move |(view, viewer)| view! {
                <PageHead title="Upload an archive" crumbs=crumbs_below(&view)/>
                <p class="max-w-3xl text-muted">"First the file comes to Drydock and is checked. Then a request brings it to a manager, once somebody else has approved."</p>
                {bring(&view)}
                {kept::uploads(&view, &viewer, discard)}
                {send(&view, &chosen.get_untracked(), prepare)}
            }.into_any())}
        </Page>
    }
    .into_any()
}

fn bring(view: &SnapshotsView) -> AnyView {
    let room = match view.room.clone() {
        Ok(bytes) => view! { <p class="hint">{format!("A file may have {} here: so much is free where archives are kept.", size(bytes))}</p> }.into_any(),
        Err(reason) => view! { <Notice look=Look::unknown("Nobody knows how much room there is")>{reason}</Notice> }.into_any(),
    };
    let (environment, by_curl) = (view.environment.clone(), by_curl(view));
    view! {
        <Group title="1. The file to Drydock">
            {room}
            <ArchiveUpload environment/>
            {by_curl}
        </Group>
    }
    .into_any()
}

/// Works wherever the page's script does not, and from machines without a browser.
fn by_curl(view: &SnapshotsView) -> AnyView {
    let commands = format!(
        "DRYDOCK=https://drydock.example      # the address of this page, up to its third slash\n\
         curl -c jar -H \"Origin: $DRYDOCK\" -d name=YOU --data-urlencode password@PASSWORD_FILE $DRYDOCK/login\n\
         curl -b jar -H \"Origin: $DRYDOCK\" -T FILE.zip $DRYDOCK/api/uploads/{}/NAME\n\
         # after a lost link: the same with -C BYTES, as many as have come; the page of snapshots tells",
        view.environment
    );
    view! {
        <details class="disclosure">
            <summary>"From a shell, with curl"</summary>
            <div class="stack-tight">
                <Copyable what="the commands"><code class="command">{commands}</code></Copyable>
                <p class="hint">"The archive appears below when it is checked. Remove jar afterwards: it logs in whoever has it."</p>
            </div>
        </details>
    }
    .into_any()
}

fn send(view: &SnapshotsView, chosen: &str, prepare: ServerAction<PrepareUpload>) -> AnyView {
    if view.archives.is_empty() {
        return view! { <Group title="2. The archive to a manager"><p class="text-muted">"Drydock keeps no archive yet."</p></Group> }.into_any();
    }
    // What has just come, or the only one there is.
    let is_chosen = |one: &ArchiveLine| one.snapshot.as_str() == chosen || view.archives.len() == 1;
    let archives: Vec<_> = view
        .archives
        .iter()
        .map(|one| {
            let words = format!("{}, {}, made by {}", one.snapshot, size(one.bytes), one.version);
            let (value, sha256, checked) = (one.snapshot.to_string(), one.sha256.clone(), is_chosen(one));
            view! {
                <Choice kind="radio" name="inputs[snapshot]" value=value checked=checked>
                    {words} <span class="hint mono block break-all">{sha256}</span>
                </Choice>
            }
        })
        .collect();
    let (environment, sides) = (view.environment.to_string(), sides(view, "inputs[on]", Side::New));
    view! {
        <RefusalNotice refusal=refusal_of(prepare)/>
        <ActionForm action=prepare attr:class="form" attr:id="send" attr:data-guard="">
            <input type="hidden" name="environment" value=environment/>
            <Group title="2. The archive to a manager">
                <fieldset class="field"><legend class="label">"Archive, with its SHA-256"</legend> {archives}</fieldset>
                {sides}
                <PreparePlan refusal=refusal_of(prepare)/>
            </Group>
        </ActionForm>
    }
    .into_any()
}
