//! Which page is where. Every page is rendered completely on the server (`SsrMode::Async`), so that it works without WASM.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::components::Frame;
use crate::pages;

/// All pages.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Drydock".to_owned() } else { format!("{title} – Drydock") }/>
        <Router>
            <Frame>
                <Routes fallback=|| view! { <pages::NotFound/> }>
                    <Route path=path!("/") view=pages::Updates ssr=SsrMode::Async/>
                    <Route path=path!("/login") view=pages::Login ssr=SsrMode::Async/>
                    <Route path=path!("/setup") view=pages::Setup ssr=SsrMode::Async/>
                    <Route path=path!("/environments/new") view=pages::NewEnvironment ssr=SsrMode::Async/>
                    <Route path=path!("/environments/import") view=pages::ImportEnvironments ssr=SsrMode::Async/>
                    <Route path=path!("/environments/:id") view=pages::EnvironmentPage ssr=SsrMode::Async/>
                    <Route path=path!("/environments/:id/settings") view=pages::EnvironmentSettings ssr=SsrMode::Async/>
                    <Route path=path!("/environments/:id/connection") view=pages::Connection ssr=SsrMode::Async/>
                    <Route path=path!("/environments/:id/restart") view=pages::Restart ssr=SsrMode::Async/>
                    <Route path=path!("/environments/:id/migrate") view=pages::Migrate ssr=SsrMode::Async/>
                    <Route path=path!("/environments/:id/snapshots") view=pages::Snapshots ssr=SsrMode::Async/>
                    <Route path=path!("/environments/:id/snapshots/new") view=pages::CreateSnapshotPage ssr=SsrMode::Async/>
                    <Route path=path!("/environments/:id/snapshots/upload") view=pages::UploadSnapshotPage ssr=SsrMode::Async/>
                    <Route path=path!("/environments/:id/update/:what") view=pages::Update ssr=SsrMode::Async/>
                    <Route path=path!("/requests/:id") view=pages::RequestPage ssr=SsrMode::Async/>
                    <Route path=path!("/requests/:id/plan") view=pages::RequestPlan ssr=SsrMode::Async/>
                    <Route path=path!("/runs/:id") view=pages::RunPage ssr=SsrMode::Async/>
                    <Route path=path!("/runs/:id/log") view=pages::RunLog ssr=SsrMode::Async/>
                    <Route path=path!("/runs/:id/picture") view=pages::RunPicture ssr=SsrMode::Async/>
                    <Route path=path!("/runs/:id/replay") view=pages::RunReplay ssr=SsrMode::Async/>
                    <Route path=path!("/rehearsals/:id") view=pages::RehearsalPage ssr=SsrMode::Async/>
                    <Route path=path!("/replay") view=pages::Replays ssr=SsrMode::Async/>
                    <Route path=path!("/replay/:id") view=pages::ReplayPage ssr=SsrMode::Async/>
                    <Route path=path!("/replay/:id/plan") view=pages::ReplayPlan ssr=SsrMode::Async/>
                    <Route path=path!("/inbox") view=pages::Inbox ssr=SsrMode::Async/>
                    <Route path=path!("/go") view=pages::Go ssr=SsrMode::Async/>
                    <Route path=path!("/keys") view=pages::Keys ssr=SsrMode::Async/>
                    <Route path=path!("/history") view=pages::History ssr=SsrMode::Async/>
                    <Route path=path!("/history/compare") view=pages::CompareRuns ssr=SsrMode::Async/>
                    <Route path=path!("/policies") view=pages::Policies ssr=SsrMode::Async/>
                    <Route path=path!("/policies/edit") view=pages::EditPolicy ssr=SsrMode::Async/>
                    <Route path=path!("/policies/preview") view=pages::PreviewPolicy ssr=SsrMode::Async/>
                    <Route path=path!("/people") view=pages::People ssr=SsrMode::Async/>
                    <Route path=path!("/notifications") view=pages::Notifications ssr=SsrMode::Async/>
                    <Route path=path!("/notifications/new") view=pages::NewTarget ssr=SsrMode::Async/>
                    <Route path=path!("/notifications/change") view=pages::ChangePlace ssr=SsrMode::Async/>
                    <Route path=path!("/account") view=pages::Account ssr=SsrMode::Async/>
                    <Route path=path!("/account/proof") view=pages::ProofPage ssr=SsrMode::Async/>
                    <Route path=path!("/account/tokens") view=pages::NewTokenPage ssr=SsrMode::Async/>
                    <Route path=path!("/account/second-factor") view=pages::SecondFactorPage ssr=SsrMode::Async/>
                    <Route path=path!("/audit") view=pages::Audit ssr=SsrMode::Async/>
                    <Route path=path!("/design") view=pages::Design ssr=SsrMode::Async/>
                </Routes>
            </Frame>
        </Router>
    }
}
