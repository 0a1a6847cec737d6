//! One manager: its snapshots, and what is done with them.

use leptos::prelude::*;
use model::cloudify::{Logged, ManagerSnapshots, Restore, Snapshot, SnapshotWork, SnapshotsView, WorkKind};
use model::people::{Person, Role};
use model::words::size;

use super::name_of;
use crate::components::{Badge, Column, Notice, Table, observed, source_of};
use crate::look::{Look, Tone};
use crate::looks;
use crate::summary::cloudify::counted;

pub fn card(address: &str, one: &ManagerSnapshots, view: &SnapshotsView, viewer: &Person) -> AnyView {
    let name = name_of(one.side, view);
    let restore = one.restore();
    let version = observed(&one.version, |version| version.to_string().into_any());
    let look = look(one, &restore);
    // Colour is for what needs a look.
    let card_classes = if look.tone == Tone::Neutral { "card" } else { look.tone.card_classes() };
    let table = observed(&one.snapshots, |all| table(address, one, all, view, viewer));
    view! {
        <section class=card_classes aria-label=name>
            <div class="card-head">
                <h2>{name}</h2>
                <Badge look/>
            </div>
            <div class="card-body">
                <p class="text-muted break-words">{one.endpoint.clone()} ", " {version}</p>
                {restoring(&restore)}
                {work(one)}
                <div class="stack-tight">{table} {source_of(&one.snapshots)}</div>
            </div>
        </section>
    }
    .into_any()
}

/// What matters first.
fn look(one: &ManagerSnapshots, restore: &Restore) -> Look {
    let running = one.work.value().into_iter().flatten().find(|work| !work.status.has_ended());
    match (restore, running) {
        (Restore::Listed(_) | Restore::Unlisted, _) => Look::running("Restoring"),
        (_, Some(_)) => Look::running("Creating"),
        (Restore::Unknown, None) => Look::unknown("Unknown"),
        (Restore::None, None) if one.snapshots.value().is_none() => Look::unknown("Unknown"),
        (Restore::None, None) => Look::quiet("Nothing under way"),
    }
}

fn restoring(restore: &Restore) -> AnyView {
    let words = match restore {
        Restore::None => return ().into_any(),
        Restore::Listed(Some(snapshot)) => {
            format!("{snapshot} is being restored. Until it is over REST may answer with errors, or not at all, and snapshots leave the list.")
        }
        Restore::Listed(None) => "A snapshot is being restored. Until it is over REST may answer with errors, or not at all.".to_owned(),
        Restore::Unlisted => {
            "The manager says that it restores, and lists no execution for it: its record is away while the database is replaced, and comes back. Do not begin a second one.".to_owned()
        }
        Restore::Unknown => {
            return view! {
                <Notice look=Look::unknown("Nobody can tell whether it restores.")>
                    "A manager that restores looks like this from outside, too: 500, 502, 401 or silence, for minutes. Wait before you restart anything."
                </Notice>
            }
            .into_any();
        }
    };
    view! { <Notice look=Look::running("A restore is under way.")>{words}</Notice> }.into_any()
}

fn work(one: &ManagerSnapshots) -> AnyView {
    let Some(all) = one.work.value().filter(|all| !all.is_empty()) else { return ().into_any() };
    let rows: Vec<_> = all.iter().map(execution).collect();
    view! { <div class="stack-tight"><h3>"Executions"</h3> <ul class="stack-tight">{rows}</ul></div> }.into_any()
}

fn execution(one: &SnapshotWork) -> AnyView {
    let look = match (&one.logged, one.kind) {
        // Its end alone says little: it goes on after errors.
        (Some(Ok(Logged { count, .. })), WorkKind::Restore) if *count > 0 && one.status.has_ended() => {
            let ended = looks::of_execution(&one.status);
            if ended.tone == Tone::Failed { ended } else { Look::warning(format!("{}, with errors", ended.word)) }
        }
        _ => looks::of_execution(&one.status),
    };
    let of = one.snapshot.as_ref().map(|snapshot| format!(" of {snapshot}")).unwrap_or_default();
    let error = (!one.error.is_empty()).then(|| view! { <p class="field-error break-words">{one.error.clone()}</p> });
    let logged = one.logged.as_ref().map(|logged| match logged {
        Ok(Logged { count: 0, .. }) => view! { <p class="hint">"It has logged no warning and no error."</p> }.into_any(),
        Ok(Logged { count, first }) => {
            let words = format!("It has logged {} and errors, and has gone on", counted(usize::try_from(*count).unwrap_or(usize::MAX), "warning"));
            let first: Vec<_> = first.iter().map(|words| view! { <li class="break-words">{words.clone()}</li> }).collect();
            view! { <details class="disclosure"><summary>{words}</summary> <ul class="stack-tight text-muted">{first}</ul></details> }.into_any()
        }
        Err(reason) => view! { <p class="hint">"How many errors it has logged is unknown: " {reason.clone()}</p> }.into_any(),
    });
    view! {
        <li class="stack-tight">
            <span class="cluster"><Badge look/> {format!("{}{of}", one.kind)} <span class="hint">{format!("since {}", when(&one.created_at))}</span></span>
            {error} {logged}
            <span class="hint mono break-words">{one.id.to_string()}</span>
        </li>
    }
    .into_any()
}

fn table(address: &str, one: &ManagerSnapshots, all: &[Snapshot], view: &SnapshotsView, viewer: &Person) -> AnyView {
    if all.is_empty() {
        return view! { <p class="empty">"This manager has no snapshots."</p> }.into_any();
    }
    let rows: Vec<_> = all.iter().map(|snapshot| row(address, one, snapshot, view, viewer)).collect();
    let label = format!("Snapshots of {}", one.side);
    view! {
        <Table label=label rows whole=true
            columns=vec![
                Column::Ordered("Snapshot"), Column::Ordered("State"), Column::Ordered("Made, by its clock"),
                Column::Ordered("By"), Column::Number("Size"), Column::Plain("Archive"),
            ]/>
    }
    .into_any()
}

fn row(address: &str, one: &ManagerSnapshots, snapshot: &Snapshot, view: &SnapshotsView, viewer: &Person) -> AnyView {
    let id = snapshot.id.to_string();
    let error = (!snapshot.error.is_empty())
        .then(|| view! { <span class="field-error break-words">{snapshot.error.clone()}</span> });
    // A manager does not tell; Drydock knows of what it keeps under this name, which need not be the same.
    let kept = view.archives.iter().find(|kept| kept.snapshot == snapshot.id);
    let size = kept.map(|kept| format!("{} as kept", size(kept.bytes)));
    let by = snapshot.created_by.clone().unwrap_or_else(|| "not told".to_owned());
    let whose = whose(snapshot);
    let tenant = snapshot.tenant.as_ref().map(|tenant| format!("?tenant={tenant}")).unwrap_or_default();
    let archive = if !snapshot.has_archive() {
        "none".into_any()
    } else if viewer.may_at(Role::Operator, &view.labels) {
        let href = format!("{address}/snapshots/{}/{id}/archive{tenant}", one.side.word());
        let name = format!("Download {id}");
        view! { <a class="btn btn-small" href=href rel="external" aria-label=name>"Download"</a> }.into_any()
    } else {
        view! { <span class="hint">"for operators"</span> }.into_any()
    };
    view! {
        <tr>
            <td data-label="Snapshot"><span class="mono break-words">{id}</span></td>
            <td data-label="State"><span class="stack-tight"><span><Badge look=looks::of_snapshot(&snapshot.status)/></span> {error}</span></td>
            <td data-label="Made, by its clock">{when(&snapshot.created_at)}</td>
            <td data-label="By"><span>{by} <span class="hint block">{whose}</span></span></td>
            <td data-label="Size" class="num">{size.unwrap_or_else(|| "not told".to_owned())}</td>
            <td data-label="Archive">{archive}</td>
        </tr>
    }
    .into_any()
}

/// The tenant it belongs to, and who else sees it.
fn whose(snapshot: &Snapshot) -> String {
    let tenant = snapshot.tenant.as_ref().map(|tenant| format!("in {tenant}"));
    let seen = snapshot.visibility.as_ref().map(|seen| format!("visibility {seen}"));
    tenant.into_iter().chain(seen).collect::<Vec<_>>().join(", ")
}

/// `2026-11-21T02:41:28.970Z` as a person reads it. Up to 4.2 it is the manager's local time whatever the letter says (N12).
fn when(at: &str) -> String {
    let seconds = at.split('.').next().unwrap_or(at).trim_end_matches('Z');
    seconds.replacen('T', " ", 1)
}

#[cfg(test)]
mod tests {
    use model::cloudify::ExecutionStatus;
    use model::observed::Observed;
    use model::plan::Side;
    use model::time::Timestamp;

    use super::*;

    fn seen(work: Observed<Vec<SnapshotWork>>, restoring: Observed<bool>) -> ManagerSnapshots {
        let unknown = || "no answer";
        ManagerSnapshots {
            side: Side::New,
            endpoint: "http://10.0.0.6".to_owned(),
            version: Observed::unknown(unknown(), "test", Timestamp(0)),
            snapshots: Observed::known(Vec::new(), "test", Timestamp(0)),
            work,
            restoring,
        }
    }

    fn known<T>(value: T) -> Observed<T> {
        Observed::known(value, "test", Timestamp(0))
    }

    fn untold<T>() -> Observed<T> {
        Observed::unknown("502", "test", Timestamp(0))
    }

    fn restore(status: ExecutionStatus) -> SnapshotWork {
        SnapshotWork {
            id: model::id::ExecutionId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
            kind: WorkKind::Restore,
            snapshot: Some("move-1".to_owned()),
            status,
            error: String::new(),
            created_at: String::new(),
            logged: None,
        }
    }

    #[test]
    fn a_restore_is_told_also_while_its_record_or_everything_is_away() {
        let word = |one: &ManagerSnapshots| look(one, &one.restore()).word;
        let running = seen(known(vec![restore(ExecutionStatus::Started)]), untold());
        assert_eq!(
            (running.restore(), word(&running).as_str()),
            (Restore::Listed(Some("move-1".to_owned())), "Restoring")
        );
        let unlisted = seen(known(Vec::new()), known(true));
        assert_eq!((unlisted.restore(), word(&unlisted).as_str()), (Restore::Unlisted, "Restoring"));
        let away = seen(untold(), known(true));
        assert_eq!(away.restore(), Restore::Unlisted);
        let silent = seen(untold(), untold());
        assert_eq!((silent.restore(), word(&silent).as_str()), (Restore::Unknown, "Unknown"));
        let over = seen(known(vec![restore(ExecutionStatus::Terminated)]), known(false));
        assert_eq!((over.restore(), word(&over).as_str()), (Restore::None, "Nothing under way"));
        let blind = ManagerSnapshots { snapshots: untold(), ..over };
        assert_eq!(word(&blind), "Unknown");
    }

    #[test]
    fn a_time_of_a_manager_is_shown_as_it_wrote_it() {
        assert_eq!(when("2026-11-21T02:41:28.970Z"), "2026-11-21 02:41:28");
        assert_eq!(when(""), "");
    }
}
