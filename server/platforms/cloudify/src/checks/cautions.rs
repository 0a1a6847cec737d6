//! The cautions of the vendor's text, one by one (dossier 3.4).

use model::precheck::{Precheck, Verdict, bad, good};
use model::procedure::{Confirmation, Preparation};

use crate::planner::{View, count, shortened};

pub(super) fn checks(view: &View<'_>) -> Vec<Precheck> {
    vec![
        good("S1: the releases can follow each other", format!("{} to {}", view.old, view.new)),
        in_place(view),
        update_3(view),
        nobody_else(view),
        consoles(view),
        certificates(view),
        users(view),
        restart(view),
        reboot(view),
        heals(view),
        no_healing(view),
        old_manager(view),
        support(view),
    ]
}

fn confirmed(what: Confirmation) -> String {
    format!("confirmed by who asks: {what}")
}

fn in_place(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S2: in place only from 4.0.1, and with a simple manager blueprint";
    match view.in_place {
        false => good(TITLE, "the new manager has a host of its own"),
        true => good(TITLE, format!("{}; {}", view.old, confirmed(Confirmation::SimpleBlueprint))),
    }
}

fn update_3(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S3: a 4.0.1 manager has update-3";
    match view.old.is_release(4, 0, 1) {
        false => good(TITLE, format!("the old manager is {}", view.old)),
        true => good(
            TITLE,
            format!(
                "{}; the archive's metadata tell, before anything is restored",
                confirmed(Confirmation::UpdateThree)
            ),
        ),
    }
}

/// What is seen now; the plan waits until nobody was there for a while.
fn nobody_else(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S4: nobody else is connected";
    const WAY: &str = "Ask them to leave, or let the plan stop the web interfaces. The run waits until it is quiet.";
    let Some(machine) = view.inventory.old.machine.value() else {
        let words =
            "connections cannot be seen without SSH; the run looks at who has logged in last, where there are users";
        return bad(Verdict::Warning, TITLE, words, WAY);
    };
    let others = machine.connections.iter().flatten().filter(|connection| !connection.ours);
    let others: Vec<String> = others
        .map(|connection| {
            format!(
                "{} from {} to port {}",
                count(connection.count as usize, "connection"),
                connection.from,
                connection.port
            )
        })
        .collect();
    match (others.is_empty(), view.wants(Preparation::StopConsoles)) {
        (true, _) => good(TITLE, "no connection to ports 80 and 443 but ours"),
        (false, true) => bad(Verdict::Warning, TITLE, shortened(others), "The plan stops the web interfaces."),
        (false, false) => bad(Verdict::Warning, TITLE, shortened(others), WAY),
    }
}

fn consoles(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S5: Composer and Stage come along from 4.2 on only";
    match view.old.snapshot_carries_admin() {
        true => good(TITLE, format!("the snapshot is of {}", view.old)),
        false => bad(
            Verdict::Warning,
            TITLE,
            confirmed(Confirmation::ConsolesMayBeLost),
            "Export what was made in Composer and Stage before, if it matters.",
        ),
    }
}

fn certificates(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S6: a 4.0.0 manager in place needs its certificates copied";
    match (view.in_place, view.old.is_release(4, 0, 0)) {
        (true, _) => good(TITLE, format!("the snapshot of {} holds them", view.old)),
        (false, true) => good(TITLE, "on a new host no certificates are restored"),
        (false, false) => {
            good(TITLE, format!("the old manager is {}, and the new one has a host of its own", view.old))
        }
    }
}

fn users(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S7: users can log in afterwards";
    if view.old.snapshot_carries_admin() || !view.old.has_tenants() {
        return good(TITLE, format!("a snapshot of {} leaves nobody out", view.old));
    }
    let names: Vec<String> = view.other_users().into_iter().map(ToOwned::to_owned).collect();
    match (names.is_empty(), view.inputs.reset_passwords) {
        (true, _) => good(TITLE, "there are none besides the admin"),
        (false, true) => good(TITLE, format!("{} get new passwords, which are sealed", shortened(names))),
        (false, false) => bad(
            Verdict::Warning,
            TITLE,
            format!("{} cannot: the snapshot does not hold what their passwords are salted with", shortened(names)),
            "Ask the vendor's support to put rest-security.conf back afterwards, or let the plan give them new passwords.",
        ),
    }
}

fn restart(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S8: REST restarts after the restore";
    let tuning = &view.settings.tuning;
    match view.old.snapshot_carries_admin() {
        true => good(
            TITLE,
            format!("the run waits {} s, then for {} good answers", tuning.restart_pause, tuning.good_answers),
        ),
        false => good(TITLE, format!("not for a snapshot of {}; good answers are wanted all the same", view.old)),
    }
}

fn reboot(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S9: in place the machine reboots after the restore";
    match view.in_place {
        false => good(TITLE, "on a new host no certificates are restored, and nothing reboots"),
        true => good(TITLE, "the run tells it by the machine's boot id"),
    }
}

fn heals(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S10: heals make machines twice while both managers are up";
    let acting = view.acting();
    if view.in_place {
        return good(TITLE, "there is one manager at a time; it is watched all the same");
    }
    if acting.is_empty() {
        return good(TITLE, "no deployment is seen to act by itself; both managers are watched all the same");
    }
    bad(
        Verdict::Warning,
        TITLE,
        format!("{}: {}", count(acting.len(), "deployment"), shortened(acting)),
        "Both managers are watched from the snapshot on, and a heal stops the run. Keep the window short, or ask the \
         vendor's support whether healing can be stopped on the old manager.",
    )
}

fn no_healing(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S11: stopping what heals is for the vendor's support to agree to";
    match view.wants(Preparation::StopHealing) {
        false => good(TITLE, "it is not stopped"),
        true => bad(
            Verdict::Warning,
            TITLE,
            confirmed(Confirmation::SupportAgrees),
            "Nothing heals or scales until the new manager has heard of its nodes.",
        ),
    }
}

fn old_manager(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S12: the old manager stays until every agent is proven";
    match view.in_place {
        false => good(TITLE, "the run asks to shut it down only after its last proof"),
        true => good(TITLE, "in place it is torn down once the archive is proven"),
    }
}

fn support(view: &View<'_>) -> Precheck {
    const TITLE: &str = "S13: Premium users who are uncertain ask their support contact";
    match view.is_premium(&view.inventory.old) {
        true => good(TITLE, "the old manager is Premium: do, before this is approved"),
        false => good(TITLE, "the old manager is not Premium, or does not tell"),
    }
}
