//! Showing again that it is oneself, in the form of what cannot be taken back.

use leptos::prelude::*;
use model::people::Proof;

use super::TextField;

/// Where people sign in besides; in the context of every page when the configuration names a provider.
#[derive(Clone)]
pub struct SignInAt(pub String);

/// What people call the provider.
pub fn signs_in_at() -> String {
    use_context::<SignInAt>().map_or_else(|| "the provider".to_owned(), |at| at.0)
}

/// The field; nothing where nothing is asked for. The server takes it out of the form before anybody else reads that.
#[component]
pub fn ProofField(
    wanted: Option<Proof>,
    /// Unique on the page.
    #[prop(into)]
    id: String,
) -> impl IntoView {
    wanted.map(|proof| match proof {
        Proof::Code => view! {
            <TextField name="proof" id label="Code" autocomplete="one-time-code" required=true
                hint="That it is you: six digits of your app, or a recovery code."/>
        }
        .into_any(),
        Proof::Provider => view! {
            <p>"That it is you: "
                <a class="link" href="/login/provider?again=yes&next=/account/proof" target="_blank" rel="noopener">
                    {format!("sign in at {} once more (in a new tab)", signs_in_at())}
                </a>
                ", then go on here."
            </p>
        }
        .into_any(),
        Proof::Password => view! {
            <TextField name="proof" id label="Your password" kind="password" autocomplete="current-password" required=true
                hint="That it is you."/>
        }
        .into_any(),
    })
}
