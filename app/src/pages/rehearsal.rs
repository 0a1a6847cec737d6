//! A rehearsal: the report of a plan that was played through.

use leptos::prelude::*;
use model::id::RehearsalId;
use model::record::RecordView;
use model::rehearsal::{RehearsalLine, Trouble};

use super::params::{id_of_path, query};
use super::record::{Place, record, until};
use crate::api::records::load_rehearsal;
use crate::components::{Badge, Moment, Notice, Page, PageHead, RiskBadge, data_of, loaded};
use crate::look::Look;
use crate::looks;

/// The page.
#[component]
pub fn RehearsalPage() -> AnyView {
    let id = id_of_path::<RehearsalId>();
    let number = query("until");
    let rehearsal = data_of(
        move || (id.get(), until(&number.get())),
        |(id, until)| async move { load_rehearsal(id?, until).await },
    );
    view! { <Page title="Rehearsal">{loaded(rehearsal, |(line, view)| show(line, view))}</Page> }.into_any()
}

fn show(line: RehearsalLine, view: RecordView) -> AnyView {
    let head = &view.head;
    let title = format!("Rehearsal: {} on {}", head.plan.inputs.procedure(), head.environment_name);
    let request = format!("/requests/{}", line.request);
    let crumbs = vec![
        ("/".to_owned(), "Updates".to_owned()),
        (format!("/environments/{}", head.environment), head.environment_name.clone()),
        (request.clone(), "Request".to_owned()),
    ];
    let risk = head.risk;
    let place = Place {
        record: format!("/rehearsals/{}", line.id),
        plan: request.clone(),
        inventory: Some(format!("/environments/{}", head.environment)),
    };
    let trouble = trouble_words(line.trouble.as_ref());
    let alarm = line
        .alarm
        .clone()
        .map(|alarm| view! { <p class="field-error">{format!("Somebody would have been called: {alarm}.")}</p> });
    let at = line.at;
    let look = looks::of_rehearsal(&line);
    let by = format!("{} had it played ", line.by);
    view! {
        <PageHead title=title crumbs=crumbs>
            <Badge look/>
            <RiskBadge risk/>
            <a class="btn btn-quiet" href=request>"The plan"</a>
        </PageHead>
        <Notice look=Look::waiting("Only a rehearsal")>
            "Nothing outside was touched, and the times are those of the play. "
            {by} <Moment at/> ". "
            <span class="font-semibold">{trouble} "."</span>
            {alarm}
        </Notice>
        {record(view, place)}
    }
    .into_any()
}

/// What went wrong on purpose, as a sentence without its end.
pub fn trouble_words(trouble: Option<&Trouble>) -> String {
    trouble.map_or_else(|| "All goes well".to_owned(), |trouble| format!("Trouble: {}", trouble.words()))
}
