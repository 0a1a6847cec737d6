//! Telling people what they would otherwise have to look for.
//!
//! What is told is written in the transaction of what it tells ([`tell`]): nothing is lost with a killed server, and nothing
//! is told that did not happen. Its id is made from what happened, so that it cannot be told twice. The [`courier`] brings it
//! to its targets and tries again when one does not take it. Rooms: what is told of requests, of comments, of runs, and because
//! time passes ([`requests`], [`comments`], [`runs`], [`clock`]), in which words ([`message`]), over which channel ([`channel`]), and who looks
//! after the targets ([`targets`]).

mod channel;
mod clock;
mod comments;
mod courier;
mod message;
mod pace;
#[cfg(test)]
pub(crate) mod receivers;
mod requests;
mod runs;
mod targets;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use model::id::PersonId;
use model::notification::Notification;
use model::people::Person;
use model::time::Timestamp;
use sqlx::{Any, Transaction};

pub(crate) use comments::{Said, tell_of_comment};
pub(crate) use courier::Post;
pub use pace::DeliveryPace;
pub(crate) use requests::{Matter, approval_needed, nobody_left, rules_changed, settings_changed};
pub(crate) use runs::{Before, Told, Whom, tell_of_run};

use crate::Result;
use crate::store::notifications;

/// Records that targets are to be told, as far as they want it: those of admins, and those of these people.
async fn tell(
    tx: &mut Transaction<'static, Any>,
    now: Timestamp,
    notification: &Notification,
    people: &BTreeSet<PersonId>,
) -> Result<()> {
    let targets = notifications::targets(&mut **tx).await?;
    let wants = targets.iter().filter(|target| target.wants(notification.occasion, &notification.environment, people));
    let wanted: Vec<_> = wants.map(|target| &target.id).collect();
    if !wanted.is_empty() {
        notifications::tell(tx, notification, &wanted, now).await?;
    }
    Ok(())
}

/// The ids of those of whom that holds and who can log in.
fn ids_of(people: &[Person], holds: impl Fn(&Person) -> bool) -> BTreeSet<PersonId> {
    let here = people.iter().filter(|person| person.disabled_at.is_none() && holds(person));
    here.map(|person| person.id.clone()).collect()
}
