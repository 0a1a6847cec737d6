//! From the forms of notifications to what the engine takes: secrets that were typed are sealed on the way.

use std::collections::BTreeSet;

use model::id::{EnvironmentId, TargetId};
use model::notification::{Channel, Format, MailServer, NotificationSettings, Occasion};

use super::Desk;
use super::desk::field;
use super::environment_draft::{invalid, optional_secret, secret, trimmed};
use crate::api::notification_form::{ChannelChoice, MailForm, TargetForm};
use crate::error::Answer;

/// Adds what the form describes: for mail a target for each address.
///
/// # Errors
/// A field that cannot be taken, by the name the form gives it.
pub async fn add(desk: &Desk, form: TargetForm, occasions: &BTreeSet<Occasion>) -> Answer<()> {
    let of = of(&form)?;
    for channel in channels(desk, &form, None).await? {
        desk.engine.add_target(&desk.by, of.clone(), channel, occasions.clone()).await?;
    }
    Ok(())
}

/// Changes a target to what the form describes. Secrets that were sealed before and are not typed anew stay.
///
/// # Errors
/// A field that cannot be taken, by the name the form gives it.
pub async fn change(desk: &Desk, target: &TargetId, form: TargetForm, occasions: BTreeSet<Occasion>) -> Answer<()> {
    let (of, before) = (of(&form)?, desk.engine.shared_target(target).await?);
    let channels = channels(desk, &form, Some(&before.channel)).await?;
    let Ok([channel]) = <[Channel; 1]>::try_from(channels) else {
        return Err(invalid("to", "one address is expected: another one is another place"));
    };
    Ok(desk.engine.change_target(&desk.by, target, of, channel, occasions).await?)
}

fn of(form: &TargetForm) -> Answer<Option<EnvironmentId>> {
    if form.of.trim().is_empty() { Ok(None) } else { Ok(Some(field("of", &form.of)?)) }
}

async fn channels(desk: &Desk, form: &TargetForm, before: Option<&Channel>) -> Answer<Vec<Channel>> {
    let (known_address, known_key) = match before {
        Some(Channel::Post { address, format: Format::Signed { key }, .. }) => (Some(address), Some(key)),
        Some(Channel::Post { address, .. }) => (Some(address), None),
        Some(Channel::Mail { .. }) | None => (None, None),
    };
    let format = match form.channel {
        ChannelChoice::Mail => {
            let addresses = form.to.split([',', ';', ' ', '\n', '\r']).filter(|address| !address.is_empty());
            let all: Vec<Channel> = addresses.map(|to| Channel::Mail { to: to.to_owned() }).collect();
            return if all.is_empty() { Err(invalid("to", "an address is expected")) } else { Ok(all) };
        }
        ChannelChoice::Signed => Format::Signed { key: secret(desk, "key", &form.key, known_key).await? },
        ChannelChoice::Slack => Format::Slack,
        ChannelChoice::Teams => Format::Teams,
    };
    let address = secret(desk, "address", &form.address, known_address).await?;
    // What may be shown of it, the engine finds out.
    Ok(vec![Channel::Post { address, shown: String::new(), format }])
}

/// Reads the form. `before` are the settings it changes, whose sealed secret is kept.
///
/// # Errors
/// A field that cannot be taken, by the name the form gives it.
pub async fn settings(desk: &Desk, form: MailForm, before: &NotificationSettings) -> Answer<NotificationSettings> {
    let waiting_minutes = field("waiting_minutes", &form.waiting_minutes)?;
    if form.host.trim().is_empty() {
        return Ok(NotificationSettings { mail: None, waiting_minutes });
    }
    let known = before.mail.as_ref().and_then(|server| server.password.as_ref());
    let user = trimmed(&form.user);
    let password =
        if user.is_empty() { None } else { optional_secret(desk, "password", &form.password, known).await? };
    let mail = MailServer {
        host: trimmed(&form.host),
        port: field("port", &form.port)?,
        security: form.security,
        user,
        password,
        from: trimmed(&form.from),
        ca_file: trimmed(&form.ca_file),
    };
    Ok(NotificationSettings { mail: Some(mail), waiting_minutes })
}
