//! Users after the restore of a snapshot before 4.2: their hashes need the old manager's salt (dossier 4.4, S7).

use model::plan::{CloudifyCall, CloudifyProbe, LeftOut, Stage, Step, Undo};

use super::steps::{call, id, stage};
use super::view::View;
use super::{PlanError, vendor};

fn are_left_out(view: &View<'_>) -> bool {
    view.old.has_tenants() && !view.old.snapshot_carries_admin()
}

pub(super) fn check(view: &View<'_>) -> Result<(), PlanError> {
    if view.inputs.reset_passwords && (!are_left_out(view) || view.other_users().is_empty()) {
        return Err(PlanError::NoResetNeeded(view.old.clone()));
    }
    Ok(())
}

/// A new password for each, made by Drydock and sealed.
pub(super) fn stage_of(view: &View<'_>) -> Option<Stage> {
    if !view.inputs.reset_passwords {
        return None;
    }
    let reset = |(number, user): (usize, &str)| Step {
        impact: format!("The password that {user} knows does not work any more; it did not since the restore."),
        hazard: Some(
            "The new password is sealed beside the archive: drydock env hand-over prints it for whoever hands it over."
                .to_owned(),
        ),
        undo: Undo::ByHand("Only by giving another password.".to_owned()),
        vendor: Some(vendor::RESET.to_owned()),
        ..call(
            id(&["users", "reset", &(number + 1).to_string(), user]),
            format!("Give {user} a new password (S7)"),
            CloudifyCall::ResetPassword { snapshot: view.archive().clone(), user: user.to_owned() },
            CloudifyProbe::PasswordWorks { snapshot: view.archive().clone(), user: user.to_owned() },
        )
    };
    let steps = view.other_users().into_iter().enumerate().map(reset).collect();
    Some(stage("Users of the old manager", "users", steps))
}

/// Who cannot log in afterwards, and what helps.
pub(super) fn left_out(view: &View<'_>) -> Option<LeftOut> {
    let users = view.other_users();
    if !are_left_out(view) || users.is_empty() || view.inputs.reset_passwords {
        return None;
    }
    let names = users.into_iter().map(ToOwned::to_owned).collect();
    Some(LeftOut {
        what: format!("passwords of {}", super::shortened(names)),
        why: "a snapshot before 4.2 does not hold what they are salted with: these users cannot log in until the vendor's \
              support has put rest-security.conf back, or each was given a new password (S7)"
            .to_owned(),
    })
}
