//! A notification in the words of each channel.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use model::notification::{Notification, Subject};
use model::time::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

/// A notification on its way, with the address of its page.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub told: &'a Notification,
    /// Scheme, host and port under which browsers reach Drydock, if that is known.
    pub drydock: Option<&'a str>,
}

impl Message<'_> {
    /// The deep link.
    fn link(&self) -> Option<String> {
        self.drydock.map(|drydock| format!("{}{}", drydock.trim_end_matches('/'), self.told.subject.path()))
    }

    fn facts(&self) -> [(&'static str, String); 4] {
        let told = self.told;
        let by = match told.subject {
            Subject::Request(_) => "Asked for by",
            Subject::Run(_) => "Started by",
        };
        [
            ("Environment", told.environment_name.clone()),
            ("Procedure", told.procedure.to_string()),
            (by, told.by.clone()),
            ("When", told.at.to_string()),
        ]
    }

    /// For mail readers without HTML.
    pub fn text(&self) -> String {
        let facts: String = self.facts().iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        let link = self.link().map(|link| format!("\n{link}\n")).unwrap_or_default();
        format!(
            "{}\n\n{}\n{facts}{link}\n-- \nDrydock. What you are told of stands in your account.\n",
            self.told.headline(),
            self.told.says
        )
    }

    /// The same as HTML, without anything that would have to be fetched.
    pub fn html(&self) -> String {
        let row = |(name, value): &(&str, String)| {
            format!("<tr><td style=\"padding-right:1em\">{name}</td><td>{}</td></tr>", escaped(value))
        };
        let facts: String = self.facts().iter().map(row).collect();
        let link = self.link().map(|link| {
            let link = escaped(&link);
            format!("<p><a href=\"{link}\">{link}</a></p>")
        });
        format!(
            "<!DOCTYPE html><html><body style=\"font-family:sans-serif\"><h1 style=\"font-size:1.2em\">{}</h1><p>{}</p><table>{facts}</table>{}</body></html>",
            escaped(&self.told.headline()),
            escaped(&self.told.says),
            link.unwrap_or_default()
        )
    }

    /// Our own JSON.
    pub fn own(&self) -> Value {
        let told = self.told;
        let (request, run) = match &told.subject {
            Subject::Request(id) => (Some(id), None),
            Subject::Run(id) => (None, Some(id)),
        };
        json!({
            "id": told.id,
            "type": told.occasion,
            "at": machine_readable(told.at),
            "environment": { "id": told.environment, "name": told.environment_name },
            "procedure": told.procedure.word(),
            "request": request,
            "run": run,
            "by": told.by,
            "title": told.headline(),
            "says": told.says,
            "link": self.link(),
        })
    }

    /// What an incoming webhook of Slack takes. Only `&`, `<` and `>` mean something in its text.
    pub fn slack(&self) -> Value {
        let facts: String =
            self.facts().iter().map(|(name, value)| format!("\n{name}: {}", for_slack(value))).collect();
        let link = self.link().map(|link| format!("\n<{link}|Open in Drydock>")).unwrap_or_default();
        let (headline, says) = (for_slack(&self.told.headline()), for_slack(&self.told.says));
        json!({ "text": format!("*{headline}*\n{says}{facts}{link}") })
    }

    /// What a workflow of Teams takes: an adaptive card in a message.
    pub fn teams(&self) -> Value {
        let facts = self.facts().map(|(name, value)| json!({ "title": name, "value": for_teams(&value) }));
        let text = |text: &str, weight: &str| json!({ "type": "TextBlock", "text": for_teams(text), "weight": weight, "wrap": true });
        let actions: Vec<Value> = self
            .link()
            .map(|link| json!({ "type": "Action.OpenUrl", "title": "Open in Drydock", "url": link }))
            .into_iter()
            .collect();
        let card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.2",
            "body": [text(&self.told.headline(), "Bolder"), text(&self.told.says, "Default"), { "type": "FactSet", "facts": facts }],
            "actions": actions,
        });
        json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": null,
                "content": card,
            }],
        })
    }
}

/// As RFC 3339 has it.
fn machine_readable(at: Timestamp) -> String {
    format!("{}Z", at.utc().replace(' ', "T"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Its text is Markdown: names that people have given must not become links.
fn for_teams(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_{}[]()#+!|<>".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The signature of Standard Webhooks: `v1,` and the HMAC-SHA256 of id, time and body. A key that begins with `whsec_` is
/// Base64 behind that, as that standard has it; any other is taken as it is.
pub fn signature(key: &str, id: &str, unix_seconds: i64, body: &str) -> String {
    let bytes = key.strip_prefix("whsec_").and_then(|coded| BASE64.decode(coded).ok());
    let key = hmac::Key::new(hmac::HMAC_SHA256, bytes.as_deref().unwrap_or(key.as_bytes()));
    let tag = hmac::sign(&key, format!("{id}.{unix_seconds}.{body}").as_bytes());
    format!("v1,{}", BASE64.encode(tag.as_ref()))
}

#[cfg(test)]
mod tests {
    use model::id::{EnvironmentId, NotificationId, RunId};
    use model::notification::Occasion;
    use model::procedure::Procedure;

    use super::*;

    const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";

    fn nasty() -> Notification {
        Notification {
            id: NotificationId::new("run-1-7-failed").unwrap(),
            occasion: Occasion::Failed,
            at: Timestamp(1_700_000_000_000),
            environment: EnvironmentId::new(ID).unwrap(),
            environment_name: "<b>x</b> [click](http://evil) & *more*".to_owned(),
            procedure: Procedure::RestartSystemVms,
            subject: Subject::Run(RunId::new(ID).unwrap()),
            by: "rita".to_owned(),
            says: "“r-4-VM” has failed.".to_owned(),
        }
    }

    #[test]
    fn a_name_that_people_gave_means_nothing_to_any_reader() {
        let told = nasty();
        let message = Message { told: &told, drydock: Some("https://drydock.example/") };
        let html = message.html();
        assert!(html.contains("&lt;b&gt;x") && !html.contains("<b>"), "{html}");
        let slack = message.slack()["text"].as_str().unwrap().to_owned();
        assert!(
            slack.contains("&lt;b&gt;x&lt;/b&gt;")
                && slack.contains(&format!("<https://drydock.example/runs/{ID}|Open in Drydock>")),
            "{slack}"
        );
        let teams = message.teams();
        let card = &teams["attachments"][0]["content"];
        assert_eq!(card["type"], "AdaptiveCard");
        assert!(card["body"][0]["text"].as_str().unwrap().contains("\\[click\\]\\(http://evil\\)"), "{card}");
        assert_eq!(card["actions"][0]["url"], format!("https://drydock.example/runs/{ID}"));
        assert!(message.text().contains(&format!("\nhttps://drydock.example/runs/{ID}\n")), "{}", message.text());
    }

    #[test]
    fn without_a_known_address_there_is_no_link() {
        let told = nasty();
        let message = Message { told: &told, drydock: None };
        assert_eq!(message.own()["link"], Value::Null);
        assert!(!message.text().contains("/runs/") && !message.html().contains("href"));
    }

    /// The example of the standard's own documentation.
    #[test]
    fn a_key_in_the_form_of_the_standard_is_decoded() {
        let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
