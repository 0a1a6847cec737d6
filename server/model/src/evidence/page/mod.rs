//! The pack as a page: one file that any browser opens without a network. No script, nothing from elsewhere; what is too long
//! to be read on a page is named, and lies beside it.

mod doc;
mod people;
mod plan;
#[cfg(test)]
mod tests;
mod what;

use super::{AuditLine, Decisions, Look, Manifest, Printed, name};
use crate::comment::Comment;
use crate::event::Event;
use crate::policy::{BrokenGlass, Demand};
use crate::request::Request;
use crate::run::RunState;
use crate::words::size;
use doc::{Doc, moment};

/// So many events stand on the page; all of them stand in their file.
pub const SHOWN_EVENTS: usize = 2000;

/// Output up to so many bytes stands on the page as a whole; of a longer one only the end does.
pub const SHOWN_WHOLE: usize = 16 * 1024;

/// So many bytes of output stand on the page in all.
pub const SHOWN_OUTPUT: usize = 1024 * 1024;

/// Everything that stands on the page.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// With the members so far: neither the page nor the manifest can name their own digests.
    pub manifest: &'a Manifest,
    /// What was asked for.
    pub request: &'a Request,
    /// Who agreed.
    pub decisions: &'a Decisions,
    /// That the run was started without its approvals, if it was.
    pub glass: Option<&'a BrokenGlass>,
    /// What people said about the request.
    pub comments: &'a [Comment],
    /// What the policies asked for when the run was started, where that was recorded.
    pub demand: Option<&'a Demand>,
    /// What became of it.
    pub state: &'a RunState,
    /// Events, but those that tell of output; the first [`SHOWN_EVENTS`] of them are shown.
    pub events: &'a [Event],
    /// What was printed.
    pub output: &'a [Excerpt],
    /// The environment before the run.
    pub before: &'a Look,
    /// The environment after it.
    pub after: &'a Look,
    /// What the audit log says.
    pub audit: &'a [AuditLine],
}

/// What is shown of a file of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The file.
    pub member: String,
    /// Whose it is.
    pub printed: Printed,
    /// How long it is.
    pub length: u64,
    /// All of it, or its end; empty when there was no room.
    pub text: String,
}

impl Excerpt {
    /// What is shown of `length` bytes that end in `end`, where so many bytes may be shown.
    #[must_use]
    pub fn of(member: String, printed: Printed, length: u64, end: &[u8], room: usize) -> Self {
        let fits = length <= SHOWN_WHOLE as u64;
        let wanted = if fits { end.len() } else { SHOWN_WHOLE / 4 };
        let shown = if wanted <= room { &end[end.len().saturating_sub(wanted)..] } else { &[] };
        Self { member, printed, length, text: String::from_utf8_lossy(shown).into_owned() }
    }
}

/// The page.
#[must_use]
pub fn page(case: &Case<'_>) -> String {
    let mut doc = Doc(String::new());
    let manifest = case.manifest;
    let title = format!("{} on {}", manifest.procedure, manifest.environment_name);
    // A browser that knows the policy loads nothing and runs nothing, whatever the page says.
    doc.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
        )
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Evidence: ")
        .text(&title)
        .raw("</title>\n<style>\n")
        .raw(include_str!("style.css"))
        .raw("</style>\n</head>\n<body>\n<main>\n<h1>Evidence: ")
        .text(&title)
        .raw("</h1>\n");
    head(&mut doc, case);
    people::glass(&mut doc, case);
    how_to_check(&mut doc, manifest);
    people::request(&mut doc, case);
    people::decisions(&mut doc, case);
    people::comments(&mut doc, case);
    people::prechecks(&mut doc, case);
    what::inventories(&mut doc, case);
    plan::plan(&mut doc, case);
    what::events(&mut doc, case);
    what::output(&mut doc, case);
    people::audit(&mut doc, case);
    files(&mut doc, manifest);
    doc.raw("</main>\n</body>\n</html>\n");
    doc.0
}

fn head(doc: &mut Doc, case: &Case<'_>) {
    let Manifest { run, request, environment, plan, made_at, made_by, instance, .. } = case.manifest;
    if case.manifest.outcome.is_none() {
        doc.raw("<p class=\"warn\">The run was not over when this was made. It shows the run up to event ")
            .text(case.manifest.events.to_string())
            .raw("; take the pack again when the run is over.</p>\n");
    }
    doc.raw("<dl>\n")
        .fact("Outcome", case.manifest.outcome_words())
        .fact("Run", run.as_str())
        .fact("Request", request.as_str())
        .fact("Environment", format!("{} ({environment})", case.manifest.environment_name))
        .fact("Platform", format!("{}, {}", case.manifest.platform, case.manifest.risk))
        .fact("Started", format!("{} by {}", case.state.created_at, case.state.started_by))
        .fact("Ended", moment(case.state.ended_at))
        .fact("Digest of the plan", plan.as_str())
        .fact("Last event", case.manifest.events.to_string())
        .fact("This pack", format!("made {made_at} for {made_by} by the server {instance}"))
        .raw("</dl>\n");
}

fn how_to_check(doc: &mut Doc, manifest: &Manifest) {
    doc.raw("<h2>How to check it</h2>\n")
        .p(
            "This page is one file of a ZIP archive; its links lead to the files beside it when the archive is unpacked. Beside \
             it is a manifest with the SHA-256 of every file, and a signature over the manifest. Two programs check them, and \
             what must hold between the files:",
        )
        .raw("<pre>python3 verify.py --key KEY PACK.zip\ndrydock evidence verify --key KEY PACK.zip</pre>\n")
        .p(
            "KEY is what `drydock audit key` prints on the server: have it from somebody you trust, not from this pack. Whoever \
             could have changed the pack could have changed verify.py in it, too: take that from another place, or read it first. \
             Without any program: the SHA-256 of the file plan.json is the digest that was approved.",
        )
        .raw("<dl>\n")
        .fact("Signed with", manifest.key.as_str())
        .fact("Audit log", manifest.log.as_str())
        .raw("</dl>\n");
}

fn files(doc: &mut Doc, manifest: &Manifest) {
    doc.raw("<h2>Files</h2>\n<ul class=\"plain\">\n");
    for member in &manifest.members {
        doc.raw("<li>")
            .file(&member.name)
            .text(format!(", {}", size(member.length)))
            .raw("<br><code>")
            .text(&member.sha256)
            .raw("</code></li>\n");
    }
    doc.raw("</ul>\n").hint(format!(
        "And this page, {} with the digests of all of them, and {} with its signature.",
        name::MANIFEST,
        name::SIGNATURE
    ));
}
