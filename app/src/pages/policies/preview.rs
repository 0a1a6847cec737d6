//! What a policy would change, before it is saved.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::view::PoliciesView;
use model::words::capitalised;

use super::edit::form_of;
use super::needed::needed;
use crate::api::policies::{SavePolicy, load_policies, preview_policy};
use crate::api::policy_form::PolicyForm;
use crate::components::{Notice, Page, PageHead, RefusalNotice, data_of, loaded, refusal_of};
use crate::error::Answer;
use crate::look::Look;

/// What the page shows: the draft, what is so now, and what would be so, or why it cannot be.
type Preview = (PolicyForm, PoliciesView, Result<PoliciesView, String>);

/// The page.
#[component]
pub fn PreviewPolicy() -> AnyView {
    let query = use_query_map();
    let save = ServerAction::<SavePolicy>::new();
    let preview = data_of(move || query.with(form_of), load);
    view! {
        <Page title="Preview of a policy">
            <RefusalNotice refusal=refusal_of(save)/>
            {loaded(preview, move |(form, now, then)| show(form, &now, then, save))}
        </Page>
    }
    .into_any()
}

async fn load(form: PolicyForm) -> Answer<Preview> {
    let now = load_policies().await?;
    let then = preview_policy(form.clone()).await.map_err(|refused| refused.to_string());
    Ok((form, now, then))
}

fn show(
    form: PolicyForm,
    now: &PoliciesView,
    then: Result<PoliciesView, String>,
    save: ServerAction<SavePolicy>,
) -> AnyView {
    let fields = form.fields();
    let again =
        |(name, value): &(&'static str, String)| view! { <input type="hidden" name=*name value=value.clone()/> };
    let back: Vec<_> = fields.iter().map(again).collect();
    let (content, is_barred) = match &then {
        Ok(then) => (needed("What a request would need", &then.needed, Some(&now.needed)), false),
        Err(why) => {
            let why = capitalised(why);
            (view! { <Notice look=Look::failed("It cannot be saved like this")>{why}</Notice> }.into_any(), true)
        }
    };
    let hidden: Vec<_> = fields.iter().map(save_field).collect();
    view! {
        <PageHead title=form.name.clone() crumbs=vec![("/policies".to_owned(), "Policies".to_owned())]/>
        <p class="max-w-3xl text-muted">"Nothing is saved yet. Approvals that were given under other needs than these stop counting when it is."</p>
        {content}
        <div class="cluster">
            <ActionForm action=save>
                {hidden}
                <button class="btn btn-primary" type="submit" disabled=is_barred>"Save this policy"</button>
            </ActionForm>
            <form method="get" action="/policies/edit">{back} <button class="btn" type="submit">"Back to the form"</button></form>
        </div>
    }
    .into_any()
}

/// As the server function wants it: lists have brackets.
fn save_field((name, value): &(&'static str, String)) -> AnyView {
    let is_list = matches!(*name, "procedures" | "risks");
    let name = format!("form[{name}]{}", if is_list { "[]" } else { "" });
    view! { <input type="hidden" name=name value=value.clone()/> }.into_any()
}
