//! What somebody should know before agreeing.

use model::plan::{Hazard, Weight};
use model::procedure::{Confirmation, Preparation};

use super::view::View;
use super::{count, shortened};

pub(super) fn hazards(view: &View<'_>) -> Vec<Hazard> {
    let mut found = Vec::new();
    if view.in_place {
        found.push(hazard(
            Weight::Danger,
            "The old manager is torn down in the middle of this. From then on there is no way back but from the archive \
             that Drydock keeps (S2).",
        ));
        found.push(hazard(Weight::Caution, "The manager's machine reboots by itself after the restore (S9)."));
    } else {
        found.push(hazard(
            Weight::Danger,
            "The old manager has to stay up, and reachable from the new one, until the last agent is proven; the run says \
             when it may be shut down (S12).",
        ));
    }
    found.extend(healing(view));
    found.push(admin(view));
    if view.old.is_release(4, 0, 1) {
        found.push(hazard(
            Weight::Caution,
            "Without update-3 the archive of a 4.0.1 manager knows the agents of one tenant only. The plan refuses such an \
             archive before anything is restored (S3).",
        ));
    }
    if !view.old.snapshot_carries_admin() {
        found.push(hazard(
            Weight::Caution,
            "What was changed in Composer and Stage is not in this snapshot: only those of 4.2 and later restore it (S5).",
        ));
    }
    found.extend(security(view));
    if view.is_retry() {
        found.push(hazard(
            Weight::Danger,
            "The restore is forced: whatever the new manager holds by now is wiped by it. That is right for another try of \
             the same migration, and for nothing else.",
        ));
    }
    if !view.skipped.is_empty() {
        let words = format!("{} left out and get no new agent; they are named below.", are(view.skipped.len()));
        found.push(hazard(Weight::Danger, words));
    }
    if view.is_premium(&view.inventory.old) {
        found.push(hazard(
            Weight::Note,
            "\u{201c}If you are a premium user and are at any point uncertain about the process please discuss with your \
             support contact before proceeding.\u{201d} (S13)",
        ));
    }
    found.sort_by_key(|hazard| std::cmp::Reverse(hazard.weight));
    found
}

fn hazard(weight: Weight, words: impl Into<String>) -> Hazard {
    Hazard { weight, words: words.into() }
}

fn are(number: usize) -> String {
    if number == 1 { "1 thing is".to_owned() } else { format!("{number} things are") }
}

/// S10 and S11.
fn healing(view: &View<'_>) -> Vec<Hazard> {
    let acting = view.acting();
    if acting.is_empty() {
        let words = "No deployment is seen to heal by itself; both managers are watched for heals all the same (S10).";
        return vec![hazard(Weight::Note, words)];
    }
    let many = count(acting.len(), "deployment");
    if view.in_place {
        let words = format!(
            "{many} may heal by themselves ({}). One manager is there at a time; while it is away nothing is healed, and \
             what it does afterwards is watched (S10).",
            shortened(acting)
        );
        return vec![hazard(Weight::Caution, words)];
    }
    let words = format!(
        "{many} may heal by themselves ({}). From the first new agent until the old manager is gone, a heal is likely to \
         make machines twice. Both managers are watched, and a heal stops the run (S10).",
        shortened(acting)
    );
    let mut found = vec![hazard(Weight::Danger, words)];
    if view.wants(Preparation::StopHealing) {
        let words = format!(
            "Confirmed: {}. Meanwhile nothing heals or scales, and nodes that fail may stay failed (S11).",
            Confirmation::SupportAgrees
        );
        found.push(hazard(Weight::Caution, words));
    }
    found
}

/// Fact 4.
fn admin(view: &View<'_>) -> Hazard {
    if view.old.snapshot_carries_admin() {
        hazard(
            Weight::Caution,
            "After the restore the new manager's admin has the old manager's name and password; its REST service restarts \
             some seconds later (S8). Tokens of sessions do not work any more.",
        )
    } else {
        hazard(
            Weight::Caution,
            "After the restore the new manager's admin keeps the password that was set at its installation. Tokens do not \
             work any more.",
        )
    }
}

/// S7.
fn security(view: &View<'_>) -> Option<Hazard> {
    let users = view.other_users();
    if users.is_empty() || !view.old.has_tenants() || view.old.snapshot_carries_admin() {
        return None;
    }
    let many = count(users.len(), "user");
    let end = if view.inputs.reset_passwords {
        "this plan gives each a new password"
    } else {
        "the vendor's support puts rest-security.conf back, or each gets a new password"
    };
    Some(hazard(Weight::Danger, format!("{many} of the old manager cannot log in after the restore: {end} (S7).")))
}
