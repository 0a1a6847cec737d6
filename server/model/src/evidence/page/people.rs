//! What people said: request, decisions, prechecks, audit log.

use super::Case;
use super::doc::Doc;
use crate::comment::{Saying, Thread};
use crate::evidence::name;
use crate::precheck::Verdict;
use crate::request::Decision;

pub(super) fn request(doc: &mut Doc, case: &Case<'_>) {
    let request = case.request;
    doc.raw("<h2>Request</h2>\n<dl>\n")
        .fact("Asked for by", format!("{}, {}", request.by_name, request.at))
        .fact_of("Reason", &request.reason)
        .fact_of("Ticket", &request.ticket)
        .fact("What it does", &request.plan.summary)
        .raw("</dl>\n<p>")
        .file(name::REQUEST)
        .raw("</p>\n");
}

pub(super) fn decisions(doc: &mut Doc, case: &Case<'_>) {
    doc.raw("<h2>Approvals</h2>\n");
    match case.demand {
        Some(demand) => {
            let policies: Vec<String> =
                demand.policies.iter().map(|(name, version)| format!("{name} (version {version})")).collect();
            let policies = if policies.is_empty() {
                "no policy: the rule where nobody has made one".to_owned()
            } else {
                policies.join(", ")
            };
            doc.raw("<dl>\n")
                .fact("Needed", demand.words())
                .fact("Policies", policies)
                .fact_of("Digest of the policies", case.decisions.policy.as_ref().map_or("", |digest| digest.as_str()))
                .raw("</dl>\n");
        }
        None => {
            doc.p("What the policies asked for was not recorded with this run.");
        }
    }
    doc.raw("<ol class=\"plain\">\n");
    for decision in &case.decisions.decisions {
        let way = match decision.decision {
            Decision::Approve => "approved",
            Decision::Deny => "decided against it",
        };
        let about = if case.decisions.is_about_the_start(decision) {
            "the plan and the policies that the run was started under"
        } else {
            "another plan or other policies than the run was started under"
        };
        doc.raw("<li><strong>").text(&decision.by_name).raw("</strong> ").text(format!("{way}, {}", decision.at));
        if !decision.reason.is_empty() {
            doc.text(format!(": {}", decision.reason));
        }
        doc.raw("<br><span class=\"muted\">About ")
            .raw(about)
            .raw(": plan <code>")
            .text(decision.digest.as_str())
            .raw("</code>, policies <code>")
            .text(decision.policy.as_str())
            .raw("</code>. ");
        match &decision.signed {
            Some(signed) => {
                doc.raw("Signed when it was made, with the key <code>").text(signed.key.as_str()).raw("</code>.")
            }
            None => doc.raw("Not signed: recorded by a version that did not sign decisions."),
        };
        doc.raw("</span></li>\n");
    }
    if case.decisions.decisions.is_empty() {
        doc.raw("<li>Nobody has decided anything.</li>\n");
    }
    doc.raw("</ol>\n<p>").file(name::APPROVALS).raw("</p>\n");
}

/// Loud, and before everything else.
pub(super) fn glass(doc: &mut Doc, case: &Case<'_>) {
    let Some(glass) = case.glass else { return };
    doc.raw("<p class=\"warn\">Started without its approvals by ")
        .text(&glass.by_name)
        .text(format!(", {}. The reason: ", glass.at))
        .raw("<span class=\"said\">")
        .text(&glass.reason)
        .raw("</span></p>\n<dl>\n")
        .fact("Review due", glass.due.to_string());
    match &glass.review {
        Some(review) => doc
            .fact("Reviewed by", format!("{}, {}", review.by_name, review.at))
            .fact("What the review says", &review.text),
        None => doc.fact("Reviewed by", "nobody when this was made"),
    };
    doc.raw("</dl>\n<p>").file(name::REVIEW).raw("</p>\n");
}

pub(super) fn comments(doc: &mut Doc, case: &Case<'_>) {
    doc.raw("<h2>What was said about it</h2>\n<ol class=\"plain\">\n");
    let request = case.request;
    let thread = Thread { comments: case.comments, requester: &request.by, requester_name: &request.by_name };
    let open: Vec<i64> = thread.open_questions().iter().map(|question| question.number).collect();
    for comment in case.comments {
        let what = match comment.saying {
            Saying::Remark => String::new(),
            Saying::Question if open.contains(&comment.number) => ", question that nobody has answered".to_owned(),
            Saying::Question => ", question".to_owned(),
            Saying::Answer { question } => format!(", answer to {question}"),
            Saying::Settled { question } => format!(", closes question {question}"),
        };
        doc.raw("<li><strong>")
            .text(format!("{}. {}", comment.number, comment.by_name))
            .raw("</strong> ")
            .text(format!("{}{what}", comment.at))
            .raw("<div class=\"said\">")
            .text(&comment.text)
            .raw("</div></li>\n");
    }
    if case.comments.is_empty() {
        doc.raw("<li>Nothing.</li>\n");
    }
    doc.raw("</ol>\n<p>").file(name::COMMENTS).raw("</p>\n");
}

pub(super) fn prechecks(doc: &mut Doc, case: &Case<'_>) {
    doc.raw("<h2>Prechecks</h2>\n").hint("What was looked at when the plan was made.").raw("<ul class=\"plain\">\n");
    for check in &case.request.prechecks {
        let verdict = match check.verdict {
            Verdict::Good => "good",
            Verdict::Warning => "warning",
            Verdict::Blocking => "blocking",
            Verdict::Unknown => "unknown",
        };
        doc.raw("<li><strong>").text(&check.title).raw("</strong>: ").raw(verdict).raw("<br>").text(&check.evidence);
        if !check.resolution.is_empty() {
            doc.raw("<br><span class=\"muted\">").text(&check.resolution).raw("</span>");
        }
        doc.raw("</li>\n");
    }
    if case.request.prechecks.is_empty() {
        doc.raw("<li>There were none.</li>\n");
    }
    doc.raw("</ul>\n<p>").file(name::PRECHECKS).raw("</p>\n");
}

pub(super) fn audit(doc: &mut Doc, case: &Case<'_>) {
    doc.raw("<h2>Audit log</h2>\n")
        .hint(
            "The entries about this run and its request. Each brings along the hash of the entry before it, and a signed \
             checkpoint: whoever has the whole log finds these very entries in it.",
        )
        .raw("<ol class=\"plain\">\n");
    for line in case.audit {
        let entry = &line.entry;
        doc.raw("<li class=\"cells\"><span>")
            .text(entry.seq.to_string())
            .raw("</span><span class=\"muted\">")
            .text(entry.at.to_string())
            .raw("</span><span><strong>")
            .text(&entry.who)
            .raw("</strong> ")
            .text(format!("{} {}", entry.what, entry.detail))
            .raw("</span></li>\n");
    }
    doc.raw("</ol>\n<p>").file(name::AUDIT).raw(", ").file(name::CHECKPOINTS).raw("</p>\n");
}
