//! Who may use a manager, and who has.

use model::cloudify::User;
use model::observed::Observed;

use super::{observe, rows, untold};
use crate::client::Inner;
use crate::rest::{Of, Session};
use crate::{CloudifyError, ErrorCode};

pub(super) const ROLE: &str = "GET /user";
pub(super) const USERS: &str = "GET /users";

/// The role we have.
pub(crate) async fn role(inner: &Inner, session: &Session<'_>) -> Observed<String> {
    if !session.version.has_tenants() {
        return untold(inner, ROLE, "a 3.x manager has no roles");
    }
    observe(inner, ROLE, async { Ok(me(session).await?.role) }).await
}

/// All users. A Community manager has but one, and says so by an error (7).
pub(crate) async fn users(inner: &Inner, session: &Session<'_>) -> Observed<Vec<User>> {
    if !session.version.has_tenants() {
        return untold(inner, USERS, "a 3.x manager keeps its users in a file; a snapshot does not carry them");
    }
    let at = (inner.now)();
    match all(session).await {
        Ok(users) => Observed::known(users, USERS, at),
        Err(error) if matches!(error.refusal(), Some((_, ErrorCode::MissingPremiumPackage))) => {
            let source = "GET /user: the Community edition has no others";
            observe(inner, source, async { Ok(vec![me(session).await?]) }).await
        }
        Err(error) => Observed::unknown(error.to_string(), USERS, at),
    }
}

async fn all(session: &Session<'_>) -> Result<Vec<User>, CloudifyError> {
    let rows: Vec<rows::UserRow> = session.list("users", &[("_sort", "username")], Of::Manager).await?;
    Ok(rows.into_iter().map(User::from).collect())
}

async fn me(session: &Session<'_>) -> Result<User, CloudifyError> {
    let row: rows::UserRow = session.ask("user", Of::Manager).await?;
    Ok(row.into())
}
