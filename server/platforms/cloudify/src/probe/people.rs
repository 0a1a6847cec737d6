//! Who else is there (P6), and whether users can log in (4.4).

use model::cloudify::Login;
use model::environment::ManagerRest;
use model::id::SnapshotId;
use model::plan::{Answer, Side};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{holds, not_yet};
use crate::CloudifyError;
use crate::client::{AdminPassword, Inner};
use crate::discovery;
use crate::rest::{Door, Rest};

/// Every request that is let in counts as a login, ours too: so our own time is what the manager's clock says now.
pub(super) async fn nobody_else(inner: &Inner, side: Side, minutes: u32) -> Result<Answer, CloudifyError> {
    let session = inner.rest(side).session().await?;
    let users = discovery::users(inner, &session).await;
    let Some(users) = users.value() else {
        return Ok(Answer::Unknown { reason: users.reason().unwrap_or_default().to_owned() });
    };
    let ours = match session.login {
        Login::Old => &inner.settings.old.rest.user,
        Login::New => &inner.settings.new.rest().user,
    };
    let seen = |at: &Option<String>| at.as_deref().and_then(moment);
    let Some(now) = users.iter().find(|user| &user.name == ours).and_then(|user| seen(&user.last_login_at)) else {
        return Ok(Answer::Unknown { reason: format!("{side} does not tell when {ours} was there") });
    };
    let limit = i64::from(minutes) * 60;
    let recent: Vec<String> = users
        .iter()
        .filter(|user| &user.name != ours)
        .filter(|user| seen(&user.last_login_at).is_some_and(|then| now - then < limit))
        .map(|user| format!("{} at {}", user.name, user.last_login_at.as_deref().unwrap_or_default()))
        .collect();
    Ok(if recent.is_empty() {
        holds(format!("nobody but {ours} for {minutes} min"))
    } else {
        not_yet(format!("used by {} (its clock)", recent.join(", ")))
    })
}

/// Seconds; managers write local time as if it were UTC, and all of it is of one clock.
fn moment(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}

pub(super) async fn password_works(inner: &Inner, snapshot: &SnapshotId, user: &str) -> Answer {
    let password = match inner.archives.password(snapshot, user) {
        Ok(Some(password)) => AdminPassword(password),
        Ok(None) => return not_yet(format!("no password was made for {user}")),
        Err(error) => return Answer::Unknown { reason: error.to_string() },
    };
    let at = inner.settings.new.rest();
    let who = ManagerRest { user: user.to_owned(), ..at.clone() };
    let door = match Door::new("new", at, Login::New, &who, &password) {
        Ok(door) => door,
        Err(error) => return Answer::Unknown { reason: error.to_string() },
    };
    match Rest::new(vec![door]).session().await {
        Ok(_) => holds(format!("{user} can log in")),
        Err(error) if error.is_wrong_login() => not_yet(format!("{user} is not let in: {error}")),
        Err(error) => Answer::Unknown { reason: error.to_string() },
    }
}
