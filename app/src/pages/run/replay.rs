//! A run of this Drydock, event by event.

use leptos::prelude::*;
use model::id::RunId;
use model::record::RecordView;

use crate::api::records::load_run_record;
use crate::components::{Notice, Page, PageHead, RiskBadge, data_of, loaded};
use crate::look::Look;
use crate::pages::params::{id_of_path, query};
use crate::pages::record::{Place, record, until};

/// The page.
#[component]
pub fn RunReplay() -> AnyView {
    let id = id_of_path::<RunId>();
    let number = query("until");
    let run = data_of(
        move || (id.get(), until(&number.get())),
        |(id, until)| async move { load_run_record(id?, until).await },
    );
    view! { <Page title="Replay">{loaded(run, show)}</Page> }.into_any()
}

fn show(view: RecordView) -> AnyView {
    let head = &view.head;
    let title = format!("Replay: {} on {}", head.plan.inputs.procedure(), head.environment_name);
    let (run, environment) = (format!("/runs/{}", head.run), format!("/environments/{}", head.environment));
    let crumbs = vec![
        ("/".to_owned(), "Updates".to_owned()),
        (environment.clone(), head.environment_name.clone()),
        (run.clone(), "Run".to_owned()),
    ];
    let risk = head.risk;
    let place = Place {
        record: format!("{run}/replay"),
        plan: format!("/requests/{}", head.request),
        inventory: Some(environment),
    };
    view! {
        <PageHead title=title crumbs=crumbs>
            <RiskBadge risk/>
            <a class="btn btn-quiet" href=run>"To the run"</a>
        </PageHead>
        <Notice look=Look::waiting("A record")>"This is how the run was after the event below, not how it is now."</Notice>
        {record(view, place)}
    }
    .into_any()
}
