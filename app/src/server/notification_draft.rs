//! From the forms of notifications to what the engine takes: secrets that were typed are sealed on the way.

use std::collections::BTreeSet;

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
    let of = if form.of.trim().is_empty() { None } else { Some(field("of", &form.of)?) };
    for channel in channels(desk, &form).await? {
        desk.engine.add_target(&desk.by, of.clone(), channel, occasions.clone()).await?;
    }
    Ok(())
}

async fn channels(desk: &Desk, form: &TargetForm) -> Answer<Vec<Channel>> {
    let format = match form.channel {
        ChannelChoice::Mail => {
            let addresses = form.to.split([',', ';', ' ', '\n', '\r']).filter(|address| !address.is_empty());
            let all: Vec<Channel> = addresses.map(|to| Channel::Mail { to: to.to_owned() }).collect();
            return if all.is_empty() { Err(invalid("to", "an address is expected")) } else { Ok(all) };
        }
        ChannelChoice::Signed => Format::Signed { key: secret(desk, "key", &form.key, None).await? },
        ChannelChoice::Slack => Format::Slack,
        ChannelChoice::Teams => Format::Teams,
    };
    let address = secret(desk, "address", &form.address, None).await?;
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
