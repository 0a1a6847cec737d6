//! What Drydock has itself: archives that are kept, and files on their way.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::cloudify::{ArchiveLine, SnapshotsView, Upload, UploadState};
use model::people::{Person, Role};
use model::words::{capitalised, size};

use crate::api::snapshots::DiscardUpload;
use crate::components::{Badge, Column, Moment, ProgressBar, Table};
use crate::look::Look;

/// Nothing is shown where nothing is.
pub fn uploads(view: &SnapshotsView, viewer: &Person, discard: ServerAction<DiscardUpload>) -> AnyView {
    if view.uploads.is_empty() {
        return ().into_any();
    }
    let may = viewer.may_at(Role::Requester, &view.labels);
    let rows: Vec<_> = view.uploads.iter().map(|one| upload(view, one, may, discard)).collect();
    view! {
        <section class="card">
            <div class="card-head"><h2>"Files on their way to Drydock"</h2></div>
            <div class="card-body">{rows}</div>
        </section>
    }
    .into_any()
}

fn upload(view: &SnapshotsView, one: &Upload, may: bool, discard: ServerAction<DiscardUpload>) -> AnyView {
    let (environment, snapshot) = (view.environment.to_string(), one.snapshot.to_string());
    let (look, words) = match &one.state {
        UploadState::Incomplete if one.there == one.of => {
            let words = "All of it is here, and Drydock was restarted before it was checked: upload the same file again, of which nothing is sent twice.";
            (Look::waiting("Not checked"), words.to_owned())
        }
        UploadState::Incomplete => {
            (Look::waiting("Not complete"), "To go on, choose the same file under the same name.".to_owned())
        }
        UploadState::Checking => (Look::running("Being checked"), "Every part of the zip is read.".to_owned()),
        UploadState::Kept => (Look::ok("Kept"), String::new()),
        UploadState::Refused(why) => (Look::failed("Refused"), format!("{}.", capitalised(why))),
    };
    let bar = (one.state == UploadState::Incomplete).then(|| {
        let label = format!("Upload of {snapshot}");
        view! { <ProgressBar done=percent(one) of=100 label=label/> }
    });
    view! {
        <div class="stack-tight">
            <div class="spread">
                <span class="cluster"><Badge look/> <span class="mono">{snapshot.clone()}</span>
                    <span class="num text-muted">{format!("{} of {}", size(one.there), size(one.of))}</span></span>
                {may.then(|| view! {
                    <ActionForm action=discard>
                        <input type="hidden" name="environment" value=environment/>
                        <input type="hidden" name="snapshot" value=snapshot/>
                        <button class="btn btn-small" type="submit" data-busy="Discarding …">"Discard"</button>
                    </ActionForm>
                })}
            </div>
            {bar}
            <p class="hint break-words">{words} " Begun by " {one.by.clone()} ", " <Moment at=one.at/></p>
        </div>
    }
    .into_any()
}

fn percent(one: &Upload) -> u32 {
    u32::try_from(u128::from(one.there) * 100 / u128::from(one.of.max(1))).unwrap_or(100)
}

/// By snapshot, with what proves them.
pub fn archives(view: &SnapshotsView) -> AnyView {
    let rows: Vec<_> = view.archives.iter().map(archive).collect();
    let body = if rows.is_empty() {
        view! { <p class="text-muted">"None yet. A migration keeps the archive of its snapshot here, and what is uploaded comes here first."</p> }.into_any()
    } else {
        view! {
            <Table label="Archives that Drydock keeps" rows whole=true
                columns=vec![
                    Column::Ordered("Archive"), Column::Ordered("Made by"), Column::Number("Size"),
                    Column::Plain("SHA-256"),
                ]/>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-label="Kept by Drydock">
            <div class="card-head"><h2>"Kept by Drydock"</h2></div>
            <div class="card-body">{body}</div>
        </section>
    }
    .into_any()
}

fn archive(one: &ArchiveLine) -> AnyView {
    view! {
        <tr>
            <td data-label="Archive"><span class="mono break-words">{one.snapshot.to_string()}</span></td>
            <td data-label="Made by">{one.version.to_string()}</td>
            <td data-label="Size" class="num" data-worth=one.bytes>{size(one.bytes)}</td>
            <td data-label="SHA-256"><span class="mono break-all">{one.sha256.clone()}</span></td>
        </tr>
    }
    .into_any()
}
