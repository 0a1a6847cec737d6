//! One's own tokens for programs. The server crate makes them, because each is shown once.

use leptos::prelude::*;
use model::id::TokenId;
use model::token::TokenView;

use crate::error::Answer;

/// One's own tokens, newest first.
#[server(endpoint = "load_tokens")]
pub async fn load_tokens() -> Answer<Vec<TokenView>> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.tokens(&desk.by).await?)
}

/// Lets one of one's own tokens count no more.
#[server(endpoint = "revoke_token")]
pub async fn revoke_token(token: TokenId) -> Answer<()> {
    let desk = crate::server::any_person()?;
    Ok(desk.engine.revoke_token(&desk.by, &token).await?)
}
